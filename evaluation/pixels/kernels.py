"""Compiled passes over a mask, and over a map that is being enlarged: nothing of the radiograph's size is kept.

They fill and sum arrays in loops of their own: numba compiles numpy's functions anew for each pass, checks of their
arguments and messages included, which takes seconds.

Each output value is fma(1 − w, a, w·b), first along the rows, then along the columns, all in float32: on a processor
with fused multiply-add that is what torch computes, to the last bit.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.typing import Signature
from numba.extending import intrinsic
from numpy.typing import NDArray

from evaluation.localization import Integers, Map

Flags = NDArray[np.bool_]
Shares = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., Any])
_LANES = 8  # so many places are counted apart: neighbours often fall on one step, and each must wait for the last


def _compiled(function: Function, fastmath: bool = False) -> Function:
    """Compile on the first call, and keep the result on disk where a folder for it can be written."""
    try:
        return cast(Function, njit(function, cache=True, fastmath=fastmath))
    except RuntimeError:  # neither beside the source nor in the user's cache
        return cast(Function, njit(function, fastmath=fastmath))


def _rounded_once(context: Any, first: Any, second: Any, third: Any) -> tuple[Signature, Callable[..., ir.Value]]:
    """first·second + third in float32, rounded once."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]) -> ir.Value:
        return builder.fma(*arguments)

    return types.float32(types.float32, types.float32, types.float32), generate


_fma: Any = intrinsic(_rounded_once)


@_compiled
def widen(values: Map, low: Integers, high: Integers, weight: Map, out: Map) -> None:
    """Interpolate along the rows: float32 (m, n) to `out`, float32 (m, k); steps as `resizing.interpolation` gives."""
    for row in range(values.shape[0]):
        for column in range(out.shape[1]):
            w = weight[column]
            out[row, column] = _fma(np.float32(1) - w, values[row, low[column]], w * values[row, high[column]])


@_compiled
def _mix(upper: Map, lower: Map, weight: np.float32, out: Map) -> None:
    rest = np.float32(1) - weight
    for column in range(out.size):
        out[column] = _fma(rest, upper[column], weight * lower[column])


@_compiled
def heighten(wide: Map, low: Integers, high: Integers, weight: Map, out: Map) -> None:
    """Interpolate along the columns: float32 (m, n) to `out`, float32 (k, n)."""
    for row in range(out.shape[0]):
        _mix(wide[low[row]], wide[high[row]], weight[row], out[row])


@_compiled
def extremes(wide: Map, low: Integers, high: Integers, weight: Map) -> tuple[float, float, int, int]:
    """Of what `heighten` gives, all finite: the lowest value, the highest, and the row and column of the highest.

    Among equals the first in row order.
    """
    values = np.empty(wide.shape[1], np.float32)
    lowest, highest = np.empty(wide.shape[1], np.float32), np.empty(wide.shape[1], np.float32)
    reached = np.empty(wide.shape[1], np.int32)
    for column in range(values.size):
        lowest[column], highest[column], reached[column] = np.inf, -np.inf, 0
    for row in range(low.size):
        _mix(wide[low[row]], wide[high[row]], weight[row], values)
        for column in range(values.size):  # column by column, which the compiler can do for many at once
            value = values[column]
            lowest[column] = value if value < lowest[column] else lowest[column]
            reached[column] = row if value > highest[column] else reached[column]
            highest[column] = value if value > highest[column] else highest[column]
    best, least = 0, lowest[0]
    for column in range(values.size):
        least = min(least, lowest[column])
        if highest[column] > highest[best] or (highest[column] == highest[best] and reached[column] < reached[best]):
            best = column
    return least, highest[best], reached[best], best


@_compiled
def places(columns: Integers, first: Integers, stop: Integers, rows: int, width: int) -> Integers:
    """Where the pixels of vertical runs are in a flattened (rows, width) array: int64, ascending.

    Run i covers the rows first[i] to stop[i] − 1 of column columns[i]; the runs are ordered by column and do not touch.
    """
    ends = np.empty(rows + 1, np.int64)
    for row in range(rows + 1):
        ends[row] = 0
    for run in range(columns.size):
        for row in range(first[run], stop[run]):
            ends[row + 1] += 1
    for row in range(rows):
        ends[row + 1] += ends[row]
    found = np.empty(ends[rows], np.int64)
    for run in range(columns.size):
        for row in range(first[run], stop[run]):
            found[ends[row]] = row * width + columns[run]
            ends[row] += 1
    return found


@partial(_compiled, fastmath=True)
def _sums(values: Map) -> tuple[float, float]:
    """The sum of values and of their squares, in float64."""
    total, squares = 0.0, 0.0
    for column in range(values.size):
        value = np.float64(values[column])
        total += value
        squares += value * value
    return total, squares


@_compiled
def cover(columns: Integers, first: Integers, stop: Integers, tall: float, wide: float, out: Shares) -> None:
    """Add up how much of each cell vertical runs cover: `out`, float64 (m, n), of cells `tall` × `wide` pixels.

    The runs are those of `places`; a cell that they cover whole becomes 1.
    """
    for run in range(columns.size):
        left, right = columns[run] / wide, (columns[run] + 1) / wide
        top, bottom = first[run] / tall, stop[run] / tall
        for column in range(int(left), min(int(np.ceil(right)), out.shape[1])):
            across = min(column + 1.0, right) - max(float(column), left)
            for row in range(int(top), min(int(np.ceil(bottom)), out.shape[0])):
                out[row, column] += across * (min(row + 1.0, bottom) - max(float(row), top))


@_compiled
def runs_above(values: Map, limit: np.float32) -> tuple[Integers, Integers, Integers, Shares]:
    """Runs of neighbours above a limit along the rows of a map (h, w), in order.

    Returns:
        Their rows, first columns and last columns + 1, int64 (n,), and the sums of their values, float64 (n,).
    """
    height, width = values.shape
    most = height * (width // 2 + 1)
    rows, first, stop = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    sums = np.empty(most)
    found = 0
    for row in range(height):
        column = 0
        while column < width:
            if not values[row, column] > limit:
                column += 1
                continue
            start, total = column, 0.0
            while column < width and values[row, column] > limit:
                total += values[row, column]
                column += 1
            rows[found], first[found], stop[found], sums[found] = row, start, column, total
            found += 1
    return rows[:found], first[:found], stop[:found], sums[:found]


@_compiled
def join_runs(lines: Integers, first: Integers, stop: Integers) -> tuple[Integers, int]:
    """Number the connected parts that runs make up, corners included, by their first run.

    Args:
        lines, first, stop: int64 (n,); run i covers first[i] to stop[i] − 1 of line lines[i]. Ordered by line, then
            place.

    Returns:
        The part of each run, int64 (n,) from 0 on, and how many there are.
    """
    parent = np.empty(lines.size, np.int64)
    before = 0  # the first run of the line before that may still touch
    for run in range(lines.size):
        parent[run] = run
        while before < run and (
            lines[before] < lines[run] - 1 or (lines[before] == lines[run] - 1 and stop[before] < first[run])
        ):
            before += 1
        other = before
        while other < run and lines[other] == lines[run] - 1 and first[other] <= stop[run]:
            one, two = other, run
            while parent[one] != one:
                parent[one] = parent[parent[one]]
                one = parent[one]
            while parent[two] != two:
                parent[two] = parent[parent[two]]
                two = parent[two]
            parent[max(one, two)] = min(one, two)
            other += 1
    parts = 0
    numbers = np.empty(lines.size, np.int64)
    for run in range(lines.size):  # a parent comes before its children
        if parent[run] == run:
            numbers[run] = parts
            parts += 1
        else:
            numbers[run] = numbers[parent[run]]
    return numbers, parts


@_compiled
def box_parts(lines: Integers, first: Integers, stop: Integers, numbers: Integers, parts: int) -> Shares:
    """The edges of the parts: first place, first line, last place + 1, last line + 1; float64 (parts, 4)."""
    edges = np.empty((parts, 4))
    for part in range(parts):
        edges[part, 0] = edges[part, 1] = np.inf
        edges[part, 2] = edges[part, 3] = 0
    for run in range(lines.size):
        part = numbers[run]
        edges[part, 0] = min(edges[part, 0], first[run])
        edges[part, 1] = min(edges[part, 1], lines[run])
        edges[part, 2] = max(edges[part, 2], stop[run])
        edges[part, 3] = max(edges[part, 3], lines[run] + 1)
    return edges


@_compiled
def match(overlap: Shares, levels: Shares) -> Flags:
    """Which found boxes are correct at each level, see `boxes.matching.correct`: bool (levels, n)."""
    n, m = overlap.shape
    hits, taken = np.empty((levels.size, n), np.bool_), np.empty(m, np.bool_)
    for k in range(levels.size):
        for truth in range(m):
            taken[truth] = False
        for found in range(n):
            best, place = levels[k], -1
            for truth in range(m):
                if not taken[truth] and overlap[found, truth] >= best:
                    best, place = overlap[found, truth], truth
            hits[k, found] = place >= 0
            if place >= 0:
                taken[place] = True
    return hits


@_compiled
def count(
    wide: Map,
    low: Integers,
    high: Integers,
    weight: Map,
    lowest: np.float32,
    span: np.float32,
    positions: Integers,
    steps: int,
) -> tuple[Integers, Integers, Map, float, float]:
    """Count what `heighten` gives, scaled to [0, 1] by its lowest value and span, by steps of its height.

    Args:
        wide, low, high, weight: as for `heighten`.
        lowest, span: float32; (x − lowest) / span is rounded as numpy rounds it.
        positions: int64 (p,), places in the flattened result, ascending.
        steps: how many steps there are from 0 to 1, a power of two up to 32,768; a value v is on step ⌈v·steps⌉.

    Returns:
        How many values, and how many of those at the positions, are on each step, int64 (steps + 1,); the scaled values
        at the positions, float32 (p,); the sum of all, and of all squares.
    """
    columns = wide.shape[1]
    values, step = np.empty(columns, np.float32), np.empty(columns, np.uint16)
    counts, inside = np.empty((_LANES, steps + 1), np.int64), np.empty(steps + 1, np.int64)
    for each in range(steps + 1):
        inside[each] = 0
    for lane in range(_LANES):
        for each in range(steps + 1):
            counts[lane, each] = 0
    found = np.empty(positions.size, np.float32)
    total, squares, done, part, scale = 0.0, 0.0, 0, columns // _LANES, np.float32(steps)
    for row in range(low.size):
        _mix(wide[low[row]], wide[high[row]], weight[row], values)
        for column in range(columns):
            value = (values[column] - lowest) / span
            values[column] = value
            # Where the span is infinite the value may be NaN, which must not count outside the table.
            step[column] = min(max(int(np.ceil(value * scale)), 0), steps)
        row_total, row_squares = _sums(values)
        total += row_total
        squares += row_squares
        for column in range(part):
            for lane in range(_LANES):
                counts[lane, step[column + lane * part]] += 1
        for column in range(part * _LANES, columns):
            counts[0, step[column]] += 1
        start = row * columns
        while done < positions.size and positions[done] < start + columns:
            found[done] = values[positions[done] - start]
            inside[step[positions[done] - start]] += 1
            done += 1
    for lane in range(1, _LANES):
        for each in range(steps + 1):
            counts[0, each] += counts[lane, each]
    return counts[0], inside, found, total, squares
