//! What will be right by itself soon is no violation; what nobody is at, or too late, is one.

use super::super::invariants::Judged;
use super::*;

/// How one invariant judges an order.
fn of(code: &str, parts: Parts) -> Judged {
    let judged = judge(&dossier(parts));
    let mut all = INVARIANTS.iter().zip(judged).filter(|(invariant, _)| invariant.code == code);
    all.next().unwrap().1
}

/// The order came to its end, the gateway has it otherwise, and its next look is due so many minutes
/// from now.
fn differs(look: i64) -> Parts {
    let mut parts = whole();
    parts.gateway[0]["transaction_status"] = json!("deny");
    let due = (now() + SignedDuration::from_mins(look)).to_string();
    push(
        &mut parts.payment_story["jobs"],
        json!({ "id": "J", "kind": "gateway.check_status", "target": ATTEMPT, "run_at": due,
                "leased_until": null, "attempts": 0, "last_error": null }),
    );
    parts
}

#[test]
fn what_the_gateway_is_asked_about_soon_waits() {
    for look in [1, 60] {
        let judged = of("I08", differs(look));
        let [waits] = judged.waiting.as_slice() else { panic!("{judged:?}") };
        assert!(judged.violations.is_empty(), "{judged:?}");
        let due = (now() + SignedDuration::from_mins(look)).to_string();
        assert!(waits.what.contains("the gateway says deny") && waits.what.ends_with(&due));
        let command = format!("orderflow reconcile {ORDER}");
        assert!(waits.repair.to_string().ends_with(&command), "{waits:?}");
    }
}

type Plant = fn(&mut Parts);

#[test]
fn what_no_look_will_set_right_is_violated() {
    let plants: &[(&str, i64, Plant)] = &[
        ("overdue", 0, |_| {}),
        ("overdue", -5, |_| {}),
        ("not soon", 61, |_| {}),
        ("none", 5, |p| p.payment_story["jobs"] = json!([])),
        ("another job", 5, |p| {
            p.payment_story["jobs"][0]["kind"] = json!("gateway.end_attempt");
        }),
        ("another attempt", 5, |p| p.payment_story["jobs"][0]["target"] = json!(ORDER)),
        ("a time that is none", 5, |p| p.payment_story["jobs"][0]["run_at"] = json!("soon")),
        ("a person's", 5, |p| {
            let item = json!({ "id": "i", "kind": "distrusted", "about": ATTEMPT });
            p.payment["open_items"] = json!([item]);
        }),
        ("not believed", 5, |p| p.payment["attempts"][0]["distrusted"] = json!(true)),
        ("an earlier one that we do not know", 5, |p| {
            let mut earlier = whole().gateway[0].clone();
            (earlier["transaction_id"], earlier["created_at"]) = (json!("T0"), json!(at(1)));
            p.gateway = whole().gateway;
            push(&mut p.gateway, earlier);
        }),
    ];
    for (why, look, plant) in plants {
        let mut parts = differs(*look);
        plant(&mut parts);
        let judged = of("I08", parts);
        assert_eq!((judged.violations.len(), judged.waiting.len()), (1, 0), "{why}: {judged:?}");
    }
    // What we say ourselves, no answer makes right.
    let mut parts = differs(5);
    parts.order["status"] = json!("expired");
    assert!(!of("I08", parts).violations.is_empty());
}

#[test]
fn a_page_may_expire_once_our_deadline_is_over() {
    let expired = |due: i64, closes: i64| {
        let mut parts = waiting();
        parts.page = Some("expired");
        (parts.closes_at, parts.payment["due_at"]) = (at(closes), json!(at(due)));
        of("I11", parts)
    };
    let over = expired(3000, 3000);
    assert_eq!((over.checked, over.violations.len()), (1, 0), "{over:?}");
    let ahead = &expired(7200, 7200).violations[0].what;
    let until = format!("whose clock is ahead of ours: it is past {} there", at(7200));
    assert!(ahead.contains(&until), "{ahead}");
    let early = &expired(7200, 3000).violations[0].what;
    assert!(early.contains("our deadline is not over") && !early.contains("clock"), "{early}");
}

#[test]
fn an_order_stays_ended_while_late_money_is_on_its_way_back() {
    let late = |status: &str, refund: Option<&str>| {
        let mut parts = whole();
        parts.order["status"] = json!(status);
        if let Some(state) = refund {
            push(&mut parts.payment["refunds"], super::refund("k", 100_000, state));
            parts.payment["refunds"][0]["cause"] = json!("late_money");
        }
        let found = violated(parts);
        ["I08", "I16"].map(|code| found.contains(&code))
    };
    assert_eq!(late("expired", Some("asked")), [false, false]);
    assert_eq!(late("expired", None), [true, true], "nobody gives it back");
    assert_eq!(late("expired", Some("moot")), [true, true]);
    assert_eq!(late("awaiting_payment", Some("asked")), [false, true], "its time was over");
}
