CREATE TABLE orders (
  id               BLOB PRIMARY KEY,
  account          TEXT NOT NULL,
  reference        TEXT,
  version          INTEGER NOT NULL,
  status           TEXT NOT NULL,
  customer_name    TEXT NOT NULL,
  customer_email   TEXT NOT NULL,
  customer_phone   TEXT,
  locale           TEXT NOT NULL,
  total            INTEGER NOT NULL CHECK (total > 0),
  currency         TEXT NOT NULL,
  metadata         TEXT NOT NULL,
  payment_id       BLOB,
  payment_status   TEXT,
  payment_method   TEXT,
  -- The newest payment fact that was applied: older ones do not move the state back.
  payment_sequence INTEGER NOT NULL DEFAULT 0,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  UNIQUE (account, reference)
) STRICT;
CREATE INDEX orders_by_account ON orders (account, id);
CREATE INDEX orders_by_status ON orders (account, status, id);

CREATE TABLE order_lines (
  order_id   BLOB NOT NULL REFERENCES orders (id),
  position   INTEGER NOT NULL,
  sku        TEXT NOT NULL,
  name       TEXT NOT NULL,
  quantity   INTEGER NOT NULL CHECK (quantity > 0),
  unit_price INTEGER NOT NULL CHECK (unit_price >= 0),
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;
