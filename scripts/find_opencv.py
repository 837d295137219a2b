#!/usr/bin/env python3
"""The finder's steps with OpenCV and numpy: a yardstick for its speed, not for its quality.

    find_opencv.py [--rounds N] PATH...     milliseconds a megapixel, one thread
    find_opencv.py --txl FOLDER [SPLIT]     the same over txl-pbc (val), with recall and precision at IoU 0.5
    find_opencv.py --serve PATH...          one round for every line of standard input, answered in JSON

Every step stands for one of shared/vision/src/find, at the same working resolution (256 px on the long side, 800 px where red
cells are smaller than 20 px there) and with the same lengths in red-cell diameters:

    here                                                   there
    working(): cv2.resize INTER_AREA                        prepared_field
    densities(): glass from the histogram of green, cv2.LUT stain, histogram
    nuclear_threshold(): Otsu, raised from the dark end     nuclei (nuclear_threshold)
    fill_holes(): components of the background              morphology, runs
    red_cell_diameter(): components and inscribed circles   red_cells
    nuclei(): open, components, watershed on the distance   nuclei, distance, components
    log_odds(): blurred histograms of colour                colour_model
    fit(): cv2.remap to polar, shortest path over the rays  outline
    fit(): mean log odds inside cv2.fillPoly                polygon, score
    Field.cells(): colours learnt and outlines fitted twice,
      fragments absorbed, a score for every cell            cell_fit, fragments, score

Left out, in favour of this script: joining of lobes by their hulls (`joined`), the nucleus at its own edge, masks in
field pixels. Nothing here is tuned on the pictures it is measured on; its thresholds are the finder's.
"""
import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np

cv2.setNumThreads(1)

COARSE, FULL = 256, 800
COARSE_ENOUGH, LEAST_SCALE = 20.0, 4.0
RAYS, STEPS, BEND, STIFFNESS, EDGE = 96, 64, 3, 0.12, 2.5
BINS, LOW, HIGH = (16, 12, 10), (-0.1, -0.3, -0.4), (1.4, 1.2, 1.0)
ANGLES = np.arange(RAYS, dtype=np.float32) * np.float32(2 * np.pi / RAYS)
COS, SIN = np.cos(ANGLES)[:, None], np.sin(ANGLES)[:, None]
RADII = (np.arange(STEPS + 2, dtype=np.float32) + 0.5)[None, :]
WEIGHTS = RADII[:, :STEPS] * np.float32(4.0 / STEPS)


def blur_matrix(n):
    """Averages a bin of a histogram with its neighbours, at its ends with itself: 1/4, 1/2, 1/4."""
    matrix = 0.5 * np.eye(n) + 0.25 * (np.eye(n, k=1) + np.eye(n, k=-1))
    matrix[0, 0] = matrix[-1, -1] = 0.75
    return matrix.astype(np.float32)


BLUR = [blur_matrix(n) for n in BINS]
CELLS = int(np.prod(BINS))
STIFF = (STIFFNESS * np.arange(-BEND, BEND + 1) ** 2).astype(np.float32)


def working(field, longest):
    height, width = field.shape[:2]
    factor = -(-max(height, width) // longest)
    if factor <= 1:
        return field, 1
    # A whole factor is much faster; what is left over at the right and at the bottom is left out.
    width, height = width // factor, height // factor
    whole = field[:height * factor, :width * factor]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), factor


def histogram(values, low, high, bins):
    return cv2.calcHist([values.reshape(-1, 1)], [0], None, [bins], [low, high]).ravel()


def otsu(counts, low, high):
    step = (high - low) / len(counts)
    centres = low + (np.arange(len(counts)) + 0.5) * step
    below = np.cumsum(counts, dtype=np.float64)
    sums = np.cumsum(counts * centres, dtype=np.float64)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * ((sums[-1] - sums) / above - sums / below) ** 2
    between[~np.isfinite(between)] = -1
    return low + (int(np.argmax(between)) + 1) * step


def densities(rgb):
    """Optical densities against the field's own glass, and the purple of nuclei."""
    counts = cv2.calcHist([rgb], [1], None, [128], [0, 256]).ravel()
    bright = np.searchsorted(np.cumsum(counts), 0.99 * counts.sum())
    smooth = np.convolve(counts, np.ones(5), "same")
    low = int(0.75 * bright)
    window = smooth[low:bright + 1]
    peaks = [b for b in range(low, bright + 1)
             if smooth[b] >= 0.2 * window.max() and smooth[b] >= smooth[max(b - 3, 0):b + 4].max()]
    mode = 2 * (peaks[-1] if peaks else low) + 1
    glass = cv2.mean(rgb, cv2.inRange(rgb[:, :, 1], mode - 5, mode + 5))[:3]
    values = np.maximum(np.arange(256, dtype=np.float32), 4)[:, None]
    table = np.log(np.maximum(np.float32(glass), 16)[None, :] / values).astype(np.float32)
    density = cv2.LUT(rgb, table[None, :, :])
    r, g, b = cv2.split(density)
    return density, (r, g, b), g - b + np.float32(0.25) * r


def nuclear_threshold(purple, green, cell_level):
    counts = histogram(purple[green > cell_level], -0.5, 3.0, 175)
    if counts.sum() == 0:
        return None
    centres = -0.5 + (np.arange(175) + 0.5) * 0.02
    split = otsu(counts, -0.5, 3.0)
    below = np.cumsum(np.where(centres < split, counts, 0))
    quantile = lambda sums, share: centres[min(np.searchsorted(sums, share * sums[-1]), 174)]
    red = quantile(below, 0.5)
    least = max(red + 0.2, quantile(below, 0.95))
    threshold = max(least, 0.5 * (red + quantile(np.cumsum(counts), 0.995)))
    for _ in range(4):
        above = counts * (centres > threshold)
        level = (above * centres).sum() / above.sum() if above.sum() else threshold
        threshold = max(least, red + 0.45 * (level - red))
    above = counts * (centres > threshold)
    typical = (above * centres).sum() / above.sum() if above.sum() else threshold
    return threshold, red, typical


def fill_holes(mask):
    """Background that does not reach the border becomes foreground."""
    _, labels = cv2.connectedComponents(1 - mask, connectivity=4, ltype=cv2.CV_16U if mask.size < 60000 else cv2.CV_32S)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    outside = np.zeros(int(labels.max()) + 1, np.uint8)
    outside[edge] = 1
    outside[0] = 0
    return 1 - outside[labels]


def distance(mask):
    """Chamfer distance of every pixel to the nearest one that is 0 in `mask`."""
    return cv2.distanceTransform(mask, cv2.DIST_L2, 3)


def red_cell_diameter(green, near, cell_level):
    """Median diameter of lone red cells, else the wide way through all of them."""
    def denser(threshold):
        red = cv2.compare(green, threshold, cv2.CMP_GT) & 1
        return fill_holes(red & ~near & 1) & ~near & 1

    height, width = green.shape
    count, _, stats, _ = cv2.connectedComponentsWithStats(denser(cell_level), connectivity=8)
    x, y, w, h, area = stats[1:].T.astype(np.float32)
    fill = area / (w * h)
    lone = (area >= 40) & (x > 0) & (y > 0) & (x + w < width) & (y + h < height)
    lone &= (np.maximum(w, h) < 1.4 * np.minimum(w, h)) & (fill >= 0.70) & (fill < 0.86)
    diameters = np.sort(np.sqrt(area[lone] * np.float32(4 / np.pi)))
    depth = distance(denser(0.6 * cell_level))
    peaks = np.sort(depth[(depth >= 2) & (depth >= cv2.dilate(depth, np.ones((5, 5), np.uint8)))])
    inscribed = 0.0
    if len(peaks):
        squares = np.cumsum(peaks ** 2)
        inscribed = 1.9 * float(peaks[np.searchsorted(squares, squares[-1] / 2)])
    diameters = diameters[(diameters > 0.7 * inscribed) & (diameters < 1.6 * inscribed)]
    return diameters, inscribed


class Field:
    """A field at one working resolution, with its stains, its nuclear mask and its ruler."""

    def __init__(self, field, longest):
        self.rgb, self.factor = working(field, longest)
        self.density, (self.r, self.g, self.b), self.purple = densities(self.rgb)
        greens = histogram(self.g[self.purple < 0.35], -0.2, 0.8, 100)
        self.cell_level = float(np.clip(otsu(greens, -0.2, 0.8), 0.05, 0.3))
        self.scale = 0.0
        threshold = nuclear_threshold(self.purple, self.g, self.cell_level)
        if threshold is None:
            return
        self.threshold, self.red, self.typical = threshold
        self.mask = fill_holes(cv2.compare(self.purple, float(self.threshold), cv2.CMP_GT) & 1)
        near = cv2.dilate(self.mask, np.ones((5, 5), np.uint8))
        diameters, inscribed = red_cell_diameter(self.g, near, self.cell_level)
        if len(diameters) >= 5:
            self.scale = float(diameters[len(diameters) // 2])
        else:
            widest = 2 * float(distance(self.mask).max())
            self.scale = max(inscribed, widest / 1.9) if inscribed else 0.8 * widest

    def nuclei(self):
        """Labels of the nuclei from 1, touching ones parted by watershed, and their number."""
        size = int(2 * round(0.05 * self.scale) + 1)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        mask = cv2.morphologyEx(self.mask, cv2.MORPH_OPEN, kernel) if size > 1 else self.mask
        # Lobes of one nucleus that lie close together become one, as there.
        size = int(2 * round(0.15 * self.scale) + 1)
        joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        least = np.pi / 4 * (0.25 * self.scale) ** 2
        keep = stats[:, 4] >= max(least, 4)
        keep[0] = False
        renumber = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
        labels = renumber[labels]
        n = int(keep.sum())
        radius = 0.4 * self.scale
        for index in np.flatnonzero(keep):
            x, y, w, h, area = stats[index]
            if np.sqrt(4 / np.pi * area) < 1.3 * 2 * radius:
                continue
            own = (labels[y:y + h, x:x + w] == renumber[index]).astype(np.uint8)
            own = cv2.copyMakeBorder(own, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
            depth = distance(own)
            cores = cv2.compare(depth, float(max(0.95 * radius, 0.6 * depth.max())), cv2.CMP_GT)
            parts, markers = cv2.connectedComponents(cores)
            if parts <= 2:
                continue
            markers[own == 0] = parts
            relief = cv2.cvtColor(cv2.convertScaleAbs(depth, alpha=-255 / depth.max(), beta=255), cv2.COLOR_GRAY2BGR)
            cv2.watershed(relief, markers)
            inner, target = markers[1:-1, 1:-1], labels[y:y + h, x:x + w]
            for part in range(2, parts):
                n += 1
                target[inner == part] = n
        return labels, n

    def colour_bins(self):
        bins = np.zeros(self.g.shape, np.int32)
        for value, low, high, count in zip((self.g, self.g - self.b, self.r - self.b), LOW, HIGH, BINS):
            place = ((value - np.float32(low)) * np.float32(count / (high - low))).astype(np.int32)
            bins = bins * count + np.clip(place, 0, count - 1)
        return bins

    def log_odds(self, bins, nucleus, cytoplasm, other, away):
        def smoothed(where):
            counts = np.bincount(bins[where], minlength=CELLS).astype(np.float32)
            counts = (BLUR[0] @ counts.reshape(BINS[0], -1)).reshape(BINS)
            counts = (BLUR[1] @ counts @ BLUR[2]).ravel()
            return counts / max(counts.sum(), np.float32(1.0))

        n, c, o = smoothed(nucleus), smoothed(cytoplasm), smoothed(other)
        white = 0.5 * n + 0.5 * np.maximum(c - 0.3 * o, 0)
        table = np.clip(np.log((white + 1e-4) / (o + 1e-4)), -2.5, 2.5).astype(np.float32)
        odds = table[bins]
        glass = self.g < np.float32(0.4 * self.cell_level)
        np.minimum(odds, np.float32(-0.8), out=odds, where=glass)
        return odds + np.maximum(1 - away * np.float32(1 / (0.5 * self.scale)), -1)

    def cells(self):
        """Boxes and scores of the cells in field pixels."""
        if not self.scale >= LEAST_SCALE:
            return []
        labels, n = self.nuclei()
        if n == 0:
            return []
        bins = self.colour_bins()
        known = None
        for _ in range(2):
            away = distance((labels == 0).astype(np.uint8))
            if known is None:
                near = (away > 0) & (away <= 0.3 * self.scale)
                glass = self.g < np.float32(0.4 * self.cell_level)
                far = min(1.2 * self.scale, max(float(np.quantile(away[::4, ::4], 0.8)), 0.3 * self.scale))
                known = labels > 0, near & ~glass, (away > far) | (near & glass)
            odds = self.log_odds(bins, *known, away)
            fits = self.fit(labels, n, odds)
            fits = absorbed(fits, self.scale)
            filled = np.zeros(labels.shape, np.uint8)
            cv2.fillPoly(filled, [f[0] for f in fits], 1)
            inside = labels > 0
            known = inside, (filled == 1) & ~inside, (filled == 0) & ~inside
        return [self.report(fit) for fit in fits]

    def fit(self, labels, n, odds):
        """The best closed curve around every nucleus: (polygon, area, nucleus area, mean odds, purple, centre)."""
        rows, columns = np.nonzero(labels)
        of = labels[rows, columns]
        areas = np.bincount(of, minlength=n + 1)[1:]
        count = np.maximum(areas, 1)
        purple = np.bincount(of, self.purple[rows, columns], minlength=n + 1)[1:] / count
        centre_x = np.bincount(of, columns, minlength=n + 1)[1:] / count
        centre_y = np.bincount(of, rows, minlength=n + 1)[1:] / count
        labels_f = labels.astype(np.float32)
        indices = np.flatnonzero(areas)
        costs, steps = np.empty((len(indices), RAYS, STEPS), np.float32), []
        for cost, i in zip(costs, indices):
            step = np.float32(max(1.9 * self.scale, 0.9 * np.sqrt(4 / np.pi * areas[i])) / STEPS)
            map_x, map_y = np.float32(centre_x[i]) + COS * RADII * step, np.float32(centre_y[i]) + SIN * RADII * step
            polar = lambda plane, border=0: cv2.remap(plane, map_x, map_y, cv2.INTER_NEAREST,
                                                      borderMode=cv2.BORDER_CONSTANT, borderValue=border)
            own = polar(labels_f, -1)[:, :STEPS]
            gain = np.where(own == 0, polar(odds)[:, :STEPS], np.float32(-2.5))
            gain[own == i + 1] = 4.0
            gain[own < 0] = 0.0
            colour = polar(self.density)
            edge = np.abs(colour[:, :-3] + colour[:, 1:-2] - colour[:, 2:-1] - colour[:, 3:]).sum(2)
            np.cumsum(-gain * WEIGHTS, 1, out=cost)
            cost[:, 1:] -= EDGE * np.minimum(0.5 * edge, 1)
            steps.append(step)
        fits = []
        for radii, step, i in zip(cheapest_rings(costs), steps, indices):
            reach = ((radii + 1) * step)[:, None]
            points = np.hstack([centre_x[i] + COS * reach, centre_y[i] + SIN * reach])
            polygon = np.round(points).astype(np.int32)
            x, y, w, h = cv2.boundingRect(polygon)
            left, top = max(x, 0), max(y, 0)
            part = odds[top:y + h, left:x + w]
            if part.size == 0:
                continue
            inside = np.zeros(part.shape, np.uint8)
            cv2.fillPoly(inside, [polygon - (left, top)], 1)
            fits.append((polygon, float(cv2.countNonZero(inside)), float(areas[i]), cv2.mean(part, inside)[0],
                         purple[i], (float(centre_x[i]), float(centre_y[i])), points))
        return fits

    def report(self, fit):
        polygon, area, nucleus, odds, purple, _, points = fit
        height, width = self.rgb.shape[:2]
        low = np.maximum(points.min(0), 0)
        high = np.minimum(points.max(0), (width, height))
        x, y, w, h = *low, *(high - low)
        cut = x <= 0.5 or y <= 0.5 or x + w >= width - 0.5 or y + h >= height - 0.5
        log = lambda v: np.log(max(v, 0.01))
        n, c, l = (np.sqrt(4 / np.pi * nucleus), np.sqrt(4 / np.pi * area), max(w, h))
        n, c, l = log(n / self.scale), log(c / self.scale), log(l / self.scale)
        contrast = purple - self.red
        value = 3.92 * n + 3.01 * c - 1.41 * l + 7.34 * contrast / max(self.typical - self.red, 0.1)
        value += 0.76 * min(contrast, 1.5) + 0.65 * odds - 7.17
        if cut:
            value += 2.85 * l - 1.98 * n - 1.58 * c - 0.21
        return [float(v) * self.factor for v in (x, y, w, h)], 1 / (1 + np.exp(-value))


def cheapest_rings(costs):
    """Radii of the closed ring of least cost of every cell, by dynamic programming over the rays, unrolled twice; all
    cells (first axis) at once."""
    cells, rays = costs.shape[:2]
    best = np.full((2 * rays, cells, STEPS + 2 * BEND), np.float32(1e9))
    inner = best[:, :, BEND:-BEND]
    inner[0] = costs[:, 0]
    windows = np.lib.stride_tricks.sliding_window_view(best, 2 * BEND + 1, axis=2)
    bends_first = windows.transpose(0, 3, 1, 2)
    stiff, reached = STIFF[:, None, None], np.empty(bends_first.shape[1:], np.float32)
    by_ray = np.ascontiguousarray(costs.transpose(1, 0, 2))
    for ray in range(1, 2 * rays):
        np.add(bends_first[ray - 1], stiff, out=reached)
        np.minimum.reduce(reached, 0, out=inner[ray])
        inner[ray] += by_ray[ray % rays]
    back = (windows + STIFF).argmin(3) - BEND
    radius, every = inner[-1].argmin(1), np.arange(cells)
    radii = np.zeros((cells, rays), np.intp)
    for ray in range(2 * rays - 1, rays // 2 - 1, -1):
        if ray < rays + rays // 2:
            radii[:, ray % rays] = radius
        radius = radius + back[ray - 1, every, radius]
    return radii


def absorbed(fits, scale):
    """Drops cells whose small nucleus lies in the outline of a larger one."""
    kept = []
    for fit in sorted(fits, key=lambda f: -f[2]):
        small = np.sqrt(4 / np.pi * fit[2]) < scale
        if small and any(cv2.pointPolygonTest(k[0], fit[5], False) >= 0 for k in kept):
            continue
        kept.append(fit)
    return kept


def find_cells(field):
    """Boxes (x, y, width, height) of the white cells of an RGB field."""
    longest = max(field.shape[:2])
    view = Field(field, COARSE) if longest > COARSE else None
    if view is None or view.scale < COARSE_ENOUGH:
        view = Field(field, FULL)
    return [box for box, score in view.cells() if score >= 0.5]


def pictures(paths):
    files = []
    for path in map(Path, paths):
        files += sorted(p for p in path.iterdir() if p.suffix in (".jpg", ".png")) if path.is_dir() else [path]
    return files, [cv2.cvtColor(cv2.imread(str(f)), cv2.COLOR_BGR2RGB) for f in files]


def one_round(fields):
    start = time.process_time()
    found = [find_cells(field) for field in fields]
    return time.process_time() - start, found


def main():
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit(__doc__)
    if arguments[0] == "--txl":
        from bench_overlap import told, truth_of
        root, split = Path(arguments[1]), (arguments[2:] or ["val"])[0]
        files, fields = pictures([root / "images" / split])
        seconds, found = one_round(fields)
        truth = [truth_of(root / "labels" / split / f"{f.stem}.txt", i.shape[1], i.shape[0]) for f, i in zip(files, fields)]
        sizes = [f"{i.shape[1]}x{i.shape[0]}" for i in fields]
        for line in told(f"opencv {split}", sizes, truth, found):
            print(line)
        print(f"opencv {split}: {1e3 * seconds / (sum(i.shape[0] * i.shape[1] for i in fields) / 1e6):.1f} ms a megapixel")
        return
    rounds, serve = 5, arguments[0] == "--serve"
    if arguments[0] == "--rounds":
        rounds = int(arguments[1])
    _, fields = pictures(arguments[1 if serve else 2 if arguments[0] == "--rounds" else 0:])
    megapixels = sum(i.shape[0] * i.shape[1] for i in fields) / 1e6
    if serve:
        print(json.dumps({"pictures": len(fields), "megapixels": megapixels}), flush=True)
        for _ in sys.stdin:
            seconds, found = one_round(fields)
            ms = 1e3 * seconds / megapixels
            print(json.dumps({"find_ms_per_megapixel": ms, "cells": sum(map(len, found))}), flush=True)
        return
    times = sorted(1e3 * one_round(fields)[0] / megapixels for _ in range(rounds))
    print(f"opencv: {times[len(times) // 2]:.2f} ms a megapixel, one thread, {len(fields)} pictures")


if __name__ == "__main__":
    main()
