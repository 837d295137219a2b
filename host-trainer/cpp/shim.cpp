// The switches of libtorch that tch 0.24 does not bind. Every function may be called from Rust on any thread; none
// throws. CUDA is reached through libtorch's own tables, which are empty without its CUDA half.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>

namespace {
at::DeviceType type_of(int cuda) { return cuda ? at::kCUDA : at::kCPU; }

c10::DeviceAllocator *allocator() {
  if (!at::detail::getCUDAHooks().hasCUDA()) return nullptr;
  auto *all = c10::GetAllocator(at::kCUDA);
  return dynamic_cast<c10::DeviceAllocator *>(all);
}
} // namespace

extern "C" {
// Begins a region whose convolutions and matrix products are of bf16. Returns whether one was on; -1: refused.
int shim_autocast_begin(int cuda) {
  try {
    auto device = type_of(cuda);
    int was = at::autocast::is_autocast_enabled(device);
    at::autocast::set_autocast_dtype(device, at::kBFloat16);
    at::autocast::set_autocast_enabled(device, true);
    at::autocast::increment_nesting();
    return was;
  } catch (...) { return -1; }
}

// Ends it, as it was before; the weights that it cast are forgotten.
void shim_autocast_end(int cuda, int was) {
  try {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type_of(cuda), was != 0);
  } catch (...) {}
}

int shim_tf32(int on) {
  try {
    at::globalContext().setAllowTF32CuDNN(on != 0);
    at::globalContext().setFloat32MatmulPrecision(on ? "high" : "highest");
    return 0;
  } catch (...) { return -1; }
}

int shim_cudnn_benchmark(int on) {
  try {
    at::globalContext().setBenchmarkCuDNN(on != 0);
    return 0;
  } catch (...) { return -1; }
}

// Algorithms that give the same bits again where there are any; the others warn.
int shim_deterministic(int on) {
  try {
    at::globalContext().setDeterministicAlgorithms(on != 0, /*warn_only=*/true);
    at::globalContext().setDeterministicCuDNN(on != 0);
    return 0;
  } catch (...) { return -1; }
}

// A tensor of the same values whose channels lie together; of the caller, as those of tch's own functions are; or null.
at::Tensor *shim_channels_last(at::Tensor *tensor) {
  try {
    return new at::Tensor(tensor->contiguous(at::MemoryFormat::ChannelsLast));
  } catch (...) { return nullptr; }
}

int shim_is_channels_last(at::Tensor *tensor) {
  return tensor->dim() == 4 && tensor->is_contiguous(at::MemoryFormat::ChannelsLast);
}

// Bytes of tensors now, at most so far, and free on the device, of all that it has. 0: written; -1: there is no CUDA.
int shim_cuda_memory(int device, uint64_t *out) {
  try {
    auto *cuda = allocator();
    if (!cuda || !cuda->initialized()) return -1;
    constexpr auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    auto stats = cuda->getDeviceStats(device);
    out[0] = stats.allocated_bytes[all].current;
    out[1] = stats.allocated_bytes[all].peak;
    auto info = cuda->getMemoryInfo(device);
    out[2] = info.first;
    out[3] = info.second;
    return 0;
  } catch (...) { return -1; }
}

void shim_cuda_forget_peak(int device) {
  try {
    auto *cuda = allocator();
    if (cuda && cuda->initialized()) cuda->resetPeakStats(device);
  } catch (...) {}
}

// One step of Adam (decoupled decay: AdamW) over many variables at once; every list is of `count`. 0: done; -1: refused,
// and nothing has changed.
int shim_fused_adam(at::Tensor **variables, at::Tensor **gradients, at::Tensor **first, at::Tensor **second,
                    at::Tensor **steps, int count, int decoupled, double rate, double beta1, double beta2, double decay,
                    double epsilon) {
  try {
    at::NoGradGuard no_grad;
    auto list = [count](at::Tensor **from) {
      std::vector<at::Tensor> all;
      for (int i = 0; i < count; i++) all.push_back(*from[i]);
      return all;
    };
    auto v = list(variables), g = list(gradients), m = list(first), s = list(second), n = list(steps);
    if (decoupled)
      at::_fused_adamw_(v, g, m, s, {}, n, rate, beta1, beta2, decay, epsilon, false, false);
    else
      at::_fused_adam_(v, g, m, s, {}, n, rate, beta1, beta2, decay, epsilon, false, false);
    return 0;
  } catch (...) { return -1; }
}

// Every `average` moves towards its `current` by this share. 0: done; -1: refused.
int shim_lerp_all(at::Tensor **average, at::Tensor **current, int count, double share) {
  try {
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> to, from;
    for (int i = 0; i < count; i++) {
      to.push_back(*average[i]);
      from.push_back(*current[i]);
    }
    at::_foreach_lerp_(to, from, share);
    return 0;
  } catch (...) { return -1; }
}
}
