//! Books of our own, kept from what was seen: never from the simulator's sums.

use super::course::{Exception, codes, follows, is_credited, is_live};
use super::dialect::{self, ensure, rupiah};
use super::{Check, Met};
use crate::tampered::is_signed;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A transaction as it was last seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) order_id: String,
    pub(crate) method: String,
    pub(crate) status: String,
    pub(crate) fraud: String,
    gross: i64,
    fee: i64,
    refunded: i64,
    charged_back: i64,
}

/// What the step was about, as far as its answer told.
#[derive(Default)]
pub(crate) struct Doing {
    /// Whether it can bring a transaction to life.
    pub(crate) births: bool,
    pub(crate) refunded: Option<(String, i64)>,
    pub(crate) charged_back: Option<(String, i64)>,
}

/// What went where, of one transaction.
#[derive(Debug, Default)]
struct Book {
    /// What the customer's bank holds less than before.
    paid: i64,
    /// What the merchant paid on of it.
    fee: i64,
    refunded: i64,
    charged_back: i64,
}

#[derive(Default)]
pub(crate) struct Model {
    seen: BTreeMap<String, Seen>,
    /// Ids, oldest first.
    born: Vec<String>,
    books: BTreeMap<String, Book>,
    /// Orders that may have more than one payment: late or twice.
    exempt: BTreeSet<String>,
    last_delivery: i64,
    switched: BTreeSet<String>,
    /// The steps of lives, as `from>to`.
    pub(crate) steps: Met,
}

impl Model {
    pub(crate) fn switched(&mut self, switches: &[Value]) {
        let fault = |switch: &Value| switch["fault"].as_str().unwrap().to_owned();
        self.switched = switches.iter().map(fault).collect();
    }

    pub(crate) fn nth(&self, nth: usize) -> Option<&str> {
        let count = self.born.len();
        (count > 0).then(|| self.born[count - 1 - nth % count].as_str())
    }

    /// The deliveries are few in one step, and listed newest first.
    pub(crate) fn deliveries_path(&self) -> String {
        "/_sim/deliveries?limit=100".to_owned()
    }

    /// Looks at all transactions and the new deliveries; gives the transactions that changed.
    pub(crate) fn look(
        &mut self,
        transactions: &Value,
        deliveries: &Value,
        doing: &Doing,
    ) -> Result<Vec<String>, String> {
        let mut changed = vec![];
        let mut told = self.told(deliveries)?;
        for view in transactions.as_array().unwrap().iter().rev() {
            let id = view["transaction_id"].as_str().unwrap().to_owned();
            let now = read(view);
            let before = self.seen.insert(id.clone(), now.clone());
            if before.as_ref() == Some(&now) {
                continue;
            }
            if before.is_none() {
                self.born.push(id.clone());
                let twice = self.switched.contains("settle_twice");
                ensure(doing.births || twice, || format!("born of nothing: {now:?}"))?;
            }
            self.moved(&id, (before.as_ref(), &now), doing)
                .map_err(|wrong| format!("{wrong}\nbefore {before:?}\nnow {now:?}"))?;
            // The twin of a payment is told only once it is paid.
            let twin = before.is_none() && self.exempt.contains(&now.order_id);
            let heard = told.remove(&(id.clone(), now.status.clone()));
            ensure(heard || twin, || format!("nobody was told of {now:?}"))?;
            changed.push(id);
        }
        self.admitted()?;
        Ok(changed)
    }

    fn moved(&mut self, id: &str, (before, now): (Option<&Seen>, &Seen), doing: &Doing) -> Check {
        let from = before.map_or("", |before| before.status.as_str());
        self.steps.insert(format!("{from}>{}", now.status));
        let stays = before.is_some_and(|before| before.status == now.status);
        if !stays {
            let exception = follows(before, now)?;
            let twice = self.switched.contains("settle_twice") && now.status == "settlement";
            if exception == Some(Exception::SettledLate) || twice {
                self.exempt.insert(now.order_id.clone());
            }
        }
        if let Some(before) = before {
            let captured = before.status == "authorize" && now.status == "capture";
            ensure(before.gross == now.gross || captured, || "its amount changed".to_owned())?;
            let same = before.order_id == now.order_id && before.method == now.method;
            ensure(same, || "it is another".to_owned())?;
        }
        let book = self.books.entry(id.to_owned()).or_default();
        match (before.is_some_and(is_credited), is_credited(now)) {
            (false, true) => (book.paid, book.fee) = (now.gross, now.fee),
            // A reversal or a void.
            (true, false) => (book.paid, book.fee) = (0, 0),
            _ => {}
        }
        if let Some((_, amount)) = doing.refunded.as_ref().filter(|(of, _)| of == id) {
            book.refunded += amount;
        }
        match (&doing.charged_back, now.status.as_str()) {
            (_, "chargeback") => book.charged_back = book.paid - book.refunded,
            (Some((of, amount)), _) if of == id => book.charged_back += amount,
            _ => {}
        }
        let agrees = (now.refunded, now.charged_back) == (book.refunded, book.charged_back);
        ensure(agrees, || format!("our book says {book:?}"))?;
        let back = now.refunded + now.charged_back;
        ensure(now.refunded >= 0 && now.charged_back >= 0 && back <= now.gross, || {
            format!("{back} went back")
        })?;
        let all = back == now.gross;
        ensure(now.status != "refund" || all, || "a refund of less than all".to_owned())?;
        let part = now.status.starts_with("partial_");
        ensure(!part || (!all && back > 0), || "a part that is none".to_owned())
    }

    /// What new notifications say; as `(transaction, state)` in truth.
    fn told(&mut self, deliveries: &Value) -> Result<BTreeSet<(String, String)>, String> {
        let mut told = BTreeSet::new();
        let fresh = self.last_delivery;
        for row in deliveries.as_array().unwrap() {
            let id = row["id"].as_i64().unwrap();
            if id <= fresh {
                break;
            }
            self.last_delivery = self.last_delivery.max(id);
            let text = |field: &str| row[field].as_str().unwrap().to_owned();
            told.insert((text("transaction_id"), text("transaction_status")));
            self.sound(row).map_err(|wrong| format!("{wrong}: {row}"))?;
        }
        Ok(told)
    }

    /// A notification is signed, and in the documented form, unless a switch says otherwise.
    fn sound(&self, row: &Value) -> Check {
        let body = &row["body"];
        let on = |fault: &str| self.switched.contains(fault);
        if on("garbage") {
            return ensure(body.is_string(), || "no garbage".to_owned());
        }
        let spoilt = on("bad_signature") || on("no_signature");
        ensure(is_signed(body) != spoilt, || format!("signed: {}", !spoilt))?;
        let state = row["transaction_status"].as_str().unwrap();
        let fraud = body["fraud_status"].as_str().unwrap_or("accept");
        let code = on("no_fraud_status") || body["status_code"] == codes(state, fraud)[1];
        ensure(code, || "another code".to_owned())?;
        if on("uppercase_status") || on("numeric_amount") {
            return Ok(());
        }
        let told = on("tampered_status") || body["transaction_status"] == state;
        ensure(told, || "another state".to_owned())?;
        dialect::transaction(body)
    }

    /// At most one per order id is alive (midtrans.md 1.5).
    fn admitted(&self) -> Check {
        let mut alive: BTreeMap<&str, usize> = BTreeMap::new();
        for seen in self.seen.values().filter(|seen| is_live(seen)) {
            *alive.entry(&seen.order_id).or_default() += 1;
        }
        alive.retain(|order_id, count| *count > 1 && !self.exempt.contains(*order_id));
        ensure(alive.is_empty(), || format!("alive more than once: {alive:?}"))
    }

    /// GET Status tells what is.
    pub(crate) fn compare(&self, id: &str, told: &Value) -> Check {
        let seen = &self.seen[id];
        let wrong = |what: &str| format!("GET Status, {what}: {seen:?}\n{told}");
        ensure(told["transaction_status"] == seen.status, || wrong("another state"))?;
        ensure(told["status_code"] == codes(&seen.status, &seen.fraud)[0], || {
            wrong("another code")
        })?;
        ensure(rupiah(&told["gross_amount"])? == seen.gross, || wrong("another amount"))?;
        ensure(is_signed(told), || wrong("not signed"))?;
        if seen.status.ends_with("refund") {
            ensure(rupiah(&told["refund_amount"])? == seen.refunded, || wrong("another sum"))?;
            let refunds = told["refunds"].as_array().ok_or_else(|| wrong("no refunds"))?;
            let sums = refunds.iter().map(|refund| rupiah(&refund["refund_amount"]));
            let sum: i64 = sums.sum::<Result<_, _>>()?;
            ensure(sum == seen.refunded, || wrong("refunds that do not add up"))?;
        }
        Ok(())
    }

    /// The simulator's books against ours.
    pub(crate) fn balance(&self, ledger: &Value) -> Check {
        let accounts = ledger["accounts"].as_object().unwrap();
        let sum: i64 = accounts.values().map(|balance| balance.as_i64().unwrap()).sum();
        let net = |book: &Book| book.paid - book.refunded - book.charged_back;
        let net: i64 = self.books.values().map(net).sum();
        let fees: i64 = self.books.values().map(|book| book.fee).sum();
        let holds = |account: &str| accounts.get(account).and_then(Value::as_i64).unwrap_or(0);
        let right = ledger["balanced"] == true
            && sum == 0
            && ledger["net_amount"] == net
            && holds("customers") == -net
            && holds("fees") == fees
            && holds("merchant") == net - fees;
        ensure(right, || format!("our net is {net}, fees {fees}: {ledger}"))
    }
}

fn read(view: &Value) -> Seen {
    let text = |field: &str| view[field].as_str().unwrap().to_owned();
    let number = |field: &str| view[field].as_i64().unwrap();
    Seen {
        order_id: text("order_id"),
        method: text("method"),
        status: text("transaction_status"),
        fraud: text("fraud_status"),
        gross: number("gross_amount"),
        fee: number("fee"),
        refunded: number("refunded"),
        charged_back: number("charged_back"),
    }
}
