"""Derivatives as students write them, with the truth of each, to be graded by ``check``; and made-up ones.

    python tests/grading.py            # the pairs: prints what is wrong or undecided, and how many are decided
    python tests/grading.py 500        # and so many made by identities

Equal means: the right value wherever f has a derivative. A claim with a smaller domain is different, one with a larger
one is equal.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from asking import ask


class Pair(NamedTuple):
    """A function, what somebody says its derivative is, and whether it is."""

    f: str
    claim: str
    equal: bool
    order: int = 1
    assumed: tuple[str, ...] = ()


_EQUAL = """
x^3 - 4x^2 + 7 : 3x^2 - 8x | x(3x-8)
(2x+1)^5 : 10(2x+1)^4 | 10(4x^2+4x+1)^2
x^2*(x-1)^3 : x(x-1)^2*(5x-2) | 2x(x-1)^3 + 3x^2*(x-1)^2
1/x^3 : -3/x^4 | -3x^-4
(x+1)/(x-1) : -2/(x-1)^2 | 1/(x-1) - (x+1)/(x-1)^2
x/(x^2+1) : (1-x^2)/(x^2+1)^2 | 1/(x^2+1) - 2x^2/(x^2+1)^2
sqrt(x) : 1/(2sqrt(x)) | x^(-1/2)/2 | sqrt(x)/(2x) | 1/sqrt(4x)
sqrt(x)*sqrt(x+1) : (2x+1)/(2sqrt(x^2+x)) | sqrt(x+1)/(2sqrt(x)) + sqrt(x)/(2sqrt(x+1))
sqrt(x-1)*sqrt(x+1) : x/sqrt(x^2-1)
x*sqrt(x) : 3sqrt(x)/2
x^(3/2) : (3/2)*sqrt(x)
cbrt(x)^2 : 2/(3cbrt(x)) | 2cbrt(x^2)/(3x)
cbrt(x^2) : 2/(3cbrt(x)) | 2x/(3cbrt(x^4)) | 2cbrt(x)^2/(3x)
x^(2/3) : 2/(3cbrt(x)) | (2/3)*x^(-1/3)
sqrt(x)/sqrt(x+1) : 1/(2sqrt(x)*(x+1)^(3/2))
1/sqrt(x^2+1) : -x/(x^2+1)^(3/2) | -x/(sqrt(x^2+1)*(x^2+1))
sqrt(1-x^2) : -x/sqrt(1-x^2) | -x/(sqrt(1-x)*sqrt(1+x))
x*sqrt(1-x^2) : (1-2x^2)/sqrt(1-x^2) | sqrt(1-x^2) - x^2/sqrt(1-x^2)
sqrt(x+sqrt(x)) : (2sqrt(x)+1)/(4sqrt(x)*sqrt(x+sqrt(x)))
root(x,4) : 1/(4root(x^3,4)) | sqrt(sqrt(x))/(4x)
sqrt(x^4+x^2) : (2x^3+x)/sqrt(x^4+x^2)
sqrt(x^2) : x/sqrt(x^2) | x/abs(x) | sign(x)
sqrt(x^4) : 2x
sqrt(sqrt(x)+1) : 1/(4sqrt(x+x*sqrt(x)))
2^x : 2^x*ln(2) | e^(x*ln(2))*ln(2) | 2^(x-1)*ln(4)
x^x : x^x*(1+ln(x)) | e^(x*ln(x))*(ln(x)+1) | x^x + x^x*ln(x) | x^(x-1)*(x+x*ln(x))
e^(-x^2) : -2x*e^(-x^2) | -2x/e^(x^2)
e^(2x) : 2(e^x)^2 | 2e^(x+x)
e^x/(1+e^x) : e^x/(1+e^x)^2 | 1/(2+e^x+e^(-x)) | sigmoid(x)*sigmoid(-x)
1/(1+e^(-x)) : e^(-x)/(1+e^(-x))^2 | sech(x/2)^2/4
10^x : 10^x*ln(10) | 10^x*(ln(2)+ln(5))
x^sin(x) : x^sin(x)*(cos(x)*ln(x)+sin(x)/x)
(1+1/x)^x : (1+1/x)^x*(ln(1+1/x) - 1/(x+1))
x^(1/x) : x^(1/x-2)*(1-ln(x)) | e^(ln(x)/x)*(1-ln(x))/x^2
4^x : 2^(2x+1)*ln(2)
8^x : 3*2^(3x)*ln(2)
sqrt(e^x) : sqrt(e^x)/2 | e^(x/2)/2
ln(e^x+1) : 1/(1+e^(-x)) | (1+tanh(x/2))/2
ln(x^2) : 2/x
ln(abs(x)) : 1/x
ln(x)^2 : 2ln(x)/x | ln(x^2)/x
ln(ln(x)) : 1/(x*ln(x)) | 1/ln(x^x)
x*ln(x)-x : ln(x) | 2ln(sqrt(x)) | -ln(1/x)
x*ln(abs(x)) : ln(abs(x))+1 | ln(x^2)/2+1
x*ln(x^2) : 2ln(abs(x))+2
ln((1+x)/(1-x)) : 2/(1-x^2) | 1/(1+x)+1/(1-x)
ln(x+sqrt(x^2+1)) : 1/sqrt(x^2+1) | (1+x/sqrt(x^2+1))/(x+sqrt(x^2+1))
ln(sqrt(x)) : 1/(2x)
log10(x) : 1/(x*ln(10)) | log10(e)/x
log2(x) : 1/(x*ln(2))
x*ln(x^2-1) : ln(abs(x-1))+ln(abs(x+1))+2x^2/(x^2-1)
x*ln(abs(x^2-1)) : ln(abs(x-1))+ln(abs(x+1))+2x^2/(x^2-1)
x*ln(6x) : ln(x)+ln(6)+1 | ln(x)+ln(2)+ln(3)+1
x*ln(x/2) : ln(x)-ln(2)+1
ln(cos(x)) : -tan(x)
ln(sec(x)+tan(x)) : sec(x)
ln(tan(x/2)) : 1/sin(x)
ln(abs(sin(x))) : cot(x)
ln(abs(sec(x))) : tan(x)
sin(x)^2 : sin(2x) | 2sin(x)*cos(x)
cos(2x) : -4sin(x)*cos(x)
sin(x)*cos(x) : cos(2x) | 1-2sin(x)^2 | cos(x)^2-sin(x)^2
tan(x) : 1+tan(x)^2 | 1/cos(x)^2 | 2/(1+cos(2x)) | sec(x)^2
sec(x) : sin(x)/cos(x)^2 | sec(x)*tan(x)
csc(x) : -cos(x)/sin(x)^2
cot(x) : -1-cot(x)^2 | 2/(cos(2x)-1)
sin(x)/(1+cos(x)) : 1/(1+cos(x)) | sec(x/2)^2/2
tan(x/2) : 1/(1+cos(x))
(1-cos(x))/sin(x) : 1/(1+cos(x)) | (1-cos(x))/sin(x)^2
sin(x)^3 : (3/4)*(cos(x)-cos(3x))
sin(3x) : 12cos(x)^3-9cos(x)
sin(x)^4 : sin(2x)*(1-cos(2x))
cos(x)^4-sin(x)^4 : -2sin(2x)
x*sin(x) : sin(x)+x*cos(x)
sin(x^2) : 2x*cos(x^2)
sin(x)^2+cos(x)^2 : 0
x/2-sin(2x)/4 : sin(x)^2 | (1-cos(2x))/2
sin(x+pi/4) : (cos(x)-sin(x))/sqrt(2)
sin(x) : sin(x+pi/2) | 2cos(x/2)^2-1
sin(x)-cos(x) : sqrt(2)*sin(x+pi/4)
sin(5x)*cos(3x) : 4cos(8x)+cos(2x)
abs(sin(x)) : sign(sin(x))*cos(x) | sin(x)*cos(x)/abs(sin(x)) | sin(2x)/(2abs(sin(x)))
sqrt(1+cos(x)) : -sin(x)/(2sqrt(1+cos(x)))
2sin(x/2) : cos(x/2)
asin(x) : 1/sqrt(1-x^2) | 1/cos(asin(x)) | 1/(sqrt(1-x)*sqrt(1+x))
acos(x) : -1/sqrt(1-x^2) | -1/sin(acos(x))
atan(x) : 1/(1+x^2) | cos(atan(x))^2
atan(1/x) : -1/(1+x^2)
atan(x)+atan(1/x) : 0
asin(x)+acos(x) : 0
asin(sqrt(x)) : 1/(2sqrt(x-x^2)) | 1/(2sqrt(x)*sqrt(1-x))
atan(sqrt(x)) : 1/(2sqrt(x)*(1+x))
x*atan(x)-ln(1+x^2)/2 : atan(x) | asin(x/sqrt(1+x^2))
x*asin(x)+sqrt(1-x^2) : asin(x) | pi/2-acos(x)
sin(acos(x)) : -x/sqrt(1-x^2) | -x/sin(acos(x))
tan(asin(x)) : 1/(1-x^2)^(3/2) | 1/cos(asin(x))^3
cos(atan(x)) : -x/(1+x^2)^(3/2)
atan((1+x)/(1-x)) : 1/(1+x^2)
asin(2x/(1+x^2)) : 2(1-x^2)/((1+x^2)*abs(1-x^2))
asin(sin(x)) : cos(x)/abs(cos(x)) | sign(cos(x))
acos(cos(x)) : sin(x)/abs(sin(x))
atan(tan(x)) : 1
atan(sinh(x)) : 1/cosh(x)
2atan(e^x) : sech(x)
asin(tanh(x)) : sech(x)
atan(e^x) : 1/(e^x+e^(-x))
acot(x) : -1/(1+x^2)
asec(x) : 1/(abs(x)*sqrt(x^2-1)) | 1/(x^2*sqrt(1-1/x^2))
sinh(x) : cosh(x) | (e^x+e^(-x))/2
cosh(x) : (e^x-e^(-x))/2
tanh(x) : 1-tanh(x)^2 | 4/(e^x+e^(-x))^2 | 4e^(2x)/(e^(2x)+1)^2
sinh(x)^2 : sinh(2x) | (e^(2x)-e^(-2x))/2
sinh(2x) : 2cosh(x)^2+2sinh(x)^2
asinh(x) : 1/sqrt(x^2+1)
acosh(x) : 1/sqrt(x^2-1) | 1/(sqrt(x-1)*sqrt(x+1))
atanh(x) : 1/(1-x^2)
x*acosh(x)-sqrt(x^2-1) : ln(x+sqrt(x^2-1)) | -ln(x-sqrt(x^2-1))
x*asinh(x)-sqrt(x^2+1) : ln(x+sqrt(x^2+1)) | -ln(sqrt(x^2+1)-x)
x*atanh(x)+ln(1-x^2)/2 : ln((1+x)/(1-x))/2 | (ln(1+x)-ln(1-x))/2
ln(cosh(x)) : tanh(x) | (e^(2x)-1)/(e^(2x)+1)
x*ln(x+sqrt(x^2-1))-sqrt(x^2-1) : acosh(x)
atanh(sin(x)) : sec(x)
ln(cosh(x)+sinh(x)) : 1
ln(tanh(x/2)) : 1/sinh(x)
sqrt(cosh(x)^2-1) : sinh(x)*cosh(x)/abs(sinh(x))
abs(x) : x/abs(x) | abs(x)/x | sign(x)
x*abs(x) : 2abs(x) | 2sqrt(x^2)
abs(x^2-1) : 2x*sign(x^2-1) | 2x*(x^2-1)/abs(x^2-1)
abs(x)^3 : 3x*abs(x)
max(x,0) : (1+sign(x))/2
abs(x-2)+abs(x+2) : sign(x-2)+sign(x+2)
x^2*sign(x) : 2abs(x)
1/abs(x) : -sign(x)/x^2 | -1/(x*abs(x))
ln(abs(x))^2 : 2ln(abs(x))/x
max(x,-x) : x/abs(x)
sqrt(abs(x)) : sign(x)/(2sqrt(abs(x))) | x/(2abs(x)^(3/2))
cbrt(x) : cbrt(x)/(3x) | 1/(3cbrt(x^2)) | 1/(3cbrt(x)^2)
cbrt(x)*cbrt(x+1) : (2x+1)/(3cbrt(x^2+x)^2)
abs(x)^(2/3) : 2/(3cbrt(x))
floor(x) : 0
a*x^2+b*x+c : 2a*x+b
e^(a*x) : a*e^(a*x) | a*(e^x)^a
sin(a*x+b) : a*cos(a*x+b)
sin(a*x)^2 : a*sin(2a*x) | 2a*sin(a*x)*cos(a*x)
e^(x*ln(a)) : a^x*ln(a)
1/(x^2+a^2) : -2x/(x^2+a^2)^2
sqrt(a^2-x^2) : -x/sqrt(a^2-x^2)
atan(x/a) : a/(a^2+x^2) | 1/(a*(1+(x/a)^2))
asin(x/a) : a/(abs(a)*sqrt(a^2-x^2)) | sign(a)/sqrt(a^2-x^2)
ln(a*x) : 1/x
ln(x+a) : 1/(x+a)
x*ln(a*x) : ln(a*x)+1 | ln(abs(a))+ln(abs(x))+1
ln(x/a) : 1/x
a*cosh(x/a) : sinh(x/a)
e^(-x^2/(2s^2)) : -x/s^2*e^(-x^2/(2s^2))
(a*x+b)/(c*x+d) : (a*d-b*c)/(c*x+d)^2
abs(x-a) : (x-a)/abs(x-a) | sign(x-a)
ln(abs(x-a)) : 1/(x-a)
e^(a*x)*sin(b*x) : e^(a*x)*(a*sin(b*x)+b*cos(b*x))
1/(1+e^(-k*x)) : k*e^(-k*x)/(1+e^(-k*x))^2 | k/(4cosh(k*x/2)^2)
A*sin(w*x)+B*cos(w*x) : w*(A*cos(w*x)-B*sin(w*x))
"""

_DIFFERENT = """
(2x+1)^5 : 5(2x+1)^4
1/x^3 : -3/x^2
(x+1)/(x-1) : 2/(x-1)^2
x/(x^2+1) : 1/(2x)
sqrt(x) : 1/(2x)
sqrt(x^2+x) : (2x+1)/(2sqrt(x)*sqrt(x+1))
sqrt(x^2-1) : x/(sqrt(x-1)*sqrt(x+1))
cbrt(x^2) : 2/(3x^(1/3))
sqrt(x/(x+1)) : 1/(2sqrt(x)*(x+1)^(3/2))
sqrt(1-x^2) : x/sqrt(1-x^2)
sqrt(x^2) : 1
2^x : x*2^(x-1)
x^x : x*x^(x-1)
e^(2x) : e^(2x)
10^x : 10^x
ln(abs(x)) : 1/abs(x)
ln(x)^2 : 2/x
x*ln(x^2) : 2ln(x)+2
log10(x) : 1/x
x*ln(x*(x+1)) : ln(x)+ln(x+1)+(2x+1)/(x+1)
ln(3x) : 1/(3x)
cos(x)^2 : sin(2x)
x*sin(x) : cos(x)
sin(x^2) : cos(2x) | cos(x^2)
cos(x) : sin(x)
sin(x) : (1-tan(x/2)^2)/(1+tan(x/2)^2)
abs(sin(x)) : cos(x)
-2cos(x/2) : sqrt((1-cos(x))/2)
x*atan(x)-ln(1+x^2)/2 : pi/2-atan(1/x)
asin(2x/(1+x^2)) : 2/(1+x^2)
asin(sin(x)) : 1
asec(x) : 1/(x*sqrt(x^2-1))
cosh(x) : -sinh(x)
abs(x) : 1
x*abs(x) : 2x
abs(x)^3 : 3x^2
a*x^2 : a*x | 2a*x+C
asin(x/a) : 1/sqrt(a^2-x^2)
x*ln(a*x) : ln(a)+ln(x)+1
sqrt(a*x) : sqrt(a)/(2sqrt(x))
x^a : a*x^a | a*e^((a-1)*ln(x)) | abs(x)^a*a/x
x^n : x^(n-1)
ln(x+a) : 1/x
x^2*e^x : 2x*e^x
"""

_SECOND = """
x^4 : 12x^2
sin(x)^2 : 2cos(2x)
x*abs(x) : 2sign(x)
e^(-x^2) : (4x^2-2)*e^(-x^2)
x*ln(x) : 1/x
"""


_MORE = Path(__file__).parent / "corpus" / "claims.txt"  # in other forms; with parameters in exponents


def pairs() -> list[Pair]:
    """Textbook functions and what students say of them."""
    found = []
    for table, equal, order in ((_EQUAL, True, 1), (_DIFFERENT, False, 1), (_SECOND, True, 2)):
        for line in table.strip().splitlines():
            f, claims = line.split(" : ")
            found += [Pair(f, claim, equal, order) for claim in claims.split(" | ")]
    equal = True
    for line in _MORE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            equal = line == "# the derivative"
        else:
            f, claims, *assumed = line.split(" : ")
            found += [Pair(f, claim, equal, 1, tuple(assumed)) for claim in claims.split(" | ")]
    return found


# functions that are differentiable on all of the line, and their derivatives
_SMOOTH = (
    ("x^3 - x", "3x^2 - 1"),
    ("sin(x)", "cos(x)"),
    ("e^(-x^2)", "-2x*e^(-x^2)"),
    ("atan(x)", "1/(1+x^2)"),
    ("x*abs(x)", "2*abs(x)"),
    ("ln(1+x^2)", "2x/(1+x^2)"),
    ("sqrt(1+x^2)", "x/sqrt(1+x^2)"),
    ("x*atan(x)", "atan(x) + x/(1+x^2)"),
    ("tanh(x)", "1 - tanh(x)^2"),
    ("x*asinh(x)", "asinh(x) + x/sqrt(1+x^2)"),
)
_INSIDE = ("x", "(x-2)", "(2x+1)", "(1-x)", "(x/3)")  # each takes all real values
# 0 for every real w
_ZEROS = (
    "sin(2w) - 2sin(w)*cos(w)",
    "cos(w) - 2cos(w/2)^2 + 1",
    "sin(w)^2 + cos(w)^2 - 1",
    "cosh(w)^2 - sinh(w)^2 - 1",
    "asinh(w) - ln(w + sqrt(w^2+1))",
    "ln(1 + w^2) - 2ln(sqrt(1+w^2))",
    "2^w - e^(w*ln(2))",
    "cbrt(w^2) - cbrt(w)^2",
    "cbrt(w)^3 - w",
    "sqrt(w^2) - abs(w)",
    "max(w,0) - (w+abs(w))/2",
    "tanh(w) - (e^(2w)-1)/(e^(2w)+1)",
    "sin(atan(w)) - w/sqrt(1+w^2)",
    "atan(w) - asin(w/sqrt(1+w^2))",
    "ln(e^w + 1) - w - ln(1 + e^(-w))",
    "sqrt(w^4+w^2) - abs(w)*sqrt(w^2+1)",
    "sqrt(e^w) - e^(w/2)",
    "sin(3w) - 3sin(w) + 4sin(w)^3",
    "abs(sin(w)) - sqrt(1-cos(w)^2)",
    "sqrt(sqrt(w^2+1)+w)*sqrt(sqrt(w^2+1)-w) - 1",
    "atan(sinh(w)) - 2atan(e^w) + pi/2",
    "loggamma(e^w + 2) - loggamma(e^w) - w - ln(e^w + 1)",
    "gamma(e^w + 1) - e^w*gamma(e^w)",
    "digamma(e^w + 2) - digamma(e^w) - 1/e^w - 1/(e^w + 1)",
    "LambertW(e^w) + ln(LambertW(e^w)) - w",
)
# 0 for some w, for others not, or without a value
_PARTLY = (
    "sqrt(w^2) - w",
    "ln(w^2) - 2ln(w)",
    "sqrt(w)^2 - w",
    "atan(w) + atan(1/w) - pi/2",
    "asin(sin(w)) - w",
    "acos(cos(w)) - w",
    "w^(2/3) - cbrt(w)^2",
    "abs(w)/w - 1",
    "e^(ln(w)) - w",
    "tan(w)*cos(w) - sin(w)",
    "acosh(cosh(w)) - w",
    "asin(2w/(1+w^2)) - 2atan(w)",
    "sqrt(1-sin(w)^2) - cos(w)",
    "ln(abs(w)) - ln(w)",
    "sqrt(w-1)*sqrt(w+1) - sqrt(w^2-1)",
    "abs(w^3) - w^2*w",
    "sqrt(w^4+w^2) - w*sqrt(w^2+1)",
    "sin(w)/sin(w) - 1",
    "LambertW(w*e^w) - w",
    "gamma(w + 1) - w*gamma(w)",
)


def made(count: int, seed: int = 0) -> list[Pair]:
    """Derivatives rewritten by identities: of the real numbers, or of some of them."""
    found = []
    for k in range(count):
        draw = random.Random(f"{seed} {k}")
        f, slope = draw.choice(_SMOOTH)
        equal = draw.random() < 0.6
        zeros = [draw.choice(_ZEROS)] + ([] if equal else [draw.choice(_PARTLY)])
        draw.shuffle(zeros)
        claim = slope
        for zero in zeros:
            zero = re.sub(r"\bw\b|(?<=\d)w", draw.choice(_INSIDE), zero)
            claim = draw.choice((f"{claim} + {zero}", f"({claim})*(1 + {zero})", f"{zero} + {claim}"))
        found.append(Pair(f, claim, equal))
    return found


def judged(one: Pair) -> str:
    """right, undecided or wrong."""
    order = ["--order", str(one.order)] if one.order > 1 else []
    assumed = [f"--assume={each}" for each in one.assumed]
    answer = ask("check", one.f, one.claim, "--var", "x", "--raw", "--timeout", "30", *order, *assumed)
    said = answer.out.strip()
    if said in ("equal", "different"):
        return "right" if (said == "equal") == one.equal else "wrong"
    return "undecided" if said == "undecided" else f"failed: {answer.err}"


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for some in (pairs(), made(number, int(sys.argv[2]) if len(sys.argv) > 2 else 0)):
        counted: Counter[str] = Counter()
        for each in some:
            began = time.process_time()
            verdict = judged(each)
            counted[verdict.split(":")[0]] += 1
            if verdict != "right":
                print(f"{verdict:10} {time.process_time() - began:.1f} s {each}", flush=True)
        print(dict(counted), flush=True)
