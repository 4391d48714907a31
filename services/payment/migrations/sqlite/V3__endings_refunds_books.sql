-- How a payment ends. Payments from before read their due time as a day after they were opened.
ALTER TABLE payments ADD COLUMN due_at INTEGER;
ALTER TABLE payments ADD COLUMN call_off_at INTEGER;
ALTER TABLE payments ADD COLUMN call_off_refunds INTEGER;
-- Derived like the status; stored so that it can be searched.
ALTER TABLE payments ADD COLUMN open_items INTEGER NOT NULL DEFAULT 0;
CREATE INDEX payments_with_open_items ON payments (account, id) WHERE open_items > 0;

ALTER TABLE attempts ADD COLUMN distrusted TEXT;
ALTER TABLE attempts ADD COLUMN closed_why TEXT;
ALTER TABLE attempts ADD COLUMN closed_at INTEGER;

-- Transactions from before read what the payment asks for as their gross amount, and the time when
-- their status was told as that of the payment.
ALTER TABLE transactions ADD COLUMN paid_at INTEGER;
ALTER TABLE transactions ADD COLUMN gross INTEGER;
ALTER TABLE transactions ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;

-- Keys of refunds that were done elsewhere are anybody's: one names a refund of its payment only.
CREATE TABLE refunds (
  payment_id     BLOB NOT NULL REFERENCES payments (id),
  key            TEXT NOT NULL,
  position       INTEGER NOT NULL,
  transaction_id TEXT NOT NULL,
  amount         INTEGER NOT NULL,
  cause          TEXT NOT NULL,
  reason         TEXT,
  state          TEXT NOT NULL,
  state_reason   TEXT,
  asked_at       INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  PRIMARY KEY (payment_id, key)
) STRICT, WITHOUT ROWID;

-- What a person wrote about an operator item.
CREATE TABLE resolutions (
  payment_id BLOB NOT NULL REFERENCES payments (id),
  item       TEXT NOT NULL,
  position   INTEGER NOT NULL,
  note       TEXT NOT NULL,
  by         TEXT NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (payment_id, item)
) STRICT, WITHOUT ROWID;

-- The double-entry ledger: lines of one journal share all of the key but the account, and sum to
-- zero. The version is the payment's after the change that moved the money: a change that is tried
-- twice is booked once, a charge that is voided and paid after all twice. `before` is how much of
-- the kind the transaction had had. No row refers to another table: the books stand by themselves.
CREATE TABLE journal (
  payment_id     BLOB NOT NULL,
  version        INTEGER NOT NULL,
  transaction_id TEXT NOT NULL,
  kind           TEXT NOT NULL,
  before         INTEGER NOT NULL,
  account        TEXT NOT NULL,
  amount         INTEGER NOT NULL,
  at             INTEGER NOT NULL,
  order_id       BLOB NOT NULL,
  PRIMARY KEY (payment_id, version, transaction_id, kind, before, account)
) STRICT, WITHOUT ROWID;
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
