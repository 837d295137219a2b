use super::Recipe;
use crate::{Error, ErrorKind};

impl Recipe {
    /// Makes the training so many epochs long, at least 1, and says what was done: stages are cut from the
    /// end, or the last one is drawn out.
    pub(crate) fn set_epochs(&mut self, epochs: usize) -> Result<String, Error> {
        if epochs == 0 {
            return Err(Error::new(ErrorKind::Recipe, "--epochs: at least 1"));
        }
        let before = self.epochs();
        if self.stages.is_empty() {
            self.optimisation.epochs = epochs;
        } else {
            let mut left = epochs;
            for stage in &mut self.stages {
                stage.epochs = stage.epochs.min(left);
                left -= stage.epochs;
            }
            self.stages.retain(|s| s.epochs > 0);
            if let Some(last) = self.stages.last_mut() {
                last.epochs += left;
            }
        }
        let shortest = self.plan().iter().map(|s| s.epochs).min().unwrap_or(1);
        let warm_up = &mut self.optimisation.warm_up_epochs;
        *warm_up = warm_up.min(shortest as f64);
        self.check()?;
        let stages: Vec<String> = self.stages.iter().map(|s| s.epochs.to_string()).collect();
        let stages = match stages.len() {
            0 => String::new(),
            n => format!(", in {n} stages of {}", stages.join(" and ")),
        };
        Ok(format!(
            "{epochs} epochs in place of the recipe's {before}{stages}"
        ))
    }
}
