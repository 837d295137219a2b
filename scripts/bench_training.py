#!/usr/bin/env python3
"""Training speed and memory, ours beside PyTorch's; see scripts/bench-training.

usage: bench_training.py pack DIR
       bench_training.py speed DIR [--rounds 5] [--steps N] [--threads 1] [--batch N] [--device auto] [--networks a,b]
       bench_training.py memory [--limit N]

Both programs stay alive and take turns, a round of steps each, so that what else the machine does falls on both; on the
CPU the processor time of both is told as well, which a busy machine changes little. A
step is: a batch of real cells, augmented, forward, backward, AdamW. Threads are equal: so many compute, and one makes
batches ahead. On CUDA both compute in bf16 with channels_last, and both augment there; on the CPU both are of f32.
"""

import argparse
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BLASTSCOPE_DATA", ROOT / "../shared/data"))
# Name, pixels, nanometres a pixel (the same window for all), batch and steps a round on CUDA and on the CPU.
NETWORKS = {
    "efficientnet_v2_s": (224, 110, (64, 40), (8, 2)),
    "efficientnet_b3": (300, 82, (64, 40), (8, 2)),
    "mobilenet_v2": (128, 193, (256, 40), (32, 4)),
    "dense": (128, 193, (256, 100), (32, 12)),
}
CPU_NETWORKS = ["mobilenet_v2", "dense"]
# Amounts of the augmentation that both do.
AUGMENTATION = {
    "shift": 3.0, "scale": 0.1, "brightness": 0.1, "contrast": 0.1, "stain": 0.05, "channel_gain": 0.02, "cutout": 0.2,
}
RATE = 1e-4


def recipe(name, batch):
    """The text of our recipe."""
    size, scale, *_ = NETWORKS[name]
    lines = ['name = "bench"', "seed = 1", "[network]", f'name = "{name}"']
    if name == "dense":
        stages = dense_stages()
        parts = (", ".join(f"{k} = {json.dumps(v)}" for k, v in stage.items()) for stage in stages)
        lines += ["dropout = 0.2", "stages = [" + ", ".join("{ " + p + " }" for p in parts) + "]"]
    lines += ["[input]", f"size = {size}", f"nanometres_per_pixel = {scale}"]
    lines += ["[split]", "folds = 5", "seed = 1", "validation_share = 0.2"]
    lines += ["[sampling]", "cells_per_epoch = 0", "subject_exponent = 0.0", "class_weight_exponent = 0.0"]
    amounts = {**AUGMENTATION, "blur": 0.0, "blur_sigma": 1.0, "noise": 0.0}
    lines += ["[augmentation]", "flip = true", 'rotation = "any"', *(f"{k} = {v}" for k, v in amounts.items())]
    lines += ["[optimisation]", f"batch = {batch}", "epochs = 1", f"learning_rate = {RATE}", "warm_up_epochs = 0.0"]
    lines += ["weight_decay = 0.01", "label_smoothing = 0.0", "average_decay = 0.0"]
    lines += ["[early_stopping]", 'metric = "last-epoch"', "patience = 0"]
    lines += ["[calibration]", 'threshold = "half"', "abstain_share = 0.1"]
    return "\n".join(lines) + "\n"


def dense_stages():
    with open(ROOT / "recipes/dense.toml", "rb") as file:
        return tomllib.load(file)["network"]["stages"]


def trainer():
    return os.environ["BLASTSCOPE_TRAINER"]


# ---- PyTorch's side


def read_pack(path):
    """Pixels `[cells, 3, size, size]` and labels of a raw pack (docs/reference/pack.md)."""
    import numpy

    raw = numpy.memmap(path, dtype="uint8", mode="r")
    end = raw[-128:].tobytes()
    offset, length = (int.from_bytes(end[i:i + 8], "little") for i in (0, 8))
    index = json.loads(raw[offset:offset + length].tobytes())
    size = index["input"]["size"]
    assert index["coding"]["kind"] == "raw", f"{path}: pack it with --coding raw"
    cells = [raw[c["offset"]:c["offset"] + c["length"]].reshape(3, size, size) for c in index["cells"]]
    return numpy.stack(cells), [c["label"] for c in index["cells"]]


def dense_network(torch, labels):
    """host-trainer/network/src/zoo/dense.rs: 3x3 convolutions with bias-free norm and ReLU, mean, linear."""
    nn, layers, width = torch.nn, [], 3
    for stage in dense_stages():
        layers += [
            nn.Conv2d(width, stage["channels"], 3, stage.get("stride", 1), 1, bias=False),
            nn.BatchNorm2d(stage["channels"]),
            nn.ReLU(inplace=True),
        ]
        if stage.get("max_pool"):
            layers.append(nn.MaxPool2d(2))
        width = stage["channels"]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(width, labels))


def torch_network(torch, name, labels):
    if name == "dense":
        return dense_network(torch, labels)
    import torchvision

    return getattr(torchvision.models, name)(weights=None, num_classes=labels)


def augment(torch, cells):
    """What our augmentation does, in torch ops on a batch of bytes; gives 0..1."""
    n, size, device = len(cells), cells.shape[-1], cells.device
    amount = AUGMENTATION

    def jitter(name, *shape):
        return (torch.rand(n, *shape, device=device) * 2 - 1) * amount[name]

    angle = torch.rand(n, device=device) * (2 * torch.pi)
    magnified = 1 + jitter("scale")
    flip = torch.where(torch.rand(n, device=device) < 0.5, -1.0, 1.0)
    cos, sin = angle.cos() / magnified, angle.sin() / magnified
    rows = torch.stack([torch.stack([flip * cos, flip * sin], 1), torch.stack([-sin, cos], 1)], 1)
    shift = jitter("shift", 2, 1) * (2 / (size - 1))
    maps = torch.cat([rows, -rows @ shift], 2)
    grid = torch.nn.functional.affine_grid(maps, list(cells.shape), align_corners=True)
    x = torch.nn.functional.grid_sample(cells.float(), grid, "bicubic", "zeros", align_corners=True)
    x = (x + 0.5).clamp_(0, 255).floor_()
    power = torch.exp(jitter("contrast", 1) + jitter("stain", 3))
    gain = 255 * (1 + jitter("brightness", 1)) * (1 + jitter("channel_gain", 3))
    x = (x / 255).pow(power[:, :, None, None]).mul_(gain[:, :, None, None])
    x = x.add_(0.5).clamp_(0, 255).floor_()
    side = torch.randint(size // 8, size // 3 + 1, (n,), device=device)
    side = torch.where(torch.rand(n, device=device) < amount["cutout"], side, 0)
    corner = (torch.rand(2, n, device=device) * (size - side + 1)).long()
    at = torch.arange(size, device=device)
    within = [(at >= c[:, None]) & (at < (c + side)[:, None]) for c in corner]
    x.masked_fill_((within[0][:, None, None, :] & within[1][:, None, :, None]), 0)
    return x / 255


def torch_worker(options):
    """The other side of `blastscope-train bench`: the same protocol."""
    import torch

    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(1)
    cuda = options.device == "cuda"
    if cuda:
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = True
        torch.set_float32_matmul_precision("high")
    layout = torch.channels_last if cuda else torch.contiguous_format
    pixels, labels = read_pack(options.pack)
    pixels, labels = torch.from_numpy(pixels), torch.tensor(labels)
    network = torch_network(torch, options.network, 2).to(options.device, memory_format=layout).train()
    if cuda:
        pixels, labels = pixels.cuda(), labels.cuda()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()

    def batches(steps):
        order = torch.cat([torch.randperm(len(labels)) for _ in range(steps * options.batch // len(labels) + 1)])
        order = order.to(pixels.device)
        for cells in order[:steps * options.batch].split(options.batch):
            with torch.no_grad():
                x = augment(torch, pixels.index_select(0, cells))
            yield x.contiguous(memory_format=layout), labels.index_select(0, cells)

    def ahead(steps):
        """On the CPU another thread makes the batches."""
        if cuda:
            yield from batches(steps)
            return
        ready = queue.Queue(3)

        def fill():
            torch.set_num_threads(1)
            for batch in batches(steps):
                ready.put(batch)
            ready.put(None)

        threading.Thread(target=fill, daemon=True).start()
        while (batch := ready.get()) is not None:
            yield batch

    def round_of(steps):
        if cuda:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        began, waited, images, feed = time.perf_counter(), 0.0, 0, ahead(steps)
        while True:
            asked = time.perf_counter()
            batch = next(feed, None)
            waited += time.perf_counter() - asked
            if batch is None:
                break
            with torch.autocast("cuda", torch.bfloat16, enabled=cuda):
                logits = network(batch[0])
            loss = loss_of(logits.float(), batch[1])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            images += len(batch[1])
        value = loss.item()
        memory = torch.cuda.max_memory_allocated() if cuda else None
        seconds = time.perf_counter() - began
        return {"images": images, "seconds": seconds, "waited": waited, "loss": value, "gpu_memory": memory}

    round_of(options.warm_up)
    count = sum(p.numel() for p in network.parameters())
    print(f"{options.network}: {count} parameters, torch {torch.__version__}, {options.device}", file=sys.stderr)
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() != "go":
            break
        print(json.dumps(round_of(options.steps)), flush=True)


# ---- both sides


class Side:
    """A program that runs a round when told to."""

    def __init__(self, command, environment):
        self.child = subprocess.Popen(
            [str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ready(self):
        if self.child.stdout.readline().strip() != "ready":
            sys.exit(f"{self.child.args[0]} ended before the first round")

    def round(self):
        before = self.cpu_seconds()
        self.child.stdin.write("go\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"{self.child.args[0]} ended in a round")
        return {**json.loads(line), "cpu": self.cpu_seconds() - before}

    def cpu_seconds(self):
        """Of all threads of the program so far: what it took, however busy the machine was with other things."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def device_of(options):
    if options.device != "auto":
        return options.device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def our_environment(device, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    if device == "cuda":
        import torch

        libraries = [str(Path(torch.__file__).parent / "lib"), environment.get("LD_LIBRARY_PATH", "")]
        environment["LD_LIBRARY_PATH"] = ":".join(filter(None, libraries))
    elif device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    return environment


def speed(options):
    device = device_of(options)
    cuda = device == "cuda"
    names = options.networks.split(",") if options.networks else list(NETWORKS) if cuda else CPU_NETWORKS
    for name in names:
        size, _, *settings = NETWORKS[name]
        batch, steps = settings[0 if cuda else 1]
        batch, steps = options.batch or batch, options.steps or steps
        pack, warm_up = Path(options.dir) / f"bench-{size}.pack", 10 if cuda else 1
        environment = our_environment(device, options.threads)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bench.toml"
            path.write_text(recipe(name, batch))
            ours = [trainer(), "--threads", options.threads, "bench", "--data", pack, "--recipe", path]
            ours += ["--steps", steps, "--warm-up", warm_up]
            theirs = [sys.executable, __file__, "worker", options.dir, "--pack", pack, "--network", name]
            theirs += ["--batch", batch, "--steps", steps, "--warm-up", warm_up, "--threads", options.threads]
            theirs += ["--device", device]
            # One after the other: a program that starts would disturb the other's warm-up.
            sides = {}
            for side, command in [("ours", ours), ("PyTorch", theirs)]:
                sides[side] = Side(command, environment)
                sides[side].ready()
            rounds = {side: [] for side in sides}
            for number in range(options.rounds):
                order = list(sides) if number % 2 == 0 else list(sides)[::-1]
                for side in order:
                    rounds[side].append(sides[side].round())
            for side in sides.values():
                side.end()
        tell(name, size, batch, device, rounds)


def tell(name, size, batch, device, rounds):
    rates = {side: [r["images"] / r["seconds"] for r in of] for side, of in rounds.items()}
    ratios = [a / b for a, b in zip(rates["ours"], rates["PyTorch"])]
    waits = {side: sum(r["waited"] for r in of) / sum(r["seconds"] for r in of) for side, of in rounds.items()}
    print(f"{name} at {size}, batch {batch}, {device}:", end=" ")
    for side in rounds:
        memory = [r["gpu_memory"] for r in rounds[side] if r["gpu_memory"]]
        memory = f", {max(memory) / 2**30:.1f} GiB" if memory else ""
        print(f"{side} {statistics.median(rates[side]):.1f} images/s, waits {100 * waits[side]:.1f} %{memory};", end=" ")
    if device == "cpu":
        took = {side: [r["cpu"] / r["images"] for r in of] for side, of in rounds.items()}
        by_work = statistics.median(b / a for a, b in zip(took["ours"], took["PyTorch"]))
        each = ", ".join(f"{side} {1000 * statistics.median(t):.2f}" for side, t in took.items())
        print(f"CPU ms an image: {each} (ratio {by_work:.2f});", end=" ")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"ratio {statistics.median(ratios):.2f} (rounds {spread}; {len(ratios)} rounds)", flush=True)


def pack(options):
    Path(options.dir).mkdir(parents=True, exist_ok=True)
    for size, scale in sorted({(size, scale) for size, scale, *_ in NETWORKS.values()}):
        # At least one cell of each subject; about 10 MB otherwise.
        count = max(1, (10 << 20) // (3 * size * size))
        out = Path(options.dir) / f"bench-{size}.pack"
        command = [trainer(), "pack", "--data", DATA / "cnmc", "--out", out, "--size", size]
        command += ["--nanometres-per-pixel", scale, "--limit", count]
        subprocess.run([str(c) for c in command], check=True)


def peak(command):
    """Runs a program; its peak resident memory in bytes, mapped files included."""
    child = subprocess.Popen([str(c) for c in command], cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return usage.ru_maxrss * 1024


def memory(options):
    with tempfile.TemporaryDirectory() as folder:
        out, limit = Path(folder) / "cells.pack", ["--limit", options.limit] if options.limit else []
        path = Path(folder) / "bench.toml"
        path.write_text(recipe("dense", 32))
        packing = [trainer(), "pack", "--data", DATA / "cnmc", "--recipe", path, "--out", out, *limit]
        training = [trainer(), "train", "--data", out, "--recipe", path, "--out", Path(folder) / "run", "--all"]
        for what, command in [("packing", packing), ("training from the pack", training)]:
            used, packed = peak(command), out.stat().st_size
            beyond = (used - packed) / 2**20
            verdict = "holds" if beyond <= 1024 else "DOES NOT HOLD"
            print(f"{what}: peak {used / 2**20:.0f} MiB, packed data {packed / 2**20:.0f} MiB, "
                  f"difference {beyond:.0f} MiB (at most 1024): {verdict}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["pack", "speed", "memory", "worker"])
    parser.add_argument("dir", nargs="?", default="runs/bench")
    for name, default in [("rounds", 5), ("steps", 0), ("threads", 1), ("batch", 0), ("warm-up", 3), ("limit", 0)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    for name in ["networks", "pack", "network"]:
        parser.add_argument(f"--{name}")
    options = parser.parse_args()
    {"pack": pack, "speed": speed, "memory": memory, "worker": torch_worker}[options.what](options)


if __name__ == "__main__":
    main()
