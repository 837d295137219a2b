//! What nodes compute.

/// A two-dimensional convolution; its input channels are those of its input. Pairs are height, width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    /// Channels of the output.
    pub outputs: usize,
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Step between outputs.
    pub stride: [usize; 2],
    /// Zeros added on either side.
    pub padding: [usize; 2],
    /// Further zeros added below and to the right alone, as TensorFlow's padding `SAME` has them.
    pub trailing: [usize; 2],
    /// Step between the taps of the kernel.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Whether a constant is added to each output channel.
    pub bias: bool,
}

impl Conv {
    /// A square kernel at stride 1 that keeps the size of its input, without bias.
    pub fn same(outputs: usize, kernel: usize) -> Self {
        Self {
            outputs,
            kernel: [kernel; 2],
            stride: [1; 2],
            padding: [kernel / 2; 2],
            trailing: [0; 2],
            dilation: [1; 2],
            groups: 1,
            bias: false,
        }
    }

    /// The same convolution at another stride.
    pub fn stride(self, stride: usize) -> Self {
        Self {
            stride: [stride; 2],
            ..self
        }
    }
}

/// A pooling window. Pairs are height, width; padding wins no maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Size of the window.
    pub kernel: [usize; 2],
    /// Step between outputs.
    pub stride: [usize; 2],
    /// Pixels added on either side, at most half the window.
    pub padding: [usize; 2],
}

impl Pool {
    /// A square window.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
        }
    }
}

/// Keeps the weights and the logarithm of an empty mask finite.
pub const MASK_EPS: f64 = 1e-6;

/// What a node computes. All readers know all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    /// The picture.
    Input,
    /// Convolution.
    Conv(Conv),
    /// Batch normalisation (Ioffe and Szegedy 2015) with running statistics.
    BatchNorm {
        /// Added to the variance.
        eps: f64,
        /// Weight of the newest batch in the running statistics.
        momentum: f64,
    },
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// min(SELU(x), 6), SELU with the constants of Klambauer et al. 2017.
    Selu6,
    /// x * sigmoid(x).
    Silu,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// Sum of two or more inputs of one shape.
    Add,
    /// A map times another one, or times one number a channel (`c x 1 x 1`).
    Mul,
    /// Inputs side by side along the channels.
    Concat,
    /// Largest value of each window.
    MaxPool(Pool),
    /// Mean of each window, over its pixels without padding.
    AvgPool(Pool),
    /// Mean of each window in which padding counts as zeros.
    ZeroPaddedAvgPool(Pool),
    /// Mean of each channel.
    GlobalAveragePool,
    /// A map as a vector: channels, then rows, then columns.
    Flatten,
    /// In training, sets a part of the values to zero and scales the rest (Srivastava et al. 2014).
    Dropout {
        /// Part that is set to zero, in 0..1.
        rate: f64,
    },
    /// In training, sets a picture's whole map to zero with this probability and scales the others
    /// (Huang et al. 2016).
    StochasticDepth {
        /// Part of the pictures whose map is set to zero, in 0..1.
        rate: f64,
    },
    /// (x - mean) / sd of each colour of the picture.
    Normalise {
        /// Taken off each colour.
        mean: [f64; 3],
        /// What each colour is divided by.
        sd: [f64; 3],
    },
    /// Which pixels of the picture are of the cell, `1 x h x w`: 1 where any colour is above 0, else 0. A
    /// crop is exactly black outside the outline of its cell.
    CellMask,
    /// Mean of each channel of a map over the cell, then the standard deviation of each: a vector of `2 c`.
    /// Takes the map and a mask `1 x h x w` whose sides are whole multiples of the map's. The mask, averaged
    /// to the map's size and divided by its sum plus [`MASK_EPS`], weighs the pixels; the deviation is
    /// √(Σ w (x - mean)² + eps). Both are finite where the mask is empty, and so are their gradients.
    MaskedStatistics {
        /// Added to the variance.
        eps: f64,
    },
    /// Logarithm of the share of pixels that a mask holds, plus [`MASK_EPS`]: a vector of 1.
    LogArea,
    /// Linear map of a vector.
    Linear {
        /// Length of the output.
        outputs: usize,
        /// Whether a constant is added.
        bias: bool,
    },
}

impl Op {
    /// The kind of node, as tables and messages name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Conv(_) => "conv",
            Self::BatchNorm { .. } => "batch norm",
            Self::Relu => "relu",
            Self::Relu6 => "relu6",
            Self::Selu6 => "selu6",
            Self::Silu => "silu",
            Self::Sigmoid => "sigmoid",
            Self::Add => "add",
            Self::Mul => "multiply",
            Self::Concat => "concat",
            Self::MaxPool(_) => "max pool",
            Self::AvgPool(_) => "average pool",
            Self::ZeroPaddedAvgPool(_) => "padded average pool",
            Self::GlobalAveragePool => "global average pool",
            Self::Flatten => "flatten",
            Self::Dropout { .. } => "dropout",
            Self::StochasticDepth { .. } => "stochastic depth",
            Self::Normalise { .. } => "normalise",
            Self::CellMask => "cell mask",
            Self::MaskedStatistics { .. } => "masked statistics",
            Self::LogArea => "log area",
            Self::Linear { .. } => "linear",
        }
    }
}
