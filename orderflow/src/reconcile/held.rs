//! Our side of the comparison: payments as the payment service's audit tells them, one after the
//! other. What is read is checked here; nothing is compared.

use crate::client::Client;
use crate::lists::standing::Standing;
use crate::lists::{ByOrder, Orders};
use anyhow::Context;
use jiff::Timestamp;
use payment::audit::{AttemptDossier, JournalDossier, PaymentDossier, TransactionDossier};
use payment::models::{Fraud, GatewayStatus, PaymentStatus};

/// The account of the journal that holds what the gateway owes us.
const GATEWAY: &str = "gateway";

/// One payment of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) order_id: String,
    pub(crate) payment_id: String,
    /// As the API says it.
    pub(crate) status: String,
    pub(crate) currency: String,
    pub(crate) created_at: Timestamp,
    pub(crate) attempts: Vec<HeldAttempt>,
}

/// One attempt: an `order_id` at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldAttempt {
    pub(crate) id: String,
    pub(crate) transactions: Vec<HeldTransaction>,
    /// The gateway said something of it that was not believed, and nobody has looked into that yet:
    /// what we hold of it is not what the gateway says.
    pub(crate) is_distrusted: bool,
}

/// One transaction. Money is whole rupiah.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldTransaction {
    pub(crate) id: String,
    pub(crate) status: GatewayStatus,
    pub(crate) fraud: Option<Fraud>,
    pub(crate) gross: i64,
    pub(crate) refunded: i64,
    /// Its money arrived, whatever became of it since.
    pub(crate) credited: bool,
    pub(crate) paid_at: Option<Timestamp>,
    /// What the gateway owes us of it, by our journal.
    pub(crate) booked: i64,
}

impl Held {
    fn of(dossier: PaymentDossier) -> anyhow::Result<Self> {
        let attempts = dossier.attempts.iter().map(|attempt| HeldAttempt::of(attempt, &dossier));
        let attempts: anyhow::Result<_> = attempts.collect();
        let unreadable = || format!("payment {}: the audit cannot be read", dossier.payment_id);
        Ok(Self {
            attempts: attempts.with_context(unreadable)?,
            created_at: dossier.created_at.parse().with_context(unreadable)?,
            order_id: dossier.order_id,
            payment_id: dossier.payment_id,
            status: dossier.status,
            currency: dossier.currency,
        })
    }

    /// Whether the gateway may still bring news of it. A status that we do not know has no end as
    /// far as we can tell.
    pub(crate) fn is_open(&self) -> bool {
        self.status.parse::<PaymentStatus>().map_or(true, PaymentStatus::is_open)
    }
}

impl HeldAttempt {
    fn of(dossier: &AttemptDossier, payment: &PaymentDossier) -> anyhow::Result<Self> {
        let transactions = dossier.transactions.iter();
        let transactions = transactions.map(|t| HeldTransaction::of(t, &payment.journal));
        Ok(Self {
            id: dossier.id.clone(),
            transactions: transactions.collect::<anyhow::Result<_>>()?,
            is_distrusted: dossier.distrusted,
        })
    }
}

impl HeldTransaction {
    fn of(dossier: &TransactionDossier, journal: &[JournalDossier]) -> anyhow::Result<Self> {
        let booked = journal
            .iter()
            .filter(|line| line.transaction_id == dossier.id && line.account == GATEWAY)
            .fold(0i64, |sum, line| sum.saturating_add(line.amount));
        let paid_at = dossier.paid_at.as_ref().map(|at| at.parse()).transpose()?;
        let Standing { status, fraud, gross, .. } = Standing::of(dossier)?;
        Ok(Self {
            id: dossier.id.clone(),
            status,
            fraud,
            gross,
            refunded: dossier.refunded,
            credited: dossier.credited,
            paid_at,
            booked,
        })
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            status: self.status,
            fraud: self.fraud,
            gross: self.gross,
            refunded: Some(self.refunded),
            charged_back: None,
        }
    }

    /// What we take the gateway to hold of it.
    pub(super) fn net(&self) -> i64 {
        self.standing().net().unwrap_or(self.booked)
    }
}

/// All payments, by order.
pub(crate) struct Reader<'a> {
    client: &'a Client,
    list: ByOrder<PaymentDossier>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client, list: list(Orders::all()) }
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Held>> {
        self.list.next(self.client).await?.map(Held::of).transpose()
    }
}

/// One payment, read again.
pub(crate) async fn one(client: &Client, order_id: &str) -> anyhow::Result<Option<Held>> {
    let order = order_id.parse().context("an order's id is no UUID")?;
    list(Orders::one(order)).next(client).await?.map(Held::of).transpose()
}

fn list(orders: Orders) -> ByOrder<PaymentDossier> {
    ByOrder::new("/ops/payment/audit", |payment| &payment.order_id, orders)
}
