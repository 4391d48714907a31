//! The contract suite of [`Messages`] and of the contacts' store: what every adapter of them must
//! do, stated once.
//!
//! An adapter implements [`StoreHarness`] and names its type in `messages_contract!`. The list of
//! cases lives here, so that an adapter cannot leave one out; a case that is not listed is dead
//! code, which the compiler reports. What all aggregates share (guards, outbox, jobs, timeline) is
//! held by the storage suite of `tests/contracts`.

use engine::Store;
use notification::models::{Contact, OrderId};
use notification::usecase::ports::Messages;
use std::sync::Arc;
use storage::Operations;

/// Makes stores of an adapter for the suite.
pub trait StoreHarness: Sized {
    /// An empty store with its schema, used by nobody else.
    async fn fresh() -> Self;

    /// The contacts in it.
    fn contacts(&self) -> Arc<dyn Store<Contact>>;

    /// The messages in it.
    fn messages(&self) -> Arc<dyn Messages>;

    /// What operators see of it: the jobs that were ordered.
    fn operations(&self) -> Arc<dyn Operations>;

    /// Takes a contact away as no code of ours can: its messages stay.
    async fn lose_contact(&self, order: OrderId);

    /// The store closed and opened again; `None` if it is gone once closed.
    async fn reopen(self) -> Option<Self>;
}

/// One test per case of the suite, run on the stores that a harness makes.
macro_rules! messages_contract {
    ($harness:ty) => {
        messages_contract! { @tests $harness;
            contacts: every_field_of_a_contact_survives,
                what_a_contact_leaves_out_stays_left_out,
                contacts_are_loaded_by_the_known_ids_only,
                a_second_word_about_an_order_is_lost_and_changes_nothing,
                of_many_first_words_exactly_one_is_done, a_bad_contact_fails_alone;
            survives: every_field_of_a_message_survives, every_template_survives,
                every_language_survives, what_sending_moves_survives,
                what_was_not_sent_has_no_time_of_sending, everything_survives_a_restart;
            lists: an_empty_store_answers_nothing,
                messages_are_loaded_by_the_known_ids_only,
                find_hides_the_message_of_another_account,
                messages_are_listed_newest_first, a_list_shows_one_account_only,
                a_list_is_bounded, a_list_goes_on_after_its_last_id,
                messages_are_filtered_by_order, messages_are_filtered_by_status_of_now,
                filters_and_cursor_and_limit_combine;
            audits: an_empty_store_has_nothing_to_audit,
                every_account_s_orders_are_audited_by_ascending_id,
                an_audit_goes_on_after_any_id_and_is_bounded,
                messages_are_audited_with_their_order_by_time_and_id,
                an_audited_message_is_as_it_stands_now,
                messages_without_a_contact_are_audited;
            commits: a_fact_is_told_once, a_fact_told_twice_at_once_is_told_once,
                another_fact_is_another_message, a_message_moves_under_its_version,
                a_moved_version_is_lost_and_changes_nothing,
                a_change_of_an_unknown_message_is_lost,
                of_many_writers_at_once_exactly_one_is_done,
                a_change_moves_its_own_message_only,
                a_message_about_an_unknown_order_fails_alone,
                an_id_is_not_written_twice, a_queued_message_orders_its_sending;
            batches: every_change_of_a_batch_is_answered_in_its_place,
                bad_rows_do_not_touch_their_batch,
                every_contact_of_a_batch_is_answered_in_its_place,
                bad_contacts_do_not_touch_their_batch,
                a_message_goes_in_one_batch_with_its_contact,
                what_one_contact_leaves_out_no_neighbour_leaves_out,
                messages_of_a_batch_keep_each_their_own_words,
                changes_of_a_batch_move_each_its_own_message,
                text_survives_whatever_it_holds;
        }
    };
    (@tests $harness:ty; $($module:ident: $($case:ident),* ;)*) => {
        $($(
            #[tokio::test]
            async fn $case() {
                let store = <$harness as crate::store::StoreHarness>::fresh().await;
                crate::store::$module::$case(store).await;
            }
        )*)*
    };
}

mod draft;

mod audits;
mod batches;
mod commits;
mod contacts;
mod lists;
mod survives;

mod postgres;
mod sqlite;
