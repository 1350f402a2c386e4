"""Where labels stand beside their points, so that none covers another: plain geometry, in points of 1/72 inch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DISTANCES = (8.0, 13.0, 20.0, 28.0, 38.0, 50.0, 64.0)
DIRECTIONS = [math.radians(22.5 * step) for step in (0, 8, 4, 12, 2, 14, 6, 10, 1, 15, 7, 9, 3, 13, 5, 11)]
MARKER = 5.5  # half the side of what a point takes up
# What a covered area costs, a crossed line, the way from the point, and each other point that is as near.
COVERED, CROSSED, MOVED, NEARER = 100.0, 0.4, 0.6, 12.0
DIGITS = 6  # decimals that count of a point and of a cost: places that cost the same do so on every processor


@dataclass(frozen=True)
class Box:
    """An upright rectangle."""

    left: float
    bottom: float
    right: float
    top: float

    def shared(self, other: Box) -> float:
        """The area that both cover."""
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(across, 0.0) * max(up, 0.0)

    def distance(self, point: tuple[float, float]) -> float:
        """How far a point is from the nearest side; 0 inside."""
        across = max(self.left - point[0], 0.0, point[0] - self.right)
        up = max(self.bottom - point[1], 0.0, point[1] - self.top)
        return math.hypot(across, up)

    def outside(self, other: Box) -> float:
        """The area of this one that the other does not cover."""
        return (self.right - self.left) * (self.top - self.bottom) - self.shared(other)


@dataclass(frozen=True)
class Placed:
    """A label's box, and how far from its point it had to go."""

    box: Box
    distance: float


def place_labels(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    *,
    within: Box,
    taken: Sequence[Box] = (),
    lines: Sequence[Box] = (),
) -> list[Placed]:
    """A place for each label (`sizes`: width, height) near its point, crowded points first.

    No label covers a point, another label or a box of `taken`, or leaves `within`, while any place that is
    looked at is free; it crosses `lines` (boxes without breadth) only where that saves a way.
    """
    points = [(round(x, DIGITS), round(y, DIGITS)) for x, y in points]
    markers = [Box(x - MARKER, y - MARKER, x + MARKER, y + MARKER) for x, y in points]
    order = sorted(range(len(points)), key=lambda n: (-round(_crowd(points, n), DIGITS), n))
    found: dict[int, Placed] = {}
    for n in order:
        obstacles = [*markers, *taken, *(placed.box for placed in found.values())]
        places = [
            Placed(_beside(points[n], sizes[n], distance, angle), distance)
            for distance in DISTANCES
            for angle in DIRECTIONS
        ]
        others = [point for m, point in enumerate(points) if m != n]
        costs = [
            round(_cost(placed, obstacles, lines, within) + NEARER * _nearer(placed.box, points[n], others), DIGITS)
            for placed in places
        ]
        found[n] = places[costs.index(min(costs))]
    return [found[n] for n in range(len(points))]


def _nearer(box: Box, own: tuple[float, float], others: Sequence[tuple[float, float]]) -> int:
    """How many of the other points are as near to the box as its own."""
    return sum(round(box.distance(other) - box.distance(own), DIGITS) <= 0 for other in others)


def _crowd(points: Sequence[tuple[float, float]], which: int) -> float:
    """How near the other points are."""
    x, y = points[which]
    return sum(1 / (1 + math.hypot(x - a, y - b)) for n, (a, b) in enumerate(points) if n != which)


def _beside(point: tuple[float, float], size: tuple[float, float], distance: float, angle: float) -> Box:
    """A label at a distance from its point: the side that faces the point is that distance away."""
    (x, y), (width, height) = point, size
    across, up = math.cos(angle), math.sin(angle)
    middle_x = x + across * distance + (abs(across) > 0.3) * math.copysign(width / 2, across)
    middle_y = y + up * distance + (abs(up) > 0.3) * math.copysign(height / 2, up)
    return Box(middle_x - width / 2, middle_y - height / 2, middle_x + width / 2, middle_y + height / 2)


def _cost(placed: Placed, obstacles: Sequence[Box], lines: Sequence[Box], within: Box) -> float:
    covered = sum(placed.box.shared(other) for other in obstacles) + placed.box.outside(within)
    crossed = sum(_length_inside(line, placed.box) for line in lines)
    return COVERED * covered + CROSSED * crossed + MOVED * placed.distance


def _length_inside(line: Box, box: Box) -> float:
    """How much of an upright or level line lies in the box."""
    across = min(line.right, box.right) - max(line.left, box.left)
    up = min(line.top, box.top) - max(line.bottom, box.bottom)
    return across + up if across >= 0 and up >= 0 else 0.0


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of labels along a line, as near to where they are wanted as none overlapping allows.

    Their order is kept, and all lie within `low` and `high` where their sizes add to no more. Least squares by pooling
    adjacent violators (Barlow et al. 1972, Statistical inference under order restrictions, section 1.2): labels that
    touch move as one block, whose place is the mean of what its labels want.
    """
    order = sorted(range(len(wanted)), key=lambda n: (wanted[n], n))
    before = 0.0  # the sizes up to a label's middle, were all set close from 0
    blocks: list[tuple[float, list[int]]] = []  # where a block wants to begin, counted from 0, and its labels
    starts = {}
    for n in order:
        starts[n] = before + sizes[n] / 2
        before += sizes[n]
        place, members = wanted[n] - starts[n], [n]
        while blocks and blocks[-1][0] > place:
            other, more = blocks.pop()
            place = (other * len(more) + place * len(members)) / (len(more) + len(members))
            members = more + members
        blocks.append((place, members))
    return [
        min(max(place, low), high - before) + starts[n]
        for n in range(len(wanted))
        for place, members in blocks
        if n in members
    ]
