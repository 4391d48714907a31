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
    -- Null if it was charged without a page.
    token          TEXT REFERENCES pages (token),
    order_id       TEXT NOT NULL,
    method         TEXT NOT NULL,
    gross_amount   INTEGER NOT NULL,
    status         TEXT NOT NULL,
    fraud          TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    paid_at        INTEGER,
    settled_at     INTEGER,
    refunded       INTEGER NOT NULL,
    charged_back   INTEGER NOT NULL,
    planned_action TEXT,
    planned_at     INTEGER,
    facts          TEXT NOT NULL,
    -- When the worker has to act: to expire it or to do what is planned.
    due_at         INTEGER
);
CREATE INDEX transactions_by_order ON transactions (order_id);
CREATE INDEX transactions_by_token ON transactions (token) WHERE token IS NOT NULL;
CREATE INDEX transactions_due ON transactions (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE refunds (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id TEXT NOT NULL,
    key            TEXT NOT NULL,
    amount         INTEGER NOT NULL,
    reason         TEXT,
    created_at     INTEGER NOT NULL,
    confirmed_at   INTEGER,
    -- When the bank confirms it. Null once it has.
    due_at         INTEGER,
    UNIQUE (transaction_id, key)
);
CREATE INDEX refunds_due ON refunds (due_at) WHERE due_at IS NOT NULL;

-- The oracle: what moved, written when it moved and never changed.
CREATE TABLE journal (
    seq            INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL,
    order_id       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    debit          TEXT NOT NULL,
    credit         TEXT NOT NULL,
    amount         INTEGER NOT NULL,
    at             INTEGER NOT NULL
);
CREATE INDEX journal_by_order ON journal (order_id);

CREATE TABLE deliveries (
    id             INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL,
    order_id       TEXT NOT NULL,
    status         TEXT NOT NULL,
    url            TEXT NOT NULL,
    body           TEXT NOT NULL,
    state          TEXT NOT NULL,
    ordered        TEXT NOT NULL,
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

CREATE TABLE card_tokens (
    token      TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE answers (
    idempotency_key TEXT PRIMARY KEY,
    body            TEXT NOT NULL,
    at              INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at);

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
