//! How a transaction is to be paid, out of what Midtrans tells (reference: midtrans.md 2.2, 2.5).
//!
//! A card's 3-D Secure page is left out: it is for the browser that began the payment.

use crate::models::{Instruction, Instructions};
use midtrans::{Action, Transaction};

/// The ways that an answer names; bounds are the model's.
pub(super) fn instructions(told: &Transaction) -> Instructions {
    let accounts = told.va_numbers.iter().flatten().map(|va| account(&va.bank, &va.va_number));
    let permata = told.permata_va_number.iter().map(|number| account("permata", number));
    let bill = told.biller_code.as_ref().zip(told.bill_key.as_ref());
    let bill = bill.map(|(biller_code, key)| Instruction::Bill {
        biller_code: biller_code.clone(),
        key: key.clone(),
    });
    let store = told.store.as_ref().zip(told.payment_code.as_ref());
    let store = store.map(|(store, code)| Instruction::StoreCode {
        store: store.to_ascii_lowercase(),
        code: code.clone(),
    });
    let qr = told.qr_string.clone().map(|text| Instruction::QrCode { text });
    let link = told.action(Action::DEEPLINK).map(|a| Instruction::Link { url: a.url.clone() });
    Instructions::of(accounts.chain(permata).chain(bill).chain(store).chain(qr).chain(link))
}

fn account(bank: &str, number: &str) -> Instruction {
    Instruction::VirtualAccount { bank: bank.to_ascii_lowercase(), number: number.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn told(more: &Value) -> Vec<Instruction> {
        let mut body = json!({
            "order_id": "o", "transaction_id": "t", "transaction_status": "pending",
            "status_code": "201", "gross_amount": "125000.00",
        });
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        let told = Transaction::parse(body.to_string().as_bytes()).unwrap();
        instructions(&told).iter().cloned().collect()
    }

    #[test]
    fn each_method_is_told_in_its_own_fields() {
        let bca = json!({ "va_numbers": [{ "bank": "bca", "va_number": "00000112345" }] });
        assert_eq!(told(&bca), [account("bca", "00000112345")]);
        let permata = json!({ "permata_va_number": "8562000087926752" });
        assert_eq!(told(&permata), [account("permata", "8562000087926752")]);
        let bill = Instruction::Bill { biller_code: "70012".into(), key: "990000000260".into() };
        let told_bill = json!({ "biller_code": "70012", "bill_key": 990000000260_i64 });
        assert_eq!(told(&told_bill), [bill]);
        let code = Instruction::StoreCode { store: "indomaret".into(), code: "8127".into() };
        assert_eq!(told(&json!({ "store": "Indomaret", "payment_code": "8127" })), [code]);
        let gopay = json!({
            "qr_string": "000201", "actions": [
                { "name": "generate-qr-code", "method": "GET", "url": "https://api/qr.png" },
                { "name": "deeplink-redirect", "method": "GET", "url": "gojek://gopay/x" },
                { "name": "cancel", "method": "POST", "url": "https://api/cancel" },
            ],
        });
        let qr = Instruction::QrCode { text: "000201".into() };
        assert_eq!(told(&gopay), [qr, Instruction::Link { url: "gojek://gopay/x".into() }]);
    }

    #[test]
    fn half_a_bill_and_a_card_are_no_instructions() {
        assert_eq!(told(&json!({ "biller_code": "70012" })), []);
        assert_eq!(told(&json!({ "payment_code": "8127" })), []);
        let card = json!({ "payment_type": "credit_card", "redirect_url": "https://3ds" });
        assert_eq!(told(&card), []);
    }
}
