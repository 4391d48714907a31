//! The contract suite of [`Payments`]: what every adapter of the port must do, stated once.
//!
//! An adapter implements [`StoreHarness`] and names its type in `payments_contract!`. The list of
//! cases lives here, so that an adapter cannot leave one out; a case that is not listed is dead
//! code, which the compiler reports. What all aggregates share (guards, outbox, jobs, timeline) is
//! held by the storage suite of `tests/contracts`.

use kernel::{Timestamp, Uuid};
use payment::usecase::ports::Payments;
use std::sync::Arc;
use storage::Operations;

/// Makes stores of an adapter for the suite.
pub trait StoreHarness: Sized {
    /// Whether its texts can hold U+0000. A store that cannot refuses such a row alone.
    const KEEPS_NUL: bool;

    /// An empty store with its schema, used by nobody else.
    async fn fresh() -> Self;

    /// The port on it.
    fn payments(&self) -> Arc<dyn Payments>;

    /// Runs statements beside the adapter.
    async fn run(&self, sql: &str);

    /// A store of an earlier schema that these statements filled, brought up to date; `None` if it
    /// is gone once closed.
    async fn upgraded(schema: i32, sql: &str) -> Option<Self>;

    /// An id, as a statement writes it.
    fn id(id: Uuid) -> String;

    /// A time, as a statement writes it.
    fn time(at: Timestamp) -> String;

    /// What operators see of it: the jobs that were ordered.
    fn operations(&self) -> Arc<dyn Operations>;

    /// The store closed and opened again; `None` if it is gone once closed.
    async fn reopen(self) -> Option<Self>;
}

/// One test per case of the suite, run on the stores that a harness makes.
macro_rules! payments_contract {
    ($harness:ty) => {
        payments_contract! { @tests $harness;
            survives: every_field_of_a_bill_survives, any_text_survives, what_is_left_out_stays_left_out,
                a_hundred_lines_stay_in_their_order, a_page_survives, a_refusal_survives,
                every_gateway_status_survives, every_fraud_status_survives,
                a_transaction_without_a_method_survives, that_it_was_paid_survives, that_it_came_late_survives,
                every_kind_of_instruction_survives, a_deadline_survives,
                when_callbacks_were_contradicted_survives,
                transactions_stay_in_their_order, attempts_stay_in_their_order,
                everything_survives_a_restart;
            returns: how_it_is_called_off_survives, why_an_attempt_is_closed_survives,
                what_was_not_believed_survives, the_money_of_a_transaction_survives,
                every_refund_survives_in_its_order, every_resolution_survives_in_its_order,
                every_review_survives, another_review_takes_the_place_of_the_last,
                any_text_of_refunds_and_resolutions_survives,
                a_refund_moves_and_a_resolution_stays,
                a_key_names_a_refund_of_its_own_payment_only,
                a_lost_change_leaves_no_refund_and_no_resolution,
                returns_of_many_payments_stay_with_their_own,
                new_jobs_name_their_target_and_their_time;
            books: a_payment_is_booked_with_its_fee, what_is_no_news_of_money_books_nothing,
                every_step_of_the_money_is_booked_once, a_payment_opened_as_paid_is_booked,
                a_charge_that_is_voided_and_paid_after_all_is_booked_twice,
                a_change_tried_twice_is_booked_once, a_lost_change_books_nothing,
                a_refused_change_books_nothing, payments_of_one_batch_are_booked_apart,
                one_transaction_under_two_attempts_is_booked_once,
                the_books_say_what_every_step_meant, the_books_survive_a_restart;
            audit: an_audit_goes_by_the_ids_of_orders_whosever_they_are,
                an_audit_goes_on_after_an_order_and_is_bounded,
                an_audited_payment_is_whole_with_its_own_journal,
                an_audit_never_shows_half_a_change;
            exchanges: every_field_of_an_exchange_survives,
                exchanges_are_told_oldest_first_whatever_they_are_about,
                of_many_exchanges_the_newest_are_told, an_exchange_stored_twice_is_one,
                old_exchanges_go_as_new_ones_come, a_nul_in_an_exchange_stops_no_other,
                exchanges_survive_a_restart;
            items: payments_that_wait_for_a_person_are_listed_newest_first,
                a_resolved_item_leaves_the_list, items_are_of_their_account,
                a_list_of_items_is_paged_and_bounded;
            upgrade: what_an_older_instance_writes_reads_well,
                what_an_older_instance_credits_is_booked_with_the_next_news,
                old_payments_read_well, old_money_is_in_the_books,
                old_money_that_goes_back_is_booked_from_there, old_items_are_listed,
                what_was_dealt_with_under_older_names_stays_so,
                what_is_held_since_after_the_end_is_late;
            reads: an_empty_store_answers_nothing, load_answers_for_the_known_ids_only,
                an_attempt_leads_to_its_payment, an_order_leads_to_its_payment,
                find_hides_the_payment_of_another_account;
            lists: payments_are_listed_newest_first, a_list_shows_one_account_only,
                a_list_is_bounded, a_list_goes_on_after_its_last_id,
                payments_are_filtered_by_order, filter_and_cursor_and_limit_combine,
                a_listed_payment_is_whole;
            commits: a_second_payment_of_an_order_is_refused_and_leaves_nothing,
                of_two_new_payments_of_an_order_exactly_one_is_done,
                a_moved_version_is_lost_and_changes_nothing,
                a_change_of_an_unknown_payment_is_lost,
                of_many_writers_at_once_exactly_one_is_done,
                an_update_adds_transactions_and_changes_known_ones,
                an_update_adds_attempts, a_second_page_replaces_the_first,
                a_page_and_a_refusal_can_be_taken_back,
                a_change_moves_its_own_payment_only,
                one_transaction_id_in_two_attempts_is_two_transactions,
                a_bad_row_fails_alone, ordered_jobs_name_their_attempt_and_their_time,
                a_change_may_only_order_work;
            batches: every_change_of_a_batch_is_answered_in_its_place,
                a_bad_row_changes_no_answer_of_its_batch,
                of_payments_of_one_order_in_one_batch_exactly_one_is_done,
                an_order_is_not_taken_by_a_payment_that_is_refused,
                an_id_that_is_used_is_not_told_as_a_taken_order,
                a_loser_is_lost_though_its_attempt_would_not_fit,
                attempts_of_many_payments_stay_with_their_own,
                what_one_bill_leaves_out_its_neighbour_may_hold,
                payments_open_and_move_in_one_batch,
                a_neighbour_that_loses_has_no_callback_counted_twice;
            callbacks: every_receipt_survives,
                only_hints_are_hints_and_nothing_crowds_them_out,
                a_forgery_never_counts_on_a_true_body, forgeries_are_forgotten_by_their_age,
                forgeries_are_forgotten_by_their_number,
                equal_bodies_at_once_keep_what_was_known_last,
                every_field_of_a_callback_survives,
                a_hint_orders_a_status_check, what_is_reported_is_a_hint_too,
                what_is_no_hint_orders_nothing,
                the_same_body_again_is_counted_and_moves_only_its_last_time,
                fifty_equal_bodies_at_once_are_one_callback,
                equal_bodies_at_once_keep_their_first_and_their_last_time,
                callbacks_of_all_kinds_at_once_are_kept_apart,
                a_nul_in_a_callback_stops_no_other,
                two_hints_about_one_attempt_are_one_check,
                a_body_that_was_no_hint_at_first_is_acted_on_once_it_is_one,
                another_body_is_another_callback, callbacks_are_listed_newest_first,
                callbacks_of_an_attempt_are_its_own, callbacks_are_bounded,
                callbacks_survive_a_restart;
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

mod audit;
mod batches;
mod books;
mod callbacks;
mod commits;
mod exchanges;
mod items;
mod lists;
mod reads;
mod returns;
mod survives;
mod upgrade;

mod postgres;
mod sqlite;
