//! Blastscope at the microscope: from frames to found, classified and counted cells on a page.
//!
//! Data flows one way: [`capture`] -> [`quality`] -> [`find`] -> [`classify`] -> [`register`] -> [`screen`] ->
//! [`store`] -> [`web`]; [`appliance`] is the one place where all of it is wired.

pub mod appliance;
pub mod calibrate;
pub mod capture;
pub mod classify;
pub mod cli;
pub mod config;
mod durable_file;
mod error;
pub mod find;
pub mod picture;
pub mod pipeline;
pub mod quality;
pub mod register;
pub mod screen;
pub mod stain;
pub mod store;
pub mod web;

pub use error::{Error, ErrorKind, Result};

#[cfg(test)]
#[path = "../tests/support/package.rs"]
mod test_package;
