CREATE TABLE orders (
  id               uuid PRIMARY KEY,
  account          text NOT NULL,
  reference        text,
  version          bigint NOT NULL,
  status           text NOT NULL,
  customer_name    text NOT NULL,
  customer_email   text NOT NULL,
  customer_phone   text,
  locale           text NOT NULL,
  total            bigint NOT NULL CHECK (total > 0),
  currency         text NOT NULL,
  -- Text and not jsonb: what the merchant wrote comes back as it was written.
  metadata         text NOT NULL,
  payment_id       uuid,
  payment_status   text,
  payment_method   text,
  -- The newest payment fact that was applied: older ones do not move the state back.
  payment_sequence bigint NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  UNIQUE (account, reference)
);
CREATE INDEX orders_by_account ON orders (account, id);
CREATE INDEX orders_by_status ON orders (account, status, id);

CREATE TABLE order_lines (
  order_id   uuid NOT NULL REFERENCES orders (id),
  position   bigint NOT NULL,
  sku        text NOT NULL,
  name       text NOT NULL,
  quantity   bigint NOT NULL CHECK (quantity > 0),
  unit_price bigint NOT NULL CHECK (unit_price >= 0),
  PRIMARY KEY (order_id, position)
);
