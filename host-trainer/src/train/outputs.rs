use tch::{TchError, Tensor};

/// One logit a label: what a network with a single output gives stands for the first of two labels, and
/// the second has 0, so that the softmax of both is the sigmoid of the one.
pub(crate) fn label_logits(logits: &Tensor) -> Result<Tensor, TchError> {
    if logits.size().get(1) == Some(&1) {
        return Tensor::f_cat(&[logits, &logits.f_zeros_like()?], 1);
    }
    Ok(logits.shallow_clone())
}
