//! The notification service: tells customers what became of their payments.
//!
//! Rooms, in the order of the path of an event: [`broker`] → [`usecase`] → [`models`], with
//! [`repository`] behind the ports and [`channel`] for what leaves the house; and, for merchants,
//! [`routes`] → `controllers`. It knows the order and payment services by their events alone.

pub mod broker;
pub mod channel;
mod controllers;
pub mod models;
pub mod repository;
mod routes;
mod service;
pub mod usecase;

pub use controllers::audit;
pub use service::{Config, Ports, Service, build};
