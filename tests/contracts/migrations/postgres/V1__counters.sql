-- The suite's own aggregate: the least that has a version, a natural key and a rule of its own.
CREATE TABLE counters (
  id      uuid PRIMARY KEY,
  name    text NOT NULL UNIQUE,
  value   bigint NOT NULL CHECK (value >= 0),
  version bigint NOT NULL
);
