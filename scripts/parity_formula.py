"""Tensors by the formula of host-trainer/network/src/formula.rs. Needs numpy."""

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def fnv_1a(name):
    """The 64-bit hash of Fowler, Noll and Vo."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return state


def values(name, shape, low, high):
    """f32 numbers in low..high: the outputs of SplitMix64 seeded with the hash of the name."""
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(fnv_1a(name)) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = (z >> np.uint64(40)).astype(np.float64) / 2.0**24
    return (low + (high - low) * unit).astype(np.float32).reshape(shape)


def tensor(name, shape, gain):
    """A tensor of a network by its name in the state dictionary; kernels grow with the gain."""
    suffix = name.rsplit(".", 1)[-1]
    if suffix == "weight" and len(shape) > 1:
        bound = float(np.sqrt(gain / np.prod(shape[1:])))
        return values(name, shape, -bound, bound)
    if suffix in ("weight", "running_var"):
        return values(name, shape, 0.5, 1.5)
    if suffix == "running_mean":
        return values(name, shape, -0.5, 0.5)
    return values(name, shape, -0.25, 0.25)


def picture(size):
    """The input, 1 x 3 x size x size, in 0..1."""
    return values("input", (1, 3, size, size), 0.0, 1.0)
