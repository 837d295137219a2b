//! Shapes of one picture's values, and how each operation changes them.

use super::Op;
use crate::{Error, ErrorKind};
use std::fmt;

/// Shape of a value, without the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Channels, height, width.
    Map([usize; 3]),
    /// So many numbers.
    Vector(usize),
}

impl Shape {
    /// Number of values.
    pub fn count(self) -> usize {
        match self {
            Self::Map([c, h, w]) => c * h * w,
            Self::Vector(n) => n,
        }
    }

    /// Channels of a map, length of a vector.
    pub fn channels(self) -> usize {
        match self {
            Self::Map([c, _, _]) => c,
            Self::Vector(n) => n,
        }
    }

    /// Height times width of a map, 1 for a vector.
    pub fn area(self) -> usize {
        match self {
            Self::Map([_, h, w]) => h * w,
            Self::Vector(_) => 1,
        }
    }

    /// Sizes with a batch in front.
    pub fn with_batch(self, batch: usize) -> Vec<usize> {
        match self {
            Self::Map([c, h, w]) => vec![batch, c, h, w],
            Self::Vector(n) => vec![batch, n],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map([c, h, w]) => write!(f, "{c}x{h}x{w}"),
            Self::Vector(n) => write!(f, "{n}"),
        }
    }
}

/// The output shape of `op` on inputs of these shapes; the error says why there is none.
pub(super) fn infer(name: &str, op: &Op, inputs: &[Shape]) -> Result<Shape, Error> {
    let refuse = |why: String| {
        let kind = op.kind();
        Err(Error::new(
            ErrorKind::Graph,
            format!("node {name} ({kind}): {why}"),
        ))
    };
    let (least, most) = match op {
        Op::Input => (0, 0),
        Op::Add | Op::Concat => (2, usize::MAX),
        Op::Mul | Op::MaskedStatistics { .. } => (2, 2),
        _ => (1, 1),
    };
    if inputs.len() < least || inputs.len() > most {
        return refuse(format!("takes {least} or more inputs, got {}", inputs.len()));
    }
    let Some(&first) = inputs.first() else {
        return refuse("the input stands first and has its own shape".into());
    };
    match (op, first) {
        (Op::Conv(c), Shape::Map([channels, h, w])) => {
            if c.outputs == 0 || c.groups == 0 || channels % c.groups != 0 || c.outputs % c.groups != 0 {
                return refuse(format!(
                    "{channels} to {} channels in {} groups do not divide",
                    c.outputs, c.groups
                ));
            }
            match window([h, w], c.kernel, c.stride, c.padding, c.trailing, c.dilation) {
                Ok([h, w]) => Ok(Shape::Map([c.outputs, h, w])),
                Err(why) => refuse(why),
            }
        }
        (Op::MaxPool(p) | Op::AvgPool(p) | Op::ZeroPaddedAvgPool(p), Shape::Map([channels, h, w])) => {
            if p.padding[0] * 2 > p.kernel[0] || p.padding[1] * 2 > p.kernel[1] {
                return refuse("padding of more than half the window".into());
            }
            match window([h, w], p.kernel, p.stride, p.padding, [0, 0], [1, 1]) {
                Ok([h, w]) => Ok(Shape::Map([channels, h, w])),
                Err(why) => refuse(why),
            }
        }
        (Op::GlobalAveragePool, Shape::Map([c, _, _])) => Ok(Shape::Map([c, 1, 1])),
        (Op::Flatten, Shape::Map(_)) => Ok(Shape::Vector(first.count())),
        (Op::BatchNorm { eps, momentum }, _) => {
            if *eps > 0.0 && (0.0..=1.0).contains(momentum) {
                return Ok(first);
            }
            refuse(format!("eps {eps} must be above 0, momentum {momentum} in 0..=1"))
        }
        (Op::Linear { outputs, .. }, Shape::Vector(_)) => {
            if *outputs > 0 {
                return Ok(Shape::Vector(*outputs));
            }
            refuse("no outputs".into())
        }
        (Op::Dropout { rate }, _) | (Op::StochasticDepth { rate }, Shape::Map(_)) => {
            if (0.0..1.0).contains(rate) {
                return Ok(first);
            }
            refuse(format!("rate {rate} must be in 0..1"))
        }
        (Op::Normalise { mean, sd }, Shape::Map([channels, _, _])) => {
            if channels != 3 {
                return refuse(format!("takes three colours, got {channels} channels"));
            }
            if mean.iter().all(|m| m.is_finite()) && sd.iter().all(|s| s.is_finite() && *s > 0.0) {
                return Ok(first);
            }
            refuse("each mean must be a number, each sd one above 0".into())
        }
        (Op::Relu | Op::Relu6 | Op::Selu6 | Op::Silu | Op::Sigmoid, _) => Ok(first),
        (Op::Mul, _) => {
            let each = inputs[1];
            if each == first || each == Shape::Map([first.channels(), 1, 1]) && matches!(first, Shape::Map(_))
            {
                return Ok(first);
            }
            refuse(format!("{first} and {each} cannot be multiplied"))
        }
        (Op::Add, _) => match inputs.iter().find(|s| **s != first) {
            None => Ok(first),
            Some(other) => refuse(format!("{first} and {other} cannot be added")),
        },
        (Op::Concat, Shape::Map([_, h, w])) => {
            let fits = |s: &Shape| matches!(s, Shape::Map([_, a, b]) if (*a, *b) == (h, w));
            match inputs.iter().find(|s| !fits(s)) {
                None => Ok(Shape::Map([inputs.iter().map(|s| s.channels()).sum(), h, w])),
                Some(other) => refuse(format!("{first} and {other} cannot stand side by side")),
            }
        }
        (Op::Concat, Shape::Vector(_)) => match inputs.iter().find(|s| matches!(s, Shape::Map(_))) {
            None => Ok(Shape::Vector(inputs.iter().map(|s| s.count()).sum())),
            Some(other) => refuse(format!("{first} and {other} cannot stand side by side")),
        },
        (Op::CellMask, Shape::Map([_, h, w])) => Ok(Shape::Map([1, h, w])),
        (Op::MaskedStatistics { eps }, Shape::Map([c, h, w])) => match inputs[1] {
            _ if eps.is_nan() || *eps <= 0.0 => refuse(format!("eps {eps} must be above 0")),
            Shape::Map([1, y, x]) if y % h == 0 && x % w == 0 => Ok(Shape::Vector(2 * c)),
            mask => refuse(format!(
                "a mask of {mask} cannot be averaged to {h}x{w}: give one channel, its sides whole multiples"
            )),
        },
        (Op::LogArea, Shape::Map([channels, _, _])) => match channels {
            1 => Ok(Shape::Vector(1)),
            _ => refuse(format!("takes a mask of one channel, got {channels}")),
        },
        (_, Shape::Vector(_)) => refuse(format!("takes a map, got a vector of {first}")),
        (_, Shape::Map(_)) => refuse(format!("takes a vector, got a map of {first}: flatten it first")),
    }
}

/// Output size of a sliding window, rounded down.
fn window(
    size: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    trailing: [usize; 2],
    dilation: [usize; 2],
) -> Result<[usize; 2], String> {
    let mut out = [0; 2];
    for i in 0..2 {
        if kernel[i] == 0 || stride[i] == 0 || dilation[i] == 0 {
            return Err("kernel, stride and dilation must be at least 1".into());
        }
        let reach = dilation[i] * (kernel[i] - 1) + 1;
        let padded = size[i] + 2 * padding[i] + trailing[i];
        if padded < reach {
            return Err(format!(
                "its input of {}x{} px is too small for a window of {reach} px: use a larger picture or fewer strides",
                size[0], size[1]
            ));
        }
        out[i] = (padded - reach) / stride[i] + 1;
    }
    Ok(out)
}
