"""Is every fact of the corpus true? High-precision numbers say so, from mpmath alone.

    python tests/corpus/verify.py [limits] [derivatives]       # counts; every fact that numbers do not bear out

A limit is approached on three ladders of irregular points: steps of a power of ten, of 10**-(2**k), and, where
that is not enough, far beyond; at infinity small steps and doublings too, for towers of exponentials. The values
must come as close as one likes to the stated limit, or close in on it geometrically. A limit that does not exist
needs two sides with different limits, a side where the function is not real, or two sequences with different limits.
A derivative is a difference quotient from both sides, of difference quotients where the order is higher.
A value is believed once two precisions agree on it, and an exact zero only after values that were small already.
"""

from __future__ import annotations

import re
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath
from mpmath import mp

sys.path.insert(0, str(Path(__file__).resolve().parent))
from facts import Fact, TooFar, Undefined, compiled, derivatives, limits, number

MOST_DIGITS = 2600
SECONDS = 40  # of the processor's time, for one fact
STEPS = re.compile("floor|ceiling|sign|Heaviside|where|Max|Min|max|min")  # words that can be equal to a limit
_MULTIPLIERS = ((83, 97), (61, 89), (101, 113), (59, 71), (127, 131), (67, 83))


class Unsure(Exception):
    """Numbers do not bear the fact out."""


class Late(Exception):
    """The fact's time is up."""


# ---------------------------------------------------------------------------------------------- one value


def settled(value: Callable[[], Any], digits: int) -> Any:
    """A value on which two precisions agree to 15 digits; Unsure where there is none within reach."""
    digits = min(digits, MOST_DIGITS // 2)
    before = None
    while digits <= MOST_DIGITS:
        with mp.workdps(digits):
            now = value()
        if before is not None:
            with mp.workdps(40):
                if now == before or abs(now - before) <= mp.mpf(10) ** -15 * abs(now):
                    return now
        before, digits = now, 2 * digits
    if abs(now) < mp.mpf(10) ** -(digits // 10):
        return mp.zero  # nothing but rounding, at every precision
    raise Unsure("two precisions never agree")


# ---------------------------------------------------------------------------------------------- a limit


def ladders(to: str, side: int) -> Iterator[list[tuple[Callable[[], Any], int]]]:
    """Ways into the point: for each a list of points (as functions, for any precision) and digits to begin with."""

    def near(power: int, k: int) -> tuple[Callable[[], Any], int]:
        a, b = _MULTIPLIERS[k % 6]

        def place() -> Any:
            h = mp.mpf(a) / b * mp.mpf(10) ** -power
            return compiled(to)() + side * h

        return place, 60 + 4 * min(power, 300)

    def far(size: Callable[[], Any], k: int, digits: int = 100) -> tuple[Callable[[], Any], int]:
        a, b = _MULTIPLIERS[k % 6]
        return lambda: side * (size() * a / b + mp.mpf(3) / 11), digits

    if to in ("oo", "-oo"):
        yield [far(lambda k=k: mp.mpf(10) ** k, k) for k in range(1, 9)]
        yield [far(lambda k=k: mp.mpf(k), 0) for k in range(2, 14)]
        yield [far(lambda k=k: mp.mpf(4) * 2**k, 0, 60 + 4 * 2**k) for k in range(10)]
        yield [far(lambda k=k: mp.mpf(10) ** (2**k), k) for k in range(10)]
        yield [far(lambda k=k: mp.mpf(10) ** (2**k), 0) for k in range(4, 18)]
    else:
        yield [near(k, k) for k in range(1, 12)]
        yield [near(2**k, k) for k in range(8)]
        yield [near(2**k, 0) for k in range(3, 18)]


def goes_to(expr: str, to: str, side: int, answer: str) -> str:
    """How numbers bear out a one-sided limit; Unsure where they do not."""
    seen, best = [], ""
    try:
        for ladder in ladders(to, side):
            values = climbed(expr, ladder, answer)
            how = tends(values, answer, bool(STEPS.search(expr)))
            if how == "no":
                raise Unsure(f"goes elsewhere: {[mpmath.nstr(v, 8) for v in values[-4:]]}")
            if how == "close":
                return how
            best = best or how
            seen.append([mpmath.nstr(v, 6) for v in values[-3:]])
    except Late:
        if not best:
            raise
    if not best:
        raise Unsure(f"not near {answer}: {seen}")
    return best


def climbed(expr: str, ladder: list[tuple[Callable[[], Any], int]], answer: str) -> list[Any]:
    """The values on a ladder, from where f is real as far as numbers reach."""
    f, values = compiled(expr), []
    for place, digits in ladder:
        try:
            value = settled(lambda place=place: f(x=place()), digits)
            if not value and answer not in ("0", "oo", "-oo") and not STEPS.search(expr):
                raise Unsure("what two precisions cancel to 0 may be nothing but rounding")
            values.append(value)
        except (Unsure, Undefined, TooFar, MemoryError):
            if len(values) > 3:
                break
            values.clear()
    return values


def tends(values: list[Any], answer: str, steps: bool = False, unit: bool = True, digits: int = 6) -> str:
    """close, slowly, no (they settle elsewhere), or "" where one cannot tell.

    ``steps``: the values may become equal to their limit; ``unit``: gaps are of 1, not of the answer, where
    that is small; ``digits`` are asked of the last value.
    """
    if len(values) < 4:
        return ""
    with mp.workdps(40):
        if answer in ("oo", "-oo"):
            signed = [v if answer == "oo" else -v for v in values]
            rising = all(b > a for a, b in zip(signed[-4:], signed[-3:]))
            if rising and signed[-1] > 10**6:
                return "close"
            faster = all(b > 1.15 * a for a, b in zip(signed[-4:], signed[-3:]))
            if rising and signed[-4] > 0 and signed[-1] > 10 and faster:
                return "slowly"
            return ""
        truth = number(answer, 600)
        scale = max(mp.one, abs(truth)) if unit or not truth else abs(truth)
        gaps = [abs(v - truth) / scale for v in values]
        if not any(gaps) or (steps and not any(gaps[-4:])):
            return "close"  # equal from the first on, or from some step on
        while len(gaps) > 4 and gaps[-1] == 0:  # a zero is believed after values that were small already
            gaps.pop()
            values = values[:-1]
        last = gaps[-4:]
        if max(last[-2:]) < mp.mpf(10) ** -digits and last[-1] <= max(last[0], mp.mpf(10) ** -15):
            return "close"
        falling = all(b < 0.9 * a for a, b in zip(gaps[-6:], gaps[-5:]))
        if len(gaps) >= 6 and falling and gaps[-1] < 0.03:
            return "slowly"
        moves = [abs(b - a) for a, b in zip(values[-4:], values[-3:])]
        if values[-1] and max(moves) < mp.mpf(10) ** -10 * scale and gaps[-1] > mp.mpf(10) ** -5:
            return "no"
    return ""


def verify_limit(fact: Fact) -> str:
    expr, to, side = fact["expr"], fact["to"], fact["from"]
    f = compiled(expr)
    sides = {"left": [-1], "right": [1], "both": [-1, 1]}[side]
    if to in ("oo", "-oo"):
        sides = [1 if to == "oo" else -1]
    if fact["answer"] is not None:
        return _weakest(goes_to(expr, to, each, fact["answer"]) for each in sides)
    reason = fact["reason"]
    if reason == "sides-differ":
        if fact["left"] == fact["right"]:
            raise Unsure("the sides do not differ")
        return _weakest(goes_to(expr, to, each, fact[name]) for each, name in ((-1, "left"), (1, "right")))
    if reason == "one-sided-only":
        real = "right" if "right" in fact else "left"
        nowhere_real(f, to, -1 if real == "right" else 1)
        return goes_to(expr, to, 1 if real == "right" else -1, fact[real])
    if reason in ("undefined", "not-real"):
        for each in sides:
            nowhere_real(f, to, each)
        return "close"
    found = set()
    for sequence, limit in fact["sequences"]:
        along(f, to, sides, compiled(sequence), limit)
        found.add(limit)
    if len(found) < 2:
        raise Unsure("both sequences have one limit")
    return "close"


def _weakest(found: Iterator[str]) -> str:
    return max(found, key=["close", "slowly"].index)


def nowhere_real(f: Callable[..., Any], to: str, side: int) -> None:
    for ladder in list(ladders(to, side))[:2]:
        for place, digits in ladder[1:8]:
            with mp.workdps(digits):
                try:
                    f(x=place())
                except Undefined:
                    continue
                raise Unsure("real there")


def along(f: Callable[..., Any], to: str, sides: list[int], sequence: Callable[..., Any], limit: str) -> None:
    """The limit along a sequence that goes into the point from the side asked for."""
    for counts in ([7 * 10**k + 3 for k in range(1, 9)], range(3, 17), range(1, 8)):
        try:
            values = [settled(lambda n=n: f(x=sequence(n=mp.mpf(n))), 120) for n in counts]
            gaps = []
            for n in counts:
                with mp.workdps(200):
                    x = sequence(n=mp.mpf(n))
                    gaps.append(1 / x if to in ("oo", "-oo") else x - compiled(to)())
        except (Unsure, Undefined, TooFar):
            continue
        if not all(any(gap * side > 0 for side in sides) for gap in gaps):
            raise Unsure("a sequence on the wrong side")
        if not all(abs(b) < abs(a) for a, b in pairwise(gaps)):
            raise Unsure("a sequence that does not go into the point")
        if tends(values, limit) in ("close", "slowly"):
            return
    raise Unsure(f"not {limit} along the sequence")


# ----------------------------------------------------------------------------------------- a derivative


class Slopes:
    """Difference quotients of one fact: f's own, and of derivatives of f made of difference quotients."""

    def __init__(self, fact: Fact) -> None:
        self.f = compiled(fact["expr"])
        self.names = fact["var"].split(",")
        self.names = self.names * fact["order"] if len(self.names) == 1 else self.names
        self.finer = 4 if len(self.names) < 4 else 2  # each step inside is the outer one to this power
        self.places = {name: compiled(place) for name, place in fact["at"].items()}

    def value(self, away: dict[str, Any]) -> Any:
        return self.f(**{name: place() + away.get(name, 0) for name, place in self.places.items()})

    def inner(self, names: list[str], away: dict[str, Any], step: Any) -> Any:
        """A derivative beside the point, by central differences."""
        if not names:
            return self.value(away)
        *rest, name = names
        up, down = ({**away, name: away.get(name, 0) + each} for each in (step, -step))
        return (self.inner(rest, up, step**self.finer) - self.inner(rest, down, step**self.finer)) / (
            2 * step
        )

    def here(self, names: list[str], side: int, step: Any) -> Any:
        """A derivative at the point, by one-sided differences."""
        return self.quotient(names, side, step) if names else self.value({})

    def quotient(self, names: list[str], side: int, step: Any) -> Any:
        *rest, name = names
        there = self.inner(rest, {name: side * step}, step**self.finer)
        return (there - self.here(rest, side, step ** min(self.finer, 3))) / (side * step)

    def along(self, side: int, powers: Any, a: int = 83, b: int = 97) -> list[Any]:
        count = len(self.names)
        deep = sum(self.finer**k for k in range(count))
        return [
            settled(
                lambda power=power: self.quotient(self.names, side, mp.mpf(a) / b * mp.mpf(10) ** -power),
                60 + 2 * deep * power,
            )
            for power in powers
        ]

    def jumps(self, side: int) -> bool:
        """Do the values of f beside the point stay away from its value there?"""
        with mp.workdps(400):
            here = self.value({})
            offsets = [[mp.mpf(a) / b * mp.mpf(10) ** -k for a, b in _MULTIPLIERS] for k in (20, 40, 80)]
            return all(
                max(abs(self.value({self.names[-1]: side * h}) - here) for h in row) > mp.mpf("0.001")
                for row in offsets
            )

    def real(self, side: int) -> bool:
        """Is f real beside the point?"""
        try:
            with mp.workdps(400):
                for power in (5, 20, 80):
                    self.value({self.names[-1]: side * mp.mpf(83) / 97 * mp.mpf(10) ** -power})
        except Undefined:
            return False
        return True

    def spread(self, side: int) -> bool:
        """Do the quotients keep apart, however near?"""
        kept = []
        for power in (6, 12, 24) if len(self.names) > 1 else (10, 40, 120):
            found = []
            for k in range(24):
                found += self.along(side, [power + k // 4], 83 + 7 * k, 97 + k * k)
            kept.append(max(found) - min(found))
        return kept[0] > 0.1 and kept[2] > kept[0] / 2


def verify_derivative(fact: Fact) -> str:
    slopes = Slopes(fact)
    count = len(slopes.names)
    many = [[4, 6, 9, 13, 19, 28], [5 * 2**k for k in range(8)]]  # the second for what is slow
    reach = many if count == 1 else [[3, 5, 7, 9, 12]] if count < 4 else [[4, 6, 8, 10]]

    def tending(side: int, answer: str) -> str:
        digits = fact.get("digits", 3 if count > 3 else 5)
        for powers in reach:
            try:
                values = slopes.along(side, powers)
            except Undefined:  # so far from the point f is not real
                values = []
            how = tends(values, answer, True, False, digits)
            if how == "close" or (how == "slowly" and powers is reach[-1]):
                return how
        raise Unsure(f"{[mpmath.nstr(v, 8) for v in values[-3:]]} on side {side}")

    def demand(good: bool, what: str) -> str:
        if not good:
            raise Unsure(what)
        return "close"

    if fact["answer"] is not None and count > 5:
        with mp.workdps(400):
            found = mpmath.diff(lambda x: slopes.f(x=x), slopes.places["x"](), count, h=mp.mpf(10) ** -12)
            return demand(abs(found / number(fact["answer"]) - 1) < mp.mpf(10) ** -8, str(found))
    if fact["answer"] is not None:
        return _weakest(tending(side, fact["answer"]) for side in (-1, 1))
    reason = fact["reason"]
    if reason in ("corner", "vertical-tangent"):
        demand(fact["left"] != fact["right"] or fact["left"].endswith("oo"), "the slopes are the same")
        if reason == "corner" and fact["order"] > 1 and fact["expr"] == "abs(x)":
            slopes.names = slopes.names[:1]  # there is no first derivative already
        return _weakest(tending(side, fact[name]) for side, name in ((-1, "left"), (1, "right")))
    if reason == "jump":
        return demand(_defined(slopes) and (slopes.jumps(-1) or slopes.jumps(1)), "no jump")
    if reason == "undefined":
        return demand(not _defined(slopes), "defined there")
    if reason == "not-real":
        side = next((name for name in ("left", "right") if name in fact), "")
        if not side:
            return demand(not _defined(slopes) or not (slopes.real(-1) or slopes.real(1)), "real there")
        sign = -1 if side == "left" else 1
        demand(not slopes.real(-sign), "real on the other side")
        return tending(sign, fact[side])
    return demand(slopes.spread(-1) or slopes.spread(1), "no oscillation seen")


def _defined(slopes: Slopes) -> bool:
    try:
        settled(lambda: slopes.value({}), 100)
    except (Undefined, Unsure):
        return False
    return True


# --------------------------------------------------------------------------------------------------- all


def verified(question: tuple[str, Fact]) -> tuple[Fact, str, str]:
    kind, fact = question

    def late(*_: Any) -> None:
        raise Late("took too long")

    signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        how, why = (verify_limit if kind == "limits" else verify_derivative)(fact), ""
    except Exception as error:
        how = "reasoned" if fact.get("because") else "NOT VERIFIED"
        why = f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return fact, how, why


def _each(pool: ProcessPoolExecutor, questions: list[tuple[str, Fact]]) -> Iterator[tuple[Fact, str, str]]:
    for done in as_completed([pool.submit(verified, question) for question in questions]):
        yield done.result()


def main() -> int:
    kinds = sys.argv[1:] or ["limits", "derivatives"]
    code = 0
    for kind in kinds:
        questions = [(kind, fact) for fact in {"limits": limits, "derivatives": derivatives}[kind]()]
        counts: Counter[str] = Counter()
        with ProcessPoolExecutor(2) as pool:
            for fact, how, why in _each(pool, questions):
                counts[how] += 1
                if how not in ("close", "slowly"):
                    place = fact.get("to") or fact["at"]
                    print(f"{how}: {fact['expr']} at {place} = {fact['answer']}: {why}", flush=True)
        print(f"{kind}: {len(questions)} facts: {dict(counts)}")
        code |= bool(counts["NOT VERIFIED"])
    return code


if __name__ == "__main__":
    sys.exit(main())
