-- What producers and consumers count, so that whatever a broker lost is noticed and sent again. A
-- bucket is the second since 1970 at which its 30 s begin, by the event's own time.

-- Null: recorded before this version, or counted nowhere.
ALTER TABLE outbox ADD COLUMN bucket INTEGER;
-- Confirmed, and to be sent once more from then on.
ALTER TABLE outbox ADD COLUMN resend_at INTEGER;
-- Confirmed again.
ALTER TABLE outbox ADD COLUMN resent_at INTEGER;
-- Empty, but while something is being re-sent.
CREATE INDEX outbox_resend ON outbox (resend_at) WHERE resend_at IS NOT NULL;
-- For the purge and for what is to be re-sent.
CREATE INDEX outbox_age ON outbox (published_at) WHERE published_at IS NOT NULL;

-- Counted in the transaction that marks events confirmed.
CREATE TABLE outbox_buckets (
  bucket      INTEGER NOT NULL,
  routing_key TEXT NOT NULL,
  confirmed   INTEGER NOT NULL,
  -- When the first and the last of them were: by these they are found again.
  first_at    INTEGER NOT NULL,
  last_at     INTEGER NOT NULL,
  PRIMARY KEY (bucket, routing_key)
) STRICT, WITHOUT ROWID;

-- When the next announcement is due; one row.
CREATE TABLE manifest_turn (
  next_at INTEGER NOT NULL
) STRICT;
INSERT INTO manifest_turn (next_at) VALUES (0);

-- Null: recorded before this version.
ALTER TABLE inbox ADD COLUMN source TEXT;
ALTER TABLE inbox ADD COLUMN bucket INTEGER;
CREATE INDEX inbox_bucket ON inbox (consumer, source, routing_key, bucket);

-- Nobody misses what was sent before it first started.
CREATE TABLE consumers (
  name       TEXT PRIMARY KEY,
  started_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Buckets that were announced to a consumer, as it found them at the last look.
CREATE TABLE inbox_buckets (
  consumer    TEXT NOT NULL,
  source      TEXT NOT NULL,
  routing_key TEXT NOT NULL,
  bucket      INTEGER NOT NULL,
  held        INTEGER NOT NULL,
  -- Only while it is short:
  short_since INTEGER,
  asked       INTEGER NOT NULL DEFAULT 0,
  asked_at    INTEGER,
  fruitless   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (consumer, source, routing_key, bucket)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_buckets_age ON inbox_buckets (bucket);
