-- The suite's own aggregate: the least that has a version, a natural key and a rule of its own.
CREATE TABLE counters (
  id      BLOB PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  value   INTEGER NOT NULL CHECK (value >= 0),
  version INTEGER NOT NULL
) STRICT;
