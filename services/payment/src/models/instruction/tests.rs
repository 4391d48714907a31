//! What is kept of what the gateway told, and what is not.

use super::*;

fn va(bank: &str, number: &str) -> Instruction {
    Instruction::VirtualAccount { bank: bank.into(), number: number.into() }
}

fn qr(text: &str) -> Instruction {
    Instruction::QrCode { text: text.into() }
}

fn link(url: &str) -> Instruction {
    Instruction::Link { url: url.into() }
}

fn kept(way: Instruction) -> bool {
    !Instructions::of([way]).is_empty()
}

#[test]
fn what_is_too_long_or_odd_is_left_out_alone() {
    let bill =
        |biller: &str, key: &str| Instruction::Bill { biller_code: biller.into(), key: key.into() };
    let store =
        |name: &str, code: &str| Instruction::StoreCode { store: name.into(), code: code.into() };
    let sound = [
        va("bca", "00000112345"),
        va("permata", &"9".repeat(64)),
        bill("70012", "990000000260"),
        store("alfamart", "8888-2026 ".trim()),
        qr("00020101021226670016COM.NOBUBANK.WWW01189360050300000879140214ID CAFÉ"),
        qr(&"0".repeat(1024)),
        link("https://simulator.sandbox.midtrans.com/gopay/pay?id=1&x=%20"),
        link("http://127.0.0.1:8080/qr"),
        link("gojek://gopay/merchanttransfer?tref=A1"),
        link("shopeeid://main?apprl=%2Frn"),
    ];
    let odd = [
        va("bca", ""),
        va("", "1"),
        va("bca", &"9".repeat(65)),
        va(&"b".repeat(33), "1"),
        va("bca", "1 2"),
        va("bca", "12\u{202e}34"),
        va("<b>", "1"),
        bill("70012", ""),
        bill("", "1"),
        store("alfamart", "1\n2"),
        qr(""),
        qr(&"0".repeat(1025)),
        qr("a\u{1b}[2J"),
        link("javascript://%0aalert(1)"),
        link("JAVASCRIPT:alert(1)"),
        link("data:text/html,x"),
        link("//evil.example"),
        link("https://"),
        link("https://a b"),
        link("https://a\"onclick=x"),
        link("https://é.example"),
        link(&format!("https://a/{}", "x".repeat(1020))),
    ];
    for way in &sound {
        assert!(kept(way.clone()), "{way:?}");
    }
    for way in &odd {
        assert!(!kept(way.clone()), "{way:?}");
        let both = Instructions::of([way.clone(), va("bri", "7")]);
        assert_eq!(both, Instructions::of([va("bri", "7")]), "its neighbour stays");
    }
}

#[test]
fn at_most_eight_are_kept_and_none_twice() {
    let many = (0..20).map(|n| va("bca", &(100 + n).to_string()));
    let kept: Vec<_> = Instructions::of(many).iter().cloned().collect();
    let first: Vec<_> = (100..108).map(|n| va("bca", &n.to_string())).collect();
    assert_eq!(kept, first);
    assert_eq!(Instructions::of([qr("1"), qr("1")]), Instructions::of([qr("1")]));
}

#[test]
fn the_order_of_telling_makes_no_difference() {
    let one = Instructions::of([link("https://a"), qr("1"), va("bca", "2")]);
    let other = Instructions::of([va("bca", "2"), link("https://a"), qr("1")]);
    assert_eq!(one, other);
}

#[test]
fn silence_erases_nothing_and_news_replaces_its_own_kind() {
    let known = Instructions::of([qr("old"), link("https://a")]);
    assert_eq!(known.after(&Instructions::default()), known);
    let told = Instructions::of([qr("new")]);
    assert_eq!(known.after(&told), Instructions::of([qr("new"), link("https://a")]));
    assert_eq!(Instructions::default().after(&told), told);
}

#[test]
fn a_page_may_link_to_the_web_only() {
    assert_eq!(link("https://a/b").web_link(), Some("https://a/b"));
    assert_eq!(link("gojek://a").web_link(), None);
    assert_eq!(qr("https://a").web_link(), None);
}
