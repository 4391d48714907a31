//! The verbs of the notification service, the ports that they need, and the words.
//!
//! Decisions are the models'; here they meet time, ids, the store and the channel. No SQL, HTTP,
//! broker or wire type.

mod note_contact;
mod notify_customer;
pub mod ports;
pub mod render;
mod resend_message;
mod send_message;

pub use note_contact::NoteContact;
pub use notify_customer::{Notice, NotifyCustomer, NotifyError};
pub use resend_message::{RequestKey, ResendError, ResendMessage, Resent};
pub use send_message::SendMessage;
