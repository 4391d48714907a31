//! What is done to orders in the real databases, and what it violates, as data.

use orderflow::compose::Part;

/// Where an order is brought before something is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Its page is ready, and nobody has chosen a method.
    Waiting,
    Paid,
    PartlyRefunded,
    Cancelled,
}
use At::{Cancelled, Paid, PartlyRefunded, Waiting};

pub(super) struct Plant {
    /// What it violates: first what it is planted for, then what cannot hold beside it.
    pub(super) codes: &'static [&'static str],
    pub(super) part: Part,
    pub(super) at: At,
    /// One statement. `{order}` is the order's id, `{payment}` its payment's (in payment's database
    /// alone), `{new}` an id that nobody has, `{hour}` an hour.
    pub(super) sql: &'static str,
}

const fn plant(codes: &'static [&'static str], part: Part, at: At, sql: &'static str) -> Plant {
    Plant { codes, part, at, sql }
}

const ORDER: Part = Part::Order;
const PAYMENT: Part = Part::Payment;
const NOTIFICATION: Part = Part::Notification;

/// What is done to one order each. All of it stands until somebody mends it: what services take up
/// by themselves, an unsent event or a look at the gateway, is put off by an hour; an inbox row is
/// exchanged and not deleted, because its bucket is counted and what is missing is sent again.
pub(super) const PLANTS: &[Plant] = &[
    plant(
        &["I04"],
        PAYMENT,
        Waiting,
        "UPDATE payments SET due_at = created_at - {hour} WHERE order_id = {order}",
    ),
    plant(
        &["I04", "I06", "I16"],
        ORDER,
        Waiting,
        "UPDATE orders SET status = 'pending' WHERE id = {order}",
    ),
    // Somebody may still move one on hold: it must have been for two minutes.
    plant(
        &["I04", "I06", "I16"],
        ORDER,
        Paid,
        "UPDATE orders SET status = 'on_hold', created_at = created_at - {hour} WHERE id = {order}",
    ),
    // A wish that payment never heard of.
    plant(
        &["I04"],
        ORDER,
        Waiting,
        "UPDATE orders SET cancel_requested_at = created_at WHERE id = {order}",
    ),
    // And one that it has not acted on.
    plant(
        &["I04"],
        PAYMENT,
        Waiting,
        "UPDATE payments SET call_off_at = created_at - {hour}, call_off_refunds = false
         WHERE order_id = {order}",
    ),
    plant(
        &["I05"],
        ORDER,
        Paid,
        "UPDATE timeline SET at = at - {hour} WHERE subject = {order} AND version = 2",
    ),
    plant(&["I05", "I06", "I13"], ORDER, Paid, "DELETE FROM timeline WHERE subject = {order}"),
    plant(
        &["I05"],
        PAYMENT,
        Paid,
        "UPDATE payments SET version = version + 1 WHERE order_id = {order}",
    ),
    plant(
        &["I05"],
        NOTIFICATION,
        Paid,
        "UPDATE timeline SET version = 9 WHERE subject = {order} AND what = 'message_sent'",
    ),
    plant(
        &["I06"],
        ORDER,
        Paid,
        "UPDATE timeline SET detail = replace(detail, 'awaiting_payment', 'expired')
         WHERE subject = {order} AND version = 2",
    ),
    plant(
        &["I06", "I16"],
        ORDER,
        Cancelled,
        "UPDATE orders SET status = 'refunded' WHERE id = {order}",
    ),
    plant(
        // The customer was told of another step, too.
        &["I06", "I20"],
        PAYMENT,
        Paid,
        "UPDATE timeline SET detail = replace(detail, '\"paid\"', '\"denied\"')
         WHERE subject = {order} AND version = (SELECT version FROM payments WHERE id = {payment})",
    ),
    plant(&["I07"], ORDER, Paid, "UPDATE orders SET total = total + 1 WHERE id = {order}"),
    plant(&["I07"], ORDER, Paid, "UPDATE orders SET account = 'another' WHERE id = {order}"),
    plant(
        &["I08", "I06", "I16"],
        ORDER,
        Paid,
        "UPDATE orders SET status = 'expired' WHERE id = {order}",
    ),
    plant(
        &["I08", "I06", "I16"],
        ORDER,
        Cancelled,
        "UPDATE orders SET status = 'paid' WHERE id = {order}",
    ),
    plant(
        &["I08", "I06", "I10", "I16"],
        PAYMENT,
        Paid,
        "UPDATE transactions SET status = 'pending'
         WHERE attempt_id IN (SELECT id FROM attempts WHERE payment_id = {payment})",
    ),
    plant(
        &["I08", "I10"],
        PAYMENT,
        Paid,
        "UPDATE transactions SET transaction_id = 'T-of-nobody'
         WHERE attempt_id IN (SELECT id FROM attempts WHERE payment_id = {payment})",
    ),
    plant(
        &["I09", "I08", "I10"],
        PAYMENT,
        Paid,
        "INSERT INTO transactions (attempt_id, transaction_id, position, status, fraud, method,
                                   was_paid, seen_at, paid_at, gross)
         SELECT attempt_id, 'T-second', position + 1, status, fraud, method, was_paid, seen_at,
                paid_at, gross
         FROM transactions WHERE attempt_id IN
             (SELECT id FROM attempts WHERE payment_id = {payment})",
    ),
    plant(
        &["I10"],
        PAYMENT,
        Paid,
        "UPDATE journal SET amount = amount + 1 WHERE order_id = {order} AND account = 'gateway'",
    ),
    plant(&["I10"], PAYMENT, PartlyRefunded, "DELETE FROM journal WHERE order_id = {order}"),
    plant(
        &["I10"],
        PAYMENT,
        Paid,
        "UPDATE journal SET account = 'pocket' WHERE order_id = {order} AND account = 'sales'",
    ),
    plant(
        &["I11"],
        PAYMENT,
        Waiting,
        "UPDATE attempts SET page_token = 'token-of-nobody' WHERE payment_id = {payment}",
    ),
    plant(
        &["I12"],
        PAYMENT,
        PartlyRefunded,
        "UPDATE refunds SET amount = amount + 1 WHERE payment_id = {payment}",
    ),
    plant(
        &["I12"],
        PAYMENT,
        PartlyRefunded,
        "UPDATE refunds SET key = 'key-of-nobody' WHERE payment_id = {payment}",
    ),
    plant(&["I13"], ORDER, Paid, "UPDATE outbox SET sequence = 7 WHERE subject = {order}"),
    plant(
        &["I13", "I15"],
        PAYMENT,
        Paid,
        "DELETE FROM outbox WHERE subject = {order}
         AND sequence = (SELECT version FROM payments WHERE id = {payment})",
    ),
    plant(
        &["I13", "I15"],
        PAYMENT,
        PartlyRefunded,
        "DELETE FROM outbox WHERE subject = {order} AND routing_key = 'refund.requested'",
    ),
    plant(
        &["I13"],
        ORDER,
        Paid,
        "UPDATE outbox SET published_at = NULL, attempts = 0, next_at = recorded_at + {hour}
         WHERE subject = {order}",
    ),
    plant(
        &["I14", "I15"],
        PAYMENT,
        Paid,
        "UPDATE inbox SET event_id = {new} WHERE subject = {order}",
    ),
    plant(&["I15"], ORDER, Paid, "UPDATE outbox SET body = body || ' ' WHERE subject = {order}"),
    plant(
        &["I16"],
        ORDER,
        Paid,
        "UPDATE orders SET payment_sequence = payment_sequence - 1 WHERE id = {order}",
    ),
    plant(&["I16"], ORDER, Paid, "UPDATE orders SET payment_status = 'pending' WHERE id = {order}"),
    plant(&["I18"], ORDER, Paid, "UPDATE inbox SET state = 'parked' WHERE subject = {order}"),
    plant(
        &["I18"],
        PAYMENT,
        Paid,
        "INSERT INTO dead_letters (id, kind, origin, key, subject, body, reason, attempts,
                                   parked_at)
         SELECT {new}, 'message', consumer, digest, subject, '?', 'planted', 6, recorded_at
         FROM inbox WHERE subject = {order}",
    ),
    plant(
        &["I19"],
        ORDER,
        Paid,
        "UPDATE outbox SET published_at = NULL, attempts = 3, last_error = 'no queue',
                next_at = recorded_at + {hour}
         WHERE subject = {order}",
    ),
    plant(
        &["I20"],
        NOTIFICATION,
        Paid,
        "UPDATE messages SET template = 'refunded' WHERE order_id = {order} AND template = 'paid'",
    ),
    plant(
        &["I20"],
        NOTIFICATION,
        Paid,
        "DELETE FROM messages WHERE order_id = {order} AND template = 'paid'",
    ),
    plant(
        &["I20"],
        NOTIFICATION,
        Cancelled,
        "UPDATE messages SET sequence = sequence + 40
         WHERE order_id = {order} AND template = 'cancelled'",
    ),
    plant(&["I21"], NOTIFICATION, Paid, "UPDATE messages SET resends = 1 WHERE order_id = {order}"),
    plant(
        &["I21"],
        NOTIFICATION,
        Paid,
        "UPDATE messages SET status = 'queued' WHERE order_id = {order} AND template = 'paid'",
    ),
    plant(
        &["I22"],
        NOTIFICATION,
        Paid,
        "UPDATE messages SET recipient = 'tuti@example.com' WHERE order_id = {order}",
    ),
    plant(
        &["I22"],
        NOTIFICATION,
        Paid,
        "UPDATE contacts SET email = 'tuti@example.com' WHERE order_id = {order}",
    ),
];
