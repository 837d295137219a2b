//! Steps that occur in most networks.

use crate::{Builder, Conv, Error, NodeId, Op};

/// PyTorch's default of what a norm adds to the variance.
pub(super) const EPS: f64 = 1e-5;
/// PyTorch's weight of the newest batch in running statistics; no network here has another one.
const MOMENTUM: f64 = 0.1;

/// A batch norm.
pub(super) fn norm(b: &mut Builder, name: &str, x: NodeId, eps: f64) -> Result<NodeId, Error> {
    let momentum = MOMENTUM;
    b.push(name, Op::BatchNorm { eps, momentum }, &[x])
}

/// A convolution, its norm, and an activation if one is given; named in this order.
pub(super) fn conv_norm(
    b: &mut Builder,
    [conv_name, norm_name]: [&str; 2],
    x: NodeId,
    conv: Conv,
    eps: f64,
    activation: Option<Op>,
) -> Result<NodeId, Error> {
    let x = b.conv(conv_name, x, conv)?;
    let x = norm(b, norm_name, x, eps)?;
    match activation {
        Some(op) => b.push(&format!("{norm_name}.activation"), op, &[x]),
        None => Ok(x),
    }
}

/// A convolution with its norm as torchvision numbers them: `NAME.0`, `NAME.1`.
pub(super) fn numbered(
    b: &mut Builder,
    name: &str,
    x: NodeId,
    conv: Conv,
    eps: f64,
    activation: Option<Op>,
) -> Result<NodeId, Error> {
    let names = [format!("{name}.0"), format!("{name}.1")];
    conv_norm(b, [&names[0], &names[1]], x, conv, eps, activation)
}

/// A convolution that sees each channel alone and keeps the size at stride 1.
pub(super) fn depthwise(channels: usize, kernel: usize, stride: usize) -> Conv {
    Conv {
        groups: channels,
        ..Conv::same(channels, kernel).stride(stride)
    }
}

/// A convolution without padding.
pub(super) fn unpadded(outputs: usize, kernel: usize) -> Conv {
    Conv {
        padding: [0; 2],
        ..Conv::same(outputs, kernel)
    }
}

/// Channels as EfficientNet and MobileNetV2 round them: to a multiple of 8, by no more than a tenth down
/// (Sandler et al. 2018).
pub(super) fn multiple_of_8(channels: f64) -> usize {
    let rounded = ((channels + 4.0) / 8.0).floor().max(1.0) * 8.0;
    let up = if rounded < 0.9 * channels { 8.0 } else { 0.0 };
    (rounded + up) as usize
}
