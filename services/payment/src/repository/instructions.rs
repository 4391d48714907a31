//! Instructions as stored, in JSON: one form for every dialect.

use crate::models::{Instruction, Instructions};
use serde::{Deserialize, Serialize};

/// One way to pay. A released kind is never renamed: rows are kept for years.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum InstructionRow {
    VirtualAccount { bank: String, number: String },
    Bill { biller_code: String, key: String },
    StoreCode { store: String, code: String },
    QrCode { text: String },
    Link { url: String },
}

/// The column; none if there is nothing to keep.
pub(super) fn to_column(instructions: &Instructions) -> Option<String> {
    let rows: Vec<InstructionRow> = instructions.iter().cloned().map(row).collect();
    let text = || serde_json::to_string(&rows).expect("text serialises");
    (!rows.is_empty()).then(text)
}

/// What a column holds.
pub(super) fn of_column(column: Option<&str>) -> Result<Instructions, serde_json::Error> {
    let Some(text) = column else { return Ok(Instructions::default()) };
    let rows: Vec<InstructionRow> = serde_json::from_str(text)?;
    Ok(Instructions::of(rows.into_iter().map(instruction)))
}

fn row(instruction: Instruction) -> InstructionRow {
    match instruction {
        Instruction::VirtualAccount { bank, number } => {
            InstructionRow::VirtualAccount { bank, number }
        }
        Instruction::Bill { biller_code, key } => InstructionRow::Bill { biller_code, key },
        Instruction::StoreCode { store, code } => InstructionRow::StoreCode { store, code },
        Instruction::QrCode { text } => InstructionRow::QrCode { text },
        Instruction::Link { url } => InstructionRow::Link { url },
    }
}

fn instruction(row: InstructionRow) -> Instruction {
    match row {
        InstructionRow::VirtualAccount { bank, number } => {
            Instruction::VirtualAccount { bank, number }
        }
        InstructionRow::Bill { biller_code, key } => Instruction::Bill { biller_code, key },
        InstructionRow::StoreCode { store, code } => Instruction::StoreCode { store, code },
        InstructionRow::QrCode { text } => Instruction::QrCode { text },
        InstructionRow::Link { url } => Instruction::Link { url },
    }
}
