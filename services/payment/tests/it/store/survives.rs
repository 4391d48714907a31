//! What was stored is read as it was written.

use super::StoreHarness;
use super::draft::{
    at, attempt, becoming, commit, everything, full, id, line, listed, open, opening, order, page,
    paid, payment, stored, transaction, with,
};
use engine::Outcome;
use payment::models::{
    Attempt, Fraud, GatewayStatus, Instruction, Instructions, Page, Payment, Transaction,
};

/// What a store could take for something else: its own words, other widths, other directions.
const ANY_TEXT: [&str; 7] = [
    "",
    "NULL",
    "{a,\"b\",NULL}",
    "'; -- \\ $1 ?1 \\x00 \\u0000",
    " \t\r\n\u{1}\u{1b}\u{7f}\u{85} ",
    "é e\u{301} 山田 ☕ 🧋👩\u{200d}👧 \u{202e}abc",
    "\u{feff}\u{fffd}\u{ffff}\u{10ffff}",
];

/// Opens the payment, moves it to this state, and reads it back after both.
async fn returns(store: &impl StoreHarness, state: Payment) {
    let payments = store.payments();
    let begun = Payment { attempts: state.attempts[..1].to_vec(), ..state.clone() };
    open(&*payments, std::slice::from_ref(&begun)).await;
    assert_eq!(stored(&*payments, begun.id).await, Some((1, begun)));
    assert_eq!(commit(&*payments, becoming(&state, 1)).await, Outcome::Done);
    assert_eq!(stored(&*payments, state.id).await, Some((2, state)));
}

/// As [`returns`], of a payment with these transactions in its attempt.
async fn return_of(store: &impl StoreHarness, transactions: Vec<Transaction>) {
    returns(store, with(1, vec![attempt(1, 1, transactions)])).await;
}

pub async fn every_field_of_a_bill_survives(store: impl StoreHarness) {
    returns(&store, full(1)).await;
}

pub async fn what_is_left_out_stays_left_out(store: impl StoreHarness) {
    returns(&store, payment(1)).await;
}

pub async fn a_hundred_lines_stay_in_their_order(store: impl StoreHarness) {
    let mut long = payment(1);
    // Neither the order of their names nor of their prices.
    long.bill.lines = (0..100).map(|n| line(&format!("S{}", n * 37 % 100), 1, 1_850)).collect();
    returns(&store, long).await;
}

pub async fn a_page_survives(store: impl StoreHarness) {
    let ready = Attempt { page: Some(page("1")), ..attempt(1, 1, vec![]) };
    returns(&store, with(1, vec![ready])).await;
}

pub async fn a_refusal_survives(store: impl StoreHarness) {
    let why = "transaction_details.gross_amount is \"wrong\" é ☕";
    let refused = Attempt { refusal: Some(why.to_owned()), ..attempt(1, 1, vec![]) };
    returns(&store, with(1, vec![refused])).await;
}

pub async fn any_text_survives(store: impl StoreHarness) {
    for (n, text) in (1..).zip(ANY_TEXT) {
        let text = || text.to_owned();
        let seen = Transaction {
            id: text(),
            method: Some(text()),
            ..transaction("", GatewayStatus::Pending)
        };
        let mut state = with(n, vec![attempt(n, 1, vec![seen])]);
        state.attempts[0].page = Some(Page { token: text(), url: text() });
        state.attempts[0].refusal = Some(text());
        state.bill.reference = Some(text());
        state.bill.lines[0].name = text();
        returns(&store, state).await;
    }
}

pub async fn every_gateway_status_survives(store: impl StoreHarness) {
    let all = GatewayStatus::ALL.map(|status| transaction(status.as_str(), status));
    return_of(&store, all.to_vec()).await;
}

pub async fn every_fraud_status_survives(store: impl StoreHarness) {
    let all = [None, Some(Fraud::Accept), Some(Fraud::Challenge), Some(Fraud::Deny)];
    let of = |fraud: Option<Fraud>| Transaction {
        fraud,
        ..transaction(fraud.map_or("none", Fraud::as_str), GatewayStatus::Capture)
    };
    return_of(&store, all.map(of).to_vec()).await;
}

pub async fn that_it_came_late_survives(store: impl StoreHarness) {
    let of = |late: bool| Transaction {
        late,
        ..transaction(&format!("late-{late}"), GatewayStatus::Capture)
    };
    return_of(&store, [false, true].map(of).to_vec()).await;
}

pub async fn a_transaction_without_a_method_survives(store: impl StoreHarness) {
    let without = Transaction { method: None, ..transaction("t-1", GatewayStatus::Pending) };
    return_of(&store, vec![without]).await;
}

pub async fn that_it_was_paid_survives(store: impl StoreHarness) {
    let was_paid = paid("t-1", GatewayStatus::Refund);
    return_of(&store, vec![was_paid, transaction("t-2", GatewayStatus::Deny)]).await;
}

pub async fn every_kind_of_instruction_survives(store: impl StoreHarness) {
    let all = [
        Instruction::VirtualAccount { bank: "bca".into(), number: "00000112345".into() },
        Instruction::VirtualAccount { bank: "permata".into(), number: "9".repeat(64) },
        Instruction::Bill { biller_code: "70012".into(), key: "990000000260".into() },
        Instruction::StoreCode { store: "alfamart".into(), code: "8888-1".into() },
        Instruction::QrCode { text: "0002 \"é☕\\' \u{202e}".into() },
        Instruction::QrCode { text: "1".repeat(1024) },
        Instruction::Link { url: "https://a.example/?a=1&b=%20".into() },
        Instruction::Link { url: "gojek://gopay/x".into() },
    ];
    let told = |id: &str, ways: &[Instruction]| Transaction {
        instructions: Instructions::of(ways.iter().cloned()),
        ..transaction(id, GatewayStatus::Pending)
    };
    assert_eq!(told("all", &all).instructions.iter().count(), all.len());
    return_of(&store, vec![told("all", &all), told("none", &[]), told("one", &all[5..6])]).await;
}

pub async fn a_deadline_survives(store: impl StoreHarness) {
    let until =
        |id, expires_at| Transaction { expires_at, ..transaction(id, GatewayStatus::Pending) };
    return_of(&store, vec![until("t-1", Some(at(40))), until("t-2", None)]).await;
}

pub async fn when_callbacks_were_contradicted_survives(store: impl StoreHarness) {
    let first = Attempt { contradicted_at: Some(at(30)), ..attempt(1, 1, vec![]) };
    returns(&store, with(1, vec![first, attempt(1, 2, vec![])])).await;
}

pub async fn transactions_stay_in_their_order(store: impl StoreHarness) {
    // Neither the order of their ids nor of their times.
    let of = |n: u32| Transaction {
        seen_at: at(n * 7 % 20),
        ..transaction(&format!("t-{}", n * 7 % 20), GatewayStatus::Deny)
    };
    return_of(&store, (0..20).map(of).collect()).await;
}

pub async fn attempts_stay_in_their_order(store: impl StoreHarness) {
    let pending = || vec![transaction("t-1", GatewayStatus::Pending)];
    let attempts = vec![
        Attempt { page: Some(page("1")), ..attempt(1, 1, pending()) },
        Attempt { refusal: Some("no".to_owned()), created_at: at(2), ..attempt(1, 2, vec![]) },
        Attempt { page: Some(page("3")), ..attempt(1, 3, pending()) },
        attempt(1, 4, vec![]),
    ];
    returns(&store, with(1, attempts)).await;
}

pub async fn everything_survives_a_restart(store: impl StoreHarness) {
    let settled = vec![transaction("t-1", GatewayStatus::Settlement)];
    let paid = with(2, vec![Attempt { page: Some(page("1")), ..attempt(2, 1, settled) }]);
    open(&*store.payments(), &[payment(1), payment(2)]).await;
    assert_eq!(commit(&*store.payments(), becoming(&paid, 1)).await, Outcome::Done);
    let Some(store) = store.reopen().await else { return };
    let payments = store.payments();
    assert_eq!(stored(&*payments, id(1)).await, Some((1, payment(1))));
    assert_eq!(stored(&*payments, id(2)).await, Some((2, paid)));
    assert_eq!(listed(&*payments, &everything()).await, [id(2), id(1)]);
    let mut second = payment(3);
    second.bill.order_id = order(1);
    assert_ne!(commit(&*payments, opening(&second)).await, Outcome::Done);
}
