#!/usr/bin/env python3
"""Writes what torchvision's and timm's networks give for weights and a picture by formula.

usage: parity.py FIXTURE.json

Every tensor of the state dictionary is filled by its name, or ours where that is another (see parity_formula.py). For each network the file says its
size, its gain, its trained parameters, its two logits, and length, mean and norm of the vector that its first linear map
takes. Refuses to write where the comparison would mean nothing: outputs that f32 does not determine, or that do not depend
on the picture.
"""

import json
import sys

import numpy as np
import timm
import torch
import torchvision

import parity_formula

# Name, pixels, gain.
NETWORKS = [
    ("alexnet", 224, 6),
    ("densenet121", 64, 6),
    ("efficientnet_b0", 96, 6),
    ("efficientnet_b3", 64, 5.6),
    ("efficientnet_lite0", 96, 6),
    ("efficientnet_lite1", 64, 6),
    ("efficientnet_lite2", 72, 6),
    ("efficientnet_lite3", 64, 5),
    ("efficientnet_lite4", 64, 4),
    ("efficientnet_v2_m", 64, 3),
    ("efficientnet_v2_s", 64, 3),
    ("inception_v3", 96, 6),
    ("mobilenet_v1", 96, 6),
    ("mobilenet_v2", 96, 6),
    ("resnet18", 96, 3),
    ("resnet50", 64, 3),
    ("vgg16", 64, 6),
    ("vgg19", 64, 6),
    ("xception", 96, 3),
]
TIMM = {
    "mobilenet_v1": "mobilenetv1_100",
    "xception": "legacy_xception",
    # With TensorFlow's padding, which the published weights need.
    **{f"efficientnet_lite{i}": f"tf_efficientnet_lite{i}" for i in range(5)},
}
# timm's modules of a bottleneck and ours, which are torchvision's of MobileNetV2: without expansion, and with.
PLAIN = {"conv_dw": "0.0", "bn1": "0.1", "conv_pw": "1", "bn2": "2"}
EXPANDED = {"conv_pw": "0.0", "bn1": "0.1", "conv_dw": "1.0", "bn2": "1.1", "conv_pwl": "2", "bn3": "3"}
# Largest share of the outputs that rounding to f32 may make, and smallest that another picture must make.
ROUNDING, DEPENDENCE = 1e-5, 1e-3


def build(name, size):
    """The network of two classes for such a picture, in evaluation, and where it comes from."""
    if name in TIMM:
        network = timm.create_model(TIMM[name], num_classes=2)
        return network.eval(), f"timm {timm.__version__} {TIMM[name]}"
    options = {"aux_logits": False, "init_weights": False} if name == "inception_v3" else {}
    network = getattr(torchvision.models, name)(weights=None, num_classes=2, **options)
    if name.startswith("vgg"):
        # Its classifier takes 7x7 px, the features of a picture of 224 px; so that the test is fast, those of this one.
        side = size // 32
        network.avgpool = torch.nn.AdaptiveAvgPool2d(side)
        network.classifier[0] = torch.nn.Linear(512 * side * side, 4096)
    return network.eval(), f"torchvision {torchvision.__version__.split('+')[0]} {name}"


def own_names(name, state):
    """Our name for each tensor of the network."""
    if not name.startswith("efficientnet_lite"):
        return {key: key for key in state}
    units = []
    for key in state:
        if key.startswith("blocks."):
            unit = ".".join(key.split(".")[:3])
            units += [] if unit in units else [unit]
    last = f"features.{len(units) + 1}"
    ends = {"conv_stem": "features.0.0", "bn1": "features.0.1", "conv_head": f"{last}.0", "bn2": f"{last}.1", "classifier": "classifier.1"}

    def own(key):
        module, kind = key.rsplit(".", 1)
        unit = next((u for u in units if module.startswith(f"{u}.")), None)
        if unit is None:
            return f"{ends[module]}.{kind}"
        table = EXPANDED if f"{unit}.conv_pwl.weight" in state else PLAIN
        return f"features.{units.index(unit) + 1}.conv.{table[module[len(unit) + 1:]]}.{kind}"

    return {key: own(key) for key in state}


def spread(a, b):
    """Largest difference as a share of the largest value."""
    return float((a - b).abs().max() / b.abs().max())


@torch.no_grad()
def compute(name, size, gain):
    """The entry of one network."""
    network, source = build(name, size)
    names = own_names(name, network.state_dict())
    for key, value in network.state_dict().items():
        if value.dtype == torch.float32:
            value.copy_(torch.from_numpy(parity_formula.tensor(names[key], tuple(value.shape), gain)))
    taken = []
    linear = next(m for m in network.modules() if isinstance(m, torch.nn.Linear))
    hook = linear.register_forward_hook(lambda _, inputs, __: taken.append(inputs[0].double()))
    picture = torch.from_numpy(parity_formula.picture(size))
    outputs = network(picture)
    hook.remove()
    other = network(1 - picture)
    exact = network.double()(picture.double())
    rounding, dependence = spread(outputs, exact), spread(outputs, other)
    print(f"{name}: {outputs.tolist()}, rounding {rounding:.1e}, dependence {dependence:.1e}")
    assert rounding < ROUNDING and dependence > DEPENDENCE, f"{name}: choose another gain"
    return {
        "name": name,
        "source": source,
        "size": size,
        "gain": gain,
        "parameters": sum(p.numel() for p in network.parameters()),
        "features": {
            "length": taken[0].numel(),
            "mean": float(taken[0].mean()),
            "norm": float(taken[0].norm()),
        },
        "outputs": np.float32(exact[0].numpy()).tolist(),
    }


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    torch.set_num_threads(1)
    entries = [compute(*network) for network in NETWORKS]
    with open(arguments[0], "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=1)
        file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
