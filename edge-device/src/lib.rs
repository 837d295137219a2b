//! Blastscope at the microscope: from frames to found, classified and counted cells on a page.
//!
//! Data flows one way: [`capture`] -> [`quality`] -> [`find`] -> [`classify`] -> [`register`] -> [`screen`] ->
//! [`store`] -> [`web`]; [`appliance`] is the one place where all of it is wired.

pub mod appliance;
pub mod capture;
pub mod cli;
pub mod config;
mod durable_file;
mod error;
mod in_order;
pub mod pipeline;
pub mod screen;
pub mod store;
pub mod web;

pub use error::{Error, ErrorKind, Result};
