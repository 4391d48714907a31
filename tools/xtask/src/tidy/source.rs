//! Reads a source file once and notes what the rules ask about: paths, functions, attributes.
//!
//! Names are read as written. What a macro makes of its tokens is not seen.

use super::members::Member;
use anyhow::{Context, Result};
use proc_macro2::Span;
use std::fs;
use std::path::Path;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Ident, Signature, Token, UseTree};

/// A source file of the workspace.
pub(super) struct SourceFile {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// Nothing, if it is not Rust that can be parsed.
    pub(super) facts: Option<Facts>,
}

/// What a file says. Test modules and test functions are left out where a rule exempts them.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) paths: Vec<UsedPath>,
    pub(super) functions: Vec<Function>,
    pub(super) asyncs: Vec<usize>,
    /// Test code included.
    pub(super) allows: Vec<usize>,
    /// Every macro called, test code included.
    pub(super) macros: Vec<(String, usize)>,
}

/// A path as written, with the inline modules around it.
#[derive(Debug)]
pub(super) struct UsedPath {
    pub(super) segments: Vec<String>,
    pub(super) within: Vec<String>,
    pub(super) line: usize,
}

#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) lines: usize,
}

/// Every Rust file of a member, in a stable order.
pub(super) fn files(root: &Path, member: &Member) -> Result<Vec<SourceFile>> {
    let mut paths = Vec::new();
    collect(&root.join(&member.dir), &mut paths)?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let path = path.strip_prefix(root).unwrap_or(&path);
        let path = path.to_string_lossy().replace('\\', "/");
        let facts = facts(&path, &text);
        files.push(SourceFile { path, text, facts });
    }
    Ok(files)
}

fn collect(dir: &Path, paths: &mut Vec<std::path::PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

/// What a file says, or nothing if it cannot be parsed.
pub(super) fn facts(path: &str, text: &str) -> Option<Facts> {
    let file = syn::parse_file(text).ok()?;
    let mut reader = Reader { in_test: is_test_file(path), ..Reader::default() };
    reader.visit_file(&file);
    Some(reader.facts)
}

/// `tests/…`, `…/tests.rs` and `…_tests.rs` hold nothing but tests.
pub(super) fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs") || path.ends_with("_tests.rs")
}

#[derive(Default)]
struct Reader {
    facts: Facts,
    in_test: bool,
    within: Vec<String>,
}

impl Reader {
    fn note(&mut self, segments: Vec<String>, line: usize) {
        if !self.in_test {
            self.facts.paths.push(UsedPath { segments, within: self.within.clone(), line });
        }
    }

    fn note_path(&mut self, path: &syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(segments, line(path.span()));
    }

    fn note_use(&mut self, prefix: &[String], tree: &UseTree) {
        let with = |ident: &Ident| [prefix, &[ident.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.note_use(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.note(with(&name.ident), line(name.ident.span())),
            UseTree::Rename(rename) => self.note(with(&rename.ident), line(rename.ident.span())),
            UseTree::Glob(glob) => self.note(prefix.to_vec(), line(glob.span())),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_use(prefix, tree);
                }
            }
        }
    }

    fn note_function(&mut self, signature: &Signature, block: &Block) {
        if self.in_test {
            return;
        }
        let first = line(signature.fn_token.span());
        let last = line(block.brace_token.span.close());
        let name = signature.ident.to_string();
        self.facts.functions.push(Function { name, line: first, lines: last + 1 - first });
    }

    /// Visits something as test code if its attributes say that it is.
    fn within_item(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let outer = self.in_test;
        self.in_test |= attributes.iter().any(is_test_attribute);
        visit(self);
        self.in_test = outer;
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.within_item(&item.attrs, |reader| {
            reader.within.push(item.ident.to_string());
            visit::visit_item_mod(reader, item);
            reader.within.pop();
        });
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.within_item(&item.attrs, |reader| reader.note_use(&[], &item.tree));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.within_item(&item.attrs, |reader| visit::visit_item_impl(reader, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within_item(&item.attrs, |reader| {
            reader.note_function(&item.sig, &item.block);
            visit::visit_item_fn(reader, item);
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within_item(&item.attrs, |reader| {
            reader.note_function(&item.sig, &item.block);
            visit::visit_impl_item_fn(reader, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.note_function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast Signature) {
        if let (Some(token), false) = (&signature.asyncness, self.in_test) {
            self.facts.asyncs.push(line(token.span()));
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        if !self.in_test {
            self.facts.asyncs.push(line(block.async_token.span()));
        }
        visit::visit_expr_async(self, block);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let path = attribute.path();
        if path.is_ident("allow") {
            self.facts.allows.push(line(path.span()));
        }
        if path.is_ident("derive") {
            let derives = Punctuated::<syn::Path, Token![,]>::parse_terminated;
            for derive in attribute.parse_args_with(derives).iter().flatten() {
                self.note_path(derive);
            }
        }
        self.note_path(path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last() {
            self.facts.macros.push((last.ident.to_string(), line(call.path.span())));
        }
        visit::visit_macro(self, call);
    }

    /// A single name is a local one more often than a crate, and is left alone.
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.note_path(path);
        }
        visit::visit_path(self, path);
    }
}

fn is_test_attribute(attribute: &Attribute) -> bool {
    let path = attribute.path();
    if path.segments.last().is_some_and(|last| last.ident == "test") {
        return true;
    }
    path.is_ident("cfg") && attribute.parse_args::<Ident>().is_ok_and(|ident| ident == "test")
}

fn line(span: Span) -> usize {
    span.start().line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(text: &str) -> Vec<String> {
        let facts = facts("crates/x/src/lib.rs", text).unwrap();
        facts.paths.iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn uses_types_calls_macros_and_attributes_are_paths() {
        let text = "use a::{b, c::*, d as e};\n\
                    #[derive(f::G)] struct S(h::T);\n\
                    #[i::j] fn k() { l::m(); n::o!(); local(); }";
        let found = used(text);
        for path in ["a::b", "a::c", "a::d", "f::G", "h::T", "i::j", "l::m", "n::o"] {
            assert!(found.contains(&path.to_owned()), "{path} in {found:?}");
        }
        assert!(!found.contains(&"local".to_owned()));
    }

    #[test]
    fn test_code_is_left_out() {
        let text = "#[cfg(test)] mod tests { use a::b; fn f() { c::d(); } }\n\
                    #[cfg(test)] use e::f;\n\
                    #[tokio::test] async fn g() { h::i(); }";
        assert!(used(text).iter().all(|path| ["cfg", "tokio::test"].contains(&path.as_str())));
        assert!(facts("x/src/tests.rs", "use a::b;").unwrap().paths.is_empty());
        assert!(facts("x/tests/it/main.rs", "use a::b;").unwrap().paths.is_empty());
        assert!(facts("x/src/a_tests.rs", "use a::b;").unwrap().paths.is_empty());
    }
}
