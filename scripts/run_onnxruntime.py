#!/usr/bin/env python3
"""Prints, as a JSON list, what an exported network gives in onnxruntime for the picture by formula.

usage: run_onnxruntime.py NETWORK.onnx

Refuses anything but opset 14, IR 8, the standard domain and static shapes. Needs onnx, onnxruntime and numpy.
"""

import json
import sys

import onnx
import onnxruntime

import parity_formula
from compare_onnxruntime import check_form


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    check_form(onnx.load(arguments[0]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(arguments[0], options, providers=["CPUExecutionProvider"])
    size = session.get_inputs()[0].shape[-1]
    (logits,) = session.run(None, {"input": parity_formula.picture(size)})
    print(json.dumps(logits[0].tolist()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
