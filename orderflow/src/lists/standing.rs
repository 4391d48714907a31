//! What the gateway owes us of a transaction: one rule for whoever compares, be it the gateway that
//! tells how the transaction stands, a report of it, or our own books.

use payment::audit::TransactionDossier;
use payment::models::{Fraud, GatewayStatus};

/// How a transaction stands, as far as its money goes. Whole rupiah.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: GatewayStatus,
    /// None if it is not told: then nobody objects.
    pub(crate) fraud: Option<Fraud>,
    pub(crate) gross: i64,
    /// What was given back; none if it is not told.
    pub(crate) refunded: Option<i64>,
    /// What a bank took back; none if it is not told.
    pub(crate) charged_back: Option<i64>,
}

impl Standing {
    /// As our books have it. An error is a word that this program does not know.
    pub(crate) fn of(ours: &TransactionDossier) -> anyhow::Result<Self> {
        Ok(Self {
            status: ours.status.parse()?,
            fraud: ours.fraud.as_ref().map(|word| word.parse()).transpose()?,
            gross: ours.gross,
            refunded: Some(ours.refunded),
            charged_back: None,
        })
    }

    /// What the gateway holds for us of it; `None` if that is not told.
    pub(crate) fn net(self) -> Option<i64> {
        use GatewayStatus as S;
        let left = |gone: i64| self.gross.saturating_sub(gone);
        let taken = |back: i64| left(back.saturating_add(self.refunded.unwrap_or(0)));
        match self.status {
            S::Settlement | S::Capture if self.is_objected() => Some(0),
            S::Settlement | S::Capture => Some(left(self.refunded.unwrap_or(0))),
            S::PartialRefund => self.refunded.map(left),
            S::Refund => Some(self.refunded.map_or(0, left)),
            // How much, GET Status does not tell (midtrans.md 3.3 names the state only).
            S::PartialChargeback => self.charged_back.map(taken),
            S::Chargeback => Some(self.charged_back.map_or(0, taken)),
            S::Pending | S::Authorize | S::Deny | S::Cancel | S::Expire | S::Failure => Some(0),
        }
    }

    /// Charged, but fraud detection holds it.
    pub(crate) fn is_objected(self) -> bool {
        matches!(self.status, GatewayStatus::Settlement | GatewayStatus::Capture)
            && matches!(self.fraud, Some(Fraud::Challenge | Fraud::Deny))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use GatewayStatus as S;

    const WHOLE: Standing = Standing {
        status: S::Settlement,
        fraud: None,
        gross: 100,
        refunded: Some(0),
        charged_back: Some(0),
    };

    #[test]
    fn what_is_owed_follows_from_how_it_stands_and_what_went_back() {
        let part = Standing { refunded: Some(30), charged_back: Some(20), ..WHOLE };
        let untold = Standing { refunded: None, charged_back: None, ..WHOLE };
        let cases = [
            (S::Settlement, WHOLE, Some(100)),
            (S::Capture, WHOLE, Some(100)),
            (S::Settlement, untold, Some(100)),
            (S::Pending, part, Some(0)),
            (S::Deny, part, Some(0)),
            (S::PartialRefund, part, Some(70)),
            (S::PartialRefund, untold, None),
            // What is called whole and is not, the gateway still owes.
            (S::Refund, part, Some(70)),
            (S::Refund, untold, Some(0)),
            (S::PartialChargeback, part, Some(50)),
            (S::PartialChargeback, untold, None),
            (S::Chargeback, part, Some(50)),
            (S::Chargeback, untold, Some(0)),
        ];
        for (status, told, net) in cases {
            assert_eq!(Standing { status, ..told }.net(), net, "{status} {told:?}");
        }
        for (fraud, net) in [(Fraud::Accept, 100), (Fraud::Challenge, 0), (Fraud::Deny, 0)] {
            let held = Standing { status: S::Capture, fraud: Some(fraud), ..WHOLE };
            assert_eq!(held.net(), Some(net), "{fraud:?}");
        }
    }
}
