//! What a training will take, before it begins: memory by counting, time by looking or by trying.

mod memory;
mod pace;

pub use memory::Memory;
pub use pace::Pace;
