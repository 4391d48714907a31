//! The ways to pay as Core wants them written (midtrans.md 2.2).

use super::{
    Authentication, BcaVa, CaptureMode, CreditCard, FreeText, PaymentMethod, QrisAcquirer,
};
use serde::Serialize;
use url::Url;

/// `payment_type` and the one object that goes with it.
#[derive(Default, Serialize)]
pub(super) struct MethodWire<'a> {
    payment_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_transfer: Option<BankTransfer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    echannel: Option<Echannel<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gopay: Option<Gopay<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qris: Option<Qris>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shopeepay: Option<ShopeePay<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cstore: Option<Cstore<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_card: Option<Card<'a>>,
}

#[derive(Default, Serialize)]
struct BankTransfer<'a> {
    bank: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    va_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_text: Option<FreeTexts<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bca: Option<Bca<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permata: Option<Permata<'a>>,
}

#[derive(Serialize)]
struct FreeTexts<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    inquiry: &'a [FreeText],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    payment: &'a [FreeText],
}

#[derive(Serialize)]
struct Bca<'a> {
    sub_company_code: &'a str,
}

#[derive(Serialize)]
struct Permata<'a> {
    recipient_name: &'a str,
}

#[derive(Serialize)]
struct Echannel<'a> {
    bill_info1: &'a str,
    bill_info2: &'a str,
}

#[derive(Serialize)]
struct Gopay<'a> {
    enable_callback: bool,
    callback_url: &'a str,
}

#[derive(Serialize)]
struct Qris {
    acquirer: &'static str,
}

#[derive(Serialize)]
struct ShopeePay<'a> {
    callback_url: &'a str,
}

#[derive(Default, Serialize)]
struct Cstore<'a> {
    store: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alfamart_free_text_1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alfamart_free_text_2: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alfamart_free_text_3: Option<&'a str>,
}

#[derive(Serialize)]
struct Card<'a> {
    token_id: &'a str,
    authentication: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    save_token_id: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installment_term: Option<u8>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

impl<'a> From<&'a PaymentMethod> for MethodWire<'a> {
    fn from(method: &'a PaymentMethod) -> Self {
        match method {
            PaymentMethod::BcaVa(bca) => Self::transfer(bca.into()),
            PaymentMethod::BniVa { va_number } => Self::account("bni", va_number.as_deref()),
            PaymentMethod::BriVa { va_number } => Self::account("bri", va_number.as_deref()),
            PaymentMethod::CimbVa { va_number } => Self::account("cimb", va_number.as_deref()),
            PaymentMethod::PermataVa { recipient_name } => {
                let permata =
                    recipient_name.as_deref().map(|name| Permata { recipient_name: name });
                Self::transfer(BankTransfer { bank: "permata", permata, ..Default::default() })
            }
            PaymentMethod::MandiriBill { bill_info1, bill_info2 } => {
                let echannel = Some(Echannel { bill_info1, bill_info2 });
                Self { payment_type: "echannel", echannel, ..Self::default() }
            }
            PaymentMethod::Gopay { callback_url } => {
                let callback = |callback_url| Gopay { enable_callback: true, callback_url };
                let gopay = callback_url.as_ref().map(Url::as_str).map(callback);
                Self { payment_type: "gopay", gopay, ..Self::default() }
            }
            PaymentMethod::Qris { acquirer } => {
                let qris = acquirer.map(|acquirer| Qris { acquirer: acquirer.as_str() });
                Self { payment_type: "qris", qris, ..Self::default() }
            }
            PaymentMethod::ShopeePay { callback_url } => {
                let shopeepay = Some(ShopeePay { callback_url: callback_url.as_str() });
                Self { payment_type: "shopeepay", shopeepay, ..Self::default() }
            }
            PaymentMethod::Alfamart { message, free_text } => {
                let [first, second, third] = free_text;
                Self::store(Cstore {
                    store: "alfamart",
                    message: message.as_deref(),
                    alfamart_free_text_1: first.as_deref(),
                    alfamart_free_text_2: second.as_deref(),
                    alfamart_free_text_3: third.as_deref(),
                })
            }
            PaymentMethod::Indomaret { message } => {
                let message = message.as_deref();
                Self::store(Cstore { store: "indomaret", message, ..Cstore::default() })
            }
            PaymentMethod::CreditCard(card) => {
                let credit_card = Some(card.into());
                Self { payment_type: "credit_card", credit_card, ..Self::default() }
            }
        }
    }
}

impl<'a> MethodWire<'a> {
    fn transfer(bank_transfer: BankTransfer<'a>) -> Self {
        let bank_transfer = Some(bank_transfer);
        Self { payment_type: "bank_transfer", bank_transfer, ..Self::default() }
    }

    fn account(bank: &'static str, va_number: Option<&'a str>) -> Self {
        Self::transfer(BankTransfer { bank, va_number, ..Default::default() })
    }

    fn store(cstore: Cstore<'a>) -> Self {
        Self { payment_type: "cstore", cstore: Some(cstore), ..Self::default() }
    }
}

impl<'a> From<&'a BcaVa> for BankTransfer<'a> {
    fn from(bca: &'a BcaVa) -> Self {
        let told = !bca.inquiry.is_empty() || !bca.payment.is_empty();
        let code = bca.sub_company_code.as_deref();
        Self {
            bank: "bca",
            va_number: bca.va_number.as_deref(),
            free_text: told.then_some(FreeTexts { inquiry: &bca.inquiry, payment: &bca.payment }),
            bca: code.map(|sub_company_code| Bca { sub_company_code }),
            permata: None,
        }
    }
}

impl<'a> From<&'a CreditCard> for Card<'a> {
    fn from(card: &'a CreditCard) -> Self {
        Self {
            token_id: card.token.reveal(),
            authentication: card.authentication == Authentication::ThreeDSecure,
            bank: card.bank.as_deref(),
            save_token_id: card.save.then_some(true),
            installment_term: card.installment_months,
            kind: (card.capture == CaptureMode::Later).then_some("authorize"),
        }
    }
}

impl QrisAcquirer {
    fn as_str(self) -> &'static str {
        match self {
            Self::Gopay => "gopay",
            Self::AirpayShopee => "airpay shopee",
        }
    }
}
