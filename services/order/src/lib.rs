//! The order service: accepts orders and moves them as their payments move.
//!
//! Rooms, in the order of the path of a request: [`routes`] → `controllers` → [`usecase`] →
//! [`models`], with [`repository`] behind the ports and [`broker`] for events. It knows the
//! payment and notification services by their events alone.

pub mod broker;
mod controllers;
pub mod models;
pub mod repository;
mod routes;
mod service;
pub mod usecase;

pub use controllers::audit;
pub use service::{Config, Ports, Service, build};
