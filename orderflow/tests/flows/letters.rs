//! `orderflow dead-letters`: what the services gave up is listed, tried again and let be, and a
//! request that cannot be done says why.

use crate::Stack;
use crate::database::{change, id};
use orderflow::compose::Part;
use serde_json::Value;
use testkit::{Ended, order, text, unique, until};

/// Runs a command against the parts of a system, each at its address.
pub(crate) async fn run(stack: &Stack, args: &[&str]) -> Ended {
    let places = stack.addresses.variables();
    let settings: Vec<(&str, &str)> =
        places.iter().map(|(setting, base)| (setting.as_str(), base.as_str())).collect();
    testkit::run(crate::binary(), args, &settings).await
}

/// What payment gave up about a waiting order: a look at an attempt that it does not know. Gives the
/// letter's id and the attempt's.
pub(crate) async fn give_up(stack: &Stack, order: &str) -> (String, String) {
    let unknown = unique().to_string();
    let sql = format!(
        "UPDATE jobs SET target = {}, run_at = since
         WHERE subject = {} AND kind = 'gateway.check_status'",
        id(&unknown),
        id(order)
    );
    assert_eq!(change(stack, Part::Payment, &sql).await, 1);
    // Nobody wakes a service that finds its tables changed; another look does.
    let payment = text(&stack.payment_of(order).await, "/id");
    let asked = stack.post(&format!("/v1/payments/{payment}/sync"), &Value::Null).await;
    assert!(asked.status < 300, "{}", asked.text);
    (waiting(stack, order).await, unknown)
}

/// The reason of [`give_up`] is gone: payment knows the attempt.
pub(crate) async fn mend(stack: &Stack, order: &str, attempt: &str) {
    let sql = format!(
        "UPDATE attempts SET id = {}
         WHERE payment_id = (SELECT id FROM payments WHERE order_id = {})",
        id(attempt),
        id(order)
    );
    assert_eq!(change(stack, Part::Payment, &sql).await, 1);
}

/// The letter about an order, once it waits for a person.
async fn waiting(stack: &Stack, order: &str) -> String {
    until(&format!("a letter about order {order}"), async || {
        let letters = stack.dead_letters("payment").await;
        let letter = letters.iter().find(|letter| letter["order_id"] == *order);
        letter.map(|letter| text(letter, "/id")).ok_or(format!("{letters:?}"))
    })
    .await
}

/// What became of the letters about an order, oldest first.
async fn resolutions(stack: &Stack, order: &str) -> Vec<Value> {
    let story = stack.story("payment", order).await;
    let letters = story["dead_letters"].as_array().unwrap().iter();
    letters.map(|letter| letter["resolution"].clone()).collect()
}

/// A run that is refused; with what it says.
async fn refused(stack: &Stack, args: &[&str]) -> String {
    let ended = run(stack, args).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains('✖'), "{}", ended.stderr);
    ended.stderr
}

/// Where all is behind one address, commands are printed with it: nobody listens at the usual one.
async fn names_its_system(stack: &Stack, letter: &str) {
    let at = stack.base("/ops/payment/dead-letters");
    if stack.base("/v1/orders") != at {
        return;
    }
    let system = ["--url", at.as_str()];
    let alone =
        async |args: &[&str]| testkit::run(crate::binary(), &[args, &system].concat(), &[]).await;
    let listed = alone(&["dead-letters", "list"]).await.stderr;
    let replay = format!("\n    orderflow dead-letters replay SERVICE ID --url {at}\n");
    assert!(listed.contains("1 waits for a person") && listed.contains(&replay), "{listed}");
    let unknown = alone(&["dead-letters", "discard", "order", letter]).await.stderr;
    let list = format!("orderflow dead-letters list --url {at}\n");
    assert!(unknown.contains(&list), "{unknown}");
}

async fn new_order(stack: &Stack) -> String {
    let id = stack.create_id(&order()).await;
    stack.page(&id).await;
    stack.order_becomes(&id, "awaiting_payment").await;
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_is_listed_and_tried_again_or_let_be() {
    let stack = crate::start().await;
    let none = run(&stack, &["dead-letters", "list"]).await;
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), ""), "{none:?}");
    assert!(none.stderr.contains("nothing was given up"), "{}", none.stderr);

    let order = new_order(&stack).await;
    let (letter, attempt) = give_up(&stack, &order).await;
    let listed = run(&stack, &["dead-letters", "list"]).await;
    assert_eq!(listed.code, Some(0), "{listed:?}");
    for word in [&letter, &order, "payment", "gateway.check_status", "no payment has this attempt"]
    {
        assert!(listed.stdout.contains(word), "{word}: {}", listed.stdout);
    }
    names_its_system(&stack, &letter).await;
    let json = run(&stack, &["dead-letters", "list", "--json"]).await.stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 1, "{json}");
    assert_eq!(json[0]["service"], "payment");
    assert_eq!(json[0]["letter"]["id"], letter);

    // Its reason stands: it comes back as the same letter.
    let replay = ["dead-letters", "replay", "payment", letter.as_str()];
    assert_eq!(run(&stack, &replay).await.code, Some(0));
    assert_eq!(waiting(&stack, &order).await, letter);
    // Its reason is gone: it is done.
    mend(&stack, &order, &attempt).await;
    assert_eq!(run(&stack, &replay).await.code, Some(0));
    until("the look is done", async || {
        let told = (resolutions(&stack, &order).await, stack.dead_letters("payment").await);
        if told.0 == ["replayed"] && told.1.is_empty() { Ok(()) } else { Err(format!("{told:?}")) }
    })
    .await;

    let other = new_order(&stack).await;
    let (letter, _) = give_up(&stack, &other).await;
    let discard = ["dead-letters", "discard", "payment", letter.as_str()];
    let discarded = run(&stack, &discard).await;
    assert_eq!(discarded.code, Some(0));
    assert_eq!(discarded.stderr.trim(), format!("✔ {letter}: discarded"));
    assert_eq!(resolutions(&stack, &other).await, ["discarded"]);
    assert!(run(&stack, &["dead-letters", "list"]).await.stdout.is_empty());
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_tried_again_or_is_no_letter_is_told() {
    let stack = crate::start().await;
    let order = new_order(&stack).await;
    let (letter, _) = give_up(&stack, &order).await;
    let unknown = unique().to_string();
    for (service, id) in [("payment", &unknown), ("notification", &letter), ("order", &letter)] {
        for how in ["replay", "discard"] {
            let said = refused(&stack, &["dead-letters", how, service, id]).await;
            for word in [service, id, "orderflow dead-letters list"] {
                assert!(said.contains(word), "{word}: {said}");
            }
        }
    }
    // Wrong words are refused before anything is asked.
    for args in [&["payment", "7"][..], &["payment"], &["warehouse", &letter], &[]] {
        let ended = run(&stack, &[&["dead-letters", "replay"], args].concat()).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
    }
    assert_eq!(waiting(&stack, &order).await, letter);
    // Of several, those before the one that fails are done.
    let several = ["dead-letters", "discard", "payment", letter.as_str(), unknown.as_str()];
    let said = refused(&stack, &several).await;
    assert!(said.contains(&format!("✔ {letter}")) && said.contains(&unknown), "{said}");
    let again = refused(&stack, &several[..4]).await;
    assert!(again.contains(&letter), "{again}");

    // What is no event and no job cannot be done again.
    let message = unique().to_string();
    let sql = format!(
        "INSERT INTO dead_letters (id, kind, origin, key, subject, body, reason, attempts,
                                   parked_at)
         SELECT {}, 'message', consumer, digest, subject, '?', 'another one by its id', 1,
                recorded_at
         FROM inbox WHERE subject = {}",
        id(&message),
        id(&order)
    );
    assert_eq!(change(&stack, Part::Payment, &sql).await, 1);
    let said = refused(&stack, &["dead-letters", "replay", "payment", &message]).await;
    assert!(said.contains("it can only be discarded"), "{said}");
    let discard = ["dead-letters", "discard", "payment", message.as_str()];
    assert_eq!(run(&stack, &discard).await.code, Some(0));
    stack.finish().await;
}
