//! Changes: each whole or not at all, under the version that it was decided on.

use super::StoreHarness;
use super::draft::{
    TAKEN, at, attempt, attempt_id, becoming, cause, commit, everything, first, free, full, id,
    ids, listed, open, opening, order, page, payment, rival, stored, told, transaction, with,
};
use engine::{Change, Outcome, Recorded, StoreError};
use futures::future::join_all;
use kernel::{Money, Timestamp, Uuid};
use payment::models::{
    Attempt, Fraud, GatewayStatus, Instruction, Instructions, Payment, Transaction,
};
use payment::usecase::ports::PaymentJob;

pub async fn a_second_payment_of_an_order_is_refused_and_leaves_nothing(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    assert_eq!(commit(&*payments, opening(&rival(2))).await, TAKEN);
    assert_eq!(stored(&*payments, id(2)).await, None);
    assert_eq!(payments.by_order(order(1)).await, Ok(first(payment(1))));
    assert_eq!(payments.by_attempt(attempt_id(2, 1)).await, Ok(None));
    // Its id is free: nothing of it, not even an attempt, is left behind.
    open(&*payments, &[payment(2)]).await;
}

pub async fn of_two_new_payments_of_an_order_exactly_one_is_done(store: impl StoreHarness) {
    let payments = store.payments();
    let tries = [payment(1), rival(2)].map(|p| commit(&*payments, opening(&p)));
    let outcomes = join_all(tries).await;
    let rivals = [[Outcome::Done, TAKEN], [TAKEN, Outcome::Done]];
    assert!(rivals.iter().any(|expected| expected[..] == outcomes), "{outcomes:?}");
    assert_eq!(listed(&*payments, &everything()).await.len(), 1);
}

pub async fn a_moved_version_is_lost_and_changes_nothing(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    let pending = told(1, vec![transaction("t-1", GatewayStatus::Pending)]);
    assert_eq!(commit(&*payments, becoming(&pending, 1)).await, Outcome::Done);
    let mut late = told(1, vec![transaction("t-1", GatewayStatus::Expire)]);
    late.attempts.push(attempt(1, 2, vec![transaction("t-2", GatewayStatus::Pending)]));
    for version in [1, 3, 9] {
        let outcome = commit(&*payments, becoming(&late, version)).await;
        assert_eq!(outcome, Outcome::Lost, "{version}");
        assert_eq!(stored(&*payments, id(1)).await, Some((2, pending.clone())));
    }
    assert_eq!(payments.by_attempt(attempt_id(1, 2)).await, Ok(None));
}

pub async fn a_change_of_an_unknown_payment_is_lost(store: impl StoreHarness) {
    let payments = store.payments();
    assert_eq!(commit(&*payments, becoming(&payment(1), 1)).await, Outcome::Lost);
    assert_eq!(stored(&*payments, id(1)).await, None);
    assert_eq!(payments.by_attempt(attempt_id(1, 1)).await, Ok(None));
}

pub async fn of_many_writers_at_once_exactly_one_is_done(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    let of = |n| told(1, vec![transaction(&format!("t-{n}"), GatewayStatus::Pending)]);
    let states: Vec<_> = (0..20).map(of).collect();
    let outcomes =
        join_all(states.iter().map(|state| commit(&*payments, becoming(state, 1)))).await;
    let done: Vec<usize> = (0..20).filter(|n| outcomes[*n] == Outcome::Done).collect();
    assert_eq!(done.len(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Lost).count(), 19, "{outcomes:?}");
    assert_eq!(stored(&*payments, id(1)).await, Some((2, states[done[0]].clone())));
}

pub async fn an_update_adds_transactions_and_changes_known_ones(store: impl StoreHarness) {
    let payments = store.payments();
    let known = transaction("t-2", GatewayStatus::Pending);
    open(&*payments, &[told(1, vec![known.clone()])]).await;
    let changed = Transaction {
        status: GatewayStatus::Capture,
        fraud: Some(Fraud::Challenge),
        method: Some("credit_card".to_owned()),
        was_paid: true,
        paid_at: Some(at(15)),
        gross: Money::rupiah(189_000),
        refunded: Money::rupiah(2_000),
        seen_at: at(20),
        instructions: Instructions::of([Instruction::QrCode { text: "000201".to_owned() }]),
        expires_at: Some(at(50)),
        ..known
    };
    let bare = Transaction {
        fraud: None,
        method: None,
        instructions: Instructions::default(),
        expires_at: None,
        ..changed.clone()
    };
    let new = transaction("t-1", GatewayStatus::Pending);
    for (version, transactions) in
        (1..).zip([vec![changed.clone()], vec![changed, new.clone()], vec![bare, new]])
    {
        let after = told(1, transactions);
        assert_eq!(commit(&*payments, becoming(&after, version)).await, Outcome::Done);
        assert_eq!(stored(&*payments, id(1)).await, Some((version + 1, after)));
    }
}

pub async fn an_update_adds_attempts(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    let second = vec![transaction("t-1", GatewayStatus::Pending)];
    let after = with(1, vec![payment(1).attempts.remove(0), attempt(1, 2, second)]);
    assert_eq!(commit(&*payments, becoming(&after, 1)).await, Outcome::Done);
    assert_eq!(stored(&*payments, id(1)).await, Some((2, after.clone())));
    assert_eq!(payments.by_attempt(attempt_id(1, 2)).await.unwrap().unwrap().state, after);
}

/// The first payment's attempt becomes each of these in turn.
async fn becomes(store: &impl StoreHarness, states: impl IntoIterator<Item = Attempt>) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    for (version, attempt) in (1..).zip(states) {
        let after = with(1, vec![attempt]);
        assert_eq!(commit(&*payments, becoming(&after, version)).await, Outcome::Done);
        assert_eq!(stored(&*payments, id(1)).await, Some((version + 1, after)));
    }
}

pub async fn a_second_page_replaces_the_first(store: impl StoreHarness) {
    let pages = ["1", "2"].map(|name| Attempt { page: Some(page(name)), ..attempt(1, 1, vec![]) });
    becomes(&store, pages).await;
}

pub async fn a_page_and_a_refusal_can_be_taken_back(store: impl StoreHarness) {
    let refusal = Some("no".to_owned());
    let contradicted_at = Some(at(30));
    let whole =
        Attempt { page: Some(page("1")), refusal, contradicted_at, ..attempt(1, 1, vec![]) };
    becomes(&store, [whole, attempt(1, 1, vec![])]).await;
}

pub async fn a_change_moves_its_own_payment_only(store: impl StoreHarness) {
    let payments = store.payments();
    let same = |n| told(n, vec![transaction("t-1", GatewayStatus::Pending)]);
    open(&*payments, &[same(1), same(2), full(3)]).await;
    let after = told(1, vec![transaction("t-1", GatewayStatus::Settlement)]);
    assert_eq!(commit(&*payments, becoming(&after, 1)).await, Outcome::Done);
    assert_eq!(stored(&*payments, id(1)).await, Some((2, after)));
    assert_eq!(stored(&*payments, id(2)).await, Some((1, same(2))));
    assert_eq!(stored(&*payments, id(3)).await, Some((1, full(3))));
}

pub async fn one_transaction_id_in_two_attempts_is_two_transactions(store: impl StoreHarness) {
    let payments = store.payments();
    let of = |which, status| attempt(1, which, vec![transaction("t-1", status)]);
    let before = with(1, vec![of(1, GatewayStatus::Pending), of(2, GatewayStatus::Pending)]);
    open(&*payments, &[before]).await;
    let after = with(1, vec![of(1, GatewayStatus::Pending), of(2, GatewayStatus::Settlement)]);
    assert_eq!(commit(&*payments, becoming(&after, 1)).await, Outcome::Done);
    assert_eq!(stored(&*payments, id(1)).await, Some((2, after)));
}

pub async fn a_bad_row_fails_alone(store: impl StoreHarness) {
    let payments = store.payments();
    let new = [payment(1), free(2), payment(3)];
    let outcomes = payments.commit(new.iter().map(opening).collect()).await;
    assert!(matches!(outcomes[1], Outcome::Failed(StoreError::Invalid(_))), "{outcomes:?}");
    assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Done, &Outcome::Done));
    assert_eq!(listed(&*payments, &everything()).await, ids(&[3, 1]));
}

/// Open jobs of the first payment's order: kind, target and time.
async fn jobs(store: &impl StoreHarness) -> Vec<(String, Uuid, Timestamp)> {
    let story = store.operations().story(order(1).uuid()).await.unwrap();
    let mut jobs: Vec<_> =
        story.jobs.into_iter().map(|job| (job.kind, job.target, job.run_at)).collect();
    jobs.sort();
    jobs
}

fn ordering(change: Change<Payment>, jobs: &[PaymentJob]) -> Change<Payment> {
    let recorded = |job: &PaymentJob| Recorded { fact: *job, cause: cause() };
    Change { jobs: jobs.iter().map(recorded).collect(), ..change }
}

pub async fn ordered_jobs_name_their_attempt_and_their_time(store: impl StoreHarness) {
    let (page, check) = (attempt_id(1, 1), attempt_id(1, 2));
    let work =
        [PaymentJob::CreatePage(order(1), page), PaymentJob::CheckStatus(order(1), check, at(40))];
    let change = ordering(opening(&payment(1)), &work);
    assert_eq!(commit(&*store.payments(), change).await, Outcome::Done);
    let expected = [
        (PaymentJob::CHECK_STATUS.to_owned(), check.uuid(), at(40)),
        (PaymentJob::CREATE_PAGE.to_owned(), page.uuid(), at(1)),
    ];
    assert_eq!(jobs(&store).await, expected);
}

pub async fn a_change_may_only_order_work(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    let still = Change { state: None, facts: vec![], ..becoming(&payment(1), 1) };
    let work = [PaymentJob::CreatePage(order(1), attempt_id(1, 1))];
    assert_eq!(commit(&*payments, ordering(still, &work)).await, Outcome::Done);
    assert_eq!(stored(&*payments, id(1)).await, Some((1, payment(1))));
    let expected = (PaymentJob::CREATE_PAGE.to_owned(), attempt_id(1, 1).uuid(), at(1));
    assert_eq!(jobs(&store).await, [expected], "told with the order's story");
}
