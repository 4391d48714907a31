CREATE TABLE contacts (
  order_id      uuid PRIMARY KEY,
  version       bigint NOT NULL,
  account       text NOT NULL,
  reference     text,
  customer_name text NOT NULL,
  email         text NOT NULL,
  locale        text NOT NULL,
  total         bigint NOT NULL CHECK (total > 0),
  currency      text NOT NULL,
  noted_at      timestamptz NOT NULL
);

CREATE TABLE messages (
  id         uuid PRIMARY KEY,
  version    bigint NOT NULL,
  account    text NOT NULL,
  -- The recipient can only be the one of a known order.
  order_id   uuid NOT NULL REFERENCES contacts (order_id),
  -- The fact that is told: who told it, of which payment, as which fact.
  source     text NOT NULL,
  aggregate  uuid NOT NULL,
  sequence   bigint NOT NULL,
  channel    text NOT NULL,
  template   text NOT NULL,
  status     text NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
  recipient  text NOT NULL,
  locale     text NOT NULL,
  subject    text NOT NULL,
  body_text  text NOT NULL,
  body_html  text NOT NULL,
  attempts   bigint NOT NULL,
  resends    bigint NOT NULL,
  last_error text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  sent_at    timestamptz,
  -- Nobody is told twice.
  UNIQUE (source, aggregate, sequence, channel)
);
CREATE INDEX messages_by_account ON messages (account, id);
CREATE INDEX messages_by_order ON messages (order_id, id);
CREATE INDEX messages_by_status ON messages (account, status, id);
