//! Times to pay in, in both spellings.

use super::*;
use serde_json::json;

const SNAP: Spelling = Spelling {
    start: "start_time",
    duration: "duration",
    default_unit: None,
    seconds: MIN_EXPIRY_SECS..=180 * DAY,
    longer: Longer::Trimmed,
};
const CORE: Spelling = Spelling {
    start: "order_time",
    duration: "expiry_duration",
    default_unit: Some("minute"),
    seconds: MIN_EXPIRY_SECS..=5 * DAY,
    longer: Longer::Refused,
};

fn read_as(spelling: &Spelling, value: &Value) -> Result<Option<Window>, Vec<String>> {
    let mut faults = Faults::default();
    let window = read(&Part::named("w", value), spelling, &mut faults);
    faults.verdict(window)
}

fn seconds(spelling: &Spelling, value: &Value) -> Option<i64> {
    read_as(spelling, value).unwrap().map(|window| window.length.as_secs())
}

fn told(spelling: &Spelling, value: &Value) -> Vec<String> {
    read_as(spelling, value).unwrap_err()
}

#[test]
fn units_in_singular_and_plural() {
    for (unit, one) in [("minute", 60), ("hour", 3600), ("day", DAY)] {
        for spelled in [unit.to_owned(), format!("{unit}s")] {
            assert_eq!(seconds(&SNAP, &json!({"duration": 2, "unit": spelled})), Some(2 * one));
        }
    }
    assert_eq!(seconds(&SNAP, &json!({"duration": 20, "unit": "second"})), Some(20));
    assert_eq!(seconds(&SNAP, &json!(null)), None);
    for unit in [json!(null), json!(""), json!("fortnight"), json!("Day"), json!(60)] {
        assert_eq!(told(&SNAP, &json!({"duration": 2, "unit": unit})), ["w.unit is invalid"]);
    }
    for nothing in [json!({}), json!([]), json!(5), json!("1 day")] {
        assert_eq!(told(&SNAP, &nothing), ["w.unit is invalid"]);
    }
}

#[test]
fn the_core_api_counts_minutes_unless_told_otherwise() {
    for unit in [json!(null), json!("")] {
        assert_eq!(seconds(&CORE, &json!({"expiry_duration": 2, "unit": unit})), Some(120));
    }
    assert_eq!(seconds(&CORE, &json!({"expiry_duration": 2, "unit": "hour"})), Some(7200));
    assert_eq!(told(&CORE, &json!({"expiry_duration": 2, "unit": 7})), ["w.unit is invalid"]);
    assert_eq!(told(&CORE, &json!({"duration": 2})), ["w.expiry_duration is invalid"]);
}

#[test]
fn lengths_stay_within_their_limits() {
    for (duration, unit) in [(20, "second"), (180, "day"), (180 * 24, "hour")] {
        assert!(seconds(&SNAP, &json!({"duration": duration, "unit": unit})).is_some());
    }
    for (duration, unit) in [
        (json!(19), "second"),
        (json!(0), "day"),
        (json!(-1), "day"),
        (json!(i64::MIN), "hour"),
        (json!(1.5), "day"),
        (json!(1.0), "day"),
        (json!("1"), "day"),
        (json!(null), "day"),
    ] {
        let said = json!({"duration": duration, "unit": unit});
        assert_eq!(told(&SNAP, &said), ["w.duration is invalid"], "{duration} {unit}");
    }
    assert!(seconds(&CORE, &json!({"expiry_duration": 5, "unit": "day"})).is_some());
    for over in [5 * 24 * 60 + 1, i64::MAX] {
        let said = json!({ "expiry_duration": over });
        assert_eq!(told(&CORE, &said), ["w.expiry_duration is invalid"], "{over}");
        let trimmed = seconds(&SNAP, &json!({"duration": over, "unit": "day"}));
        assert_eq!(trimmed, Some(180 * DAY), "{over}");
    }
}

#[test]
fn a_start_has_one_format() {
    let start = |text: Value| {
        read_as(&SNAP, &json!({"duration": 1, "unit": "day", "start_time": text}))
            .map(|window| window.unwrap().start)
    };
    let at = Some("2026-03-01T03:00:00Z".parse().unwrap());
    assert_eq!(start(json!("2026-03-01 10:00:00 +0700")), Ok(at));
    assert_eq!(start(json!("2026-03-01 03:00:00 +0000")), Ok(at));
    assert_eq!(start(json!(null)), Ok(None));
    for bad in [
        json!("tomorrow"),
        json!(""),
        json!(5),
        json!("2026-03-01 10:00:00"),
        json!("2026-02-30 10:00:00 +0700"),
        json!("9999-12-31 23:59:59 -2359"),
        json!({}),
    ] {
        assert_eq!(
            start(bad.clone()),
            Err(vec!["w.start_time format is invalid".to_owned()]),
            "{bad}"
        );
    }
    let core = json!({"expiry_duration": 30, "order_time": "2026-03-01 10:00:00 +0700"});
    assert_eq!(read_as(&CORE, &core).unwrap().unwrap().start, at);
    let core = json!({"expiry_duration": 30, "order_time": "now"});
    assert_eq!(told(&CORE, &core), ["w.order_time format is invalid"]);
}

#[test]
fn a_window_is_kept_and_read_again() {
    let window = Window {
        start: Some("2026-03-01T03:00:00Z".parse().unwrap()),
        length: SignedDuration::from_mins(20),
    };
    let kept = serde_json::to_string(&window).unwrap();
    assert_eq!(serde_json::from_str::<Window>(&kept).unwrap(), window);
}
