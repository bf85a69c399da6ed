"""What lies between two functions for every x: one in which a single wave, put at its least and its greatest value, is
passed on by monotonic steps.

    ends(parse("x^2/(1+x*sin(x)^2)").node, "x", sign)       # x**2/(1 + x*0), x**2/(1 + x*1)

A limit that both ends have is the function's own, however the wave goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from calcgrad.calculus.multiseries.exact import NotReal, Undecided
from calcgrad.expression.arrays import constant
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.columns import listed
from calcgrad.expression.tree import Call, Node, Number, names_in, postorder

Pair = tuple[Node, Node]  # two ends, in no order
_LEAST: Node = Call("neg", (Number(1),))
_MOST: Node = Number(1)


def ends(root: Node, variable: str, sign: Callable[[Node], int]) -> Iterator[Pair]:
    """Each pair of ends that is found; ``sign`` is that of a function all the way, raising where there is none."""
    waves = [node for node in postorder(root) if isinstance(node, Call) and _is_wave(node, variable)]
    for wave in waves:
        try:
            found = _between(root, wave, sign)
        except (NotReal, Undecided):
            continue
        if found is not None:
            yield found


def _is_wave(node: Call, variable: str) -> bool:
    """Between -1 and 1, wherever its angle goes: a sine or a cosine."""
    said = ROWS.get(node.function)
    return said is not None and bool(said.waves) and not said.domain and variable in names_in(node)


def _between(node: Node, wave: Node, sign: Callable[[Node], int]) -> Pair | None:
    """Two functions between which ``node`` lies wherever the wave is from -1 to 1; None where none are known."""
    if node is wave:
        return _LEAST, _MOST
    if not isinstance(node, Call):
        return None
    inside = [index for index, arg in enumerate(node.args) if wave in postorder(arg)]
    if len(inside) != 1:
        return None
    (index,) = inside
    found = _between(node.args[index], wave, sign)
    if found is None:
        return None
    if node.function == "**" and index == 0:
        found = _powers(found, node.args[1], sign)
    elif node.function == "abs":
        found = _powers(found, Number(2), sign)
    elif not _is_monotonic(node, index, found, sign):
        found = None
    if found is None:
        return None
    one, other = (Call(node.function, (*node.args[:index], end, *node.args[index + 1 :])) for end in found)
    return one, other


def _powers(found: Pair, power: Node, sign: Callable[[Node], int]) -> Pair | None:
    """The ends of a base whose power is monotonic between them."""
    exponent = constant(power)
    if exponent is None:
        least = min(map(sign, found))
        return found if least > 0 or (least == 0 and sign(power) > 0) else None
    if exponent.denominator == 1 and exponent > 0 and exponent % 2:
        return found
    if exponent.denominator == 1 and exponent > 0 and found == (_LEAST, _MOST):
        return Number(0), _MOST
    one, other = map(sign, found)
    down = min(one, other)
    if exponent.denominator == 1 and exponent > 0:
        return found if one * other >= 0 else None
    if exponent.denominator == 1:
        return found if one * other > 0 else None
    return found if down > 0 or (down == 0 and exponent > 0) else None


def _is_monotonic(node: Call, index: int, found: Pair, sign: Callable[[Node], int]) -> bool:
    match node.function:
        case "+" | "-" | "*" | "neg":
            return True
        case "/":
            one, other = (1, 1) if index == 0 else map(sign, found)
            return one * other > 0
        case "**":
            return sign(node.args[0]) > 0
    said = ROWS.get(node.function)
    if said is None or len(node.args) != 1:
        return False
    once = (bool(said.inverse) and not said.preimages) or len(listed(node.function, "preimages")) == 1
    connected = "!=" not in said.domain and " or " not in said.domain
    return once and connected and not (said.waves or said.jumps)
