//! The notification service on SQLite in memory, with a manual clock and a scripted channel.

mod events;
mod house;
mod pages;
mod rest;
mod sending;
mod smtp;
