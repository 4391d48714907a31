//! Messages by their id and in lists: newest first, filtered, paged by the last id.

use super::StoreHarness;
use super::draft::{
    account, becoming, commit, everything, id, ids, known, listed, message, of, order, sent, write,
};
use engine::{Outcome, Version, Versioned};
use kernel::Account;
use notification::models::{Message, MessageStatus};
use notification::usecase::ports::{ListQuery, Messages};
use std::sync::Arc;

pub async fn an_empty_store_answers_nothing(store: impl StoreHarness) {
    let messages = store.messages();
    assert!(messages.load(&[id(1)]).await.unwrap().is_empty());
    assert!(messages.load(&[]).await.unwrap().is_empty());
    assert_eq!(messages.find(&Account::default(), id(1)).await, Ok(None));
    assert_eq!(listed(&*messages, &everything()).await, []);
}

pub async fn messages_are_loaded_by_the_known_ids_only(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1), of(2, "toko-2"), message(3)]).await;
    let found = messages.load(&[id(9), id(2), id(1), id(2)]).await.unwrap();
    assert_eq!(found.len(), 2);
    for expected in [message(1), of(2, "toko-2")] {
        assert_eq!(found[&expected.id].state, expected);
    }
}

pub async fn find_hides_the_message_of_another_account(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[of(1, "toko-2")]).await;
    let found = Versioned { version: Version(1), state: of(1, "toko-2") };
    assert_eq!(messages.find(&account("toko-2"), id(1)).await, Ok(Some(found)));
    for stranger in [Account::default(), account("toko"), account("toko-22")] {
        assert_eq!(messages.find(&stranger, id(1)).await, Ok(None), "{stranger}");
    }
}

/// Five messages.
async fn five(store: &impl StoreHarness) -> Arc<dyn Messages> {
    let messages = known(store).await;
    write(&*messages, &(1..=5).map(message).collect::<Vec<_>>()).await;
    messages
}

pub async fn messages_are_listed_newest_first(store: impl StoreHarness) {
    let messages = known(&store).await;
    // The order of their ids, not that of their arrival; each of them whole.
    write(&*messages, &[message(2), message(3)]).await;
    write(&*messages, &[message(1)]).await;
    write(&*messages, &[message(300)]).await;
    let expected = [300, 3, 2, 1].map(|n| Versioned { version: Version(1), state: message(n) });
    assert_eq!(messages.list(&everything()).await.unwrap(), expected);
}

pub async fn a_list_shows_one_account_only(store: impl StoreHarness) {
    let messages = known(&store).await;
    write(&*messages, &[message(1), of(2, "toko-2"), message(3), of(4, "toko-2")]).await;
    assert_eq!(listed(&*messages, &everything()).await, ids(&[3, 1]));
    let other = |name: &str| ListQuery { account: account(name), ..everything() };
    assert_eq!(listed(&*messages, &other("toko-2")).await, ids(&[4, 2]));
    assert_eq!(listed(&*messages, &other("toko")).await, []);
}

pub async fn a_list_is_bounded(store: impl StoreHarness) {
    let messages = five(&store).await;
    for (limit, expected) in [(0, ids(&[])), (2, ids(&[5, 4])), (9, ids(&[5, 4, 3, 2, 1]))] {
        let query = ListQuery { limit, ..everything() };
        assert_eq!(listed(&*messages, &query).await, expected, "{limit}");
    }
}

pub async fn a_list_goes_on_after_its_last_id(store: impl StoreHarness) {
    let messages = five(&store).await;
    let mut query = ListQuery { limit: 2, ..everything() };
    let mut pages = Vec::new();
    for new in 10..19 {
        let page = listed(&*messages, &query).await;
        let Some(last) = page.last() else { break };
        query.after = Some(*last);
        // What comes meanwhile is newer than every page that follows.
        write(&*messages, &[message(new)]).await;
        pages.push(page);
    }
    assert_eq!(pages, [ids(&[5, 4]), ids(&[3, 2]), ids(&[1])]);
}

pub async fn messages_are_filtered_by_order(store: impl StoreHarness) {
    let messages = known(&store).await;
    let about = |n, which| Message { order: order(which), ..message(n) };
    let foreign = Message { order: order(2), ..of(4, "toko-2") };
    write(&*messages, &[about(1, 1), about(2, 2), about(3, 1), foreign]).await;
    for (n, expected) in [(1, ids(&[3, 1])), (2, ids(&[2])), (3, ids(&[]))] {
        let query = ListQuery { order: Some(order(n)), ..everything() };
        assert_eq!(listed(&*messages, &query).await, expected, "{n}");
    }
}

/// Five messages, of which 2 and 4 are sent and 5 failed.
async fn moved(store: &impl StoreHarness) -> Arc<dyn Messages> {
    let messages = five(store).await;
    let failed = Message { status: MessageStatus::Failed, ..message(5) };
    for after in [sent(2), sent(4), failed] {
        assert_eq!(commit(&*messages, becoming(&after, 1)).await, Outcome::Done);
    }
    messages
}

fn only(status: MessageStatus) -> ListQuery {
    ListQuery { status: Some(status), ..everything() }
}

pub async fn messages_are_filtered_by_status_of_now(store: impl StoreHarness) {
    let messages = moved(&store).await;
    for (status, expected) in [
        (MessageStatus::Queued, ids(&[3, 1])),
        (MessageStatus::Sent, ids(&[4, 2])),
        (MessageStatus::Failed, ids(&[5])),
    ] {
        assert_eq!(listed(&*messages, &only(status)).await, expected, "{status:?}");
    }
}

pub async fn filters_and_cursor_and_limit_combine(store: impl StoreHarness) {
    let messages = moved(&store).await;
    let page = ListQuery { after: Some(id(5)), limit: 1, ..only(MessageStatus::Sent) };
    assert_eq!(listed(&*messages, &page).await, ids(&[4]));
    let rest = ListQuery { after: Some(id(4)), ..only(MessageStatus::Sent) };
    assert_eq!(listed(&*messages, &rest).await, ids(&[2]));
    let about = |n| ListQuery { order: Some(order(n)), ..rest.clone() };
    assert_eq!(listed(&*messages, &about(1)).await, ids(&[2]));
    assert_eq!(listed(&*messages, &about(2)).await, []);
}
