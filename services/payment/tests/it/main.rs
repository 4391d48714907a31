//! The payment service on SQLite in memory, with a manual clock and a gateway of our own.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod callbacks;
mod crashes;
mod endings;
mod exchanges;
mod forgeries;
mod gateway;
mod house;
mod opening;
mod overtaken;
mod pages;
mod pay_page;
mod polling;
mod races;
mod refunds;
mod reported;
mod rest;
mod reviews;
mod several;
mod status;
mod store;
mod verdicts;
mod ways;
mod webhook;
