//! Probes: the last layers of a network fitted on what all layers before them say of the cells, which is computed once for
//! every use of a cell (Alain and Bengio 2016). Minutes on two cores, where training the whole network
//! would take days; cross-validation over folds and over whole sources shares the features.

mod adam;
mod balance;
mod features;
mod folds;
mod perceptron;
mod report;
mod softmax;
mod spoilt;
mod standard;
mod study;
mod whitening;

pub(crate) use features::{FeatureRequest, Features};
pub(crate) use perceptron::PerceptronSettings;
pub(crate) use report::{Calls, PairFigures, Spread, calls, errors, lines, of_spoilt, pairs};
pub(crate) use softmax::SoftmaxSettings;
pub(crate) use study::{Called, Head, Study, StudyRequest};

use folds::FOLDS;
