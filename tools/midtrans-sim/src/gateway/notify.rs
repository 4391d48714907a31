//! Notifications: composed, misled by switches, queued, one delivery for each address
//! (midtrans.md 1.2, 3.1).

use super::life::{subject, wait};
use super::{Gateway, Refusal};
use crate::clock::later;
use crate::db::Db;
use crate::faults::{Fault, Place, Strike, tamper};
use crate::model::{DeliveryState, NewDelivery, NotifyUrls, Order, Transaction};
use crate::rules::status::Channel;
use jiff::SignedDuration;
use kernel::Timestamp;
use serde_json::{Value, json};

/// How long after the next one a reordered notification goes.
const AFTER_NEXT: SignedDuration = SignedDuration::from_secs(1);

/// When and how often a notification goes.
struct Plan {
    copies: u16,
    state: DeliveryState,
    due_at: Option<Timestamp>,
    order: Order,
}

impl Gateway {
    /// Queues the notification of the state as it is.
    pub(super) fn notify(
        &self,
        db: &Db<'_>,
        told: &Transaction,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let urls = self.addresses(&told.facts.carried.notify);
        if urls.is_empty() {
            return Ok(());
        }
        let body = self.told(db, told, Channel::Notification)?;
        // A name of its own: in the `match` it would keep the lock that the arms need.
        let quiet = self.switches().is_empty();
        let strikes = match quiet {
            true => vec![],
            false => {
                let mut strikes = self.switches().strike(Place::Notification, &subject(told));
                if db.release_held(&told.id, later(at, AFTER_NEXT))? {
                    // It overtakes another: held itself, it would restore the order.
                    strikes.retain(|strike| strike.fault != Fault::Reorder);
                }
                strikes
            }
        };
        let body = match strikes.is_empty() {
            true => Value::Object(body).to_string(),
            false => tamper(body, &strikes, &|order_id, code, gross_amount| {
                midtrans::signature::sign(order_id, code, gross_amount, &self.merchant.key)
            }),
        };
        let plan = plan(&strikes, at);
        for url in urls {
            for _ in 0..plan.copies {
                db.insert_delivery(&NewDelivery {
                    transaction_id: &told.id,
                    order_id: &told.order_id,
                    status: told.standing.status.as_str(),
                    url,
                    body: &body,
                    created_at: at,
                    state: plan.state,
                    due_at: plan.due_at,
                    order: plan.order,
                })?;
            }
        }
        Ok(())
    }

    /// Queues what the dashboard's test button sends (midtrans.md 3.7).
    pub(crate) fn notify_test(&self, db: &Db<'_>, at: Timestamp) -> Result<String, Refusal> {
        let order_id = format!("payment_notif_test_{}_{}", self.merchant.id, self.ids.uuid());
        let id = self.ids.uuid().to_string();
        let (code, amount) = ("200", "105000.00");
        let body = json!({
            "transaction_time": midtrans::time::format(at),
            "transaction_status": "settlement",
            "transaction_id": id,
            "status_message": "midtrans payment notification",
            "status_code": code,
            "signature_key":
                midtrans::signature::sign(&order_id, code, amount, &self.merchant.key),
            "payment_type": "bank_transfer",
            "order_id": order_id,
            "merchant_id": self.merchant.id,
            "gross_amount": amount,
            "fraud_status": "accept",
            "currency": "IDR",
        });
        for url in self.addresses(&NotifyUrls::default()) {
            db.insert_delivery(&NewDelivery {
                transaction_id: &id,
                order_id: &order_id,
                status: "settlement",
                url,
                body: &body.to_string(),
                created_at: at,
                state: DeliveryState::Waiting,
                due_at: Some(at),
                order: Order::Kept,
            })?;
        }
        Ok(order_id)
    }

    fn addresses<'a>(&'a self, wanted: &'a NotifyUrls) -> Vec<&'a String> {
        let dashboard = self.merchant.dashboard_url.iter().filter(|_| wanted.instead.is_empty());
        wanted.instead.iter().chain(dashboard).chain(&wanted.besides).collect()
    }
}

fn plan(strikes: &[Strike], at: Timestamp) -> Plan {
    let mut plan =
        Plan { copies: 1, state: DeliveryState::Waiting, due_at: Some(at), order: Order::Kept };
    for strike in strikes {
        let waits = || Some(later(at, wait(strike)));
        match strike.fault {
            Fault::Drop => {
                (plan.state, plan.due_at) = (DeliveryState::Dropped, None);
                plan.order = Order::Free;
                return plan;
            }
            Fault::Delay => (plan.due_at, plan.order) = (waits(), Order::Free),
            Fault::Reorder => (plan.due_at, plan.order) = (waits(), Order::Held),
            Fault::Duplicate => plan.copies = 1 + strike.code.unwrap_or(1),
            _ => {}
        }
    }
    plan
}
