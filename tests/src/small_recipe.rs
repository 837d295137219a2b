//! A recipe that is trained within seconds on one core.

/// A network of two stages that tells [`drawn_cells`](crate::drawn_cells) apart: its window of 128 pixels is
/// as wide as their pictures.
pub const RECIPE: &str = r#"
name = "small"
seed = 3
[network]
name = "dense"
dropout = 0.1
stages = [{ channels = 6, stride = 2 }, { channels = 8, stride = 2 }]
[input]
size = 32
nanometres_per_pixel = 220
[split]
folds = 2
seed = 1
validation_share = 0.3
[sampling]
cells_per_epoch = 0
subject_exponent = 0.5
class_weight_exponent = 0.5
[augmentation]
flip = true
rotation = "any"
shift = 1.0
scale = 0.05
brightness = 0.05
contrast = 0.0
stain = 0.0
channel_gain = 0.0
blur = 0.0
blur_sigma = 0.0
noise = 0.0
cutout = 0.0
[optimisation]
batch = 8
epochs = 12
learning_rate = 0.01
warm_up_epochs = 1.0
weight_decay = 0.01
label_smoothing = 0.0
average_decay = 0.9
[early_stopping]
metric = "balanced-loss"
patience = 0
[calibration]
threshold = "weighted-f1"
abstain_share = 0.1
"#;
