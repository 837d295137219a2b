//! The modules of timm and others (left) and torchvision's (right).

/// A pair of names.
type Pair = (&'static str, &'static str);

/// The right name of a left one.
pub(super) fn find(table: &[Pair], theirs: &str) -> Option<&'static str> {
    table.iter().find(|(t, _)| *t == theirs).map(|(_, ours)| *ours)
}

/// VGG, whole modules; its features have the same names.
pub(super) const VGG: [Pair; 3] = [
    ("pre_logits.fc1", "classifier.0"),
    ("pre_logits.fc2", "classifier.3"),
    ("head.fc", "classifier.6"),
];

/// First and last modules of MobileNetV2 and EfficientNet.
pub(super) const STEM: [Pair; 3] = [
    ("conv_stem", "features.0.0"),
    ("bn1", "features.0.1"),
    ("classifier", "classifier.1"),
];

/// A unit of MobileNetV2 without expansion, after `features.N.conv.`.
pub(super) const MOBILE_PLAIN: [Pair; 4] =
    [("conv_dw", "0.0"), ("bn1", "0.1"), ("conv_pw", "1"), ("bn2", "2")];

/// A unit of MobileNetV2 with expansion, after `features.N.conv.`.
pub(super) const MOBILE_EXPANDED: [Pair; 6] = [
    ("conv_pw", "0.0"),
    ("bn1", "0.1"),
    ("conv_dw", "1.0"),
    ("bn2", "1.1"),
    ("conv_pwl", "2"),
    ("bn3", "3"),
];

/// First and last modules of efficientnet-lite-pytorch.
pub(super) const LITE_STEM: [Pair; 3] = [
    ("_conv_stem", "features.0.0"),
    ("_bn0", "features.0.1"),
    ("_fc", "classifier.1"),
];

/// Its units without expansion, after `features.N.conv.`.
pub(super) const LITE_PLAIN: [Pair; 4] = [
    ("_depthwise_conv", "0.0"),
    ("_bn1", "0.1"),
    ("_project_conv", "1"),
    ("_bn2", "2"),
];

/// Its units with expansion, after `features.N.conv.`.
pub(super) const LITE_EXPANDED: [Pair; 6] = [
    ("_expand_conv", "0.0"),
    ("_bn0", "0.1"),
    ("_depthwise_conv", "1.0"),
    ("_bn1", "1.1"),
    ("_project_conv", "2"),
    ("_bn2", "3"),
];

/// A 3x3 unit of EfficientNetV2, after `features.S.U.block.`, as the three below.
pub(super) const PLAIN: [Pair; 2] = [("conv", "0.0"), ("bn1", "0.1")];

/// A fused unit of EfficientNetV2.
pub(super) const FUSED: [Pair; 4] = [
    ("conv_exp", "0.0"),
    ("bn1", "0.1"),
    ("conv_pwl", "1.0"),
    ("bn2", "1.1"),
];

/// A unit of EfficientNet without expansion.
pub(super) const SEPARABLE: [Pair; 6] = [
    ("conv_dw", "0.0"),
    ("bn1", "0.1"),
    ("se.conv_reduce", "1.fc1"),
    ("se.conv_expand", "1.fc2"),
    ("conv_pw", "2.0"),
    ("bn2", "2.1"),
];

/// A unit of EfficientNet with expansion.
pub(super) const EXPANDED: [Pair; 8] = [
    ("conv_pw", "0.0"),
    ("bn1", "0.1"),
    ("conv_dw", "1.0"),
    ("bn2", "1.1"),
    ("se.conv_reduce", "2.fc1"),
    ("se.conv_expand", "2.fc2"),
    ("conv_pwl", "3.0"),
    ("bn3", "3.1"),
];
