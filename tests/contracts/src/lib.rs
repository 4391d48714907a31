//! The contract suites: what every adapter of a port must do, stated once.
//!
//! An adapter implements [`storage::StorageHarness`] or [`broker::BrokerHarness`] and names it in
//! [`storage_contract!`] or [`broker_contract!`]. The list of cases lives here, so that an adapter
//! cannot leave one out; a case that is not listed is dead code, which the compiler reports.
//!
//! Each case is named after the rule that it holds and fails when that rule is broken. A
//! difference between adapters that callers may see is declared by the harness
//! ([`storage::StorageFeatures`], [`broker::BrokerFeatures`]); any other difference is a defect.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

pub mod broker;
pub mod storage;
pub mod wait;

/// One test per case of the storage suite, run on the harness that the expression makes.
#[macro_export]
macro_rules! storage_contract {
    (@list $($mode:tt)*) => {
        $crate::expand_cases! { { $($mode)* } {
            whole: a_change_is_written_whole, a_change_without_rows_moves_no_version,
                a_lost_compare_and_set_leaves_nothing, a_taken_natural_key_leaves_nothing,
                a_refused_row_leaves_nothing, a_row_refused_after_the_own_rows_leaves_nothing,
                concurrent_deciders_lose_no_update;
            batch: a_bad_row_does_not_fail_its_neighbours, answers_come_in_the_order_given,
                two_changes_of_one_aggregate_are_decided_one_after_the_other,
                a_successor_in_the_same_submission_finds_its_predecessor,
                crossing_submissions_do_not_deadlock, a_submission_may_exceed_a_batch,
                a_dropped_commit_is_still_written;
            guards: a_repeated_event_is_already_done_and_writes_nothing,
                one_event_for_two_changes_of_a_batch_passes_once,
                an_event_id_with_another_body_fails_for_good,
                two_consumers_of_one_event_do_not_share_a_row,
                a_guard_that_stops_undoes_those_before_it,
                a_lost_change_does_not_use_up_its_event;
            requests: a_repeated_request_gets_the_stored_answer,
                a_key_used_for_another_request_is_refused,
                a_key_of_another_account_is_another_key,
                a_lost_change_does_not_use_up_its_key,
                fifty_equal_requests_at_once_have_one_effect;
            unanswered: a_commit_without_an_answer_is_done_once,
                an_event_alone_without_an_answer_is_recorded_once,
                a_request_without_an_answer_is_done_once,
                a_job_without_an_answer_is_closed_once,
                a_poll_without_an_answer_leaves_one_open_job,
                an_unknown_commit_that_wrote_nothing_is_written_once,
                an_unknown_commit_stays_unknown_while_the_database_is_away,
                losers_stay_losers_when_the_batch_is_repeated,
                a_conflict_is_repeated, an_endless_conflict_fails_transiently,
                a_database_that_is_away_fails_transiently_and_writes_nothing;
            wakeups: recorded_events_wake_the_relay, ordered_jobs_wake_the_runner,
                a_settled_job_wakes_the_runner, a_replayed_job_wakes_the_runner,
                losers_wake_nobody, the_gauge_counts_pending_events;
            outbox: events_are_claimed_oldest_first, two_live_claims_never_share_an_event,
                a_dropped_claim_frees_its_events, a_claim_nobody_waited_for_frees_its_events,
                a_confirmed_event_is_not_claimed_again, an_event_not_named_stays_pending,
                a_failed_event_is_due_at_its_time_and_not_before,
                an_event_recorded_late_is_found_however_old_its_id,
                an_event_travels_as_it_was_recorded, what_waits_survives_a_restart;
            inbox: a_postponed_event_is_due_at_its_time, a_due_event_is_leased,
                due_events_come_oldest_first_and_bounded,
                every_consumer_has_its_own_waiting_room, postponing_again_moves_the_next_try,
                a_postponed_event_that_was_handled_is_not_due_again,
                postponing_a_handled_event_changes_nothing,
                a_postponed_event_is_not_handled_by_another_body,
                a_parked_event_is_a_dead_letter_and_not_due,
                a_parked_event_is_not_handled_by_a_late_copy,
                an_id_parked_for_another_event_is_a_letter_of_its_own,
                an_id_postponed_for_another_event_is_not_forgotten;
            tally: a_confirmed_event_is_counted_once, every_topic_and_bucket_has_its_own_count,
                counts_are_chosen_by_bucket_and_by_when_they_last_grew,
                counts_come_page_by_page, a_turn_is_taken_once,
                a_count_is_kept_as_long_as_its_events;
            resends: a_bucket_is_sent_again_as_it_was_recorded,
                sending_again_counts_nothing_again, what_was_never_confirmed_is_not_sent_again,
                what_was_just_sent_again_is_left_out, a_large_bucket_is_sent_page_by_page,
                a_failed_resend_is_due_at_its_time, two_live_claims_of_resends_never_share_an_event,
                a_resend_wakes_its_relay;
            inventory: the_first_start_is_kept, handled_deferred_and_parked_events_are_held,
                a_deferred_event_that_was_handled_is_held_once,
                only_the_own_stream_and_bucket_is_held,
                what_was_found_complete_is_not_looked_at_again,
                what_was_remembered_comes_back, a_request_is_sent_and_counted_nowhere,
                what_is_given_up_is_one_open_letter,
                what_was_remembered_is_forgotten_after_a_month;
            letters: a_replayed_event_is_due_and_handled_once,
                a_replayed_event_that_dies_again_is_one_open_letter,
                a_discarded_event_is_kept_and_stays_done,
                a_letter_is_resolved_once, open_letters_are_listed_oldest_first,
                the_same_malformed_body_is_one_letter,
                what_is_no_event_cannot_be_replayed;
            jobs: a_job_is_due_at_its_time_and_says_what_was_ordered,
                a_claimed_job_is_leased, a_lease_that_ran_out_is_taken_over_with_a_higher_fence,
                jobs_are_claimed_oldest_due_first, a_settled_job_is_gone,
                an_old_fence_settles_nothing, an_old_fence_gives_nothing_back,
                a_job_given_back_is_due_at_its_time, a_buried_job_is_a_dead_letter,
                a_replayed_job_is_due_again,
                a_job_replayed_twice_is_fenced_from_its_first_replay;
            hints: ordering_an_open_job_again_is_a_hint,
                another_target_or_kind_is_another_job,
                the_earliest_time_wins, a_hint_does_not_break_a_lease,
                a_hint_during_the_run_makes_the_job_due_again_at_once,
                a_hint_during_a_failed_run_makes_the_job_due_at_once,
                a_poll_that_closes_and_orders_leaves_one_job_due_later;
            operations: a_story_is_told_in_order_and_of_one_order_only,
                the_backlog_counts_what_waits, the_purge_takes_only_what_is_old_enough,
                a_healthy_database_answers, the_state_survives_a_restart;
            stories: pages_of_stories_have_no_gap_and_no_repeat,
                a_page_tells_of_each_order_what_its_own_story_tells,
                an_order_is_known_from_any_one_table_but_the_jobs,
                five_hundred_stories_are_one_page,
                an_event_has_one_digest_wherever_it_is;
        } }
    };
    (@entries) => { $crate::storage_contract!(@list entries StorageHarness); };
    ($harness:expr) => { $crate::storage_contract!(@list tests storage $harness); };
}

/// One test per case of the broker suite, run on the harness that the expression makes.
#[macro_export]
macro_rules! broker_contract {
    (@list $($mode:tt)*) => {
        $crate::expand_cases! { { $($mode)* } {
            publish: a_confirm_means_that_every_queue_has_it_for_good,
                an_unroutable_unit_is_returned_and_its_neighbours_are_not,
                keys_are_bound_exactly, subscribing_declares_the_queue,
                a_dropped_publish_is_withdrawn, a_dropped_publish_leaves_its_neighbours,
                a_full_queue_refuses_and_no_other_queue_gets_the_unit,
                a_packed_batch_arrives_event_by_event;
            deliver: units_of_one_key_arrive_in_order, a_drain_is_bounded,
                tags_grow_along_a_subscription,
                a_subscriber_that_comes_late_gets_what_waits,
                what_was_not_acknowledged_comes_back_marked_and_in_order,
                an_acknowledgement_covers_its_tag_and_no_more,
                an_abandoned_wait_loses_nothing,
                two_subscribers_share_a_queue_each_unit_once,
                returned_units_wake_every_waiting_subscriber;
        } }
    };
    (@entries) => { $crate::broker_contract!(@list entries BrokerHarness); };
    ($harness:expr) => { $crate::broker_contract!(@list tests broker $harness); };
}

/// Turns a list of cases into the suite's entry points, or into an adapter's tests.
#[doc(hidden)]
#[macro_export]
macro_rules! expand_cases {
    ({ entries $port:ident } { $($module:ident: $($case:ident),* ;)* }) => {
        $($(
            #[doc = "See the name."]
            pub async fn $case<H: super::$port>(harness: &H) {
                super::$module::$case(harness).await;
            }
        )*)*
    };
    ({ tests $port:ident $harness:expr } { $($module:ident: $($case:ident),* ;)* }) => {
        $($(
            #[::tokio::test]
            async fn $case() {
                $crate::$port::cases::$case(&$harness).await;
            }
        )*)*
    };
}
