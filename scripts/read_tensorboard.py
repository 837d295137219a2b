#!/usr/bin/env python3
"""Prints, as a JSON object, the scalars of a folder of event files as TensorBoard's own reader gives them:
a list of [step, value] for each tag.

usage: read_tensorboard.py FOLDER

Needs tensorboard; not TensorFlow.
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    # 0: all values, none sampled away.
    reader = EventAccumulator(arguments[0], size_guidance={"scalars": 0})
    reader.Reload()
    tags = reader.Tags()["scalars"]
    print(json.dumps({tag: [[e.step, e.value] for e in reader.Scalars(tag)] for tag in tags}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
