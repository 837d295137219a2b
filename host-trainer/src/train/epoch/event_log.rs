use crate::Error;

/// Takes figures over the steps of a training, such as those of TensorBoard.
pub(crate) trait EventLog {
    /// Logs the values of one step, each under its tag (`train/loss`). The step is the number of the epoch.
    fn log(&mut self, step: usize, scalars: &[(&'static str, f64)]) -> Result<(), Error>;
}
