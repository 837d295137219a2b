//! Attributes of operators that slide a window.

use super::proto::{int, ints};
use crate::{Conv, Pool};
use tract_onnx::pb::AttributeProto;

/// The geometry of a convolution.
pub(super) fn conv_attributes(conv: &Conv) -> Vec<AttributeProto> {
    let [top, left] = conv.padding;
    vec![
        ints("kernel_shape", &conv.kernel),
        ints("strides", &conv.stride),
        ints(
            "pads",
            &[top, left, top + conv.trailing[0], left + conv.trailing[1]],
        ),
        ints("dilations", &conv.dilation),
        int("group", conv.groups as i64),
    ]
}

/// The geometry of a pooling window.
pub(super) fn pool_attributes(pool: &Pool) -> Vec<AttributeProto> {
    let [top, left] = pool.padding;
    vec![
        ints("kernel_shape", &pool.kernel),
        ints("strides", &pool.stride),
        ints("pads", &[top, left, top, left]),
    ]
}
