-- Evidence: what the gateway was asked, and what came of it. `about` is the id that it was asked
-- about, an attempt's or a transaction's; perhaps one that only a callback ever named.
CREATE TABLE exchanges (
  id        BLOB PRIMARY KEY,
  about     TEXT NOT NULL,
  operation TEXT NOT NULL,
  at        INTEGER NOT NULL,
  took_ms   INTEGER NOT NULL,
  outcome   TEXT NOT NULL,
  detail    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX exchanges_of ON exchanges (about, at);
-- For the purge.
CREATE INDEX exchanges_by_time ON exchanges (at);
