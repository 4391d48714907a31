//! Open orders younger than two minutes are counted apart and not judged: what is missing of them may be
//! on its way. Once they are older, it is not.

use super::{VIOLATED, WHOLE, age, codes, settled, told};
use crate::database::{change, id};
use crate::letters::run;
use orderflow::compose::Part;
use serde_json::json;
use std::collections::BTreeSet;
use testkit::order;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_young_open_order_is_found_when_it_is_older() {
    let stack = crate::start().await;
    let order = stack.create_id(&order()).await;
    stack.page(&order).await;
    stack.order_becomes(&order, "awaiting_payment").await;
    settled(&stack, &order).await;
    let plant = format!("UPDATE orders SET total = total + 1 WHERE id = {}", id(&order));
    assert_eq!(change(&stack, Part::Order, &plant).await, 1);
    let young = told(&stack, WHOLE, &[]).await;
    assert_eq!((&young["orders"], &young["young"]), (&json!(1), &json!(1)), "{young}");
    assert!(codes(&young).is_empty(), "{young}");
    let said = run(&stack, &["verify"]).await;
    assert_eq!(said.code, Some(WHOLE), "{said:?}");
    let apart = "1 of them: open, younger than two minutes and not judged";
    assert!(said.stderr.contains(apart), "{}", said.stderr);

    age(&stack, &order).await;
    let old = told(&stack, VIOLATED, &[]).await;
    assert_eq!((&old["orders"], &old["young"]), (&json!(1), &json!(0)), "{old}");
    assert_eq!(codes(&old)[&order], BTreeSet::from(["I07".to_owned()]), "{old}");
    stack.finish_quickly().await;
}
