//! Every status against every input.

use super::super::{News, PaymentStatus};
use super::*;
use kernel::{Money, PersonName, Uuid};

fn message(status: MessageStatus) -> Message {
    let contact = Contact {
        order: OrderId(Uuid::from_u128(1)),
        account: Account::default(),
        reference: None,
        name: PersonName::parse("Budi").unwrap(),
        email: Email::parse("budi@example.com").unwrap(),
        locale: Locale::Id,
        total: Money::rupiah(185_000),
        noted_at: Timestamp::UNIX_EPOCH,
    };
    let update = PaymentUpdate {
        order: contact.order,
        payment: PaymentId(Uuid::from_u128(2)),
        news: News::Moved { to: PaymentStatus::Paid, refunded: None, goes_back: None },
        source: "/orderflow/payment".into(),
        sequence: 3,
        at: Timestamp::UNIX_EPOCH,
    };
    let content = Content { subject: "s".into(), text: "Halo Budi".into(), html: "h".into() };
    let id = MessageId(Uuid::from_u128(9));
    let words = (Template::Paid, content);
    let (message, _) = Message::write(id, &contact, &update, words, Timestamp::UNIX_EPOCH);
    Message { status, ..message }
}

#[test]
fn only_a_queued_message_is_moved_by_a_try() {
    let tries = [Attempt::Taken, Attempt::PutOff("later".into()), Attempt::Refused("never".into())];
    let ends = [MessageStatus::Sent, MessageStatus::Queued, MessageStatus::Failed];
    for (tried, end) in tries.iter().zip(ends) {
        let (after, _) =
            message(MessageStatus::Queued).after(tried, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((after.status, after.attempts), (end, 1));
        for closed in [MessageStatus::Sent, MessageStatus::Failed] {
            assert_eq!(message(closed).after(tried, Timestamp::UNIX_EPOCH), None);
        }
    }
}

#[test]
fn any_message_can_be_asked_for_again() {
    for status in MessageStatus::ALL {
        let (again, fact) = message(status).resend(Timestamp::UNIX_EPOCH);
        assert_eq!((again.status, again.attempts), (MessageStatus::Queued, 0));
        assert_eq!(fact, MessageFact::Resent { resends: 1 });
    }
}

#[test]
fn debug_shows_neither_name_nor_address() {
    let shown = format!("{:?}", message(MessageStatus::Queued));
    assert!(!shown.contains("Budi") && !shown.contains("budi@"), "{shown}");
}

#[test]
fn every_status_has_a_name_of_its_own() {
    for status in MessageStatus::ALL {
        assert_eq!(status.as_str().parse(), Ok(status));
    }
    assert_eq!("lost".parse::<MessageStatus>(), Err(UnknownName));
}
