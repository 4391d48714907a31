//! Whom to tell, and what is told. Pure: no async, no serde, no SQL, no HTTP, no wire types.

mod contact;
mod message;
mod payment;
mod template;

pub use contact::{Contact, ContactFact, Locale, OrderId};
pub use message::{
    Attempt, ChannelName, Content, Message, MessageFact, MessageId, MessageStatus, Origin,
};
pub use payment::{BackCause, GoesBack, News, PaymentId, PaymentStatus, PaymentUpdate, TOLD};
pub use template::{Template, UnknownName};
