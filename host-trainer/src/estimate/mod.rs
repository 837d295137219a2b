//! What a training will take, before it begins: memory by counting, time by looking or by trying.

mod cell_time;
mod memory;

pub(crate) use cell_time::CellTime;
pub(crate) use memory::Memory;
