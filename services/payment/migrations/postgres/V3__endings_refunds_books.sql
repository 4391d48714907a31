-- How a payment ends. Payments from before read their due time as a day after they were opened.
ALTER TABLE payments ADD COLUMN due_at timestamptz;
ALTER TABLE payments ADD COLUMN call_off_at timestamptz;
ALTER TABLE payments ADD COLUMN call_off_refunds boolean;
-- Derived like the status; stored so that it can be searched.
ALTER TABLE payments ADD COLUMN open_items bigint NOT NULL DEFAULT 0;
CREATE INDEX payments_with_open_items ON payments (account, id) WHERE open_items > 0;

ALTER TABLE attempts ADD COLUMN distrusted text;
ALTER TABLE attempts ADD COLUMN closed_why text;
ALTER TABLE attempts ADD COLUMN closed_at timestamptz;

-- Transactions from before read what the payment asks for as their gross amount, and the time when
-- their status was told as that of the payment.
ALTER TABLE transactions ADD COLUMN paid_at timestamptz;
ALTER TABLE transactions ADD COLUMN gross bigint;
ALTER TABLE transactions ADD COLUMN refunded bigint NOT NULL DEFAULT 0;

-- Keys of refunds that were done elsewhere are anybody's: one names a refund of its payment only.
CREATE TABLE refunds (
  payment_id     uuid NOT NULL REFERENCES payments (id),
  key            text NOT NULL,
  position       bigint NOT NULL,
  transaction_id text NOT NULL,
  amount         bigint NOT NULL,
  cause          text NOT NULL,
  reason         text,
  state          text NOT NULL,
  state_reason   text,
  asked_at       timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (payment_id, key)
);

-- What a person wrote about an operator item.
CREATE TABLE resolutions (
  payment_id uuid NOT NULL REFERENCES payments (id),
  item       text NOT NULL,
  position   bigint NOT NULL,
  note       text NOT NULL,
  by         text NOT NULL,
  at         timestamptz NOT NULL,
  PRIMARY KEY (payment_id, item)
);

-- The double-entry ledger: lines of one journal share all of the key but the account, and sum to
-- zero. The version is the payment's after the change that moved the money: a change that is tried
-- twice is booked once, a charge that is voided and paid after all twice. `before` is how much of
-- the kind the transaction had had. No row refers to another table: the books stand by themselves.
CREATE TABLE journal (
  payment_id     uuid NOT NULL,
  version        bigint NOT NULL,
  transaction_id text NOT NULL,
  kind           text NOT NULL,
  before         bigint NOT NULL,
  account        text NOT NULL,
  amount         bigint NOT NULL,
  at             timestamptz NOT NULL,
  order_id       uuid NOT NULL,
  PRIMARY KEY (payment_id, version, transaction_id, kind, before, account)
);
CREATE INDEX journal_by_order ON journal (order_id);

-- What was paid, given back or needs a person from before there were columns for it. Without its
-- time, a payment is one that an older instance wrote later: the books do not have it.
UPDATE transactions SET paid_at = seen_at WHERE was_paid;
UPDATE transactions
SET refunded = (SELECT p.amount FROM attempts a JOIN payments p ON p.id = a.payment_id
                WHERE a.id = transactions.attempt_id)
WHERE status = 'refund';

UPDATE payments
SET open_items = (SELECT count(*) FROM attempts a JOIN transactions t ON t.attempt_id = a.id
                  WHERE a.payment_id = payments.id
                    AND (t.status IN ('chargeback', 'partial_chargeback')
                         OR t.status = 'deny' AND t.was_paid
                         OR t.status = 'capture' AND t.fraud = 'challenge'))
WHERE id IN (SELECT a.payment_id FROM attempts a JOIN transactions t ON t.attempt_id = a.id
             WHERE t.status IN ('chargeback', 'partial_chargeback')
                OR t.status = 'deny' AND t.was_paid
                OR t.status = 'capture' AND t.fraud = 'challenge');

-- The opening entries of the books: money that the gateway holds or has given back. Of a part that
-- went back nobody kept how much; the next look at the gateway books it.
WITH entries (kind, account, sign) AS (
  VALUES ('payment', 'gateway', 1), ('payment', 'sales', -1),
         ('refund', 'refunds', 1), ('refund', 'gateway', -1),
         ('chargeback', 'chargebacks', 1), ('chargeback', 'gateway', -1))
INSERT INTO journal (transaction_id, kind, before, account, version, amount, at, payment_id,
                     order_id)
SELECT t.transaction_id, e.kind, 0, e.account, p.version, e.sign * p.amount, t.seen_at, p.id,
       p.order_id
FROM transactions t
JOIN attempts a ON a.id = t.attempt_id
JOIN payments p ON p.id = a.payment_id
JOIN entries e ON e.kind = 'payment' OR e.kind = t.status
WHERE t.status IN ('refund', 'partial_refund', 'chargeback', 'partial_chargeback')
   OR t.status IN ('settlement', 'capture') AND coalesce(t.fraud, 'accept') = 'accept'
ON CONFLICT DO NOTHING;
