-- Times are microseconds since 1970, simulated; amounts are whole rupiah.

CREATE TABLE pages (
    token        TEXT PRIMARY KEY,
    order_id     TEXT NOT NULL,
    gross_amount INTEGER NOT NULL,
    state        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    closes_at    INTEGER NOT NULL,
    terms        TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX pages_by_order ON pages (order_id);

CREATE TABLE transactions (
    seq            INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL UNIQUE,
    token          TEXT NOT NULL REFERENCES pages (token),
    order_id       TEXT NOT NULL,
    method         TEXT NOT NULL,
    gross_amount   INTEGER NOT NULL,
    status         TEXT NOT NULL,
    fraud          TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    paid_at        INTEGER,
    settled_at     INTEGER,
    autopay_at     INTEGER,
    -- When the worker has to act: to expire it or to pay it. Null once it is no longer pending.
    due_at         INTEGER
);
CREATE INDEX transactions_by_order ON transactions (order_id);
CREATE INDEX transactions_by_token ON transactions (token);
CREATE INDEX transactions_due ON transactions (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE deliveries (
    id             INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL,
    order_id       TEXT NOT NULL,
    status         TEXT NOT NULL,
    url            TEXT NOT NULL,
    body           TEXT NOT NULL,
    state          TEXT NOT NULL,
    attempts       INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    -- When the next attempt is due. Null once none follows.
    due_at         INTEGER
);
CREATE INDEX deliveries_by_transaction ON deliveries (transaction_id);
CREATE INDEX deliveries_by_order ON deliveries (order_id);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    number      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    answer      TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
) WITHOUT ROWID;

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
