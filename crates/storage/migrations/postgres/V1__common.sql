-- What every service's database has. `subject` is always the order id. Counters are bigint, so that
-- every unsigned number of the program fits.

-- Whose database this is, so that a service started with another's address refuses.
CREATE TABLE database_owner (
  service text PRIMARY KEY
);

CREATE TABLE outbox (
  id           uuid PRIMARY KEY,
  routing_key  text NOT NULL,
  subject      uuid NOT NULL,
  sequence     bigint NOT NULL,
  body         text NOT NULL,
  recorded_at  timestamptz NOT NULL,
  published_at timestamptz,
  attempts     bigint NOT NULL DEFAULT 0,
  next_at      timestamptz NOT NULL DEFAULT '-infinity',
  last_error   text
);
CREATE INDEX outbox_pending ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_subject ON outbox (subject);
-- For the purge: what was sent longest ago comes first.
CREATE INDEX outbox_age ON outbox (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE inbox (
  consumer    text NOT NULL,
  event_id    uuid NOT NULL,
  subject     uuid NOT NULL,
  digest      bytea NOT NULL,
  state       text NOT NULL CHECK (state IN ('handled', 'deferred', 'parked')),
  recorded_at timestamptz NOT NULL,
  -- Only while the event waits:
  attempts    bigint NOT NULL DEFAULT 0,
  next_at     timestamptz,
  routing_key text,
  body        text,
  reason      text,
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_due ON inbox (consumer, next_at) WHERE state = 'deferred';
CREATE INDEX inbox_subject ON inbox (subject);
CREATE INDEX inbox_age ON inbox (recorded_at) WHERE state = 'handled';

CREATE TABLE jobs (
  id           uuid PRIMARY KEY,
  kind         text NOT NULL,
  target       uuid NOT NULL,
  subject      uuid NOT NULL,
  run_at       timestamptz NOT NULL,
  leased_until timestamptz,
  fence        bigint NOT NULL DEFAULT 0,
  hints        bigint NOT NULL DEFAULT 0,
  attempts     bigint NOT NULL DEFAULT 0,
  last_error   text,
  since        timestamptz NOT NULL,
  correlation  text NOT NULL,
  causation    uuid,
  traceparent  text,
  actor        text NOT NULL,
  -- One open job of a kind for a target; ordering it again counts a hint.
  UNIQUE (kind, target)
)
-- Most rows are updated once, by their claim, which writes nothing that an index holds: with room in
-- the page no index is touched.
WITH (fillfactor = 50);
CREATE INDEX jobs_due ON jobs (run_at);
CREATE INDEX jobs_subject ON jobs (subject);

CREATE TABLE idempotency_keys (
  account     text NOT NULL,
  key         text NOT NULL,
  fingerprint bytea NOT NULL,
  status      bigint NOT NULL,
  body        text NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (account, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE timeline (
  aggregate   uuid NOT NULL,
  version     bigint NOT NULL,
  subject     uuid NOT NULL,
  at          timestamptz NOT NULL,
  what        text NOT NULL,
  detail      text NOT NULL,
  -- The change that wrote it: how a COMMIT of unknown outcome is recognised as ours.
  write_id    uuid NOT NULL,
  correlation text NOT NULL,
  causation   uuid,
  traceparent text,
  actor       text NOT NULL,
  PRIMARY KEY (aggregate, version)
);
CREATE INDEX timeline_subject ON timeline (subject);

CREATE TABLE dead_letters (
  id          uuid PRIMARY KEY,
  kind        text NOT NULL CHECK (kind IN ('event', 'message', 'job')),
  -- The consumer or the job kind that gave up.
  origin      text NOT NULL,
  -- Event id, job target, or digest of the message: what makes it one letter.
  key         bytea NOT NULL,
  subject     uuid,
  routing_key text,
  body        text NOT NULL,
  reason      text NOT NULL,
  attempts    bigint NOT NULL,
  -- The conversation that it broke off, so that a replay carries it on.
  correlation text,
  parked_at   timestamptz NOT NULL,
  resolution  text CHECK (resolution IN ('replayed', 'discarded')),
  resolved_at timestamptz,
  UNIQUE (kind, origin, key)
);
CREATE INDEX dead_letters_open ON dead_letters (parked_at) WHERE resolution IS NULL;
CREATE INDEX dead_letters_subject ON dead_letters (subject);
