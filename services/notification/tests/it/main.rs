//! The notification service on SQLite in memory, with a manual clock and a scripted channel.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod audit;
mod events;
mod house;
mod pages;
mod rest;
mod sending;
mod smtp;
mod store;
