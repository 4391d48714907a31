//! Lines of a bill as stored, in JSON: one form for every dialect.

use crate::models::Line;
use kernel::Money;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct LineRow {
    sku: String,
    name: String,
    quantity: u32,
    unit_price: i64,
}

/// The column.
pub(super) fn to_column(lines: &[Line]) -> String {
    let row = |line: &Line| LineRow {
        sku: line.sku.clone(),
        name: line.name.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price.as_rupiah(),
    };
    let rows: Vec<LineRow> = lines.iter().map(row).collect();
    serde_json::to_string(&rows).expect("text and numbers serialise")
}

/// What a column holds.
pub(super) fn of_column(column: &str) -> Result<Vec<Line>, serde_json::Error> {
    let rows: Vec<LineRow> = serde_json::from_str(column)?;
    let line = |row: LineRow| Line {
        sku: row.sku,
        name: row.name,
        quantity: row.quantity,
        unit_price: Money::rupiah(row.unit_price),
    };
    Ok(rows.into_iter().map(line).collect())
}
