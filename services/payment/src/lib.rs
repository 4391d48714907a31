//! The payment service: has orders paid through the gateway and tells how that went.
//!
//! Rooms, in the order of the path of a request: `routes` → `controllers` → [`usecase`] →
//! [`models`], with [`repository`] and [`gateway`] behind the ports and [`broker`] for events. It
//! knows the order and notification services by their events alone.

pub mod broker;
mod controllers;
pub mod gateway;
pub mod models;
pub mod repository;
mod routes;
mod service;
pub mod usecase;

pub use controllers::audit;
pub use service::{Config, Ports, Service, build};
