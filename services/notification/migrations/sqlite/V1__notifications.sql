CREATE TABLE contacts (
  order_id      BLOB PRIMARY KEY,
  version       INTEGER NOT NULL,
  account       TEXT NOT NULL,
  reference     TEXT,
  customer_name TEXT NOT NULL,
  email         TEXT NOT NULL,
  locale        TEXT NOT NULL,
  total         INTEGER NOT NULL CHECK (total > 0),
  currency      TEXT NOT NULL,
  noted_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
  id         BLOB PRIMARY KEY,
  version    INTEGER NOT NULL,
  account    TEXT NOT NULL,
  -- The recipient can only be the one of a known order.
  order_id   BLOB NOT NULL REFERENCES contacts (order_id),
  -- The fact that is told: who told it, of which payment, as which fact.
  source     TEXT NOT NULL,
  aggregate  BLOB NOT NULL,
  sequence   INTEGER NOT NULL,
  channel    TEXT NOT NULL,
  template   TEXT NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
  recipient  TEXT NOT NULL,
  locale     TEXT NOT NULL,
  subject    TEXT NOT NULL,
  body_text  TEXT NOT NULL,
  body_html  TEXT NOT NULL,
  attempts   INTEGER NOT NULL,
  resends    INTEGER NOT NULL,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  sent_at    INTEGER,
  -- Nobody is told twice.
  UNIQUE (source, aggregate, sequence, channel)
) STRICT;
CREATE INDEX messages_by_account ON messages (account, id);
CREATE INDEX messages_by_order ON messages (order_id, id);
CREATE INDEX messages_by_status ON messages (account, status, id);
