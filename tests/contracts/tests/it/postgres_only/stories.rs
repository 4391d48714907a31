//! How pages of stories are read, whatever the planner knew when it planned.

use super::{PostgresWorld, world};
use contracts::storage::{Database, id};

/// Orders, each with a row in every table.
const ORDERS: u128 = 20_000;

const ROWS: &str = "
    CREATE TABLE orders AS SELECT n, lpad(to_hex(n), 32, '0')::uuid AS id
    FROM generate_series(1, 20000) n;
    INSERT INTO timeline SELECT id, 1, id, now(), 'w', '{}', id, 'c', NULL, NULL, 'a' FROM orders;
    INSERT INTO outbox (id, routing_key, subject, sequence, body, recorded_at)
    SELECT id, 'k', id, 1, '{}', now() FROM orders;
    INSERT INTO inbox (consumer, event_id, subject, digest, state, recorded_at)
    SELECT 'c', id, id, sha256('{}'), 'handled', now() FROM orders;
    INSERT INTO jobs (id, kind, target, subject, run_at, since, correlation, actor)
    SELECT id, 'k', id, id, now(), now(), 'c', 'a' FROM orders;
    INSERT INTO dead_letters (id, kind, origin, key, subject, body, reason, attempts, parked_at)
    SELECT id, 'job', 'k', uuid_send(id), id, '', '', 1, now() FROM orders;";

/// Tables read from end to end so far. Asked on the connection that reads stories: it is the only
/// one, and it tells what it counted before it answers.
async fn scans(world: &PostgresWorld) -> i64 {
    let postgres = &world.database.postgres;
    postgres.read("SELECT pg_stat_force_next_flush()", &[]).await.unwrap();
    let sql = "SELECT sum(seq_scan)::bigint FROM pg_stat_user_tables WHERE relname IN
               ('timeline', 'outbox', 'inbox', 'jobs', 'dead_letters')";
    postgres.read(sql, &[]).await.unwrap()[0].get(0)
}

async fn read_pages(world: &PostgresWorld) {
    let operations = world.database.operations();
    // After five of them a prepared statement may be planned for good.
    for after in [0, 1, 500, 9_000, 15_000, 18_000, 19_500] {
        let page = operations.stories(Some(id(after)), 500).await.unwrap();
        let orders: Vec<u128> = page.iter().map(|(order, _)| order.as_u128()).collect();
        assert_eq!(orders, (after + 1..=ORDERS.min(after + 500)).collect::<Vec<_>>());
        assert!(page.iter().all(|(_, s)| s.inbox.len() + s.jobs.len() == 2));
    }
    assert_eq!(operations.story(id(7)).await.unwrap().dead_letters.len(), 1);
}

#[tokio::test]
async fn no_table_is_read_from_end_to_end_for_a_page_of_stories() {
    let world = world().await;
    for _ in 0..7 {
        world.database.operations().stories(None, 500).await.unwrap();
    }
    world.database.sql(ROWS).await;
    let before = scans(&world).await;
    read_pages(&world).await;
    assert_eq!(scans(&world).await, before, "planned while the tables were empty");
    world.database.sql("ANALYZE").await;
    read_pages(&world).await;
    assert_eq!(scans(&world).await, before, "planned anew");
    let sql = "SELECT count(*) FROM jobs";
    world.database.postgres.read(sql, &[]).await.unwrap();
    assert_eq!(scans(&world).await, before + 1, "it would have been seen");
}
