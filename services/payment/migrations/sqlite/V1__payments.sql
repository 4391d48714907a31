CREATE TABLE payments (
  id             BLOB PRIMARY KEY,
  order_id       BLOB NOT NULL UNIQUE,
  account        TEXT NOT NULL,
  version        INTEGER NOT NULL,
  -- Derived from the transactions; stored so that it can be searched.
  status         TEXT NOT NULL,
  amount         INTEGER NOT NULL CHECK (amount > 0),
  currency       TEXT NOT NULL,
  reference      TEXT,
  locale         TEXT NOT NULL,
  customer_name  TEXT NOT NULL,
  customer_email TEXT NOT NULL,
  customer_phone TEXT,
  -- JSON array of the order's lines, as the gateway's item list wants them.
  lines          TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX payments_by_account ON payments (account, id);

-- An attempt's id is the gateway's order_id.
CREATE TABLE attempts (
  id         BLOB PRIMARY KEY,
  payment_id BLOB NOT NULL REFERENCES payments (id),
  position   INTEGER NOT NULL,
  page_token TEXT,
  page_url   TEXT,
  refusal    TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (payment_id, position)
) STRICT;

-- One attempt can have several gateway transactions: the customer may try again inside a page.
CREATE TABLE transactions (
  attempt_id     BLOB NOT NULL REFERENCES attempts (id),
  transaction_id TEXT NOT NULL,
  position       INTEGER NOT NULL,
  status         TEXT NOT NULL,
  fraud          TEXT,
  method         TEXT,
  was_paid       INTEGER NOT NULL,
  seen_at        INTEGER NOT NULL,
  PRIMARY KEY (attempt_id, transaction_id)
) STRICT, WITHOUT ROWID;

-- Evidence: what the gateway told us unasked. The same body again is counted, not repeated.
CREATE TABLE callbacks (
  digest         BLOB PRIMARY KEY,
  attempt_id     BLOB,
  order_id       BLOB,
  transaction_id TEXT NOT NULL,
  status         TEXT NOT NULL,
  receipt        TEXT NOT NULL,
  body           TEXT NOT NULL,
  times          INTEGER NOT NULL DEFAULT 1,
  received_at    INTEGER NOT NULL,
  last_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX callbacks_of_attempt ON callbacks (attempt_id, received_at);
CREATE INDEX callbacks_by_time ON callbacks (received_at);
