//! Card tokens, as a browser gets them (midtrans.md 2.3).

use super::charge::TOKEN_LIFE;
use super::{Gateway, Refusal};
use crate::clock::later;
use crate::db::Db;
use crate::rules::card;
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a browser sends about a card. Its number is not kept beyond the first eight and last four
/// digits, and the CVV not at all.
#[derive(Deserialize)]
pub(crate) struct CardFields {
    #[serde(default)]
    client_key: String,
    #[serde(default)]
    card_number: String,
    #[serde(default)]
    card_cvv: String,
    #[serde(default)]
    card_exp_month: String,
    #[serde(default)]
    card_exp_year: String,
}

impl Gateway {
    /// Makes a token of a card, good for one charge.
    pub(crate) fn card_token(
        &self,
        db: &Db<'_>,
        fields: &CardFields,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let mut faults = vec![];
        let masked = card::mask(&fields.card_number);
        if masked.is_none() {
            faults.push("card_number is invalid".to_owned());
        }
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(&fields.card_cvv) || !(3..=4).contains(&fields.card_cvv.len()) {
            faults.push("card_cvv is invalid".to_owned());
        }
        let month = fields.card_exp_month.parse().unwrap_or(0_u32);
        if !(1..=12).contains(&month) || !is_number(&fields.card_exp_year) {
            faults.push("card_exp_month or card_exp_year is invalid".to_owned());
        }
        if fields.client_key.trim().is_empty() {
            faults.push("client_key is required".to_owned());
        }
        let Some(masked) = masked.filter(|_| faults.is_empty()) else {
            return Err(Refusal::Invalid(faults));
        };
        let token = format!("{masked}-{}", self.ids.uuid());
        db.insert_card_token(&token, (now, later(now, -TOKEN_LIFE)))?;
        Ok(json!({
            "status_code": "200",
            "status_message": "Credit card token is created as Token ID.",
            "token_id": token,
            "hash": token,
        }))
    }
}
