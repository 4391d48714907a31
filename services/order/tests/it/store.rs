//! The contract suite of [`Orders`]: what every adapter of the port must do, stated once.
//!
//! An adapter implements [`StoreHarness`] and names its type in `orders_contract!`. The list of
//! cases lives here, so that an adapter cannot leave one out; a case that is not listed is dead
//! code, which the compiler reports. What all aggregates share (guards, outbox, jobs, timeline) is
//! held by the storage suite of `tests/contracts`.

use order::usecase::ports::Orders;
use std::sync::Arc;

/// Makes stores of an adapter for the suite.
pub trait StoreHarness: Sized {
    /// An empty store with its schema, used by nobody else.
    async fn fresh() -> Self;

    /// The port on it.
    fn orders(&self) -> Arc<dyn Orders>;

    /// Runs statements beside the adapter.
    async fn run(&self, sql: &str);

    /// The store closed and opened again; `None` if it is gone once closed.
    async fn reopen(self) -> Option<Self>;
}

/// One test per case of the suite, run on the stores that a harness makes.
macro_rules! orders_contract {
    ($harness:ty) => {
        orders_contract! { @tests $harness;
            survives: every_field_survives, what_is_left_out_stays_left_out,
                a_hundred_lines_stay_in_their_order, the_largest_total_survives,
                a_free_line_survives, metadata_survives_in_any_script,
                text_survives_whatever_it_holds,
                a_payment_survives_with_and_without_a_method,
                a_wish_to_cancel_survives_with_and_without_a_reason, every_status_survives,
                every_payment_status_survives, everything_survives_a_restart;
            reads: an_empty_store_answers_nothing, load_answers_for_the_known_ids_only,
                load_does_not_ask_whose, find_hides_the_order_of_another_account,
                a_reference_finds_its_order_within_its_account, a_reference_is_found_exactly,
                a_request_is_answered_as_its_key_says_within_its_account,
                a_payment_status_that_is_not_ours_is_an_error;
            lists: orders_are_listed_newest_first, a_list_shows_one_account_only,
                a_list_is_bounded, a_list_goes_on_after_its_last_id,
                a_cursor_need_not_be_a_listed_order, orders_are_filtered_by_status,
                a_filter_sees_the_status_of_now, orders_are_filtered_by_reference,
                filters_and_cursor_and_limit_combine, a_listed_order_is_whole;
            audits: an_empty_store_has_nothing_to_audit,
                every_account_s_orders_are_audited_by_ascending_id,
                an_audit_goes_on_after_any_id_and_is_bounded, an_audited_order_is_whole;
            commits: an_order_moves_under_its_version, a_change_moves_its_own_order_only,
                a_moved_version_is_lost_and_changes_nothing,
                a_change_of_an_unknown_order_is_lost,
                of_two_changes_from_one_version_exactly_one_is_done,
                of_many_writers_at_once_exactly_one_is_done,
                a_taken_reference_is_refused_and_leaves_nothing,
                of_two_new_orders_with_one_reference_exactly_one_is_done,
                a_reference_is_taken_within_its_account_only,
                orders_without_a_reference_do_not_collide,
                an_id_is_not_placed_twice, a_bad_row_fails_alone,
                recorded_events_are_pending, events_that_were_not_recorded_are_not_pending;
            batches: every_change_of_a_batch_is_answered_in_its_place,
                bad_rows_do_not_touch_their_batch,
                lines_of_a_batch_stay_with_their_order_and_in_theirs,
                what_one_order_leaves_out_no_neighbour_leaves_out,
                changes_of_a_batch_move_each_its_own_order,
                of_a_batch_that_wants_one_reference_exactly_one_is_done;
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
mod lists;
mod reads;
mod survives;

mod postgres;
mod sqlite;
