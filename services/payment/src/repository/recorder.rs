//! From a decided change to rows, for every dialect.

use super::facts;
use crate::broker::outgoing::Telling;
use crate::models::{Callback, Exchange, Payment, PaymentFact, PaymentId, Receipt};
use crate::usecase::ports::PaymentJob;
use engine::{Change, Version};
use kernel::{Cause, Ids, JobId, Timestamp, Uuid};
use messaging::OutgoingEvent;
use storage::{FactDraft, NewJob, Recorder, Write, to_write};

/// Rows about to be stored.
#[derive(Debug, Clone)]
pub enum PaymentRows {
    /// A payment with all that belongs to it, and what it does to the books.
    Payment {
        /// The state.
        payment: Box<Payment>,
        /// The version that must be in the store; 0: none.
        expected: Version,
        /// The version after.
        version: Version,
    },
    /// A callback.
    Callback(Box<Callback>),
    /// No new row: forged callbacks go, those from before a time and all but the newest.
    ForgetForged {
        /// Received before then.
        before: Timestamp,
        /// So many stay.
        keep: u32,
    },
    /// What was asked of the gateway; of those from before a time, up to twice as many go.
    Exchanges {
        /// The new ones.
        new: Vec<Exchange>,
        /// Asked before then.
        before: Timestamp,
    },
}

/// [`Recorder`] of payments.
pub struct PaymentRecorder;

impl Recorder<Payment> for PaymentRecorder {
    type Rows = PaymentRows;

    fn aggregate(id: PaymentId) -> Uuid {
        id.uuid()
    }

    fn subject(id: PaymentId, state: Option<&Payment>) -> Uuid {
        state.map_or(id.uuid(), |payment| payment.bill.order_id.uuid())
    }

    fn rows(payment: Payment, expected: Version, version: Version) -> PaymentRows {
        PaymentRows::Payment { payment: Box::new(payment), expected, version }
    }

    fn describe(fact: &PaymentFact) -> (&'static str, String) {
        (facts::name(fact), facts::detail(fact).to_string())
    }

    fn events(draft: FactDraft<'_, Payment>) -> impl IntoIterator<Item = OutgoingEvent> {
        let FactDraft { ids, state: payment, fact, version, cause, at } = draft;
        Telling { ids, payment, sequence: version.0, cause, at }.events(fact)
    }

    fn job(job: &PaymentJob, at: Timestamp) -> (&'static str, Uuid, Timestamp) {
        let (target, due) = match job {
            PaymentJob::CreatePage(_, attempt) => (attempt.uuid(), at),
            PaymentJob::CheckStatus(_, attempt, due) | PaymentJob::EndAttempt(_, attempt, due) => {
                (attempt.uuid(), *due)
            }
            PaymentJob::GiveBack(_, payment) | PaymentJob::Review(_, payment) => {
                (payment.uuid(), at)
            }
        };
        (job.kind(), target, due)
    }
}

/// A change that only orders work has no state to name its order: its jobs do.
pub(super) fn payment_write(change: Change<Payment>, ids: &dyn Ids) -> Write<PaymentRows> {
    let order = change.jobs.first().map(|job| job.fact.order());
    let write = to_write::<Payment, PaymentRecorder>(change, ids);
    Write { subject: order.map_or(write.subject, |order| order.uuid()), ..write }
}

/// A callback is evidence, not a state change: its row, and a job if the gateway is to be asked.
pub(super) fn callback_write(callback: Callback, cause: Cause, id: Uuid) -> Write<PaymentRows> {
    let at = callback.received_at;
    let subject = callback.order_id.map_or(Uuid::nil(), |order| order.uuid());
    let hint = callback.attempt.filter(|_| callback.asks());
    let job = hint.map(|attempt| NewJob {
        id: JobId(id),
        kind: PaymentJob::CHECK_STATUS,
        target: attempt.uuid(),
        run_at: at,
        cause,
    });
    let jobs = job.into_iter().collect();
    let rows = PaymentRows::Callback(Box::new(callback));
    Write { subject, jobs, ..bare(rows, at, id) }
}

/// Housekeeping of the service's own rows: about no order, told to nobody.
pub(super) fn forget_write(
    before: Timestamp,
    keep: u32,
    at: Timestamp,
    id: Uuid,
) -> Write<PaymentRows> {
    bare(PaymentRows::ForgetForged { before, keep }, at, id)
}

/// Evidence, as callbacks are; with its own housekeeping.
pub(super) fn exchanges_write(
    new: Vec<Exchange>,
    before: Timestamp,
    at: Timestamp,
    id: Uuid,
) -> Write<PaymentRows> {
    bare(PaymentRows::Exchanges { new, before }, at, id)
}

/// Rows alone.
fn bare(rows: PaymentRows, at: Timestamp, id: Uuid) -> Write<PaymentRows> {
    Write {
        id,
        aggregate: id,
        subject: Uuid::nil(),
        expected: Version::default(),
        guards: Vec::new(),
        rows: Some(rows),
        timeline: Vec::new(),
        events: Vec::new(),
        jobs: Vec::new(),
        at,
    }
}

/// The key of a callback's row. A forgery has its own, the complement of its digest, so that it
/// never counts on a true callback with the same body, nor hides it: a body that was refused under
/// an old server key is true under the right one.
pub(super) fn row_key(digest: [u8; 32], receipt: Receipt) -> [u8; 32] {
    if receipt == Receipt::Forged { digest.map(|byte| !byte) } else { digest }
}
