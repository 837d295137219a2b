#!/usr/bin/env python3
"""Writes the fixtures of the weights import: names and shapes of networks, and small files of torch.save.

    python3 -m venv .venv-fixtures
    .venv-fixtures/bin/pip install torch==2.11.0 torchvision==0.26.0 timm==1.0.31 efficientnet-lite-pytorch==0.1.0
    .venv-fixtures/bin/python scripts/weight_fixtures.py

host-trainer/network/tests/fixtures/state_dicts/LIBRARY-OUR_NAME.txt: a line is `NAME SHAPE` (sizes joined by x), or
`NAME norm CHANNELS` for the five tensors of a batch norm: weight, bias, running_mean, running_var and the whole
number num_batches_tracked. No weights are downloaded.
host-trainer/network/tests/fixtures/torch_files/*.pth: a few numbers, as the tests expect them.
"""

import collections
import os
import pathlib

import efficientnet_lite_pytorch
import timm
import torch
import torchvision

TORCHVISION = [
    "alexnet", "densenet121", "efficientnet_b0", "efficientnet_b3", "efficientnet_v2_m", "efficientnet_v2_s",
    "inception_v3", "mobilenet_v2", "resnet18", "resnet50", "vgg16", "vgg19",
]
TIMM = {
    "densenet121": "densenet121", "efficientnet_b0": "efficientnet_b0", "efficientnet_b3": "efficientnet_b3",
    **{f"efficientnet_lite{i}": f"tf_efficientnet_lite{i}" for i in range(5)},
    "efficientnet_v2_m": "tf_efficientnetv2_m", "efficientnet_v2_s": "tf_efficientnetv2_s",
    "inception_v3": "inception_v3", "mobilenet_v1": "mobilenetv1_100", "mobilenet_v2": "mobilenetv2_100",
    "resnet18": "resnet18", "resnet50": "resnet50", "vgg16": "vgg16", "vgg19": "vgg19",
    "xception": "legacy_xception",
}
FIXTURES = pathlib.Path(__file__).parent.parent / "host-trainer/network/tests/fixtures"
NORM = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]


def lines(state):
    norms = {name.rsplit(".", 1)[0] for name in state if name.endswith(".running_mean")}
    for name, tensor in state.items():
        module, kind = name.rsplit(".", 1)
        if module in norms:
            assert kind in NORM and all(f"{module}.{k}" in state for k in NORM), name
            if kind == "weight":
                yield f"{module} norm {tensor.numel()}"
        else:
            yield f"{name} {'x'.join(map(str, tensor.shape))}"


def write(library, version, ours, theirs, network):
    head = f"# {library} {version}, {theirs}: tensor names and shapes, made by scripts/weight_fixtures.py"
    text = "\n".join([head, *lines(network.state_dict())]) + "\n"
    (FIXTURES / "state_dicts" / f"{library}-{ours}.txt").write_text(text)


class Hostile:
    """Unpickled by Python, this would run a program."""

    def __reduce__(self):
        return os.system, ("true",)


def torch_files():
    def save(name, thing, **options):
        torch.save(thing, FIXTURES / "torch_files" / f"{name}.pth", **options)

    counting = torch.arange(6.0).reshape(2, 3) - 2.5
    state = collections.OrderedDict(
        single=counting,
        half=counting.half(),
        brain=counting.bfloat16(),
        double=counting.double(),
        turned=counting.t(),
        row=counting[1],
        scalar=torch.tensor(0.25),
        num_batches_tracked=torch.tensor(7),
    )
    save("zip", state)
    save("legacy", state, _use_new_zipfile_serialization=False)
    save("protocol5", state, pickle_protocol=5)
    optimiser = {"state": {0: {"step": torch.tensor(3.0), "lr": 1e-3}}, "param_groups": [{"betas": (0.9, 0.99)}]}
    wrapped = {"epoch": 3, "arch": "any", "state_dict": {f"module.{k}": v for k, v in state.items()}, "optimiser": optimiser}
    save("wrapped", wrapped)
    save("wrapped_legacy", wrapped, _use_new_zipfile_serialization=False)
    layer = torch.nn.Linear(3, 2)
    layer.weight.data, layer.bias.data = counting, counting[:, 0].clone()
    save("parameters", dict(layer.named_parameters()))
    save("whole_network", layer)
    save("hostile", {"weight": counting, "more": Hostile()})


def main():
    for folder in ["state_dicts", "torch_files"]:
        (FIXTURES / folder).mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch_files()
    with torch.device("meta"):  # shapes without numbers
        for name in TORCHVISION:
            network = torchvision.models.get_model(name, weights=None)
            write("torchvision", torchvision.__version__.split("+")[0], name, name, network)
        for ours, theirs in TIMM.items():
            write("timm", timm.__version__, ours, theirs, timm.create_model(theirs))
        for i in range(5):
            theirs = f"efficientnet-lite{i}"
            network = efficientnet_lite_pytorch.EfficientNet.from_name(theirs)
            write("pypi", "efficientnet-lite-pytorch 0.1.0", f"efficientnet_lite{i}", theirs, network)


if __name__ == "__main__":
    main()
