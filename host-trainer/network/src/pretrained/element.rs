//! Kinds of numbers in weight files.

use half::{bf16, f16};
use safetensors::tensor::Dtype;

/// A kind of number, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F16,
    Bf16,
    F32,
    F64,
    /// A whole number of so many bytes: a count, never a weight.
    Whole(usize),
}

impl Element {
    /// The kind that a `.safetensors` file names.
    pub(super) fn of_dtype(dtype: Dtype) -> Option<Self> {
        Some(match dtype {
            Dtype::F16 => Self::F16,
            Dtype::BF16 => Self::Bf16,
            Dtype::F32 => Self::F32,
            Dtype::F64 => Self::F64,
            Dtype::BOOL | Dtype::U8 | Dtype::I8 => Self::Whole(1),
            Dtype::U16 | Dtype::I16 => Self::Whole(2),
            Dtype::U32 | Dtype::I32 => Self::Whole(4),
            Dtype::U64 | Dtype::I64 => Self::Whole(8),
            _ => return None,
        })
    }

    /// The kind that a storage class of the module `torch` holds.
    pub(super) fn of_storage(class: &str) -> Option<Self> {
        Some(match class {
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::Bf16,
            "FloatStorage" => Self::F32,
            "DoubleStorage" => Self::F64,
            "BoolStorage" | "ByteStorage" | "CharStorage" => Self::Whole(1),
            "ShortStorage" => Self::Whole(2),
            "IntStorage" => Self::Whole(4),
            "LongStorage" => Self::Whole(8),
            _ => return None,
        })
    }

    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Whole(size) => size,
        }
    }

    /// The numbers of these bytes as f32, f64 rounded; nothing for whole numbers.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<Vec<f32>> {
        Some(match self {
            Self::F16 => numbers(bytes, |b| f16::from_le_bytes(b).to_f32()),
            Self::Bf16 => numbers(bytes, |b| bf16::from_le_bytes(b).to_f32()),
            Self::F32 => numbers(bytes, f32::from_le_bytes),
            Self::F64 => numbers(bytes, |b| f64::from_le_bytes(b) as f32),
            Self::Whole(_) => return None,
        })
    }
}

fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|b| number(*b)).collect()
}
