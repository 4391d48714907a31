//! What a run answers for.

use super::*;
use crate::verify::{Advice, Judged, Line};

fn finding(order: Option<&str>) -> Finding {
    let repair = Advice::words("look");
    Finding { order_id: order.map(str::to_owned), what: "it is wrong".to_owned(), repair }
}

fn report(judged: Judged) -> Report {
    let line = Line { code: "I08", says: "it is right", undecided: None, judged };
    let lines = vec![line];
    Report { orders: 9, young: 0, gateway_compared: true, lines, flag: String::new() }
}

#[test]
fn a_run_answers_for_its_own_orders_and_for_what_is_of_no_order() {
    let own = HashSet::from(["mine".to_owned()]);
    let counts = |violations: Vec<Finding>, waiting: Vec<Finding>| {
        let judged = Judged { violations, waiting, ..Judged::default() };
        of_the_run(&report(judged), &own).map(|wrong| count(&wrong))
    };
    let (mine, theirs, nobodys) = (Some("mine"), Some("theirs"), None);
    assert_eq!(counts(vec![finding(mine)], vec![]), [1, 0]);
    assert_eq!(counts(vec![finding(nobodys)], vec![]), [1, 0]);
    assert_eq!(counts(vec![finding(theirs)], vec![]), [0, 1]);
    assert_eq!(counts(vec![], vec![finding(mine)]), [1, 0], "it has come to its end");
    assert_eq!(counts(vec![], vec![finding(theirs)]), [0, 0]);
    assert_eq!(counts(vec![finding(theirs), finding(mine)], vec![finding(theirs)]), [1, 1]);
}
