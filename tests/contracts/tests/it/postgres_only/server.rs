//! What is asked of the server, and what it is spared.

use super::{CONSUMER, world};
use contracts::storage::{Database, Draft, at, consumed, event, outgoing};
use kernel::Retryable;
use messaging::{Event, Malformed, Postponed};

/// The limits of each kind of connection, as the server sees them.
#[tokio::test]
async fn every_connection_has_its_limits() {
    let world = world().await;
    let shown = "current_setting('application_name') || ': ' || concat_ws(' ',
                 current_setting('statement_timeout'), current_setting('lock_timeout'),
                 current_setting('idle_in_transaction_session_timeout'),
                 current_setting('client_connection_check_interval'),
                 current_setting('transaction_isolation'), current_setting('synchronous_commit'),
                 current_setting('TimeZone'))";
    let note = format!(
        "CREATE TABLE noted (shown text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           INSERT INTO noted SELECT {shown};
           RETURN NULL;
         END $$;
         CREATE TRIGGER note AFTER INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION note()"
    );
    world.database.sql(&note).await;
    world.done([Draft::nothing(1).guard(consumed(CONSUMER, &event(5, 1)))]).await;
    let later = postponed(event(6, 1), Some(at(10)), "not yet");
    world.database.inbox().postpone(CONSUMER, vec![later], at(0)).await.unwrap();
    let postgres = &world.database.postgres;
    let mut noted = postgres.read(&format!("SELECT {shown}"), &[]).await.unwrap();
    noted.extend(postgres.read("SELECT shown FROM noted", &[]).await.unwrap());
    let noted: Vec<String> = noted.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        noted,
        [
            "orderflow contracts reads: 3s 1s 5s 2s read committed on UTC",
            "orderflow contracts writes: 10s 2s 15s 2s read committed on UTC",
            "orderflow contracts works: 10s 2s 15s 2s read committed on UTC",
        ]
    );
}

fn postponed(event: Event, next_at: Option<kernel::Timestamp>, reason: &str) -> Postponed {
    Postponed { event, attempts: 1, next_at, reason: reason.to_owned() }
}

/// It has no place in PostgreSQL's text, and what others sent may hold it.
#[tokio::test]
async fn a_nul_in_what_others_sent_stops_nothing() {
    let world = world().await;
    let (inbox, jobs) = (world.database.inbox(), world.database.jobs());
    let malformed = Malformed {
        body: b"a\0b".to_vec(),
        routing_key: "k\0".to_owned(),
        reason: "r\0".to_owned(),
    };
    inbox.park(CONSUMER, vec![malformed], at(1)).await.unwrap();
    let body = outgoing("key", 5, 1, 1).body.replace("\"request\"", "\"re\\u0000quest\"");
    let strange = Event::parse("key", &body).unwrap();
    assert!(strange.cause.correlation.contains('\0'));
    let tries = vec![postponed(strange.clone(), Some(at(10)), "not\0yet")];
    inbox.postpone(CONSUMER, tries, at(2)).await.unwrap();
    inbox.postpone(CONSUMER, vec![postponed(strange, None, "ne\0ver")], at(3)).await.unwrap();
    let letters = world.letters().await;
    let shown: Vec<_> = letters.iter().map(|l| (l.body.as_str(), l.reason.as_str())).collect();
    assert_eq!(shown, [("a\u{fffd}b", "r\u{fffd}"), (body.as_str(), "ne\u{fffd}ver")]);
    world.done([Draft::create(1).order(at(0))]).await;
    let ticket = world.tickets(at(0)).await.remove(0);
    jobs.retry(&ticket, at(1), at(2), "g\0ne").await.unwrap();
    assert_eq!(world.story(1).await.jobs[0].last_error.as_deref(), Some("g\u{fffd}ne"));
}

/// Copies within one call, and copies of other events under the same id.
#[tokio::test]
async fn one_call_may_name_an_event_more_than_once() {
    let world = world().await;
    let inbox = world.database.inbox();
    let other = contracts::storage::event_saying(5, 1, "other");
    let call = vec![
        postponed(event(5, 1), Some(at(10)), "first"),
        postponed(event(6, 1), Some(at(10)), "alone"),
        postponed(other.clone(), Some(at(10)), "another event"),
        postponed(event(5, 1), None, "last"),
        postponed(event(5, 1), Some(at(10)), "too late"),
        postponed(other.clone(), None, "another event again"),
    ];
    inbox.postpone(CONSUMER, call, at(1)).await.unwrap();
    let due = inbox.due(CONSUMER, at(10), at(40), 10).await.unwrap();
    assert_eq!(due.iter().map(|w| w.event.id).collect::<Vec<_>>(), [event(6, 1).id]);
    let mut shown: Vec<_> = world.letters().await.into_iter().map(|l| (l.body, l.reason)).collect();
    shown.sort();
    let mut expected =
        vec![(event(5, 1).body, "last".to_owned()), (other.body, "another event again".to_owned())];
    expected.sort();
    assert_eq!(shown, expected);
    let twice = Malformed { body: vec![b'{'], routing_key: String::new(), reason: "no".to_owned() };
    inbox.park(CONSUMER, vec![twice.clone(), twice], at(2)).await.unwrap();
    assert_eq!(world.letters().await.len(), 3);
}

/// Neither put off nor given up: it is not the one that failed.
#[tokio::test]
async fn another_event_under_its_id_does_not_touch_an_event_that_waits() {
    let world = world().await;
    let inbox = world.database.inbox();
    inbox
        .postpone(CONSUMER, vec![postponed(event(5, 1), Some(at(10)), "own")], at(1))
        .await
        .unwrap();
    let before = world.story(1).await.inbox;
    let other = contracts::storage::event_saying(5, 1, "other");
    for next_at in [Some(at(99)), None] {
        let other = postponed(other.clone(), next_at, "other");
        inbox.postpone(CONSUMER, vec![other], at(2)).await.unwrap();
        assert_eq!(world.story(1).await.inbox, before);
    }
    assert_eq!(inbox.due(CONSUMER, at(10), at(40), 10).await.unwrap().len(), 1);
    assert_eq!(world.letters().await.len(), 1);
}

#[tokio::test]
async fn due_events_come_in_the_order_of_their_times() {
    let world = world().await;
    let inbox = world.database.inbox();
    let call = [(1, 30), (2, 10), (3, 20)].map(|(n, s)| postponed(event(n, n), Some(at(s)), "no"));
    inbox.postpone(CONSUMER, call.into(), at(1)).await.unwrap();
    let due = inbox.due(CONSUMER, at(60), at(90), 10).await.unwrap();
    let numbers: Vec<_> = due.iter().map(|w| w.event.id.uuid().as_u128()).collect();
    assert_eq!(numbers, [2, 3, 1]);
}

#[tokio::test]
async fn jobs_of_one_claim_come_in_the_order_of_their_times() {
    let world = world().await;
    let times = [(1, 30), (2, 10), (3, 20)];
    world.done(times.map(|(n, seconds)| Draft::create(n).order(at(seconds)))).await;
    let targets: Vec<_> =
        world.tickets(at(60)).await.iter().map(|ticket| ticket.target.as_u128()).collect();
    assert_eq!(targets, [2, 3, 1]);
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_not_well() {
    let world = world().await;
    world.done([Draft::create(1)]).await;
    let read_only = "DO $$ BEGIN EXECUTE format(
        'ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$";
    world.database.sql(read_only).await;
    world.database.server.cut_connections().await;
    let error = contracts::wait::soon(async {
        loop {
            match world.database.operations().ping().await {
                Err(error) if error.to_string().contains("only be read") => break error,
                _ => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    assert!(error.is_transient());
    let outcome = world.commit(Draft::create(2)).await;
    let transient = matches!(&outcome, engine::Outcome::Failed(error) if error.is_transient());
    assert!(transient, "{outcome:?}");
}
