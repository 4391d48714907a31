-- Nothing of these for orders from before them, and the last three only once somebody wants the
-- order called off.
ALTER TABLE orders
  ADD COLUMN payment_due_at      timestamptz,
  ADD COLUMN cancel_requested_at timestamptz,
  ADD COLUMN refund_if_paid      boolean,
  ADD COLUMN cancel_reason       text;
