//! Blastscope at the microscope: from frames to found, classified and counted cells on a page.
//!
//! Data flows one way: [`capture`] -> [`session`] -> [`pipeline`] (find, classify, [`screen`]) -> [`store`] -> [`web`], as
//! values of the [`domain`]; [`appliance`] is the one place where all of it is wired.

pub mod appliance;
pub mod capture;
pub mod cli;
pub mod config;
pub mod domain;
mod durable_file;
mod error;
mod in_order;
pub mod observe;
pub mod pipeline;
pub mod screen;
pub mod session;
pub mod store;
pub mod web;

pub use error::{Error, ErrorKind, Result};
