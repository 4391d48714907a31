//! The books: postings, and the sums over them and over the transactions' states. The two are
//! written by different code, so that each checks the other.

use super::columns::time;
use super::{Db, DbError, Listed};
use crate::model::Posting;
use kernel::{Timestamp, micros};
use serde::Serialize;
use std::collections::BTreeMap;

/// The payments that stand: `Standing::is_credited` in SQL.
const CREDITED: &str = "(status IN ('settlement', 'refund', 'partial_refund', 'chargeback',
                                    'partial_chargeback')
                         OR (status = 'capture' AND fraud = 'accept'))";

/// What the merchant got, in all.
#[derive(Debug, Serialize)]
pub(crate) struct Ledger {
    pub(crate) orders: i64,
    pub(crate) transactions: i64,
    by_status: BTreeMap<String, StatusSum>,
    /// Orders that were ever paid, whatever became of the money.
    pub(crate) settled_orders: i64,
    /// What was ever paid, by the transactions' states.
    pub(crate) settled_amount: i64,
    pub(crate) orders_settled_twice: i64,
    pub(crate) refunded_amount: i64,
    pub(crate) charged_back_amount: i64,
    /// What was paid and is undone as a whole: reversals by the bank and voids of captures.
    /// `settled_amount` is this, what was refunded and charged back, and the net amount.
    pub(crate) reversed_amount: i64,
    /// What the merchant holds now, by the transactions' states.
    pub(crate) net_amount: i64,
    /// The balance of each account, by the postings: debits less credits.
    pub(crate) accounts: BTreeMap<String, i64>,
    /// Whether the accounts sum to zero, the fees are those of the payments that stand, and the
    /// merchant has the rest of the net amount.
    pub(crate) balanced: bool,
}

/// Count and sum of the transactions in one state.
#[derive(Debug, Serialize)]
struct StatusSum {
    count: i64,
    amount: i64,
}

/// A posting as it is listed.
#[derive(Debug, Serialize)]
pub(crate) struct PostingRow {
    pub(crate) seq: i64,
    pub(crate) transaction_id: String,
    pub(crate) order_id: String,
    pub(crate) kind: String,
    pub(crate) debit: String,
    pub(crate) credit: String,
    pub(crate) amount: i64,
    pub(crate) at: Timestamp,
}

impl Db<'_> {
    pub(crate) fn post(&self, new: &Posting) -> Result<(), DbError> {
        let sql = "INSERT INTO journal
                   (transaction_id, order_id, kind, debit, credit, amount, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.0.prepare_cached(sql)?.execute((
            &new.transaction_id,
            &new.order_id,
            new.kind,
            new.debit,
            new.credit,
            new.amount,
            micros(new.at),
        ))?;
        Ok(())
    }

    /// Newest first.
    pub(crate) fn list_postings(&self, which: &Listed) -> Result<Vec<PostingRow>, DbError> {
        let mut statement = self.0.prepare_cached(listing(which))?;
        let before = which.before.unwrap_or(i64::MAX);
        let mut rows = statement.query((which.order_id.as_deref(), before, which.limit))?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(PostingRow {
                seq: row.get("seq")?,
                transaction_id: row.get("transaction_id")?,
                order_id: row.get("order_id")?,
                kind: row.get("kind")?,
                debit: row.get("debit")?,
                credit: row.get("credit")?,
                amount: row.get("amount")?,
                at: time(row, "at")?,
            });
        }
        Ok(found)
    }

    /// The books of the whole account: sums over all that ever was.
    pub(crate) fn ledger(&self) -> Result<Ledger, DbError> {
        let one = |sql: &str| self.0.prepare_cached(sql)?.query_row([], |row| row.get(0));
        let by_status = self.by_status()?;
        let accounts = self.accounts()?;
        let net_amount = one(&format!(
            "SELECT coalesce(sum(gross_amount - refunded - charged_back), 0)
             FROM transactions WHERE {CREDITED}"
        ))?;
        let fees_due: i64 = one(&format!(
            "SELECT coalesce(sum(json_extract(facts, '$.fee')), 0)
             FROM transactions WHERE {CREDITED}"
        ))?;
        let held = accounts.get("merchant").copied().unwrap_or(0);
        let fees = accounts.get("fees").copied().unwrap_or(0);
        Ok(Ledger {
            orders: one("SELECT count(*) FROM (
                SELECT order_id FROM pages UNION SELECT order_id FROM transactions)")?,
            transactions: by_status.values().map(|sum| sum.count).sum(),
            by_status,
            settled_orders: one("SELECT count(DISTINCT order_id) FROM transactions
                                 WHERE paid_at IS NOT NULL")?,
            settled_amount: one("SELECT coalesce(sum(gross_amount), 0) FROM transactions
                                 WHERE paid_at IS NOT NULL")?,
            orders_settled_twice: one("SELECT count(*) FROM (
                SELECT 1 FROM transactions WHERE paid_at IS NOT NULL
                GROUP BY order_id HAVING count(*) > 1)")?,
            refunded_amount: one("SELECT coalesce(sum(refunded), 0) FROM transactions")?,
            charged_back_amount: one("SELECT coalesce(sum(charged_back), 0) FROM transactions")?,
            reversed_amount: one(&format!(
                "SELECT coalesce(sum(gross_amount), 0) FROM transactions
                 WHERE paid_at IS NOT NULL AND NOT {CREDITED}"
            ))?,
            net_amount,
            balanced: accounts.values().sum::<i64>() == 0
                && fees == fees_due
                && held + fees == net_amount,
            accounts,
        })
    }

    fn by_status(&self) -> Result<BTreeMap<String, StatusSum>, DbError> {
        let sql = "SELECT status, count(*), sum(gross_amount) FROM transactions GROUP BY status";
        let mut statement = self.0.prepare_cached(sql)?;
        let sums = statement.query_map([], |row| {
            Ok((row.get(0)?, StatusSum { count: row.get(1)?, amount: row.get(2)? }))
        })?;
        Ok(sums.collect::<Result<_, _>>()?)
    }

    fn accounts(&self) -> Result<BTreeMap<String, i64>, DbError> {
        let sql = "SELECT account, sum(amount) FROM (
                       SELECT debit AS account, amount FROM journal
                       UNION ALL
                       SELECT credit, -amount FROM journal) GROUP BY account";
        let mut statement = self.0.prepare_cached(sql)?;
        let sums = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(sums.collect::<Result<_, _>>()?)
    }
}

/// Two statements, so that an order's postings are found by their index.
fn listing(which: &Listed) -> &'static str {
    match which.order_id {
        Some(_) => {
            "SELECT * FROM journal WHERE order_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        }
        None => "SELECT * FROM journal WHERE ?1 IS NULL AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Store;

    #[tokio::test]
    async fn an_order_s_postings_are_looked_up_and_not_searched_for() {
        let store = Store::open(None).unwrap();
        let plan = |order_id: Option<&'static str>| {
            store.call(move |db| {
                let order_id = order_id.map(str::to_owned);
                let which = Listed { order_id, before: None, limit: 50 };
                let sql = format!("EXPLAIN QUERY PLAN {}", listing(&which));
                let plan = db.0.query_row(&sql, (which.order_id, i64::MAX, 50), |row| row.get(3));
                Ok::<String, DbError>(plan?)
            })
        };
        let of_one = plan(Some("ORD-1")).await.unwrap();
        assert!(of_one.contains("INDEX journal_by_order (order_id=?"), "{of_one}");
        let of_all = plan(None).await.unwrap();
        assert!(of_all.contains("PRIMARY KEY"), "{of_all}");
    }
}
