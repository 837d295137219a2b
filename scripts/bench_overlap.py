"""Recall, precision and overlap of boxes (x, y, width, height) with the white cells of txl-pbc."""
import statistics


def truth_of(labels, width, height):
    """White cells of a file of YOLO lines, in pixels."""
    truth = []
    for line in labels.read_text().splitlines():
        kind, cx, cy, bw, bh = line.split()
        if kind == "0":
            bw, bh = float(bw) * width, float(bh) * height
            truth.append((float(cx) * width - bw / 2, float(cy) * height - bh / 2, bw, bh))
    return truth


def iou(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def hits(truth, found):
    """Overlaps of the cells that are found at IoU 0.5, each box used once, the best pairs first."""
    pairs = sorted(((iou(t, f), i, j) for i, t in enumerate(truth) for j, f in enumerate(found)), reverse=True)
    used_truth, used_found, overlaps = set(), set(), []
    for overlap, i, j in pairs:
        if overlap >= 0.5 and i not in used_truth and j not in used_found:
            used_truth.add(i)
            used_found.add(j)
            overlaps.append(overlap)
    return overlaps


def told(name, sizes, truths, founds):
    """One line for every size of picture, that is every microscope, and one for all."""
    groups = {}
    for size, truth, found in zip(sizes, truths, founds):
        overlaps = hits(truth, found)
        for group in [size, "all"]:
            sums = groups.setdefault(group, [0, 0, 0, []])
            sums[0] += 1
            sums[1] += len(truth)
            sums[2] += len(found)
            sums[3] += overlaps
    for group, (fields, truth, found, overlaps) in sorted(groups.items()):
        yield (f"{name} {group}: {fields} fields, {truth} cells, recall {len(overlaps) / max(truth, 1):.3f}, "
               f"precision {len(overlaps) / max(found, 1):.3f}, mean IoU {statistics.fmean(overlaps or [0]):.3f}")
