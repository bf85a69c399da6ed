"""What a curve does, in words for whoever cannot see it: where it starts, turns, breaks and leaves the picture.

course(x, y, Scale(-2, 4))        # "from 0 at x = 0 falling to -1.33 at x = 0.667, rising to 4 at x = 2"
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from calcgrad.pictures.scales import Scale
from calcgrad.pictures.shapes import Array

_SEEN = 0.02  # of the height: a smaller turn is none
_NOTHING = 1e-6  # of half the height: a smaller number is 0, which doubles may miss
_MOST_TURNS = 6
_MOST_PIECES = 4


def course(x: Array, y: Array, ys: Scale) -> str:
    """The course of a curve through points with nan between its pieces."""
    places = np.clip(ys.place(y), 0, 1)
    breaks = np.flatnonzero(np.isnan(places))
    pieces = [each for each in np.split(np.arange(x.size), breaks) if each.size]
    pieces = [each[np.isfinite(places[each])] for each in pieces]
    seen = [each for each in pieces if each.size > 1 and ((places[each] > 0) & (places[each] < 1)).any()]
    y = np.where(np.abs(y) < _NOTHING * (ys.high / 2 - ys.low / 2), 0.0, y)
    said = [_piece(x[each], y[each], places[each]) for each in seen[:_MOST_PIECES]]
    more = len(seen) - len(said)
    return "; then ".join(said) + (f"; and {more} more piece{'s' * (more > 1)}" if more else "")


def _piece(x: Array, y: Array, places: Array) -> str:
    turns = _turns(places)
    low, high = float(y.min()), float(y.max())
    if len(turns) == 1:
        return f"about {_number(float(y[0]))} from x = {_number(x[0])} to x = {_number(x[-1])}"
    if len(turns) - 2 > _MOST_TURNS:
        span = f"from x = {_number(x[0])} to x = {_number(x[-1])}"
        return f"{span} turning {len(turns) - 2} times between {_number(low)} and {_number(high)}"
    words = [f"from {_where(x, y, places, turns[0])}"]
    for one, other in pairwise(turns):
        way = "rising" if places[other] > places[one] else "falling"
        out = places[other] in (0, 1)
        to = "out of the picture at x = " + _number(x[other]) if out else "to " + _where(x, y, places, other)
        words.append(f"{way} {to}")
    return f"{words[0]} {', '.join(words[1:])}"


def _turns(places: Array) -> list[int]:
    """Where a piece starts, turns and ends; one index where it is level."""
    start = 0
    while start + 1 < places.size and places[start + 1] == places[start] and places[start] in (0, 1):
        start += 1  # it comes into the picture there
    found, best, way = [start], start, 0
    for index in range(start + 1, places.size):
        step = places[index] - places[best]
        if step * way > 0 or (way == 0 and abs(step) >= _SEEN):
            best, way = index, int(np.sign(step))
        elif way and step * way <= -_SEEN:
            found.append(best)
            best, way = index, -way
    return [*found, best] if way else found


def _where(x: Array, y: Array, places: Array, index: int) -> str:
    place = places[index]
    value = "above the picture" if place == 1 else "below the picture" if place == 0 else _number(y[index])
    return f"{value} at x = {_number(x[index])}"


def _number(value: float) -> str:
    return f"{float(value) + 0.0:.3g}"
