"""Measures a package on real blood through the device program: every source of healthy blood of TXL-PBC's `val` as a slide,
every class of the four-class set as a slide and field by field, and cells drawn at wrong scales or blurred.

    .venv-test/bin/python scripts/measure_blood.py target/release/blastscope [--model PKG --trusted-key FILE] [--fields N]

Needs numpy, and BLASTSCOPE_DATA (default ../shared/data). Prints tables; writes nothing but temporary pictures.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image

# Side of a picture and its scale, from red cells of 7.5 um.
HEALTHY = {"360x363": 95, "366x369": 95, "416x416": None, "575x575": 55, "640x480": 72}


def screened(program, model, folder, scale):
    command = [program, "screen", "--json", *model]
    if scale:
        command += ["--scale-nm", str(scale)]
    done = subprocess.run([*command, folder], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"{folder}: {done.stderr[-2000:]}")
    return json.loads(lines[-1])


def told(name, summary):
    counts = {k: v for k, v in summary["counts"].items() if v}
    white = sum(s["cells"] for s in summary["differential"])
    blast = summary["differential"][0]["cells"]
    unknown = summary["counts"].get("unidentified", 0)
    of = max(white + unknown, 1)
    print(
        f"{name:24} cells {summary['cells']:6} blast {blast:5} ({100 * blast / of:5.1f} % of white and unidentified)"
        f"  unidentified {unknown:5} ({100 * unknown / of:5.1f} %)  {summary['finding']}  corrected"
        f" {summary['corrected_percent']} {summary['corrected_interval']}\n{'':24} {counts}",
        flush=True,
    )


def auc(positive, negative):
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / max(len(positive) * len(negative), 1)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program")
    options.add_argument("--model")
    options.add_argument("--trusted-key")
    options.add_argument("--fields", type=int, default=150, help="fields of each class of the four-class set")
    given = options.parse_args()
    model = ["--model", given.model] if given.model else []
    model += ["--trusted-key", given.trusted_key] if given.trusted_key else []
    data = pathlib.Path(os.environ.get("BLASTSCOPE_DATA", "../shared/data"))
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        print("healthy blood, TXL-PBC val, each size of picture as a slide")
        for path in sorted((data / "txl-pbc/images/val").iterdir()):
            with Image.open(path) as picture:
                size = "{}x{}".format(*picture.size)
            (scratch / size).mkdir(exist_ok=True)
            (scratch / size / path.name).symlink_to(path.resolve())
        for folder in sorted(scratch.iterdir()):
            told(folder.name, screened(given.program, model, folder, HEALTHY.get(folder.name)))
        print(f"four-class set, {given.fields} fields a class, each class as a slide, then field by field")
        shares = {}
        for label in ["Benign", "Early", "Pre", "Pro"]:
            folder = scratch / label
            folder.mkdir()
            paths = sorted((data / "all4" / label).iterdir())
            keep = np.linspace(0, len(paths) - 1, min(given.fields, len(paths))).astype(int)
            shares[label] = []
            for path in (paths[i] for i in keep):
                # Fields of 4:3 were squeezed to a square.
                with Image.open(path) as picture:
                    wide = picture.convert("RGB").resize((round(picture.width * 4 / 3), picture.height), Image.BICUBIC)
                (folder / path.stem).mkdir()
                wide.save(folder / path.stem / "field.png")
            told(label, screened(given.program, model, folder, 411))
            for field in sorted(folder.iterdir()):
                summary = screened(given.program, model, field, 411)
                of = sum(s["cells"] for s in summary["differential"]) + summary["counts"].get("unidentified", 0)
                if of:
                    shares[label].append(summary["differential"][0]["cells"] / of)
        blasts = shares["Early"] + shares["Pre"] + shares["Pro"]
        print(f"AUC of the share of blasts a field, Benign against the others: {auc(blasts, shares['Benign']):.3f}", end="")
        print(f" ({len(shares['Benign'])} and {len(blasts)} fields with a white or unidentified cell)")


if __name__ == "__main__":
    main()
