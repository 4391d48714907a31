CREATE TABLE payments (
  id             uuid PRIMARY KEY,
  order_id       uuid NOT NULL UNIQUE,
  account        text NOT NULL,
  version        bigint NOT NULL,
  -- Derived from the transactions; stored so that it can be searched.
  status         text NOT NULL,
  amount         bigint NOT NULL CHECK (amount > 0),
  currency       text NOT NULL,
  reference      text,
  locale         text NOT NULL,
  customer_name  text NOT NULL,
  customer_email text NOT NULL,
  customer_phone text,
  -- JSON array of the order's lines, as the gateway's item list wants them.
  lines          text NOT NULL,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL
);
CREATE INDEX payments_by_account ON payments (account, id);

-- An attempt's id is the gateway's order_id.
CREATE TABLE attempts (
  id         uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payments (id),
  position   bigint NOT NULL,
  page_token text,
  page_url   text,
  refusal    text,
  created_at timestamptz NOT NULL,
  UNIQUE (payment_id, position)
);

-- One attempt can have several gateway transactions: the customer may try again inside a page.
CREATE TABLE transactions (
  attempt_id     uuid NOT NULL REFERENCES attempts (id),
  transaction_id text NOT NULL,
  position       bigint NOT NULL,
  status         text NOT NULL,
  fraud          text,
  method         text,
  was_paid       boolean NOT NULL,
  seen_at        timestamptz NOT NULL,
  PRIMARY KEY (attempt_id, transaction_id)
);

-- Evidence: what the gateway told us unasked. The same body again is counted, not repeated. The
-- body is text and not jsonb, so that it stays what was signed, byte for byte.
CREATE TABLE callbacks (
  digest         bytea PRIMARY KEY,
  attempt_id     uuid,
  order_id       uuid,
  transaction_id text NOT NULL,
  status         text NOT NULL,
  receipt        text NOT NULL,
  body           text NOT NULL,
  times          bigint NOT NULL DEFAULT 1,
  received_at    timestamptz NOT NULL,
  last_at        timestamptz NOT NULL
);
CREATE INDEX callbacks_of_attempt ON callbacks (attempt_id, received_at);
CREATE INDEX callbacks_by_time ON callbacks (received_at);
