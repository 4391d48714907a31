//! The one question that a loop asks of an error.

/// Whether doing the same again, later, can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retryability {
    /// The fault passes: a connection, a lock, a timeout.
    Transient,
    /// The same input fails for ever.
    Permanent,
}

/// Every port error answers it; relay, consumer and job loops read nothing else.
pub trait Retryable {
    /// Whether trying again helps.
    fn retryability(&self) -> Retryability;

    /// Shorthand for a transient fault.
    fn is_transient(&self) -> bool {
        self.retryability() == Retryability::Transient
    }
}

/// What cannot fail needs no second try.
impl Retryable for std::convert::Infallible {
    fn retryability(&self) -> Retryability {
        match *self {}
    }
}
