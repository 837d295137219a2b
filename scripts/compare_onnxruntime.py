#!/usr/bin/env python3
"""Compares a model package in onnxruntime with what tract gave when it was packed.

usage: compare_onnxruntime.py PACKAGE.bsm [INTEGERS.safetensors]

The golden cells of the package run through both networks in onnxruntime. f32 logits must be tract's to 1e-4, int8
logits within the package's tolerance. INTEGERS holds tract's last int8 values of the same cells (`last_int8`, written by
`cargo run -p blastscope-train --example last_integers PACKAGE.bsm KEY.pub INTEGERS.safetensors`): each must be equal to one step.
Exit status 0 when all of it holds, 1 when not, 2 when a file cannot be read. Needs onnx, onnxruntime and numpy.
"""

import json
import struct
import sys
import zipfile

import numpy as np
import onnx
import onnxruntime

KINDS = {"U8": np.uint8, "I8": np.int8, "F32": np.float32}
F32_LIMIT = 1e-4
STEP_LIMIT = 1


def read_safetensors(data):
    """Arrays by name of the bytes of a .safetensors file."""
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    body = memoryview(data)[8 + length :]
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            values = np.frombuffer(body[start:end], KINDS[entry["dtype"]])
            arrays[name] = values.reshape(entry["shape"])
    return arrays


def check_form(model):
    """Refuses anything but opset 14, IR 8, the standard domain and static shapes."""
    onnx.checker.check_model(model, full_check=True)
    opsets = [(o.domain, o.version) for o in model.opset_import]
    assert opsets == [("", 14)] and model.ir_version == 8, f"opsets {opsets}, IR {model.ir_version}"
    assert all(n.domain == "" for n in model.graph.node), "operators outside the standard domain"
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    assert len(shape) == 4 and all(d > 0 for d in shape), f"input shape {shape}"


def run(model, pictures):
    """All outputs of the model for each picture, stacked."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    rows = [session.run(None, {"input": p[None]}) for p in pictures]
    return [np.concatenate(output) for output in zip(*rows)]


def with_last_integers(model):
    """The model with its last int8 values as a second output."""
    heads = [n for n in model.graph.node if n.op_type == "DequantizeLinear"]
    assert len(heads) == 1, f"{len(heads)} DequantizeLinear nodes instead of one"
    value = onnx.helper.make_tensor_value_info(heads[0].input[0], onnx.TensorProto.INT8, None)
    model.graph.output.append(value)
    return model


def compare(package, integers):
    """Prints what differs; True when everything is within its limit."""
    manifest = json.loads(package.read("manifest.json"))
    golden = read_safetensors(package.read("golden.safetensors"))
    pictures = golden["input"].astype(np.float32) / np.float32(255)
    sound = True

    single = onnx.load_from_string(package.read("network-f32.onnx"))
    check_form(single)
    (logits,) = run(single, pictures)
    difference = float(np.abs(logits - golden["logits_f32"]).max())
    sound &= difference <= F32_LIMIT
    print(f"f32:  {len(pictures)} cells, logits differ by {difference:.2e} at most (limit {F32_LIMIT:g})")

    if "network-int8.onnx" not in package.namelist():
        print("int8: the package holds none")
        return bool(sound)
    whole = onnx.load_from_string(package.read("network-int8.onnx"))
    check_form(whole)
    logits, last = run(with_last_integers(whole), pictures)
    difference = float(np.abs(logits - golden["logits_int8"]).max())
    limit = manifest["golden_tolerance"]["int8"]
    sound &= difference <= limit
    print(f"int8: {len(pictures)} cells, logits differ by {difference:.2e} at most (limit {limit:g})")
    if integers is not None:
        steps = np.abs(last.astype(np.int32) - integers["last_int8"].astype(np.int32))
        sound &= steps.max() <= STEP_LIMIT
        print(
            f"int8: of {steps.size} last values {np.count_nonzero(steps)} differ, "
            f"by {steps.max()} steps at most (limit {STEP_LIMIT})"
        )
    return bool(sound)


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with zipfile.ZipFile(arguments[0]) as package:
            integers = None
            if len(arguments) == 2:
                with open(arguments[1], "rb") as file:
                    integers = read_safetensors(file.read())
            sound = compare(package, integers)
    except (OSError, KeyError, ValueError, struct.error, zipfile.BadZipFile) as error:
        print(f"{' '.join(arguments)}: cannot be compared: {error!r}", file=sys.stderr)
        return 2
    except (AssertionError, onnx.checker.ValidationError) as error:
        print(f"{arguments[0]}: not the form to export: {error}", file=sys.stderr)
        return 1
    print("equal within the limits" if sound else "NOT equal within the limits")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
