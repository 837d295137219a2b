use crate::Error;
use crate::libtorch_ffi::lerp_all;
use crate::network::Network;
use tch::Tensor;

/// A running average of all variables of a network (Polyak and Juditsky 1992), held in a second one.
#[derive(Debug)]
pub(crate) struct AveragedWeights {
    network: Network,
    average: Vec<Tensor>,
    current: Vec<Tensor>,
    decay: f64,
}

impl AveragedWeights {
    /// `average` follows `network`, both of one graph and laid out as they stay.
    pub(crate) fn new(network: &Network, average: Network, decay: f64) -> Self {
        let tensors = |n: &Network| n.state().into_iter().map(|(_, t)| t).collect::<Vec<_>>();
        Self {
            average: tensors(&average),
            current: tensors(network),
            network: average,
            decay,
        }
    }

    /// The network of the averaged weights.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// The same, to freeze blocks of it.
    pub(crate) fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// Follows one step, the `steps`-th; early steps are forgotten faster.
    pub(crate) fn follow(&mut self, steps: u64) -> Result<(), Error> {
        let decay = self.decay.min((1.0 + steps as f64) / (10.0 + steps as f64));
        lerp_all(&self.average, &self.current, 1.0 - decay)
    }
}
