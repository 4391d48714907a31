//! The words: a template filled with one order's particulars. Pure, and the only user of minijinja.
//!
//! A template says its words once, in blocks; the layouts make a subject line, plain text and HTML
//! of them. Templates are part of the program, so one that does not parse fails the tests.

use crate::models::{Contact, Content, Locale, News, Template};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use kernel::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};
use std::sync::LazyLock;

/// What a message is written from.
#[derive(Debug)]
pub struct Letter<'a> {
    /// The kind.
    pub template: Template,
    /// Whom it is for.
    pub contact: &'a Contact,
    /// When what it tells happened.
    pub at: Timestamp,
    /// What happened.
    pub news: News,
    /// Where customers reach the pay page, without a slash at the end.
    pub public_url: &'a str,
}

/// A template does not fit what it is given.
#[derive(Debug, thiserror::Error)]
#[error("a template cannot be filled")]
pub struct RenderError(#[from] minijinja::Error);

/// Writes the message in the contact's language.
pub fn render(letter: &Letter<'_>) -> Result<Content, RenderError> {
    Ok(Content {
        // A header is one line, whatever a template looks like.
        subject: fill(letter, "txt", "subject")?.split_whitespace().collect::<Vec<_>>().join(" "),
        text: format!("{}\n", fill(letter, "txt", "layout")?.trim_end()),
        html: fill(letter, "html", "layout")?,
    })
}

fn fill(letter: &Letter<'_>, form: &str, layout: &str) -> Result<String, RenderError> {
    let Letter { template, contact, at, news, public_url } = letter;
    let (refunded, back, by_hand) = match *news {
        News::Moved { refunded, goes_back, .. } => (refunded, goes_back, false),
        News::RefundAsked { back, by_hand } => (None, Some(back), by_hand),
    };
    let language = contact.locale.as_str();
    let name = format!("{language}/{}.{form}", template.as_str());
    let filled = ENVIRONMENT.get_template(&name)?.render(context! {
        layout => format!("{layout}.{form}"),
        language,
        name => contact.name.reveal(),
        order => contact.order_name(),
        total => contact.total.to_string(),
        refunded => refunded.map(|money| money.to_string()),
        goes_back => back.map(|back| back.cause.as_str()),
        goes_back_amount => back.and_then(|back| back.amount).map(|money| money.to_string()),
        by_hand,
        time => in_jakarta(*at, contact.locale),
        link => format!("{public_url}/pay/{}", contact.order),
    })?;
    Ok(filled)
}

/// Western Indonesian time: UTC+7 all year, for as long as the tz database goes back.
const WIB: Offset = Offset::constant(7);

fn in_jakarta(at: Timestamp, locale: Locale) -> String {
    let local: DateTime = at.to_zoned(TimeZone::fixed(WIB)).datetime();
    let (day, year, hour, minute) = (local.day(), local.year(), local.hour(), local.minute());
    let month = month(local.month(), locale);
    match locale {
        Locale::Id => format!("{day} {month} {year} {hour:02}.{minute:02} WIB"),
        Locale::En => format!("{day} {month} {year}, {hour:02}:{minute:02} WIB"),
    }
}

fn month(number: i8, locale: Locale) -> &'static str {
    let [id, en] = match number {
        1 => ["Januari", "January"],
        2 => ["Februari", "February"],
        3 => ["Maret", "March"],
        4 => ["April", "April"],
        5 => ["Mei", "May"],
        6 => ["Juni", "June"],
        7 => ["Juli", "July"],
        8 => ["Agustus", "August"],
        9 => ["September", "September"],
        10 => ["Oktober", "October"],
        11 => ["November", "November"],
        _ => ["Desember", "December"],
    };
    match locale {
        Locale::Id => id,
        Locale::En => en,
    }
}

/// The words of a kind, in both languages, each under the name of a text and of an HTML template:
/// the ending decides whether what is filled in gets escaped.
macro_rules! words {
    ($($kind:literal),* $(,)?) => {
        [$(
            (
                [concat!("id/", $kind, ".txt"), concat!("id/", $kind, ".html")],
                include_str!(concat!("../../templates/id/", $kind, ".jinja")),
            ),
            (
                [concat!("en/", $kind, ".txt"), concat!("en/", $kind, ".html")],
                include_str!(concat!("../../templates/en/", $kind, ".jinja")),
            ),
        )*]
    };
}

const LAYOUTS: [(&str, &str); 3] = [
    ("subject.txt", include_str!("../../templates/subject.txt")),
    ("layout.txt", include_str!("../../templates/layout.txt")),
    ("layout.html", include_str!("../../templates/layout.html")),
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A tag on a line of its own leaves no line behind.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are valid"));
    let words = words![
        "pending",
        "challenged",
        "paid",
        "paid_twice",
        "denied",
        "failed",
        "expired",
        "cancelled",
        "partially_refunded",
        "refunded",
        "reversed",
        "charged_back",
        "refund_manual_required",
    ];
    let twice = words.into_iter().flat_map(|(names, source)| names.map(|name| (name, source)));
    for (name, source) in LAYOUTS.into_iter().chain(twice) {
        environment
            .add_template(name, source)
            .expect("templates are part of the program, and a test fills each of them");
    }
    environment
});

#[cfg(test)]
mod tests;
