//! Changes that are committed together: each is answered for itself, and touches no other.

use super::StoreHarness;
use super::draft::{
    TAKEN, at, attempt, attempt_id, becoming, cause, commit, first, free, full, hint, id, load,
    open, opening, order, page, payment, rival, stored, told, transaction, with,
};
use engine::{Change, Outcome, StoreError};
use futures::future::join_all;
use payment::models::{Attempt, Callback, Fraud, GatewayStatus, Payment, Transaction};

fn pending(n: u128) -> Payment {
    told(n, vec![transaction("t-1", GatewayStatus::Pending)])
}

/// A batch in no order of ids: taken, done, lost, done; and one that is refused, if asked for.
fn mixed(refused: Option<&Payment>) -> Vec<Change<Payment>> {
    let mut changes = vec![opening(&rival(5)), becoming(&pending(2), 1)];
    changes.extend(refused.map(opening));
    changes.extend([becoming(&pending(3), 9), opening(&payment(4))]);
    changes
}

/// What a [`mixed`] batch leaves of payments that were there at version 1.
async fn check_mixed(store: &impl StoreHarness) {
    let payments = store.payments();
    let left = [Some((1, payment(1))), Some((2, pending(2))), Some((1, payment(3)))];
    for (n, expected) in (1..).zip(left.into_iter().chain([Some((1, payment(4))), None, None])) {
        assert_eq!(stored(&*payments, id(n)).await, expected, "{n}");
    }
    for n in [5, 6] {
        assert_eq!(payments.by_attempt(attempt_id(n, 1)).await, Ok(None), "{n}");
    }
}

pub async fn every_change_of_a_batch_is_answered_in_its_place(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1), payment(2), payment(3)]).await;
    let outcomes = payments.commit(mixed(None)).await;
    assert_eq!(outcomes, [TAKEN, Outcome::Done, Outcome::Lost, Outcome::Done]);
    check_mixed(&store).await;
}

pub async fn a_bad_row_changes_no_answer_of_its_batch(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1), payment(2), payment(3)]).await;
    let mut outcomes = payments.commit(mixed(Some(&free(6)))).await;
    let refused = outcomes.remove(2);
    assert!(matches!(refused, Outcome::Failed(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(outcomes, [TAKEN, Outcome::Done, Outcome::Lost, Outcome::Done]);
    check_mixed(&store).await;
}

pub async fn of_payments_of_one_order_in_one_batch_exactly_one_is_done(store: impl StoreHarness) {
    let payments = store.payments();
    let new = [rival(3), payment(2), payment(1), rival(4)];
    let outcomes = payments.commit(new.iter().map(opening).collect()).await;
    assert_eq!(outcomes[1], Outcome::Done, "of another order");
    let rivals = [&outcomes[0], &outcomes[2], &outcomes[3]];
    assert_eq!(rivals.iter().filter(|o| ***o == TAKEN).count(), 2, "{outcomes:?}");
    let winner = payments.by_order(order(1)).await.unwrap().unwrap().state;
    let won = new.iter().position(|payment| *payment == winner).unwrap();
    assert_eq!(outcomes[won], Outcome::Done);
}

pub async fn an_order_is_not_taken_by_a_payment_that_is_refused(store: impl StoreHarness) {
    let payments = store.payments();
    for (bad, good) in [(1, 2), (4, 3)] {
        let mut refused = free(bad);
        refused.bill.order_id = order(good);
        let outcomes = payments.commit(vec![opening(&refused), opening(&payment(good))]).await;
        assert!(matches!(outcomes[0], Outcome::Failed(StoreError::Invalid(_))), "{outcomes:?}");
        assert_eq!(outcomes[1], Outcome::Done, "{bad}");
    }
}

pub async fn an_id_that_is_used_is_not_told_as_a_taken_order(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    let again = Payment { id: id(1), ..payment(2) };
    let outcome = commit(&*payments, opening(&again)).await;
    assert!(matches!(outcome, Outcome::Failed(StoreError::Invalid(_))), "{outcome:?}");
    assert_eq!(stored(&*payments, id(1)).await, Some((1, payment(1))));
    assert_eq!(payments.by_order(order(2)).await, Ok(None));
}

pub async fn a_loser_is_lost_though_its_attempt_would_not_fit(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1), payment(2)]).await;
    let tried = |which| with(1, vec![attempt(1, 1, vec![]), attempt(1, which, vec![])]);
    assert_eq!(commit(&*payments, becoming(&tried(2), 1)).await, Outcome::Done);
    // Decided on the same version: another attempt in the same place.
    let late = [becoming(&tried(3), 1), becoming(&pending(2), 1)];
    assert_eq!(payments.commit(late.into()).await, [Outcome::Lost, Outcome::Done]);
    assert_eq!(stored(&*payments, id(1)).await, Some((2, tried(2))));
    assert_eq!(payments.by_attempt(attempt_id(1, 3)).await, Ok(None));
}

/// Two attempts; what is left out, in which place, differs by payment.
fn whole(n: u128, status: GatewayStatus) -> Payment {
    let seen = |name: &str, left: u128| Transaction {
        id: format!("t-{name}"),
        fraud: [None, Some(Fraud::Deny), Some(Fraud::Challenge)][(left % 3) as usize],
        method: left.is_multiple_of(2).then(|| format!("method-{n}-{name}")),
        was_paid: left % 2 == 1,
        paid_at: (left % 2 == 1).then(|| at(6)),
        seen_at: at(20 + u32::try_from(n).unwrap()),
        ..transaction("", status)
    };
    let begun = |which: u128, transactions| Attempt {
        page: (n % 2 == which % 2).then(|| page(&format!("{n}-{which}"))),
        refusal: (n % 2 != which % 2).then(|| format!("refused {n}-{which}")),
        created_at: at(10 + u32::try_from(n).unwrap()),
        ..attempt(n, which, transactions)
    };
    let attempts =
        vec![begun(1, vec![seen("b", n), seen("a", n + 1)]), begun(2, vec![seen("b", n + 2)])];
    Payment { attempts, ..payment(n) }
}

pub async fn attempts_of_many_payments_stay_with_their_own(store: impl StoreHarness) {
    let payments = store.payments();
    let ids: Vec<_> = (1..=6).map(id).collect();
    let mut version = 1;
    let states = |status| (1..=6).map(|n| whole(n, status)).collect::<Vec<_>>();
    open(&*payments, &states(GatewayStatus::Pending)).await;
    for status in [GatewayStatus::Settlement, GatewayStatus::Refund] {
        let after = states(status);
        let changes = after.iter().rev().map(|state| becoming(state, version)).collect();
        assert_eq!(payments.commit(changes).await, vec![Outcome::Done; 6]);
        version += 1;
        assert_eq!(load(&*payments, &ids).await, after);
    }
    assert_eq!(stored(&*payments, id(1)).await.unwrap().0, version);
}

pub async fn what_one_bill_leaves_out_its_neighbour_may_hold(store: impl StoreHarness) {
    let payments = store.payments();
    let mut phone_only = full(4);
    phone_only.bill.reference = None;
    let new = [payment(1), full(2), payment(3), phone_only];
    open(&*payments, &new).await;
    assert_eq!(load(&*payments, &new.each_ref().map(|p| p.id)).await, new);
}

pub async fn payments_open_and_move_in_one_batch(store: impl StoreHarness) {
    let payments = store.payments();
    let mut begun = whole(4, GatewayStatus::Pending);
    begun.attempts.truncate(1);
    open(&*payments, &[payment(2), begun]).await;
    let changes =
        [opening(&full(5)), becoming(&pending(2), 1), opening(&whole(1, GatewayStatus::Pending))];
    let changes = changes.into_iter().chain([becoming(&whole(4, GatewayStatus::Deny), 1)]);
    assert_eq!(payments.commit(changes.collect()).await, vec![Outcome::Done; 4]);
    assert_eq!(payments.by_order(order(5)).await, Ok(first(full(5))));
    assert_eq!(stored(&*payments, id(2)).await, Some((2, pending(2))));
    assert_eq!(payments.by_order(order(1)).await, Ok(first(whole(1, GatewayStatus::Pending))));
    assert_eq!(stored(&*payments, id(4)).await, Some((2, whole(4, GatewayStatus::Deny))));
}

pub async fn a_neighbour_that_loses_has_no_callback_counted_twice(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    for (lot, bad) in (1..).zip([rival(2), free(3)]) {
        let told = (0..5).map(|_| payments.record_callback(hint(1, "a", 5), cause()));
        let (outcome, told) = tokio::join!(commit(&*payments, opening(&bad)), join_all(told));
        assert_ne!(outcome, Outcome::Done);
        assert_eq!(told, vec![Ok(()); 5]);
        let expected = Callback { times: lot * 5, ..hint(1, "a", 5) };
        assert_eq!(payments.callbacks(9).await, Ok(vec![expected]));
    }
}
