// What of libtorch tch 0.24 does not bind. Every function may be called from Rust on any thread; none
// throws. CUDA is reached through libtorch's own tables, which are empty without its CUDA half.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <climits>
#include <malloc.h>
#include <string>
#include <vector>

namespace {
at::DeviceType type_of(int cuda) { return cuda ? at::kCUDA : at::kCPU; }

c10::DeviceAllocator *allocator() {
  if (!at::detail::getCUDAHooks().hasCUDA()) return nullptr;
  auto *all = c10::GetAllocator(at::kCUDA);
  return dynamic_cast<c10::DeviceAllocator *>(all);
}
// What the last refusal on this thread was.
thread_local std::string message;

template <typename T, typename F> T guarded(T refused, F work) {
  try {
    return work();
  } catch (const std::exception &e) {
    message = e.what();
  } catch (...) {
    message = "an unknown exception";
  }
  return refused;
}
} // namespace

extern "C" {
// Why the last call on this thread was refused; valid until the next refusal.
const char *shim_message() { return message.c_str(); }

// Begins a region whose convolutions and matrix products are of bf16. Returns whether one was on; -1: refused.
int shim_autocast_begin(int cuda) {
  return guarded(-1, [&] {
    auto device = type_of(cuda);
    int was = at::autocast::is_autocast_enabled(device);
    at::autocast::set_autocast_dtype(device, at::kBFloat16);
    at::autocast::set_autocast_enabled(device, true);
    at::autocast::increment_nesting();
    return was;
  });
}

// Ends it, as it was before; the weights that it cast are forgotten.
void shim_autocast_end(int cuda, int was) {
  guarded(-1, [&] {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type_of(cuda), was != 0);
    return 0;
  });
}

int shim_tf32(int on) {
  return guarded(-1, [&] {
    at::globalContext().setAllowTF32CuDNN(on != 0);
    at::globalContext().setFloat32MatmulPrecision(on ? "high" : "highest");
    return 0;
  });
}

int shim_cudnn_benchmark(int on) {
  return guarded(-1, [&] {
    at::globalContext().setBenchmarkCuDNN(on != 0);
    return 0;
  });
}

// Algorithms that give the same bits again where there are any; the others warn.
int shim_deterministic(int on) {
  return guarded(-1, [&] {
    at::globalContext().setDeterministicAlgorithms(on != 0, /*warn_only=*/true);
    at::globalContext().setDeterministicCuDNN(on != 0);
    return 0;
  });
}

// A tensor of the same values whose channels lie together; of the caller, as those of tch's own functions are; or null.
at::Tensor *shim_channels_last(at::Tensor *tensor) {
  return guarded<at::Tensor *>(nullptr, [&] {
    return new at::Tensor(tensor->contiguous(at::MemoryFormat::ChannelsLast));
  });
}

// A copy on a GPU, likewise of the caller. The host does not wait for it: the GPU has work left to do, and a plain copy
// would wait for all of it.
at::Tensor *shim_send(at::Tensor *tensor, int device) {
  return guarded<at::Tensor *>(nullptr, [&] {
    auto to = at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device));
    return new at::Tensor(tensor->pin_memory().to(to, /*non_blocking=*/true));
  });
}

int shim_is_channels_last(at::Tensor *tensor) {
  return tensor->dim() == 4 && tensor->is_contiguous(at::MemoryFormat::ChannelsLast);
}

// Bytes of tensors now, at most so far, and free on the device, of all that it has. 0: written; -1: there is no CUDA.
int shim_cuda_memory(int device, uint64_t *out) {
  return guarded(-1, [&] {
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
  });
}

void shim_cuda_forget_peak(int device) {
  guarded(-1, [&] {
    auto *cuda = allocator();
    if (cuda && cuda->initialized()) cuda->resetPeakStats(device);
    return 0;
  });
}

// One step of Adam (decoupled decay: AdamW) over many variables at once; every list is of `count`. 0: done; -1: refused,
// and nothing has changed.
int shim_fused_adam(at::Tensor **variables, at::Tensor **gradients, at::Tensor **first, at::Tensor **second,
                    at::Tensor **steps, int count, int decoupled, double rate, double beta1, double beta2, double decay,
                    double epsilon) {
  return guarded(-1, [&] {
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
  });
}

// Memory that was freed stays with the process for the next step. Otherwise every tensor of a step is new pages, which
// the kernel clears one by one. 0: done; -1: the C library has no such switch.
int shim_keep_freed_memory() {
#ifdef __GLIBC__
  return mallopt(M_MMAP_MAX, 0) && mallopt(M_TRIM_THRESHOLD, INT_MAX) ? 0 : -1;
#else
  message = "another C library";
  return -1;
#endif
}

// Lets go of the gradients of variables. 0: done; -1: refused.
int shim_forget_gradients(at::Tensor **variables, int count) {
  return guarded(-1, [&] {
    for (int i = 0; i < count; i++) variables[i]->mutable_grad().reset();
    return 0;
  });
}

// Every `average` moves towards its `current` by this share. 0: done; -1: refused.
int shim_lerp_all(at::Tensor **average, at::Tensor **current, int count, double share) {
  return guarded(-1, [&] {
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> to, from;
    for (int i = 0; i < count; i++) {
      to.push_back(*average[i]);
      from.push_back(*current[i]);
    }
    at::_foreach_lerp_(to, from, share);
    return 0;
  });
}
}
