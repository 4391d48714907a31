-- What a person wants of a transaction that fraud detection holds: the last review of each. How far
-- the gateway followed is not here, but why it will not: else the transaction's own state tells.
CREATE TABLE reviews (
  payment_id     uuid NOT NULL REFERENCES payments (id),
  transaction_id text NOT NULL,
  choice         text NOT NULL,
  note           text NOT NULL,
  by             text NOT NULL,
  at             timestamptz NOT NULL,
  declined       text,
  PRIMARY KEY (payment_id, transaction_id)
);

-- Of reasons from before nobody kept the time: they read the beginning of their attempt.
ALTER TABLE attempts ADD COLUMN distrusted_at timestamptz;

-- Money that came after the payment had ended, as far as that can still be told of what is held.
ALTER TABLE transactions ADD COLUMN late boolean NOT NULL DEFAULT false;
UPDATE transactions SET late = true
WHERE status = 'capture' AND fraud = 'challenge'
  AND EXISTS (SELECT 1 FROM attempts a
              WHERE a.id = transactions.attempt_id AND a.closed_at < transactions.seen_at);

-- Items that were none before: a settlement that fraud detection objects to; a charge that it holds,
-- and that a note no longer deals with; and money taken back after what was written about it, which
-- may be the whole after a part, for that went by the same name.
UPDATE payments
SET open_items = open_items +
    (SELECT count(*) FROM attempts a JOIN transactions t ON t.attempt_id = a.id
     LEFT JOIN resolutions c
         ON c.payment_id = a.payment_id AND c.item = 'challenge.' || t.transaction_id
     LEFT JOIN resolutions b
         ON b.payment_id = a.payment_id AND b.item = 'charged_back.' || t.transaction_id
     WHERE a.payment_id = payments.id
       AND (t.status = 'settlement' AND t.fraud = 'challenge'
                AND (c.at IS NULL OR c.at < t.seen_at)
            OR t.status = 'capture' AND t.fraud = 'challenge' AND c.at IS NOT NULL
            OR t.status IN ('chargeback', 'partial_chargeback') AND b.at < t.seen_at))
WHERE id IN (SELECT a.payment_id FROM attempts a JOIN transactions t ON t.attempt_id = a.id
             WHERE t.status IN ('chargeback', 'partial_chargeback') OR t.fraud = 'challenge');
