//! Snap pages.

use super::columns::{json, time, to_json, word};
use super::{Db, DbError};
use crate::model::{Page, PageState};
use kernel::micros;
use rusqlite::Row;

impl Db<'_> {
    pub(crate) fn insert_page(&self, page: &Page) -> Result<(), DbError> {
        let sql = "INSERT INTO pages
                   (token, order_id, gross_amount, state, created_at, closes_at, terms)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.0.prepare_cached(sql)?.execute((
            &page.token,
            &page.order_id,
            page.gross_amount,
            page.state.as_str(),
            micros(page.created_at),
            micros(page.closes_at),
            to_json(&page.terms)?,
        ))?;
        Ok(())
    }

    pub(crate) fn page(&self, token: &str) -> Result<Option<Page>, DbError> {
        let mut statement = self.0.prepare_cached("SELECT * FROM pages WHERE token = ?1")?;
        let mut rows = statement.query([token])?;
        rows.next()?.map(read).transpose()
    }

    pub(crate) fn revoke_pages(&self, order_id: &str) -> Result<(), DbError> {
        let sql = "UPDATE pages SET state = 'revoked' WHERE order_id = ?1 AND state = 'open'";
        self.0.prepare_cached(sql)?.execute([order_id])?;
        Ok(())
    }

    pub(crate) fn cancel_page(&self, token: &str) -> Result<(), DbError> {
        let sql = "UPDATE pages SET state = 'canceled' WHERE token = ?1";
        self.0.prepare_cached(sql)?.execute([token])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> Result<Page, DbError> {
    Ok(Page {
        token: row.get("token")?,
        order_id: row.get("order_id")?,
        gross_amount: row.get("gross_amount")?,
        state: word(row, "state", PageState::parse)?,
        created_at: time(row, "created_at")?,
        closes_at: time(row, "closes_at")?,
        terms: json(row, "terms")?,
    })
}
