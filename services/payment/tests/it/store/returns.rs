//! Endings, refunds and what persons wrote: stored with their payment, and with it only.

use super::StoreHarness;
use super::draft::{
    at, attempt, attempt_id, becoming, cause, commit, id, load, open, opening, order, paid,
    payment, refund, resolution, review, stored, told, transaction, with,
};
use engine::{Outcome, Recorded};
use kernel::Money;
use payment::models::{
    Attempt, CallOff, Choice, Closed, Distrust, Ending, GatewayStatus, Payment, Refund,
    RefundCause, RefundState, Resolution, Review, Transaction,
};
use payment::usecase::ports::PaymentJob;

/// Stored at once, and stored by a change from a payment without any of it: read as it was.
async fn returns(store: &impl StoreHarness, state: Payment) {
    let payments = store.payments();
    let (begun, mut at_once) = (payment(1), Payment { due_at: at(33), ..state.clone() });
    (at_once.id, at_once.bill.order_id) = (id(2), order(2));
    at_once.attempts.iter_mut().zip(1..).for_each(|(a, which)| a.id = attempt_id(2, which));
    open(&*payments, &[begun, at_once.clone()]).await;
    assert_eq!(stored(&*payments, id(2)).await, Some((1, at_once)));
    assert_eq!(commit(&*payments, becoming(&state, 1)).await, Outcome::Done);
    assert_eq!(stored(&*payments, id(1)).await, Some((2, state)));
}

pub async fn how_it_is_called_off_survives(store: impl StoreHarness) {
    let wish = |refund_if_paid| Some(CallOff { refund_if_paid, asked_at: at(7) });
    returns(&store, Payment { call_off: wish(false), ..payment(1) }).await;
    let more = Payment { call_off: wish(true), ..payment(1) };
    assert_eq!(commit(&*store.payments(), becoming(&more, 2)).await, Outcome::Done);
    assert_eq!(stored(&*store.payments(), id(1)).await, Some((3, more)));
}

pub async fn why_an_attempt_is_closed_survives(store: impl StoreHarness) {
    let closed = |which, why| Attempt {
        closed: Some(Closed { why, at: at(8 + u32::try_from(which).unwrap()) }),
        ..attempt(1, which, vec![])
    };
    let attempts =
        vec![closed(1, Ending::Overdue), closed(2, Ending::CalledOff), attempt(1, 3, vec![])];
    returns(&store, with(1, attempts)).await;
}

pub async fn what_was_not_believed_survives(store: impl StoreHarness) {
    let why = "it is about Rp1, not Rp2 \"é\"".to_owned();
    let told = Some(Distrust { why, since: at(31) });
    let doubted = Attempt { distrusted: told, ..attempt(1, 1, vec![]) };
    returns(&store, with(1, vec![doubted, attempt(1, 2, vec![])])).await;
}

pub async fn the_money_of_a_transaction_survives(store: impl StoreHarness) {
    let seen = |name: &str, paid_at, gross, refunded| Transaction {
        paid_at,
        gross: Money::rupiah(gross),
        refunded: Money::rupiah(refunded),
        ..transaction(name, GatewayStatus::Pending)
    };
    let all = vec![
        seen("t-1", Some(at(3)), 189_000, 20_000),
        seen("t-2", None, 185_000, 0),
        seen("t-3", Some(at(6)), i64::MAX, i64::MAX),
    ];
    returns(&store, told(1, all)).await;
}

pub async fn every_refund_survives_in_its_order(store: impl StoreHarness) {
    let states = [
        RefundState::Asked,
        RefundState::Taken,
        RefundState::Confirmed,
        RefundState::Manual("this method \"cannot\"".to_owned()),
        RefundState::ByHand,
        RefundState::Moot,
    ];
    let of = |(n, state): (usize, &RefundState)| Refund {
        // Neither the order of their keys nor of their times.
        transaction: format!("t-{n}"),
        cause: RefundCause::ALL[n % RefundCause::ALL.len()],
        reason: (n % 2 == 0).then(|| format!("reason {n}")),
        state: state.clone(),
        asked_at: at(20 - u32::try_from(n).unwrap()),
        updated_at: at(30 + u32::try_from(n).unwrap()),
        ..refund(&format!("key-{}", 9 - n), 1_000 + i64::try_from(n).unwrap())
    };
    let refunds: Vec<Refund> = states.iter().enumerate().map(of).collect();
    returns(&store, Payment { refunds, ..payment(1) }).await;
}

pub async fn every_resolution_survives_in_its_order(store: impl StoreHarness) {
    let of = |n: u32| Resolution {
        note: format!("note {n}"),
        by: format!("ops-{}", n % 2),
        at: at(30 - n),
        ..resolution(&format!("challenge.t-{}", 9 - n))
    };
    returns(&store, Payment { resolved: (0..4).map(of).collect(), ..payment(1) }).await;
}

pub async fn every_review_survives(store: impl StoreHarness) {
    let of = |n: u32| Review {
        note: format!("note {n} \"é\""),
        by: format!("ops-{}", n % 2),
        at: at(30 - n),
        declined: (n == 2).then(|| "not \"enabled\"".to_owned()),
        ..review(&format!("t-{n}"), Choice::ALL[usize::try_from(n % 2).unwrap()])
    };
    returns(&store, Payment { reviews: (0..4).map(of).collect(), ..payment(1) }).await;
}

pub async fn another_review_takes_the_place_of_the_last(store: impl StoreHarness) {
    let payments = store.payments();
    let with = |n, choice| Payment { reviews: vec![review("t-1", choice)], ..payment(n) };
    let mut before = with(1, Choice::Approve);
    before.reviews[0].declined = Some("not enabled".to_owned());
    open(&*payments, &[before, with(2, Choice::Approve)]).await;
    let mut after = with(1, Choice::Deny);
    after.reviews[0] = Review {
        note: "again".to_owned(),
        by: "ops-2".to_owned(),
        at: at(40),
        ..review("t-1", Choice::Deny)
    };
    after.reviews.push(review("t-2", Choice::Approve));
    assert_eq!(commit(&*payments, becoming(&after, 1)).await, Outcome::Done);
    assert_eq!(load(&*payments, &[id(1), id(2)]).await, [after, with(2, Choice::Approve)]);
    let lost = Payment { reviews: vec![review("t-9", Choice::Deny)], ..payment(2) };
    assert_eq!(commit(&*payments, becoming(&lost, 7)).await, Outcome::Lost);
    assert_eq!(stored(&*payments, id(2)).await, Some((1, with(2, Choice::Approve))));
}

pub async fn any_text_of_refunds_and_resolutions_survives(store: impl StoreHarness) {
    let text =
        "\u{1}\t\n'; -- \\ \"x\" {a,NULL} é e\u{301} 山田 🧋👩\u{200d}👧 \u{202e}abc \u{ffff}";
    let told = || text.to_owned();
    let odd = Refund {
        key: told(),
        transaction: told(),
        reason: Some(told()),
        state: RefundState::Manual(told()),
        ..refund("", 1)
    };
    let empty = Refund {
        transaction: String::new(),
        reason: Some(String::new()),
        state: RefundState::Manual(String::new()),
        ..refund("", 1)
    };
    let written = Resolution { item: told(), note: told(), by: told(), at: at(1) };
    let reviewed = Review {
        transaction: told(),
        note: told(),
        by: told(),
        declined: Some(told()),
        ..review("", Choice::Deny)
    };
    let state = Payment {
        refunds: vec![odd, empty],
        reviews: vec![reviewed],
        resolved: vec![written],
        ..payment(1)
    };
    returns(&store, state).await;
}

pub async fn a_refund_moves_and_a_resolution_stays(store: impl StoreHarness) {
    let payments = store.payments();
    open(&*payments, &[payment(1)]).await;
    let step = |state, second| Refund { state, updated_at: at(second), ..refund("key-1", 900) };
    let steps = [
        vec![step(RefundState::Asked, 11)],
        vec![step(RefundState::Manual("no".to_owned()), 12), refund("key-0", 100)],
        vec![step(RefundState::ByHand, 13), refund("key-0", 100)],
    ];
    for (version, refunds) in (1..).zip(steps) {
        let resolved = (0..version).map(|n| resolution(&format!("challenge.t-{n}"))).collect();
        let after = Payment { refunds, resolved, ..payment(1) };
        assert_eq!(commit(&*payments, becoming(&after, version)).await, Outcome::Done);
        assert_eq!(stored(&*payments, id(1)).await, Some((version + 1, after)));
    }
}

pub async fn a_key_names_a_refund_of_its_own_payment_only(store: impl StoreHarness) {
    let payments = store.payments();
    let with = |n, amount| Payment { refunds: vec![refund("1", amount)], ..payment(n) };
    open(&*payments, &[with(1, 100), payment(2)]).await;
    // Done elsewhere, under a key that others use too.
    assert_eq!(commit(&*payments, becoming(&with(2, 200), 1)).await, Outcome::Done);
    assert_eq!(load(&*payments, &[id(1), id(2)]).await, [with(1, 100), with(2, 200)]);
}

pub async fn a_lost_change_leaves_no_refund_and_no_resolution(store: impl StoreHarness) {
    let payments = store.payments();
    let known = Payment { refunds: vec![refund("key-1", 900)], ..payment(1) };
    open(&*payments, &[known.clone(), payment(2)]).await;
    let taken = Refund { state: RefundState::Taken, ..refund("key-1", 900) };
    let late = Payment {
        call_off: Some(CallOff { refund_if_paid: true, asked_at: at(9) }),
        refunds: vec![taken, refund("key-2", 100)],
        resolved: vec![resolution("challenge.t-1")],
        ..payment(1)
    };
    let second = Payment { refunds: vec![refund("key-3", 1)], ..payment(3) };
    let mut second = Payment { resolved: vec![resolution("challenge.t-1")], ..second };
    second.bill.order_id = order(1);
    let winner = Payment { refunds: vec![refund("key-4", 5)], ..payment(2) };
    let changes = vec![becoming(&late, 4), becoming(&winner, 1), opening(&second)];
    let outcomes = payments.commit(changes).await;
    assert_eq!(outcomes, [Outcome::Lost, Outcome::Done, super::draft::TAKEN]);
    assert_eq!(stored(&*payments, id(1)).await, Some((1, known)));
    assert_eq!(stored(&*payments, id(2)).await, Some((2, winner)));
    // Its id is free, and nothing of it was left for the next one that takes it.
    open(&*payments, &[payment(3)]).await;
    assert_eq!(stored(&*payments, id(3)).await, Some((1, payment(3))));
}

pub async fn returns_of_many_payments_stay_with_their_own(store: impl StoreHarness) {
    let payments = store.payments();
    let of = |n: u128, moved: bool| {
        let count = usize::try_from(n % 3).unwrap();
        let state = if moved { RefundState::Taken } else { RefundState::Asked };
        let refunds = (0..count).map(|k| Refund {
            state: state.clone(),
            reason: (k == 0).then(|| format!("of {n}")),
            ..refund(&format!("{n}-{k}"), i64::try_from(n).unwrap())
        });
        let closed = Closed { why: Ending::Overdue, at: at(30) };
        let first = Attempt {
            closed: (n.is_multiple_of(2) && moved).then_some(closed),
            ..attempt(n, 1, vec![paid(&format!("t-{n}"), GatewayStatus::Settlement)])
        };
        Payment {
            refunds: refunds.collect(),
            resolved: (0..count).map(|k| resolution(&format!("{n}.{k}"))).collect(),
            call_off: (n % 2 == 1).then_some(CallOff { refund_if_paid: moved, asked_at: at(2) }),
            ..with(n, vec![first, attempt(n, 2, vec![])])
        }
    };
    let ids: Vec<_> = (1..=6).map(id).collect();
    open(&*payments, &(1..=6).map(|n| of(n, false)).collect::<Vec<_>>()).await;
    let after: Vec<_> = (1..=6).map(|n| of(n, true)).collect();
    let changes = after.iter().rev().map(|state| becoming(state, 1)).collect();
    assert_eq!(payments.commit(changes).await, vec![Outcome::Done; 6]);
    assert_eq!(load(&*payments, &ids).await, after);
}

pub async fn new_jobs_name_their_target_and_their_time(store: impl StoreHarness) {
    let work = [
        PaymentJob::EndAttempt(order(1), attempt_id(1, 1), at(50)),
        PaymentJob::GiveBack(order(1), id(1)),
        PaymentJob::Review(order(1), id(1)),
    ];
    let mut change = opening(&payment(1));
    change.jobs = work.iter().map(|job| Recorded { fact: *job, cause: cause() }).collect();
    assert_eq!(commit(&*store.payments(), change).await, Outcome::Done);
    let story = store.operations().story(order(1).uuid()).await.unwrap();
    let mut jobs: Vec<_> =
        story.jobs.into_iter().map(|job| (job.kind, job.target, job.run_at)).collect();
    jobs.sort();
    let expected = [
        (PaymentJob::END_ATTEMPT.to_owned(), attempt_id(1, 1).uuid(), at(50)),
        (PaymentJob::GIVE_BACK.to_owned(), id(1).uuid(), at(1)),
        (PaymentJob::REVIEW.to_owned(), id(1).uuid(), at(1)),
    ];
    assert_eq!(jobs, expected);
}
