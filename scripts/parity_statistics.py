#!/usr/bin/env python3
"""Writes what the statistics of a cell are with the real weights of EfficientNet-Lite.

usage: parity_statistics.py FIXTURE.json WEIGHTS

WEIGHTS is the folder that scripts/weights fills. The cell is a disc of the picture by formula on black; its statistics
are mean and standard deviation over the disc of each channel of the last map at strides 4, 8, 16 and 32, computed with
the package efficientnet-lite-pytorch as E[x^2] - E[x]^2 in double precision.
"""

import json
import pathlib
import sys

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet

import parity_formula

# Which network, pixels.
NETWORKS = [(0, 224), (1, 256), (2, 256)]


def cell(size):
    """A disc of noise on black, 1 x 3 x size x size in 0..1."""
    apart = (2 * np.arange(size) - size + 1) ** 2
    disc = (apart[:, None] + apart[None, :]) * 100 < 64 * size * size
    return parity_formula.picture(size) * disc


def last_maps(network, x):
    """The last map at each stride, of the stem and the blocks alone."""
    x, maps = torch.nn.functional.relu6(network._bn0(network._conv_stem(x))), []
    for block in network._blocks:
        y = block(x)
        if y.shape[-1] != x.shape[-1]:
            maps.append(x)
        x = y
    return [*maps, x]


@torch.no_grad()
def compute(number, size, weights):
    """The entry of one network."""
    name = f"efficientnet-lite{number}"
    # The padding of this package is that of the size for which it is built.
    network = EfficientNet.from_pretrained(name, weights_path=str(weights), image_size=size).double().eval()
    picture = torch.from_numpy(cell(size)).double()
    mask = (picture.amax(1, keepdim=True) > 0).double()
    statistics = []
    for f in last_maps(network, (picture * 255 - 127) / 128)[1:]:
        w = torch.nn.functional.adaptive_avg_pool2d(mask, f.shape[-1])
        w = w / (w.sum() + 1e-6)
        mean = (f * w).sum((2, 3))
        deviation = ((f * f * w).sum((2, 3)) - mean * mean).clamp(min=0).sqrt()
        statistics += [*mean[0].tolist(), *deviation[0].tolist()]
    print(f"{name}: {len(statistics)} numbers, {min(statistics):.3f} to {max(statistics):.3f}")
    return {"name": f"efficientnet_lite{number}", "size": size, "statistics": [round(s, 5) for s in statistics]}


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    torch.set_num_threads(1)
    folder = pathlib.Path(arguments[1])
    entries = [compute(number, size, folder / f"efficientnet_lite{number}.pth") for number, size in NETWORKS]
    with open(arguments[0], "w", encoding="utf-8") as file:
        file.write("[" + ",\n".join(json.dumps(e) for e in entries) + "]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
