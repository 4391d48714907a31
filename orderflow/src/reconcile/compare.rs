//! The two-way comparison: the gateway's rows against our payments. Pure; what it finds is repaired
//! elsewhere.

use super::difference::{Difference, Excuse, Kind, Remedy};
use super::held::{Held, HeldAttempt, HeldTransaction};
use super::period::{Covered, Expected};
use super::row::Row;
use anyhow::bail;
use kernel::{Money, Uuid};
use payment::models::Reported;
use serde::Serialize;

/// More differences than this are not a list for anybody: it is another system's report.
const DIFFERENCES_MAX: usize = 100_000;

/// What the gateway has, by attempt.
#[derive(Debug)]
pub(crate) struct There {
    /// Sorted by attempt and transaction; no line twice.
    rows: Vec<Row>,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Looked {
    /// Rows of the report, each once.
    pub(crate) rows: usize,
    /// Transactions of ours.
    pub(crate) transactions: usize,
    /// Ours that were begun before the report's time and paid in it, and are not there: an earlier
    /// report may have them.
    pub(crate) at_the_edge: usize,
}

/// A comparison under way.
pub(crate) struct Comparison<'a> {
    there: &'a There,
    covered: Option<Covered>,
    /// Rows whose attempt is ours.
    met: Vec<bool>,
    found: Vec<Difference>,
    looked: Looked,
}

impl There {
    pub(crate) fn new(mut rows: Vec<Row>) -> Self {
        rows.sort_by(|a, b| a.rank().cmp(&b.rank()));
        rows.dedup_by(|later, earlier| later.says_as(earlier));
        Self { rows }
    }

    /// The rows of an attempt, as a range.
    fn of(&self, attempt: &str) -> std::ops::Range<usize> {
        let from = self.rows.partition_point(|row| *row.order_id < *attempt);
        let count = self.rows[from..].partition_point(|row| *row.order_id == *attempt);
        from..from + count
    }

    /// How one payment differs from what the gateway has of it.
    pub(crate) fn differences(&self, held: &Held, covered: Option<Covered>) -> Vec<Difference> {
        self.judge(held, covered).0
    }

    /// The same, and how many are missing that need not be there.
    fn judge(&self, held: &Held, covered: Option<Covered>) -> (Vec<Difference>, usize) {
        let (mut found, mut at_the_edge) = (Vec::new(), 0);
        for attempt in &held.attempts {
            let case = Case { held, attempt };
            let rows = &self.rows[self.of(&attempt.id)];
            let (pairs, seen) = pairs(rows, &attempt.transactions);
            for pair in pairs {
                found.extend(match pair {
                    ([row], Some(ours)) => case.pair(row, ours),
                    ([row], None) => vec![case.unknown(row)],
                    (rows, ours) => vec![case.twice(rows, ours)],
                });
            }
            let unseen = attempt.transactions.iter().zip(seen).filter(|(_, seen)| !seen);
            for (ours, _) in unseen.filter(|(ours, _)| ours.credited) {
                let paid = ours.paid_at.unwrap_or(held.created_at);
                match covered.map(|c| c.expects(held.created_at, paid)) {
                    Some(Expected::Yes) => found.push(case.missing(ours)),
                    Some(Expected::Perhaps) => at_the_edge += 1,
                    Some(Expected::No) | None => {}
                }
            }
        }
        (found, at_the_edge)
    }
}

impl Row {
    /// Rows of one transaction are neighbours, and among them those that say the same.
    fn rank(&self) -> impl Ord {
        let what = (self.status.as_str(), self.gross, self.refunded, self.at, self.line);
        (&*self.order_id, self.transaction_id.as_deref(), what)
    }

    fn names(&self, other: &Self) -> bool {
        self.transaction_id == other.transaction_id
    }
}

/// The rows about one transaction, with ours.
type Pair<'a> = (&'a [Row], Option<&'a HeldTransaction>);

/// Which of our transactions each row is about, and which of ours some row is about. A report
/// without transaction ids names the attempt only: then the one that looks like it, and if there is
/// none, one that no row was about.
fn pairs<'a>(rows: &'a [Row], ours: &'a [HeldTransaction]) -> (Vec<Pair<'a>>, Vec<bool>) {
    let mut seen = vec![false; ours.len()];
    let same: Vec<&[Row]> =
        rows.chunk_by(|a, b| a.transaction_id.is_some() && a.names(b)).collect();
    let mut places: Vec<Option<usize>> = vec![None; same.len()];
    let by_itself = |row: &Row, t: &HeldTransaction| match &row.transaction_id {
        Some(id) => *t.id == **id,
        None => t.status == row.status && t.gross == row.gross,
    };
    let by_attempt = |row: &Row, _: &HeldTransaction| row.transaction_id.is_none();
    for fits in [by_itself, by_attempt] as [fn(&Row, &HeldTransaction) -> bool; 2] {
        for (place, rows) in places.iter_mut().zip(&same).filter(|(place, _)| place.is_none()) {
            *place = (0..ours.len()).find(|n| !seen[*n] && fits(&rows[0], &ours[*n]));
            if let Some(place) = *place {
                seen[place] = true;
            }
        }
    }
    let pairs = same.into_iter().zip(places).map(|(rows, place)| (rows, place.map(|n| &ours[n])));
    (pairs.collect(), seen)
}

/// Where a difference is.
struct Case<'a> {
    held: &'a Held,
    attempt: &'a HeldAttempt,
}

impl Case<'_> {
    /// Whether what we hold can have followed what the row says. Not while an answer of the gateway
    /// was not believed: what it says may be just that, and it is not in our books.
    fn is_ahead(&self, row: &Row, ours: &HeldTransaction) -> bool {
        row.status.leads_to(ours.status) && !self.attempt.is_distrusted
    }

    /// How a row and the transaction that it is about differ. What follows from another difference
    /// is no difference of its own.
    fn pair(&self, row: &Row, ours: &HeldTransaction) -> Vec<Difference> {
        let mut found = Vec::new();
        let about = |kind| self.about(kind, row);
        if row.currency.as_ref().is_some_and(|c| !c.eq_ignore_ascii_case(&self.held.currency)) {
            let there = row.currency.as_deref().unwrap_or_default().to_owned();
            let here = self.held.currency.clone();
            found.push(Difference { there, here, money: row.gross, ..about(Kind::Currency) });
        } else if row.gross != ours.gross {
            let money = apart(row.gross, ours.gross);
            let (there, here) = (rupiah(row.gross), rupiah(ours.gross));
            found.push(Difference { there, here, money, ..about(Kind::Amount) });
        }
        let objected = row.fraud.is_some() && row.standing().is_objected();
        let other_fraud = row.fraud.is_some() && objected != ours.standing().is_objected();
        if row.status != ours.status || other_fraud {
            found.push(Difference {
                there: row.words(),
                here: ours.words(),
                money: apart(row.standing().net().unwrap_or(row.gross), ours.net()),
                excuse: self.is_ahead(row, ours).then_some(Excuse::Older),
                ..about(Kind::Status)
            });
        } else if let Some(refunded) = row.refunded.filter(|sum| *sum != ours.refunded) {
            // A smaller sum is not excused by its age: if the gateway told one now, our larger one
            // would stay, and nobody would notice.
            found.push(Difference {
                there: rupiah(refunded),
                here: rupiah(ours.refunded),
                money: apart(refunded, ours.refunded),
                ..about(Kind::Refunded)
            });
        }
        if found.is_empty() {
            found.extend(self.books(row, ours));
        }
        found
    }

    /// Both say the same of it: then our journal must hold what the gateway does.
    fn books(&self, row: &Row, ours: &HeldTransaction) -> Option<Difference> {
        let mut standing = row.standing();
        standing.fraud = standing.fraud.or(ours.fraud);
        let there = standing.net()?;
        (there != ours.booked).then(|| Difference {
            there: rupiah(there),
            here: rupiah(ours.booked),
            money: apart(there, ours.booked),
            ..self.about(Kind::Ledger, row)
        })
    }

    fn unknown(&self, row: &Row) -> Difference {
        Difference {
            there: row.words(),
            here: "nothing".to_owned(),
            money: row.standing().net().unwrap_or(row.gross),
            excuse: row.is_idle().then_some(Excuse::Idle),
            reported: row.reported(),
            ..self.about(Kind::UnknownTransaction, row)
        }
    }

    fn twice(&self, rows: &[Row], ours: Option<&HeldTransaction>) -> Difference {
        let words: Vec<String> = rows.iter().map(Row::words).collect();
        Difference {
            there: words.join(" and "),
            here: ours.map_or_else(|| "nothing".to_owned(), HeldTransaction::words),
            money: rows.iter().map(|row| row.gross).max().unwrap_or_default(),
            ..self.about(Kind::DuplicateRow, &rows[0])
        }
    }

    fn missing(&self, ours: &HeldTransaction) -> Difference {
        Difference {
            transaction_id: Some(ours.id.clone()),
            there: "nothing".to_owned(),
            here: ours.words(),
            money: ours.net(),
            ..self.at(Kind::MissingThere)
        }
    }

    fn about(&self, kind: Kind, row: &Row) -> Difference {
        let transaction_id = row.transaction_id.as_deref().map(str::to_owned);
        Difference { transaction_id, line: row.line, ..self.at(kind) }
    }

    fn at(&self, kind: Kind) -> Difference {
        Difference {
            kind,
            remedy: kind.remedy(),
            order_id: Some(self.held.order_id.clone()),
            payment_id: Some(self.held.payment_id.clone()),
            attempt: self.attempt.id.clone(),
            transaction_id: None,
            line: None,
            there: String::new(),
            here: String::new(),
            money: 0,
            excuse: None,
            reported: None,
        }
    }
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(there: &'a There, covered: Option<Covered>) -> Self {
        let looked = Looked { rows: there.rows.len(), ..Looked::default() };
        let met = vec![false; there.rows.len()];
        Self { there, covered, met, found: Vec::new(), looked }
    }

    /// Compares one payment. An error if there is no end of differences.
    pub(crate) fn take(&mut self, held: &Held) -> anyhow::Result<()> {
        for attempt in &held.attempts {
            self.met[self.there.of(&attempt.id)].fill(true);
            self.looked.transactions += attempt.transactions.len();
        }
        let (found, at_the_edge) = self.there.judge(held, self.covered);
        self.looked.at_the_edge += at_the_edge;
        found.into_iter().try_for_each(|difference| self.note(difference))
    }

    /// What is left when all payments were taken: what no attempt of ours is.
    pub(crate) fn finish(mut self) -> anyhow::Result<(Vec<Difference>, Looked)> {
        let there = self.there;
        for (row, _) in there.rows.iter().zip(self.met.clone()).filter(|(_, met)| !met) {
            self.note(not_ours(row))?;
        }
        Ok((self.found, self.looked))
    }

    fn note(&mut self, difference: Difference) -> anyhow::Result<()> {
        if self.found.len() == DIFFERENCES_MAX {
            bail!(
                "more than {DIFFERENCES_MAX} differences: is it the report of this system's \
                 account? Nothing was repaired; --from and --to compare less at a time"
            );
        }
        self.found.push(difference);
        Ok(())
    }
}

/// Our attempts are UUIDs: what has that form and is unknown may be one that we lost.
fn not_ours(row: &Row) -> Difference {
    let alike = row.order_id.len() == 36 && row.order_id.parse::<Uuid>().is_ok();
    Difference {
        kind: Kind::NotOurs,
        remedy: if alike { Remedy::Operator } else { Kind::NotOurs.remedy() },
        order_id: None,
        payment_id: None,
        attempt: row.order_id.as_ref().to_owned(),
        transaction_id: row.transaction_id.as_deref().map(str::to_owned),
        line: row.line,
        there: row.words(),
        here: "nothing".to_owned(),
        money: row.standing().net().unwrap_or(row.gross),
        excuse: None,
        reported: None,
    }
}

impl Row {
    /// As the payment service can be told of it. GET Status by order tells one transaction of
    /// several, so the gateway has to be asked by its id. On one that never held money nothing
    /// hangs, and it is let be.
    fn reported(&self) -> Option<Reported> {
        let id = self.transaction_id.as_deref().filter(|_| !self.is_idle())?;
        Reported::try_new(id, self.status).ok()
    }

    fn words(&self) -> String {
        let Self { gross, refunded, .. } = *self;
        words((self.status.as_str(), gross), refunded, self.standing().is_objected())
    }
}

impl HeldTransaction {
    fn words(&self) -> String {
        let objected = self.standing().is_objected();
        words((self.status.as_str(), self.gross), Some(self.refunded), objected)
    }
}

fn words((status, gross): (&str, i64), refunded: Option<i64>, objected: bool) -> String {
    let back = refunded.filter(|sum| *sum != 0);
    let back = back.map(|sum| format!(", {} given back", rupiah(sum))).unwrap_or_default();
    let held = if objected { " (held by fraud detection)" } else { "" };
    format!("{status}{held} {}{back}", rupiah(gross))
}

fn rupiah(amount: i64) -> String {
    Money::rupiah(amount).to_string()
}

fn apart(one: i64, other: i64) -> i64 {
    one.saturating_sub(other).saturating_abs()
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
