-- Evidence: what the gateway was asked, and what came of it. `about` is the id that it was asked
-- about, an attempt's or a transaction's; perhaps one that only a callback ever named.
CREATE TABLE exchanges (
  id        uuid PRIMARY KEY,
  about     text NOT NULL,
  operation text NOT NULL,
  at        timestamptz NOT NULL,
  took_ms   bigint NOT NULL,
  outcome   text NOT NULL,
  detail    text
);
CREATE INDEX exchanges_of ON exchanges (about, at);
-- For the purge.
CREATE INDEX exchanges_by_time ON exchanges (at);
