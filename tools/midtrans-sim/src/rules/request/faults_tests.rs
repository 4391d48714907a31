//! How faults are counted and worded.

use super::*;
use serde_json::json;

fn texts(check: impl FnOnce(&Part<'_>, &mut Faults), value: &Value) -> Vec<String> {
    let body = json!({ "f": value });
    let mut faults = Faults::default();
    check(&Part::whole(&body), &mut faults);
    faults.into_texts()
}

#[test]
fn the_same_fault_is_told_once_and_never_more_than_so_many() {
    let mut faults = Faults::default();
    faults.add("a");
    faults.add("a");
    assert_eq!(faults.0, ["a"]);
    for number in 0..100 {
        faults.add(format!("fault {number}"));
    }
    assert_eq!(faults.0.len(), FAULTS_MAX);
    assert_eq!(faults.0[FAULTS_MAX - 1], "fault 18", "the first are kept");
}

#[test]
fn a_limit_counts_characters_not_bytes() {
    let check = |part: &Part<'_>, faults: &mut Faults| faults.limit(part, "f", 3);
    assert!(texts(check, &json!("ééé")).is_empty());
    assert_eq!(texts(check, &json!("éééé")), ["f is too long (maximum is 3 characters)"]);
    assert!(texts(check, &json!([1, 2, 3, 4])).is_empty());
}

#[test]
fn paths_name_every_object_on_the_way() {
    let body = json!({"a": {"b": {"c": "long"}}});
    let mut faults = Faults::default();
    faults.limit(&Part::whole(&body).part("a").part("b"), "c", 3);
    assert_eq!(faults.0, ["a.b.c is too long (maximum is 3 characters)"]);
}

#[test]
fn texts_and_flags_and_objects_of_another_type_are_invalid() {
    let others = [json!(1), json!([1]), json!({"a": 1}), json!(1.5)];
    for value in &others {
        let text = |part: &Part<'_>, faults: &mut Faults| {
            assert_eq!(faults.text(part, "f", 9), None);
        };
        assert_eq!(texts(text, value), ["f is invalid"], "{value}");
        let required = |part: &Part<'_>, faults: &mut Faults| {
            assert_eq!(faults.required(part, "f", 9), None);
        };
        assert_eq!(texts(required, value), ["f is invalid"], "{value}");
        let flag = |part: &Part<'_>, faults: &mut Faults| {
            assert_eq!(faults.flag(part, "f"), None);
        };
        assert_eq!(texts(flag, value), ["f is invalid"], "{value}");
    }
    let object = |part: &Part<'_>, faults: &mut Faults| {
        faults.object(part, "f");
    };
    for value in [json!(1), json!("a"), json!([1]), json!(true)] {
        assert_eq!(texts(object, &value), ["f is invalid"], "{value}");
    }
    for value in [json!(null), json!({}), json!([]), json!({"a": 1})] {
        assert!(texts(object, &value).is_empty(), "{value}");
    }
}

#[test]
fn absent_null_and_empty_texts_are_the_same() {
    for value in [json!(null), json!("")] {
        let text = |part: &Part<'_>, faults: &mut Faults| {
            assert_eq!(faults.text(part, "f", 9), None);
            assert_eq!(faults.text(part, "not there", 9), None);
        };
        assert!(texts(text, &value).is_empty());
        let required = |part: &Part<'_>, faults: &mut Faults| {
            assert_eq!(faults.required(part, "f", 9), None);
        };
        assert_eq!(texts(required, &value), ["f is required"]);
    }
}

#[test]
fn a_list_has_a_type_and_a_length() {
    let list = |part: &Part<'_>, faults: &mut Faults| {
        assert!(faults.list(part, "f", 2).len() <= 2);
    };
    for value in [json!(null), json!([]), json!([1, 2])] {
        assert!(texts(list, &value).is_empty(), "{value}");
    }
    assert_eq!(texts(list, &json!([1, 2, 3])), ["f is too long (maximum is 2 entries)"]);
    for value in [json!("a"), json!(1), json!({"0": 1})] {
        assert_eq!(texts(list, &value), ["f is invalid"], "{value}");
    }
}

#[test]
fn an_optional_amount_is_a_whole_number_above_zero() {
    for (value, meant, told) in [
        (json!(null), None, None),
        (json!(0), None, None),
        (json!(1), Some(1), None),
        (json!(i64::MAX), Some(i64::MAX), None),
        (json!(-1), None, Some("f must be greater than 0")),
        (json!(i64::MIN), None, Some("f must be greater than 0")),
        (json!(1.5), None, Some("f must be an integer")),
        (json!(125_000.0), None, Some("f must be an integer")),
        (json!(u64::MAX), None, Some("f must be an integer")),
        (json!("1000"), None, Some("f is not a number")),
        (json!(true), None, Some("f is not a number")),
        (json!({}), None, Some("f is not a number")),
    ] {
        let amount = |part: &Part<'_>, faults: &mut Faults| {
            assert_eq!(faults.amount(part, "f"), meant, "{value}");
        };
        assert_eq!(texts(amount, &value), told.into_iter().collect::<Vec<_>>(), "{value}");
    }
}
