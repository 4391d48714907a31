//! Audits: what is known of every account's orders, by ascending id, a page at a time.

use super::StoreHarness;
use super::draft::{
    account, at, becoming, commit, contact, known, message, noting, of, order, sent, write,
};
use engine::Outcome;
use notification::models::{Contact, Message, OrderId, Origin, Template};
use notification::usecase::ports::{Correspondence, Told};

/// The `n`th order as an audit has it.
fn about(n: u128, messages: &[Message]) -> Correspondence {
    let messages = messages.iter().map(told).collect();
    Correspondence { order: order(n), contact: Some(contact(n)), messages }
}

fn told(message: &Message) -> Told {
    Told {
        id: message.id,
        origin: message.origin.clone(),
        channel: message.channel,
        template: message.template,
        status: message.status,
        recipient: message.recipient.clone(),
        attempts: message.attempts,
        resends: message.resends,
        sent_at: message.sent_at,
    }
}

async fn audited(store: &impl StoreHarness, after: Option<u128>, max: usize) -> Vec<OrderId> {
    let found = store.messages().audit(after.map(order), max).await.unwrap();
    found.into_iter().map(|known| known.order).collect()
}

async fn all(store: &impl StoreHarness) -> Vec<Correspondence> {
    store.messages().audit(None, 100).await.unwrap()
}

pub async fn an_empty_store_has_nothing_to_audit(store: impl StoreHarness) {
    assert_eq!(all(&store).await, []);
    assert_eq!(audited(&store, Some(1), 9).await, []);
}

pub async fn every_account_s_orders_are_audited_by_ascending_id(store: impl StoreHarness) {
    let contacts = store.contacts();
    // The later its number, the lower an order's id.
    let foreign = Contact { account: account("toko-2"), ..contact(2) };
    for contact in [contact(1), contact(300), foreign.clone(), contact(3)] {
        assert_eq!(commit(&*contacts, noting(&contact)).await, Outcome::Done);
    }
    let foreign = Correspondence { contact: Some(foreign), ..about(2, &[]) };
    assert_eq!(all(&store).await, [about(300, &[]), about(3, &[]), foreign, about(1, &[])]);
}

pub async fn an_audit_goes_on_after_any_id_and_is_bounded(store: impl StoreHarness) {
    let messages = known(&store).await;
    let five = contact(5);
    assert_eq!(commit(&*store.contacts(), noting(&five)).await, Outcome::Done);
    // Several messages about one order are one order.
    let on = |n, which| Message { order: order(which), ..message(n) };
    write(&*messages, &[on(1, 5), on(2, 5), on(3, 5), on(4, 1)]).await;
    for (after, max, expected) in [
        (None, 0, &[][..]),
        (None, 1, &[5]),
        (None, 2, &[5, 3]),
        (None, 9, &[5, 3, 2, 1]),
        (Some(5), 2, &[3, 2]),
        // Nothing is known of this order.
        (Some(4), 9, &[3, 2, 1]),
        (Some(1), 9, &[]),
    ] {
        let expected: Vec<_> = expected.iter().copied().map(order).collect();
        assert_eq!(audited(&store, after, max).await, expected, "{after:?} {max}");
    }
}

pub async fn messages_are_audited_with_their_order_by_time_and_id(store: impl StoreHarness) {
    let messages = known(&store).await;
    let on = |n, which, second| {
        let created_at = at(second);
        Message { order: order(which), created_at, updated_at: created_at, ..message(n) }
    };
    let (first, other) = ([on(3, 1, 2), on(1, 1, 9), on(2, 1, 9)], [on(4, 3, 5), on(5, 3, 6)]);
    let mixed = [&other[1], &first[2], &first[0], &other[0], &first[1]].map(Message::clone);
    write(&*messages, &mixed).await;
    assert_eq!(all(&store).await, [about(3, &other), about(2, &[]), about(1, &first)]);
}

pub async fn an_audited_message_is_as_it_stands_now(store: impl StoreHarness) {
    let messages = known(&store).await;
    let source = "/other/payment".to_owned();
    let other = Message {
        origin: Origin { source, ..message(2).origin },
        template: Template::Refunded,
        ..of(2, "toko-2")
    };
    write(&*messages, &[message(1), other.clone()]).await;
    assert_eq!(commit(&*messages, becoming(&sent(1), 1)).await, Outcome::Done);
    let (again, _) = sent(1).resend(at(20));
    let again = Message { attempts: 3, ..again };
    assert_eq!(commit(&*messages, becoming(&again, 2)).await, Outcome::Done);
    assert_eq!((again.resends, again.sent_at), (1, Some(at(9))));
    assert_eq!(all(&store).await.pop(), Some(about(1, &[again, other])));
}

pub async fn messages_without_a_contact_are_audited(store: impl StoreHarness) {
    let messages = known(&store).await;
    let on = |n, which| Message { order: order(which), ..message(n) };
    let (some, one) = ([1, 2, 3].map(|n| on(n, 3)), [on(4, 2)]);
    write(&*messages, &[&some[..], &one].concat()).await;
    for n in [3, 2] {
        store.lose_contact(order(n)).await;
    }
    let lost = |n, messages| Correspondence { contact: None, ..about(n, messages) };
    assert_eq!(all(&store).await, [lost(3, &some), lost(2, &one), about(1, &[])]);
    // However many messages are about one order, it takes one place of a page.
    assert_eq!(audited(&store, None, 2).await, [order(3), order(2)]);
    assert_eq!(audited(&store, Some(3), 1).await, [order(2)]);
}
