-- How a transaction is to be paid: a JSON array of ways, written and read whole.
ALTER TABLE transactions ADD COLUMN instructions text;
ALTER TABLE transactions ADD COLUMN expires_at timestamptz;

-- When the gateway was last asked about what callbacks claimed, and did not say so.
ALTER TABLE attempts ADD COLUMN contradicted_at timestamptz;

-- The amount that a callback claims.
ALTER TABLE callbacks ADD COLUMN amount bigint;
-- For the purge of those without our signature, of which there may be many at once.
CREATE INDEX callbacks_forged ON callbacks (received_at) WHERE receipt = 'forged';
