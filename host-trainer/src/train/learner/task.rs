use super::teacher::Teacher;
use crate::data::DataSet;
use crate::network::Network;
use crate::train::augment::DeviceCells;
use crate::train::compute::Compute;
use crate::train::feed::{Feed, Inputs, Mixup, Order, Sampler};
use crate::train::recipe::Recipe;
use crate::train::run::Run;
use crate::{Error, ErrorKind};
use blastscope_network::NodeId;
use blastscope_shared::random::SplitMix64;
use std::thread::Scope;
use tch::{Device, Kind, Tensor};

/// Tells the stream of mixup from others of the same epoch and batch.
const MIXUP: u64 = 0x6d69;

/// What is learnt from what: the same from the first step to the last.
pub(crate) struct Task<'a> {
    pub run: Run,
    pub data: &'a DataSet,
    pub compute: Compute,
    /// Cells to train on that lie on the device.
    resident: Option<DeviceCells>,
    pub sampler: Sampler,
    class_weights: Tensor,
    teacher: Option<Box<dyn Teacher + 'a>>,
    /// Nodes of the training graph that are compared with the teacher's features.
    projections: Vec<NodeId>,
    /// Validation cells.
    pub validation: Vec<usize>,
}

impl<'a> Task<'a> {
    /// Chooses the cells and brings to the device what fits there.
    pub(crate) fn new(
        run: Run,
        data: &'a DataSet,
        compute: Compute,
        teacher: Option<Box<dyn Teacher + 'a>>,
        projections: Vec<NodeId>,
        device: Device,
    ) -> Result<Self, Error> {
        let recipe = run.recipe();
        let subjects = &run.description().subjects;
        let training = data.cells_of(&subjects.train);
        let resident = if compute.augments {
            DeviceCells::that_fit(data, &training, device)?
        } else {
            None
        };
        let sampler = Sampler::new(
            data,
            training,
            &recipe.sampling,
            recipe.optimisation.batch,
            recipe.seed,
        )?;
        let class_weights = recipe.loss.class_weights.as_deref();
        let class_weights = class_weights.unwrap_or_else(|| sampler.class_weights());
        Ok(Self {
            class_weights: Tensor::f_from_slice(class_weights)?.f_to_device(device)?,
            validation: data.cells_of(&subjects.validation),
            run,
            data,
            compute,
            resident,
            sampler,
            teacher,
            projections,
        })
    }

    /// How the run was to be trained.
    pub(crate) fn recipe(&self) -> &Recipe {
        self.run.recipe()
    }

    /// Begins to make the batches of `order` on other threads.
    pub(crate) fn feed<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, order: Order) -> Feed<'scope> {
        let augmentation = &self.recipe().augmentation;
        Feed::begin(
            scope,
            self.data,
            augmentation,
            self.resident.as_ref(),
            order,
            self.compute,
        )
    }

    /// A batch of an epoch, blended where the recipe asks for it.
    pub(crate) fn mixed(&self, inputs: Inputs, epoch: usize, number: usize) -> Result<Inputs, Error> {
        let Recipe {
            optimisation, seed, ..
        } = self.recipe();
        if optimisation.mixup == 0.0 {
            return Ok(inputs);
        }
        let mut random = SplitMix64::keyed(&[*seed, epoch as u64, number as u64, MIXUP]);
        let count = inputs.labels.size()[0] as usize;
        Mixup::draw(optimisation.mixup, count, &mut random).apply(&inputs)
    }

    /// All that is made small: the distance from outputs to labels, and the penalties of the network.
    pub(crate) fn loss(&self, network: &Network, inputs: &Inputs) -> Result<Tensor, Error> {
        let recipe = self.recipe();
        let smoothing = recipe.optimisation.label_smoothing;
        let (logits, penalty, projected) = {
            let _bf16 = self.compute.autocast()?;
            network.forward_in_training(&inputs.pictures, &self.projections)?
        };
        // The distance is taken in f32 whatever the network computed in.
        let logits = logits.f_to_kind(Kind::Float)?;
        let to = |labels: &Tensor| recipe.loss.of(&logits, labels, &self.class_weights, smoothing);
        let mut loss = to(&inputs.labels)?;
        if let Some(blend) = &inputs.blend {
            loss = to(&blend.labels)?.f_lerp(&loss, blend.share)?;
        }
        if let (Some(teacher), Some(distillation)) = (&self.teacher, &recipe.distillation) {
            loss = teacher
                .soft_targets(&inputs.pictures)?
                .loss(distillation, &logits, &projected, &loss)?;
        }
        if let Some(penalty) = penalty {
            loss = loss.f_add(&penalty)?;
        }
        Ok(loss)
    }

    /// An error after a batch whose loss is not a finite number; `batches` is how many the epoch has.
    pub(crate) fn diverged(&self, epoch: usize, batch: usize, batches: usize, loss: f32) -> Error {
        let group = self.recipe().optimisation.accumulate;
        let message = format!(
            "training diverged in epoch {epoch}, step {} of {}: the loss is {loss}",
            batch / group + 1,
            batches.div_ceil(group),
        );
        Error::new(ErrorKind::Diverged, message)
    }
}
