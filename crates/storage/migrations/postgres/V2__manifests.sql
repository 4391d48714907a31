-- What producers and consumers count, so that whatever a broker lost is noticed and sent again. A
-- bucket is the second since 1970 at which its 30 s begin, by the event's own time.

-- Null: recorded before this version, or counted nowhere.
ALTER TABLE outbox ADD COLUMN bucket bigint;
-- Confirmed, and to be sent once more from then on.
ALTER TABLE outbox ADD COLUMN resend_at timestamptz;
-- Confirmed again.
ALTER TABLE outbox ADD COLUMN resent_at timestamptz;
-- Empty, but while something is being re-sent.
CREATE INDEX outbox_resend ON outbox (resend_at) WHERE resend_at IS NOT NULL;

-- Counted in the transaction that marks events confirmed.
CREATE TABLE outbox_buckets (
  bucket      bigint NOT NULL,
  routing_key text NOT NULL,
  confirmed   bigint NOT NULL,
  -- When the first and the last of them were: by these they are found again.
  first_at    timestamptz NOT NULL,
  last_at     timestamptz NOT NULL,
  PRIMARY KEY (bucket, routing_key)
)
-- A few rows that are updated all the time: with room in the page no index is touched.
WITH (fillfactor = 50);

-- Whose turn it is to announce: whoever finds it due.
CREATE TABLE manifest_turn (
  single  boolean PRIMARY KEY DEFAULT true CHECK (single),
  next_at timestamptz NOT NULL
);
INSERT INTO manifest_turn (next_at) VALUES ('-infinity');

-- Null: recorded before this version.
ALTER TABLE inbox ADD COLUMN source text;
ALTER TABLE inbox ADD COLUMN bucket bigint;
CREATE INDEX inbox_bucket ON inbox (consumer, source, routing_key, bucket);

-- Nobody misses what was sent before it first started.
CREATE TABLE consumers (
  name       text PRIMARY KEY,
  started_at timestamptz NOT NULL
);

-- Buckets that were announced to a consumer, as it found them at the last look.
CREATE TABLE inbox_buckets (
  consumer    text NOT NULL,
  source      text NOT NULL,
  routing_key text NOT NULL,
  bucket      bigint NOT NULL,
  held        bigint NOT NULL,
  -- Only while it is short:
  short_since timestamptz,
  asked       bigint NOT NULL DEFAULT 0,
  asked_at    timestamptz,
  fruitless   bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (consumer, source, routing_key, bucket)
);
CREATE INDEX inbox_buckets_age ON inbox_buckets (bucket);
