-- What every service's database has. Times are microseconds since 1970, ids are 16-byte UUIDs,
-- `subject` is always the order id.

CREATE TABLE outbox (
  id           BLOB PRIMARY KEY,
  routing_key  TEXT NOT NULL,
  subject      BLOB NOT NULL,
  sequence     INTEGER NOT NULL,
  body         TEXT NOT NULL,
  recorded_at  INTEGER NOT NULL,
  published_at INTEGER,
  attempts     INTEGER NOT NULL DEFAULT 0,
  next_at      INTEGER NOT NULL DEFAULT 0,
  last_error   TEXT
) STRICT;
CREATE INDEX outbox_pending ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_subject ON outbox (subject);

CREATE TABLE inbox (
  consumer    TEXT NOT NULL,
  event_id    BLOB NOT NULL,
  subject     BLOB NOT NULL,
  digest      BLOB NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('handled', 'deferred', 'parked')),
  recorded_at INTEGER NOT NULL,
  -- Only while the event waits:
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_at     INTEGER,
  routing_key TEXT,
  body        TEXT,
  reason      TEXT,
  PRIMARY KEY (consumer, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_due ON inbox (consumer, next_at) WHERE state = 'deferred';
CREATE INDEX inbox_subject ON inbox (subject);

CREATE TABLE jobs (
  id           BLOB PRIMARY KEY,
  kind         TEXT NOT NULL,
  target       BLOB NOT NULL,
  subject      BLOB NOT NULL,
  run_at       INTEGER NOT NULL,
  leased_until INTEGER,
  fence        INTEGER NOT NULL DEFAULT 0,
  hints        INTEGER NOT NULL DEFAULT 0,
  attempts     INTEGER NOT NULL DEFAULT 0,
  last_error   TEXT,
  since        INTEGER NOT NULL,
  correlation  TEXT NOT NULL,
  causation    BLOB,
  traceparent  TEXT,
  actor        TEXT NOT NULL,
  -- One open job of a kind for a target; ordering it again counts a hint.
  UNIQUE (kind, target)
) STRICT;
CREATE INDEX jobs_due ON jobs (run_at);
CREATE INDEX jobs_subject ON jobs (subject);

CREATE TABLE idempotency_keys (
  account     TEXT NOT NULL,
  key         TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  status      INTEGER NOT NULL,
  body        TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE timeline (
  aggregate   BLOB NOT NULL,
  version     INTEGER NOT NULL,
  subject     BLOB NOT NULL,
  at          INTEGER NOT NULL,
  what        TEXT NOT NULL,
  detail      TEXT NOT NULL,
  -- The change that wrote it: how a COMMIT of unknown outcome is recognised as ours.
  write_id    BLOB NOT NULL,
  correlation TEXT NOT NULL,
  causation   BLOB,
  traceparent TEXT,
  actor       TEXT NOT NULL,
  PRIMARY KEY (aggregate, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX timeline_subject ON timeline (subject);

CREATE TABLE dead_letters (
  id          BLOB PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('event', 'message', 'job')),
  -- The consumer or the job kind that gave up.
  origin      TEXT NOT NULL,
  -- Event id, job target, or digest of the message: what makes it one letter.
  key         BLOB NOT NULL,
  subject     BLOB,
  routing_key TEXT,
  body        TEXT NOT NULL,
  reason      TEXT NOT NULL,
  attempts    INTEGER NOT NULL,
  -- The conversation that it broke off, so that a replay carries it on.
  correlation TEXT,
  parked_at   INTEGER NOT NULL,
  resolution  TEXT CHECK (resolution IN ('replayed', 'discarded')),
  resolved_at INTEGER,
  UNIQUE (kind, origin, key)
) STRICT;
CREATE INDEX dead_letters_open ON dead_letters (parked_at) WHERE resolution IS NULL;
CREATE INDEX dead_letters_subject ON dead_letters (subject);
