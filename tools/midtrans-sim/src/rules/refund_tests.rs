//! The table of midtrans.md 2.6.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn settled(method: Method) -> Case {
    Case {
        method,
        standing: Standing { status: Status::Settlement, fraud: Fraud::Accept },
        gross_amount: 100_000,
        refunded: 0,
        settled_at: Some(at("2026-03-01T03:00:00Z")),
        asked: None,
        now: at("2026-03-02T03:00:00Z"),
    }
}

#[test]
fn parts_add_up_to_a_full_refund() {
    let mut case = Case { asked: Some(40_000), ..settled(Method::Gopay) };
    let (amount, standing) = decide(&case).unwrap();
    assert_eq!((amount, standing.status), (40_000, Status::PartialRefund));
    case = Case { refunded: 40_000, standing, asked: Some(60_001), ..case };
    assert_eq!(decide(&case), Err(Objection::Amount));
    case.asked = Some(60_000);
    assert_eq!(decide(&case).unwrap().1.status, Status::Refund);
    case.asked = None;
    assert_eq!(decide(&case).unwrap(), (60_000, decide(&case).unwrap().1));
    for bad in [0, -1] {
        assert_eq!(decide(&Case { asked: Some(bad), ..case }), Err(Objection::Amount));
    }
}

#[test]
fn only_settled_money_of_a_method_that_can_goes_back() {
    for status in Status::ALL {
        let standing = Standing { status, fraud: Fraud::Accept };
        let possible = matches!(status, Status::Settlement | Status::PartialRefund);
        let decided = decide(&Case { standing, ..settled(Method::Qris) });
        assert_eq!(decided.is_ok(), possible, "{status:?}");
    }
    for method in Method::ALL {
        let decided = decide(&settled(method));
        match method.family() {
            crate::rules::method::Family::Transfer | crate::rules::method::Family::Store => {
                assert_eq!(decided, Err(Objection::State), "{method:?}");
            }
            _ => assert!(decided.is_ok(), "{method:?}"),
        }
    }
}

#[test]
fn ovo_gives_all_or_nothing_and_windows_close() {
    let part = Case { asked: Some(1), ..settled(Method::Ovo) };
    assert_eq!(decide(&part), Err(Objection::Amount));
    let late = |method, now| decide(&Case { now: at(now), ..settled(method) });
    assert!(late(Method::Gopay, "2026-04-15T03:00:00Z").is_ok());
    assert_eq!(late(Method::Gopay, "2026-04-15T03:00:01Z"), Err(Objection::Time));
    assert_eq!(late(Method::Ovo, "2026-03-08T03:00:01Z"), Err(Objection::Time));
}

#[test]
fn shopeepay_sleeps_from_ten_to_midnight_until_six() {
    for (now, awake) in [
        ("2026-03-01T22:59:00Z", false),
        ("2026-03-01T23:00:00Z", true),
        ("2026-03-02T16:49:59Z", true),
        ("2026-03-02T16:50:00Z", false),
        ("2026-03-02T17:30:00Z", false),
    ] {
        let decided = decide(&Case { now: at(now), ..settled(Method::ShopeePay) });
        assert_eq!(decided.is_ok(), awake, "{now}");
    }
}
