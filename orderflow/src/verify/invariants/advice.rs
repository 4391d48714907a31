//! What to do about what was found: words, and a command that can be copied. Judges nothing.

use serde::{Serialize, Serializer};
use std::fmt;

/// What to do: words, a command, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    words: Option<String>,
    command: Option<String>,
}

impl Advice {
    /// Nothing that can be typed.
    pub(crate) fn words(words: impl Into<String>) -> Self {
        Self { words: Some(words.into()), command: None }
    }

    /// A command of ours that takes `--url`.
    pub(crate) fn command(command: impl Into<String>) -> Self {
        Self { words: None, command: Some(command.into()) }
    }

    /// A command, and what is to be known of it.
    pub(crate) fn both(words: impl Into<String>, command: impl Into<String>) -> Self {
        Self { words: Some(words.into()), command: Some(command.into()) }
    }

    /// Has the command name its system: flags with a blank in front.
    pub(crate) fn address(&mut self, flag: &str) {
        if let Some(command) = &mut self.command {
            command.push_str(flag);
        }
    }

    /// For a terminal, with the command on a line of its own: below what is wrong.
    pub(crate) fn lines(&self) -> String {
        match (&self.words, &self.command) {
            (Some(words), Some(command)) => {
                format!("        → {words}:\n          {command}")
            }
            _ => format!("        → {self}"),
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.words, &self.command) {
            (Some(words), Some(command)) => write!(f, "{words}: {command}"),
            (Some(only), None) | (None, Some(only)) => f.write_str(only),
            (None, None) => Ok(()),
        }
    }
}

impl Serialize for Advice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What repairs a violation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Repair<'a> {
    /// Asking the gateway now: payment then takes up again what it owes and forgot.
    Reconcile,
    /// The same, before its time has come.
    AskNow,
    /// Trying again what was given up, once its reason is gone.
    Replay {
        /// Whose letter.
        service: &'a str,
        /// Which.
        letter: &'a str,
    },
    /// Giving up for good what cannot be tried again.
    Discard {
        /// Whose letter.
        service: &'a str,
        /// Which.
        letter: &'a str,
    },
    /// Time: it is sent again by itself. If it is not, the reason is to be found.
    Resend,
    /// Time: a job is at it and goes on. What holds it up is to be found.
    Job,
    /// Time: its deadline ends it.
    Deadline,
    /// Calling the order off: nobody is at it any more.
    CallOff,
    /// Asking for a message again: nobody is at it any more.
    SendAgain(&'a str),
    /// Nothing by itself: something is lost or was changed by hand.
    Person,
}

impl Repair<'_> {
    /// What to do about an order.
    pub(super) fn advice(self, order: &str) -> Advice {
        let why = format!("orderflow why {order}");
        match self {
            Self::Reconcile => Advice::command(format!("orderflow reconcile {order}")),
            Self::AskNow => {
                Advice::both("to have it asked now", format!("orderflow reconcile {order}"))
            }
            Self::Replay { service, letter } => {
                Advice::command(format!("orderflow dead-letters replay {service} {letter}"))
            }
            Self::Discard { service, letter } => {
                Advice::command(format!("orderflow dead-letters discard {service} {letter}"))
            }
            Self::Job => {
                Advice::both("it is tried again by itself; when, and what holds it up", why)
            }
            Self::Deadline => Advice::words(format!(
                "it ends by itself at its deadline; to call it off now: POST \
                 /v1/orders/{order}/cancel"
            )),
            Self::CallOff => Advice::words(format!(
                "nobody is at it any more: call it off, POST /v1/orders/{order}/cancel"
            )),
            Self::SendAgain(message) => Advice::words(format!(
                "nobody is at it any more: POST /v1/notifications/{message}/resend"
            )),
            Self::Resend => Advice::both("it is sent again by itself within minutes; if not", why),
            Self::Person => Advice::both(
                "no command repairs what was lost or changed by hand; compare with the last backup \
                 what this tells",
                why,
            ),
        }
    }
}
