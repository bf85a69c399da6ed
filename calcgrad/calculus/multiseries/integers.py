"""Whole numbers in a sequence, by its form: what 2**t, factorial(t) and E*factorial(t) leave on division.

    apart(parse("pi*2^t_0/3 + 1/t_0").node, ...)        # pi*2/3 + 1/t_0 for even t, in multiples of 2*pi

Polynomials in t are told apart by their coefficients instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial, gcd

from calcgrad.calculus.arithmetic import alternating, over, plus, scaled, times
from calcgrad.calculus.multiseries.series import Residues, T
from calcgrad.expression.arrays import constant
from calcgrad.expression.tree import PI, Call, E, Node, Number, names_in, postorder, rational

_LARGEST = 5_000  # modulus for which the powers of a number are gone through
_LONGEST = 60  # terms of exp(1)*factorial(t) whose remainders are added
Grows = Callable[[Node], bool]  # does a function go to oo?


@dataclass(frozen=True)
class Tail:
    """``factor`` times power/(of + 1) + power**2/((of + 1)*(of + 2)) + ..., for a power 1 or -1: what is left of
    power**of*exp(power)*factorial(of) beside the whole number that is nearest in the end."""

    factor: Node
    power: int
    of: Node

    def coefficient(self, n: int) -> Fraction:
        """Of 1/of**n, by Stirling's numbers of both ways."""
        return Fraction(sum(alternating(n - j) * _partitions(n, j) * self.power**j for j in range(1, n + 1)))


def _partitions(n: int, k: int) -> int:
    """Stirling's numbers of the second kind."""
    parts: list[int] = [alternating(k - i) * comb(k, i) * i**n for i in range(k + 1)]
    return sum(parts) // factorial(k)


def apart(node: Node, unit: Fraction, with_pi: bool, grows: Grows) -> tuple[Node, list[Tail]] | None:
    """A function of the integer t less whole multiples of ``unit`` (times pi); None where none are seen.

    Raises Residues where they differ with the remainders of t.
    """
    kept: list[tuple[int, Node]] = []
    tails: list[Tail] = []
    left = Fraction(0)
    found = False
    for side, term in _terms(node):
        number, factors = _factors(term)
        if with_pi and factors.count(PI) == 1:
            factors.remove(PI)
        elif with_pi:
            kept.append((side, term))
            continue
        share = number * side / unit
        rest = None
        if any(map(_is_fast, factors)):
            rest = _remainder(factors, share, grows)
            tail = None if rest is not None or share.denominator > _LONGEST else _tail(factors)
            if tail is not None and residue(tail[1], 1, grows) == 0 and grows(tail[1]):
                power, of = tail
                rest = residue(_partial_sum(power, of, share.denominator), share.denominator, grows)
                odd = 0 if power > 0 else residue(of, 2, grows)
                if rest is not None and odd is not None:
                    factor = scaled(share * unit * alternating(odd), PI if with_pi else None)
                    tails.append(Tail(factor, power, of))
        if rest is None:
            kept.append((side, term))
        else:
            found, left = True, left + share.numerator * Fraction(rest, share.denominator)
    if not found:
        return None
    if left:
        kept.append((1, scaled(left * unit, PI if with_pi else None)))
    return plus(kept), tails


def _remainder(factors: list[Node], share: Fraction, grows: Grows) -> int | None:
    return residue(times(*factors), share.denominator, grows)


def _terms(node: Node, side: int = 1) -> Iterator[tuple[int, Node]]:
    match node:
        case Call("+", (a, b)):
            yield from _terms(a, side)
            yield from _terms(b, side)
        case Call("-", (a, b)):
            yield from _terms(a, side)
            yield from _terms(b, -side)
        case Call("neg", (a,)):
            yield from _terms(a, -side)
        case Call("*", (a, b)):
            others = list(_terms(b))
            for one, left in _terms(a, side):
                yield from ((one * other, times(left, right)) for other, right in others)
        case Call("/", (a, b)) if constant(b):
            yield from ((one, over(left, b)) for one, left in _terms(a, side))
        case _:
            yield side, node


def _factors(node: Node) -> tuple[Fraction, list[Node]]:
    """The rational factor of a product, and the others."""
    if (number := constant(node)) is not None:
        return number, []
    match node:
        case Call("*", (a, b)):
            (one, some), (other, more) = _factors(a), _factors(b)
            return one * other, some + more
        case Call("/", (a, b)) if number := constant(b):
            one, some = _factors(a)
            return one / number, some
        case Call("/", (a, b)) if (power := _power_of_e(b)) is not None:
            one, some = _factors(a)
            return one, [*some, Call("exp", (rational(-power),))]
        case Call("neg", (a,)):
            one, some = _factors(a)
            return -one, some
    return Fraction(1), [node]


def _is_fast(node: Node) -> bool:
    """Is there a factorial in it, or t in an exponent?"""
    return any(
        isinstance(each, Call)
        and (
            each.function in ("factorial", "gamma")
            or (each.function == "**" and bool(names_in(each.args[1])))
        )
        for each in postorder(node)
    )


def residue(node: Node, modulus: int, grows: Grows) -> int | None:
    """What is left of a function of the integer t on division, for all large t; None where it is not known to be whole.

    Raises Residues where it differs with the remainders of t.
    """
    if (number := constant(node)) is not None:
        return number.numerator % modulus if number.denominator == 1 else None
    if node is T:
        if modulus > 1:
            raise Residues(modulus)
        return 0
    match node:
        case Call("+" | "-" as way, (a, b)):
            one, other = (residue(each, modulus, grows) for each in (a, b))
            if one is None or other is None:
                return None
            return (one + other if way == "+" else one - other) % modulus
        case Call("neg", (a,)):
            one = residue(a, modulus, grows)
            return None if one is None else -one % modulus
        case Call("*", (a, b)):
            return _of_product(a, b, modulus, grows)
        case Call("/", (a, b)) if (number := constant(b)) and number.denominator == 1:
            one = residue(a, modulus * abs(int(number)), grows)
            return None if one is None or one % int(number) else one // int(number) % modulus
        case Call("**", (a, b)):
            return _of_power(a, b, modulus, grows)
        case Call("factorial" | "gamma", (a,)):
            return 0 if residue(a, 1, grows) == 0 and grows(a) else None
        case Call("floor" | "ceiling", _) if modulus == 1:
            return 0
    return None


def _of_product(a: Node, b: Node, modulus: int, grows: Grows) -> int | None:
    for number, node in ((constant(a), b), (constant(b), a)):
        if number is not None:
            if number.denominator > 1:
                return residue(Call("/", (scaled(Fraction(number.numerator), node), rational(
                    Fraction(number.denominator)))), modulus, grows)  # fmt: skip
            found = residue(node, modulus // gcd(modulus, int(number)), grows)
            return None if found is None else int(number) * found % modulus
    if residue(a, 1, grows) is None or residue(b, 1, grows) is None:
        return None
    product, differs = 1, None
    for each in (a, b):
        try:
            found = residue(each, modulus, grows)
        except Residues as error:
            differs = error
            continue
        if not found:
            return found
        product *= found
    if differs is not None:
        raise differs
    return product % modulus


def _of_power(a: Node, b: Node, modulus: int, grows: Grows) -> int | None:
    number = constant(b)
    if number is not None and (number.denominator > 1 or number < 0):
        return None
    if number is None and (residue(b, 1, grows) is None or not grows(b)):
        return None
    base = residue(a, modulus, grows)
    if base is None or number is not None:
        return None if base is None else pow(base, int(number or 0), modulus)
    if modulus > _LARGEST:
        return None
    places: dict[int, int] = {}  # of the powers, until they come again
    power = 1 % modulus
    while power not in places:
        places[power] = len(places)
        power = power * base % modulus
    first = places[power]
    period = len(places) - first
    exponent = residue(b, period, grows)
    return None if exponent is None else list(places)[first + (exponent - first) % period]


def _tail(factors: list[Node]) -> tuple[int, Node] | None:
    """p and u of exp(p)*factorial(u) for p = 1 or -1; beside whole numbers, other powers leave what grows."""
    if len(factors) != 2:
        return None
    for one, other in (factors, factors[::-1]):
        power = _power_of_e(one)
        if power in (1, -1) and isinstance(other, Call):
            if other.function == "factorial":
                return int(power), other.args[0]
            if other.function == "gamma":
                return int(power), plus(((1, other.args[0]), (-1, Number(1))))
    return None


def _power_of_e(node: Node) -> Fraction | None:
    if node is E:
        return Fraction(1)
    if isinstance(node, Call) and (node.function == "exp" or (node.function == "**" and node.args[0] is E)):
        return constant(node.args[-1])
    return None


def _partial_sum(power: int, of: Node, modulus: int) -> Node:
    """The sum of power**k*of!/k! up to k = of, but for terms that ``modulus`` divides: from the end on, the j-th one
    has j factors that follow each other."""
    terms: list[tuple[int, Node]] = []
    falling: Node = Number(1)
    for j in range(modulus):
        exponent = plus(((1, of), (-1, rational(Fraction(j)))))
        terms.append(
            (1, falling if power == 1 else times(Call("**", (rational(Fraction(power)), exponent)), falling))
        )
        falling = times(falling, exponent)
    return plus(terms)
