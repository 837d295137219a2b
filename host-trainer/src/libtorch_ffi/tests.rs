use super::*;
use tch::Kind;

fn conv(x: &Tensor, w: &Tensor) -> Tensor {
    x.f_conv2d(w, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1).unwrap()
}

#[test]
fn bf16_is_for_convolutions_within_the_guard_alone() {
    let x = Tensor::rand([2, 3, 8, 8], (Kind::Float, Device::Cpu));
    let w = Tensor::rand([4, 3, 3, 3], (Kind::Float, Device::Cpu));
    let before = conv(&x, &w);
    {
        let _outer = Autocast::bf16(Device::Cpu).unwrap();
        {
            let _inner = Autocast::bf16(Device::Cpu).unwrap();
            assert_eq!(conv(&x, &w).kind(), Kind::BFloat16);
        }
        let within = conv(&x, &w);
        assert_eq!(within.kind(), Kind::BFloat16);
        let apart = (within.to_kind(Kind::Float) - &before).abs().max();
        assert!(apart.double_value(&[]) < 0.2);
    }
    let after = conv(&x, &w);
    assert!(after.kind() == Kind::Float && after == before);
}

#[test]
fn channels_last_keeps_the_values_and_is_seen() {
    let x = Tensor::rand([2, 3, 8, 8], (Kind::Float, Device::Cpu));
    let y = channels_last(&x).unwrap();
    assert!(is_channels_last(&y) && !is_channels_last(&x) && x == y);
    assert_eq!(y.stride(), [192, 1, 24, 3]);
    let error = channels_last(&x.flatten(0, -1)).unwrap_err();
    for word in ["channels_last", "rank 4"] {
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn the_cpu_has_no_cuda_memory_and_the_switches_can_be_set_without_cuda() {
    assert_eq!(cuda_memory(Device::Cpu), None);
    forget_peak(Device::Cuda(0));
    for on in [true, false] {
        set_tf32(on).unwrap();
        set_cudnn_benchmark(on).unwrap();
        set_deterministic(on).unwrap();
    }
}
