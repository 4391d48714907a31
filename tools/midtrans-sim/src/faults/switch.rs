//! One switch: which fault, for what, how often. Reading it and saying what is wrong with it are
//! here (with its scope: in `scope`), and when it hits; what a hit does is not.

use super::words::{Call, Fault, Place, list};
use crate::rules::status::Status;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest text of a switch, in bytes.
pub(super) const TEXT_MAX: usize = 128;

/// A switch that makes no sense, or one too many. The text says what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SwitchError {
    #[error("there are at most {0} switches: remove some first")]
    TooMany(usize),
    #[error("`{field}` does nothing with {}: it goes with {takers}", fault.as_str())]
    Idle { field: &'static str, fault: Fault, takers: String },
    #[error("`{field}` of {} is {allowed}", fault.as_str())]
    Fault { field: &'static str, fault: Fault, allowed: String },
    #[error("`{field}` is {allowed}")]
    Any { field: &'static str, allowed: String },
    #[error("`{field}` does nothing with call {}: before it, there is no transaction", call.as_str())]
    Early { field: &'static str, call: Call },
    #[error("a notification of {0} that claims {0} is no lie: let `to` or `status` be another one")]
    NoLie(String),
}

/// A rule that makes faults happen. Everything but `fault` may be absent: a scope field then means
/// any, the others their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    pub(crate) fault: Fault,

    // The scope: what it narrows to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) transaction_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payment_type: Option<String>,
    /// `transaction_status`: that a notification tells, that a life reached, that an answer is
    /// about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) call: Option<Call>,

    // The pace: which matches are hits.
    /// The chance of a hit, 0 to 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
    /// What the chance is drawn from; 0 if absent. Switches of the same fault and seed draw alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    /// Only every n-th match, counted after `skip`; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) every: Option<u64>,
    /// How many matches pass first; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) skip: Option<u64>,
    /// How many hits there are at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u64>,

    // What the fault carries.
    /// Milliseconds, real for `hang`, simulated elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ms: Option<u64>,
    /// A status code; for `duplicate`, how many copies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<u16>,
    /// The work is done before the fault: the caller does not learn the outcome.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) after: bool,
    /// The status that `tampered_status` claims, `settlement` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// Whole rupiah.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<i64>,
}

impl Switch {
    /// Whether it can do what it says: every field has an effect, and a value that can be.
    pub(crate) fn check(&self) -> Result<(), SwitchError> {
        self.check_idle()?;
        self.check_scope()?;
        self.check_pace()?;
        self.check_cargo()
    }

    /// A field that a fault does not look at is a misunderstanding, not a detail.
    fn check_idle(&self) -> Result<(), SwitchError> {
        type Takes = fn(Fault) -> bool;
        let fields: [(&'static str, bool, Takes); 6] = [
            ("call", self.call.is_some(), |fault| fault.place() == Place::Answer),
            ("ms", self.ms.is_some(), |fault| fault.default_ms().is_some()),
            ("code", self.code.is_some(), |fault| fault.codes().is_some()),
            ("after", self.after, |fault| {
                matches!(fault, Fault::Hang | Fault::HttpError | Fault::Cut)
            }),
            ("to", self.to.is_some(), |fault| fault == Fault::TamperedStatus),
            ("amount", self.amount.is_some(), |fault| fault == Fault::LowerAmount),
        ];
        for (field, given, takes) in fields {
            if given && !takes(self.fault) {
                let takers = Fault::ALL.into_iter().filter(|fault| takes(*fault));
                let takers = list(takers.map(Fault::as_str));
                return Err(SwitchError::Idle { field, fault: self.fault, takers });
            }
        }
        Ok(())
    }

    fn check_pace(&self) -> Result<(), SwitchError> {
        let chance = self.probability.is_none_or(|chance| (0.0..=1.0).contains(&chance));
        let rules = [
            ("probability", chance, "a number from 0 to 1"),
            ("every", self.every != Some(0), "1 or more: every n-th match is a hit"),
            ("times", self.times != Some(0), "1 or more: a switch that is to stop is removed"),
        ];
        match rules.into_iter().find(|(_, holds, _)| !holds) {
            None => Ok(()),
            Some((field, _, allowed)) => {
                Err(SwitchError::Any { field, allowed: allowed.to_owned() })
            }
        }
    }

    fn check_cargo(&self) -> Result<(), SwitchError> {
        let longest = self.fault.longest_ms();
        if self.ms.is_some_and(|ms| ms > longest) {
            return Err(self.wrong("ms", format!("at most {longest}")));
        }
        if let (Some(code), Some((_, codes))) = (self.code, self.fault.codes())
            && !codes.contains(code)
        {
            return Err(self.wrong("code", format!("{}; {code} is not", codes.words())));
        }
        if self.amount.is_some_and(i64::is_negative) {
            return Err(self.wrong("amount", "0 or more, in whole rupiah"));
        }
        self.check_claim()
    }

    /// What Midtrans has no word for nobody would believe; another spelling of a word is for
    /// `uppercase_status`.
    fn check_claim(&self) -> Result<(), SwitchError> {
        if self.to.as_ref().is_some_and(|to| Status::parse(to).is_none()) {
            let allowed = format!("one of {}", list(Status::ALL.map(Status::as_str)));
            return Err(self.wrong("to", allowed));
        }
        match self.claim() {
            Some(claim) if self.status.as_deref() == Some(claim) => {
                Err(SwitchError::NoLie(claim.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// The status that a notification is to claim; there for `tampered_status`.
    pub(super) fn claim(&self) -> Option<&str> {
        let claims = self.fault == Fault::TamperedStatus;
        claims.then(|| self.to.as_deref().unwrap_or(Status::Settlement.as_str()))
    }

    pub(super) fn wrong(&self, field: &'static str, allowed: impl Into<String>) -> SwitchError {
        SwitchError::Fault { field, fault: self.fault, allowed: allowed.into() }
    }

    /// Whether the `number`-th match, counted from 1, is a hit after so many `hits`. The draw
    /// depends on seed, fault and number alone, so that a sequence can be had again.
    pub(super) fn hits_at(&self, number: u64, hits: u64) -> bool {
        let Some(counted) = number.checked_sub(self.skip.unwrap_or(0)).filter(|left| *left > 0)
        else {
            return false;
        };
        counted.is_multiple_of(self.every.unwrap_or(1))
            && self.times.is_none_or(|times| hits < times)
            && draw(self.seed.unwrap_or(0), self.fault, number) < self.probability.unwrap_or(1.0)
    }
}

/// A fraction, 0 included and 1 excluded.
fn draw(seed: u64, fault: Fault, number: u64) -> f64 {
    /// What an `f64` holds exactly.
    const BITS: u32 = 53;
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(number.to_be_bytes());
    hash.update(fault.as_str());
    let head = hash.finalize().iter().take(8).fold(0, |head, byte| head << 8 | u64::from(*byte));
    (head >> (u64::BITS - BITS)) as f64 / (1_u64 << BITS) as f64
}

#[cfg(test)]
#[path = "switch_tests.rs"]
mod tests;
