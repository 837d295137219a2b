//! Writes a graph as ONNX, opset 14, IR 8, batch 1, static shapes, operators of
//! the standard domain only. The input `input` is value / 255 in 0..=1, the output is `logits`.

mod geometry;
mod integer;
mod masked;
mod proto;
mod single;

pub use integer::write_int8;
pub use single::{f32_len, write_f32};

#[cfg(test)]
mod tests;
