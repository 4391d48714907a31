//! Midtrans behind the port: translation, token bucket and breaker around the typed client.

use super::breaker::Breaker;
use super::instructions::instructions;
use crate::models::{AttemptId, Fraud, Line, Observation, Page, Payment, Refund, RefundSeen};
use crate::usecase::ports::{
    Ended, GatewayError, Hint, HintError, PageEnd, PaymentGateway, RefundAnswer,
};
use async_trait::async_trait;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use kernel::{Money, masked};
use midtrans::{
    Client, ClientConfig, ConfigError, Customer, Error, Expiry, FraudStatus, IdempotencyKey, Item,
    Notification, Operation, Options, OrderId, RefundKey, RefundOutcome, RefundRequest, ServerKey,
    SnapRequest, Transaction, TransactionStatus, amount,
};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// How long a call may wait for the token bucket before it is given back.
const QUEUE_MAX: Duration = Duration::from_secs(5);

/// What the adapter needs to be told.
#[derive(Debug, Clone)]
pub struct MidtransConfig {
    /// Where Midtrans is, and our key there.
    pub client: ClientConfig,
    /// Our merchant id; answers that name another are not believed. Empty: not checked.
    pub merchant_id: String,
    /// Where customers reach us, without a slash at the end.
    pub public_url: String,
    /// Calls per second, at most.
    pub calls_per_second: NonZeroU32,
}

/// [`PaymentGateway`] on Midtrans.
pub struct MidtransGateway {
    client: Client,
    server_key: ServerKey,
    merchant_id: String,
    public_url: String,
    bucket: DefaultDirectRateLimiter,
    clock: DefaultClock,
    breaker: Breaker,
}

impl MidtransGateway {
    /// Fails if the configuration cannot work; calls nobody.
    pub fn try_new(config: MidtransConfig) -> Result<Self, ConfigError> {
        let server_key = config.client.server_key.clone();
        Ok(Self {
            client: Client::try_new(config.client)?,
            server_key,
            merchant_id: config.merchant_id,
            public_url: config.public_url,
            bucket: RateLimiter::direct(Quota::per_second(config.calls_per_second)),
            clock: DefaultClock::default(),
            breaker: Breaker::default(),
        })
    }

    /// Waits for the bucket and asks the breaker, then calls once.
    async fn guarded<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, GatewayError> {
        self.tried(call).await?.map_err(gateway_error)
    }

    async fn ended(
        &self,
        call: impl Future<Output = Result<(), Error>>,
    ) -> Result<Ended, GatewayError> {
        match self.tried(call).await? {
            Ok(()) => Ok(Ended::Done),
            Err(error) if error.is_wrong_state() => Ok(Ended::OtherState),
            Err(error) => Err(gateway_error(error)),
        }
    }

    /// The same with the client's own error: some refusals are answers.
    async fn tried<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<Result<T, Error>, GatewayError> {
        self.token().await?;
        self.breaker.admit(Instant::now()).map_err(|wait| GatewayError::Unavailable {
            reason: "too many calls failed, so none are made for a moment".to_owned(),
            retry_after: Some(wait),
        })?;
        let result = call.await;
        let failed = result.as_ref().is_err_and(is_fault);
        self.breaker.record(Instant::now(), failed);
        Ok(result)
    }

    async fn token(&self) -> Result<(), GatewayError> {
        let start = Instant::now();
        while let Err(busy) = self.bucket.check() {
            let wait = busy.wait_time_from(self.clock.now());
            if start.elapsed() + wait > QUEUE_MAX {
                return Err(GatewayError::Unavailable {
                    reason: "the configured rate of calls is used up".to_owned(),
                    retry_after: Some(QUEUE_MAX),
                });
            }
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    fn snap_request(
        &self,
        payment: &Payment,
        attempt: AttemptId,
    ) -> Result<SnapRequest, GatewayError> {
        let refused = |error: midtrans::RequestError| GatewayError::Refused(error.to_string());
        let bill = &payment.bill;
        let order_id = OrderId::try_new(attempt.to_string()).map_err(refused)?;
        let items = bill.lines.iter().map(item).collect();
        let mut request =
            SnapRequest::try_new(order_id, bill.amount.as_rupiah(), items).map_err(refused)?;
        request.customer = Some(Customer {
            first_name: Some(bill.customer_name.reveal().to_owned()),
            last_name: None,
            email: Some(bill.email.reveal().to_owned()),
            phone: bill.phone.as_ref().map(|p| p.reveal().to_owned()),
        });
        request.custom_fields = [Some(bill.order_id.to_string()), bill.reference.clone(), None];
        // One deadline for the page's methods, counted from now on: a late page is no longer one.
        let minutes = payment.due_at.duration_since(payment.created_at).as_mins().max(1);
        request.expiry = Some(Expiry {
            start: Some(payment.created_at),
            minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
        });
        request.finish_url = Some(format!("{}/pay/{}", self.public_url, bill.order_id));
        Ok(request)
    }

    fn is_foreign(&self, told: &Transaction) -> bool {
        let foreign = |id: &String| !self.merchant_id.is_empty() && *id != self.merchant_id;
        told.merchant_id.as_ref().is_some_and(foreign)
    }

    fn hint(&self, told: Transaction, is_test: bool) -> Hint {
        Hint {
            amount: told.amount_to_compare().ok().map(Money::rupiah),
            foreign_merchant: self.is_foreign(&told),
            status: told.transaction_status.as_str().to_owned(),
            order_id: told.order_id,
            transaction_id: told.transaction_id,
            currency: told.currency,
            is_test,
        }
    }

    fn observation(&self, told: Transaction) -> Observation {
        Observation {
            amount: told.amount_to_compare().ok().map(Money::rupiah),
            foreign_merchant: self.is_foreign(&told),
            instructions: instructions(&told),
            expires_at: told.expires_at(),
            gross: amount::parse(&told.gross_amount).ok().map(Money::rupiah),
            paid_at: told.settlement_time,
            refunded: money(told.refund_amount.as_deref()),
            refunds: refunds(&told),
            status: status(&told.transaction_status),
            fraud: fraud_of(&told),
            order_id: told.order_id,
            transaction_id: told.transaction_id,
            method: told.payment_type,
            currency: told.currency,
        }
    }
}

#[async_trait]
impl PaymentGateway for MidtransGateway {
    async fn create_page(
        &self,
        payment: &Payment,
        attempt: AttemptId,
    ) -> Result<Page, GatewayError> {
        let request = self.snap_request(payment, attempt)?;
        let page = self.guarded(self.client.create_snap(&request)).await?;
        Ok(Page { token: page.token, url: page.redirect_url })
    }

    async fn status(&self, id: &str) -> Result<Option<Observation>, GatewayError> {
        let told = self.guarded(self.client.status(id)).await?;
        Ok(told.map(|transaction| self.observation(transaction)))
    }

    async fn close_page(&self, _: AttemptId, token: &str) -> Result<PageEnd, GatewayError> {
        match self.guarded(self.client.cancel_snap(token)).await {
            Ok(()) => Ok(PageEnd::Closed),
            // Which of the reasons it was, only its text tells, and texts change.
            Err(GatewayError::Refused(_)) => Ok(PageEnd::Refused),
            Err(error) => Err(error),
        }
    }

    async fn cancel(&self, transaction: &str) -> Result<Ended, GatewayError> {
        let key = IdempotencyKey::for_operation(Operation::Cancel, transaction);
        let options = Options::idempotent(key);
        self.ended(self.client.cancel(transaction, &options)).await
    }

    async fn expire(&self, transaction: &str) -> Result<Ended, GatewayError> {
        let key = IdempotencyKey::for_operation(Operation::Expire, transaction);
        let options = Options::idempotent(key);
        self.ended(self.client.expire(transaction, &options)).await
    }

    async fn approve(&self, transaction: &str) -> Result<Ended, GatewayError> {
        let key = IdempotencyKey::for_operation(Operation::Approve, transaction);
        let options = Options::idempotent(key);
        self.ended(self.client.approve(transaction, &options)).await
    }

    async fn deny(&self, transaction: &str) -> Result<Ended, GatewayError> {
        let key = IdempotencyKey::for_operation(Operation::Deny, transaction);
        let options = Options::idempotent(key);
        self.ended(self.client.deny(transaction, &options)).await
    }

    async fn refund(&self, refund: &Refund) -> Result<RefundAnswer, GatewayError> {
        let refused = |error: midtrans::RequestError| GatewayError::Refused(error.to_string());
        let key = RefundKey::try_new(refund.key.as_str()).map_err(refused)?;
        let amount = Some(refund.amount.as_rupiah());
        let request =
            RefundRequest::try_new(key, amount, refund.reason.clone()).map_err(refused)?;
        let key = IdempotencyKey::for_operation(Operation::Refund, &refund.key);
        let options = Options::idempotent(key);
        let answer =
            self.tried(self.client.refund(&refund.transaction, &request, &options)).await?;
        refunded(answer)
    }

    fn read_callback(&self, body: &[u8]) -> Result<Hint, HintError> {
        let notification =
            Notification::parse(body).map_err(|e| HintError::Malformed(e.to_string()))?;
        let signed = notification.verify_signature(&self.server_key);
        let is_test = notification.is_test();
        let hint = self.hint(notification.into_transaction(), is_test);
        if signed { Ok(hint) } else { Err(HintError::BadSignature(Box::new(hint))) }
    }
}

/// Whether the gateway is at fault. That a provider is closed for the night is not.
fn is_fault(error: &Error) -> bool {
    error.retry_helps() && !error.is_out_of_hours()
}

fn refunded(answer: Result<RefundOutcome, Error>) -> Result<RefundAnswer, GatewayError> {
    match answer {
        Ok(RefundOutcome::Accepted(_)) => Ok(RefundAnswer::Taken),
        Ok(RefundOutcome::Declined { message }) => Ok(RefundAnswer::Declined(masked(&message))),
        Err(error) if error.is_duplicate() => Ok(RefundAnswer::Known),
        Err(error) if error.is_wrong_state() || error.is_out_of_hours() => {
            Ok(RefundAnswer::OtherState(masked(&error.to_string())))
        }
        Err(error) => match gateway_error(error) {
            GatewayError::Refused(reason) => Ok(RefundAnswer::Declined(reason)),
            error => Err(error),
        },
    }
}

fn item(line: &Line) -> Item {
    Item {
        id: line.sku.clone(),
        name: line.name.clone(),
        price: line.unit_price.as_rupiah(),
        quantity: line.quantity,
    }
}

fn status(told: &TransactionStatus) -> Result<crate::models::GatewayStatus, String> {
    told.as_str().parse().map_err(|_| masked(told.as_str()))
}

/// A charge is paid with code 200 only (reference: midtrans.md 3.3): without a word about fraud,
/// another code is a review.
fn fraud_of(told: &Transaction) -> Option<Fraud> {
    let charged = matches!(
        told.transaction_status,
        TransactionStatus::Capture | TransactionStatus::Settlement
    );
    match &told.fraud_status {
        Some(word) => Some(fraud(word)),
        None if charged && told.status_code != "200" => Some(Fraud::Challenge),
        None => None,
    }
}

fn money(told: Option<&str>) -> Option<Money> {
    amount::parse(told?).ok().map(Money::rupiah)
}

fn refunds(told: &Transaction) -> Vec<RefundSeen> {
    let seen = |refund: &midtrans::Refund| {
        Some(RefundSeen {
            key: refund.refund_key.clone()?,
            amount: money(refund.refund_amount.as_deref())?,
            confirmed: refund.bank_confirmed_at.is_some(),
        })
    };
    told.refunds.iter().filter_map(seen).collect()
}

/// A word that we do not know is not "no objection": it holds the payment like a challenge.
fn fraud(told: &FraudStatus) -> Fraud {
    told.as_str().parse().unwrap_or(Fraud::Challenge)
}

/// The gateway may quote what it was sent, as in a refusal of a customer's number. Its words go on to
/// jobs, facts, dead letters, items and the log: they are masked here, once for all of them.
fn gateway_error(error: Error) -> GatewayError {
    let (reason, retry_after) = (masked(&error.to_string()), error.retry_after());
    match error {
        Error::Unauthorized { .. } => GatewayError::Unauthorized(reason),
        error if error.retry_helps() => GatewayError::Unavailable { reason, retry_after },
        _ => GatewayError::Refused(reason),
    }
}

#[cfg(test)]
#[path = "midtrans_tests.rs"]
mod tests;
