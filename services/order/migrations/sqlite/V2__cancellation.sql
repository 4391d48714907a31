-- Nothing of these for orders from before them, and the last three only once somebody wants the
-- order called off.
ALTER TABLE orders ADD COLUMN payment_due_at INTEGER;
ALTER TABLE orders ADD COLUMN cancel_requested_at INTEGER;
ALTER TABLE orders ADD COLUMN refund_if_paid INTEGER;
ALTER TABLE orders ADD COLUMN cancel_reason TEXT;
