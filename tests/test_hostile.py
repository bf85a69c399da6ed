# ruff: noqa: E501 (tables of strings)
"""Input made to break things: whatever it is, an answer or one clear error, soon, and nothing touched.

Every string goes through each command in a worker process that reports files it opened for writing,
programs it started and connections it made.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

LIMIT = "1"  # seconds, after which giving up is an answer
PATIENCE = 20  # seconds until the process is killed: machines that run tests have other things to do
LONGEST_ERROR = 600  # characters

COMMANDS = {
    "diff": (),
    "diff at": ("--at", "x=1"),
    "limit": ("--to", "x=0"),
    "grad": ("--at", "x=1"),
    "check": ("--at", "x=1"),
}

# ------------------------------------------------------------------------------------- the language is closed

CODE = r"""
__import__('os').system('touch owned')
__import__("os")
import os
import os; os.remove('x')
from os import system
exec('x')
eval(x)
eval("1")
compile(x)
open('owned','w')
open(x)
print(x)
input()
exit()
quit()
help
breakpoint()
globals()
locals()
vars()
dir(x)
getattr(x, y)
setattr(x, y, z)
type(x)
object()
super()
id(x)
hash(x)
repr(x)
str(x)
int(x)
float(x)
complex(x)
bytes(x)
list(x)
dict(x)
set(x)
iter(x)
next(x)
map(x, y)
filter(x, y)
range(9)
memoryview(x)
__builtins__
__builtins__.open
__name__
__file__
__doc__
__class__
__dict__
_x
__x
x.__class__
x.__class__.__mro__
x.real
x.T
(1).__class__
().__class__.__bases__[0].__subclasses__()
[].append(x)
''.join(x)
sin.__globals__
sympy.sin(x)
np.sin(x)
numpy.load(x)
math.pi
os.system(x)
S(1)
Symbol(x)
symbols('x')
sympify('x')
Function(x)
Lambda(x, x)
Integral(x, x)
Derivative(x, x)
Subs(x, x, 1)
DiracDelta(x)
lambdify(x, x)
parse_expr(x)
Integer(1)
Rational(1, 2)
solve(x)
diff(x, x)
limit(x, x, 0)
f"{x}"
f'{__import__("os")}'
"x" * 9
'''x'''
b'x'
r"x"
"{0.__class__}".format(x)
x if y else z
lambda: x
lambda x: x
lambda x=1: x
λx: x
(x := 1)
x := 1
x = 1
x += 1
x; y
x \
x # comment
@x
*x
**x
x,,
(x, y)
x, y = 1, 2
{x}}
{x: y}
{**x}
[x for x in y]
[x, *y]
{x for x in y}
(x for x in y)
x[...]
x[::]
x[0]()
x[y for y in z]
not x
x and y
x or y
x is y
x in y
x is not None
None
True
False
await x
async x
yield x
return x
raise x
assert x
del x
pass
def f(x): x
class X: x
while x: y
with x: y
for x in y: z
try: x
global x
x -> y
x => y
x ? y : z
x ... y
x..y
$x(
${x
`x`
$(touch owned)
`touch owned`
| touch owned
> owned
&& touch owned
; touch owned
../../etc/passwd
/etc/passwd
file:///etc/passwd
http://localhost/
@/etc/passwd
@x.npy
<script>alert(1)</script>
<!ENTITY x "x">
%s%s%s%n
%x
{{7*7}
#{7*7}
\frac{1}
\x00
\u0041
\N{LATIN SMALL LETTER A}
1_000
0x10
0b1
0o7
1j
1e
1e+
.
..
...
e..
1.e.1
'
"
"''"
(
)
[
]
|
||
!
!!
x!!
,
:
;
@
&
~
=
==
<
x<y
x==y
Piecewise
Piecewise()
Piecewise(x)
Piecewise((x))
Piecewise((x, y))
where()
where(x)
where(x, y, z)
sin
sin()
sin(,)
sin(x,,y)
sin(x=1)
sin(*x)
sin(**x)
sin(x)(y)(
beta(x)
gamma()
zeros(-1)
ones(x)
norm()
dot(x)
transpose()
linspace()
root(x)
atan2(x)
slice(x)
slice
neg(x)
Add(x, y)
Call(x)
"""

CODES = CODE.strip("\n").split("\n")

# What the list above holds that is an expression after all: 1*e, 1*j, S*1, and names behind a module's.
HARMLESS = {
    "1e", "1j", "S(1)", "sympy.sin(x)", "np.sin(x)", "math.pi", "diff(x, x)", "Derivative(x, x)", "'''x'''", "`x`",
}  # fmt: skip

INVISIBLE = {
    "nul": "x\0", "nul alone": "\0", "nul inside": "si\0n(x)", "surrogate": "x\ud800", "low surrogate": "\udc80x",
    "surrogates": "\ud83d\ud83d", "right to left": "x\u202e+1", "isolate": "\u2066x\u2069", "zero width": "x\u200b+1",
    "joiner": "si\u200dn(x)", "byte order mark": "x\ufeff+1", "soft hyphen": "x\xad", "escape": "\x1b[31mx", "bell": "x\a",
    "backspace": "x\b\b", "delete": "x\x7f", "combining": "x\u0301", "combining tower": "x" + "\u0301" * 500,
    "full width": "ｘ＋１", "full width word": "ｓｉｎ(x)", "cyrillic": "х+1", "greek question": "x;1", "emoji": "😀*x",
    "flag": "🇨🇭", "math letter": "𝑥+1", "roman": "Ⅷ*x", "arabic digits": "٣*x", "superscript alone": "²", "subscript alone": "₂",
    "fraction": "½x", "micro": "µ*x", "kelvin": "K*x", "long s": "ſin(x)", "dotless": "sın(x)", "minus minus": "−−−", "integral": "∫x",
    "sum": "∑x", "nabla": "∇x", "private": "\ue000", "unassigned": "\U000e0080", "noncharacter": "\uffff", "tag": "x\U000e0041",
    "line separator": "x\u2028+", "paragraph separator": "x\u2029*", "vertical tab": "x\v*", "replacement": "\ufffd",
    "variation": "x\ufe0f", "object": "\ufffc", "hangul filler": "\u3164", "interlinear": "\ufff9x",
}  # fmt: skip

LONG = {
    "open brackets": "(" * 10**5, "brackets": "(" * 10**5 + "x" + ")" * 10**5, "5000 brackets": "(" * 4990 + "x" + ")" * 4990,
    "201 brackets": "(" * 201 + "x" + ")" * 201, "closing": ")" * 5000, "lists": "[" * 201 + "x" + "]" * 201,
    "indices": "x" + "[0]" * 3000, "minus": "-" * 9990 + "x", "plus": "+" * 9990 + "x", "sin sin": "sin " * 2000 + "x",
    "sin(sin(": "sin(" * 1900 + "x" + ")" * 1900, "powers": "x^" * 4000 + "x", "factorials": "x" + "!" * 9000, "tildes": "~" * 9000 + "x",
    "nots": "where(" + "not " * 2000 + "x>0,1,2)", "bars": "|" * 9000, "bars of x": "|x" * 3000, "paired bars": "|x|" * 3000,
    "nested bars": "|" * 150 + "x" + "|" * 150, "bars apart": "|x|y" * 20, "megabyte of x": "x" * 10**6, "megabyte of sum": "x+" * 5 * 10**5,
    "megabyte of digits": "9" * 10**6, "megabyte of spaces": " " * 10**6, "megabyte of emoji": "😀" * 10**6, "megabyte of quotes": "'" * 10**6,
    "megabyte of nul": "\0" * 10**6, "long name": "x_" + "y" * 9000, "long word": "q" * 9000, "long call": "q" * 9000 + "(x)",
    "long number": "9" * 9990, "long fraction": "0." + "9" * 9000, "exponent digits": "1e" + "9" * 9000, "small exponent": "1e-" + "9" * 9000,
    "root signs": "√" * 5000 + "x", "wheres": "where(x>0," * 900 + "x" + ",0)" * 900, "commas": "," * 9000, "colons": "x[" + ":" * 9000 + "]",
    "many arguments": "max(" + "x," * 4000 + "1)", "long list": "sum([" + "x," * 4000 + "1])", "wide matrix": "[" + "[1,2]," * 1500 + "[1]]",
    "comparisons": "where(" + "x<" * 3000 + "x,1,2)", "ands": "where(" + "x>0&" * 2000 + "x>0,1,2)", "many names": "+".join(f"x{n}" for n in range(1900)),
    "ragged": "[[1],[1,2]]", "deep ragged": "[[[1]],[[1,2]],1]", "superscripts": "x" + "²" * 5000, "semicolons": "x;" * 4000,
}  # fmt: skip

# ---------------------------------------------------------------------------------------------- giant numbers

GIANT = r"""
9**9**9
9**9**9**9
9**9**9**9**9**9**9
9^9^9*x
x^9^9^9
(9^9^9)^x
x^(9^9^9^9)
x**(10**50)
x**(-(10**50))
(x+1)**(10**50)
(x+1)^1000000
(x+1)^(1/1000000007)
(x^2+1)^100000
(1+x)^99*(2+x)^99*(3+x)^99
x**x**x**x**x
x**x**x**x**x**x**x**x
exp(exp(exp(exp(10))))*x
exp(exp(exp(exp(exp(x)))))
exp(10^10)*x
exp(-10^10)*x
exp(-exp(exp(exp(10))))*x
log(9^9^9^9)*x
log(log(9^9^9^9))*x
sqrt(9^9^9)*x
cbrt(9^9^9)*x
root(9^9^9, 9^9^9)*x
root(x, 10^9+1)
(10^9)!*x
((10^9)!)!*x
x^((10^9)!)
(10^9)!/(10^9-1)!*x
(-1)!*x
(1/2)!*x
(10^50)!*x
(10^6 + 1/2)!*x
gamma(10^9)*x
gamma(10^50)*x
gamma(-10^9)*x
gamma(10^9+1/3)*x
gamma(x)^(10^9)
gamma(gamma(gamma(10)))*x
loggamma(10^50)*x
digamma(10^50)*x
polygamma(10^6, x)
polygamma(10^6, 2)*x
polygamma(3, 10^50)*x
beta(10^9, 10^9)*x
beta(x, 10^9)
binomial(10^9, 5*10^8)*x
binomial(10^50, 10^20)*x
binomial(x, 10^6)
binomial(10^6, x)
zeta(10^9)*x
zeta(10^50)*x
zeta(-10^6)*x
zeta(-10^6-1)*x
zeta(1)*x
zeta(1+1/10^30)*x
floor(9^9^9)*x
floor(9^9^9/7)*x
floor(10^400/7)*x
floor(exp(1000))*x
floor(exp(exp(20)))*x
floor(pi*10^10000)*x
ceiling(9^9^9*pi)*x
sign(9^9^9 - 9^9^9)*x
sign(sin(9^9^9))*x
abs(sin(10^400))*x
sin(10^400)*x
sin(10^100000)*x
sin(9^9^9)*x
cos(9^9^9^9)*x
tan(10^400)*x
sin(exp(exp(exp(10))))*x
atan(9^9^9)*x
sinh(10^9)*x
tanh(9^9^9)*x
erf(10^50)*x
erfc(10^9)*x
Ei(10^9)*x
LambertW(9^9^9)*x
LambertW(10^400)*x
besselj(10^9, 10^9)*x
besselj(10^9, x)
besselj(1/3, 10^30)*x
bessely(10^6, 1)*x
sigmoid(9^9^9)*x
softplus(9^9^9)*x
Heaviside(9^9^9 - x)
Max(9^9^9, 9^9^8)*x
Max(9^9^9, x)
Min(9^9^9, 9^9^9 - 1)*x
atan2(9^9^9, x)
hypot(9^9^9, x)
log2(2^(10^9))*x
log10(10^(10^9))*x
log1p(1/9^9^9)*x
expm1(1/9^9^9)*x
1e999999999*x
1e-999999999*x
1e99999999999999999999*x
1e400*x
1e-400*x
0e999999999*x
1e308*10*x
x^1e400
x^1e-400
1e400^x
x/9^9^9
x/(9^9^9 - 9^9^9)
9^9^9/9^9^9*x
9^9^9 - 9^9^9 + x
(9^9^9 + 1 - 9^9^9)*x
(1/3 + 1/10^400)*x
x^(1/3 + 1/10^400)
(-2)^(10^9+1)*x
(-2)^(1/9^9^9)*x
(-1)^(9^9^9)*x
0^(9^9^9)*x
0^(-9^9^9)*x
1^(9^9^9)*x
i^(9^9^9)
oo*x
oo - oo
oo/oo*x
0*oo*x
x^oo
1^oo*x
sin(oo)*x
1/0*x
0/0*x
0^0*x
log(0)*x
tan(pi/2)*x
sum(arange(10^12))*x
sum(arange(10^6))*x
sum(zeros(10^9))*x
sum(ones(10^5, 10^5))*x
sum(linspace(0, 1, 10^9))*x
sum(zeros(9^9^9))*x
sum(arange(9^9^9))*x
sum(arange(0, 1, 1/10^9))*x
sum(arange(0, 1, 1/9^9^9))*x
prod(arange(1, 5000))*x
prod(ones(9000))*x^2
norm(ones(9000))*x
dot(ones(9000), ones(9000))*x
sum(ones(100,100)@ones(100,100))*x
sum(zeros(0))*x
mean(zeros(0))*x
max(zeros(0))*x
sum(softmax(zeros(9000)))*x
logsumexp(ones(5000)*x)
sum(sin(ones(5000)*x))
prod(ones(2000)*x)
norm(ones(2000)*x)
max(ones(2000)*x)
where(9^9^9 > 9^9^8, x, 0)
where(9^9^9^9 > 9^9^9, x, 0)
where(sin(9^9^9) > 0, x, 0)
where(exp(10^10) > x, x, 0)
where(x == 9^9^9, 1, x)
where(pi == pi, x, 0)
where(sqrt(2)*sqrt(3) == sqrt(6), x, 0)
where(exp(pi*sqrt(163)) == 262537412640768744, x, 0)
floor(log(10^1000)/log(10))*x
x^100000 - x^99999
(x+2)^3000
(x^2+x+1)^500*(x-1)^500
sin(x)^100000
sin(x^100000)
sin(sin(sin(sin(sin(sin(sin(sin(sin(sin(x))))))))))
exp(x)^(10^30)
tan(tan(tan(tan(tan(x)))))
sqrt(x+sqrt(x+sqrt(x+sqrt(x+sqrt(x+sqrt(x))))))
abs(abs(abs(abs(abs(x-1)-1)-1)-1)-1)
|x-1|*|x-2|*|x-3|*|x-4|*|x-5|*|x-6|*|x-7|*|x-8|
floor(floor(floor(floor(x*7)/3)*5)/2)
floor(1/x)
floor(10^30*x)
sign(sin(10^30*x))
sin(1/x)*cos(1/x^2)
1/sin(1/x)
sin(10^30*x)
tan(10^30*x)
gamma(1/x)
zeta(x)^zeta(x)
besselj(x, x)
LambertW(LambertW(LambertW(x)))
x^x^x^x - x^x^x
2^(1/x)
exp(-1/x^2)/x^100
(exp(x)-1-x-x^2/2-x^3/6-x^4/24)/x^5
(sin(tan(x)) - tan(sin(x)))/x^7
"""

GIANTS = GIANT.strip("\n").split("\n")

BOMBS = {
    "doubling sum": [f"a{n}=a{n - 1}+a{n - 1}" for n in range(1, 61)] + ["a0=x"],
    "doubling product": [f"a{n}=a{n - 1}*a{n - 1}" for n in range(1, 61)] + ["a0=x"],
    "doubling power": [f"a{n}=a{n - 1}^a{n - 1}" for n in range(1, 61)] + ["a0=x"],
    "doubling number": [f"a{n}=a{n - 1}+a{n - 1}" for n in range(1, 61)] + ["a0=3"],
    "squaring number": [f"a{n}=a{n - 1}*a{n - 1}" for n in range(1, 61)] + ["a0=3"],
    "tower": [f"a{n}=9^a{n - 1}" for n in range(1, 61)] + ["a0=9"],
    "sine of sums": [f"a{n}=sin(a{n - 1})+cos(a{n - 1})" for n in range(1, 61)] + ["a0=x"],
    "bars": [f"a{n}=|a{n - 1}-1|+|a{n - 1}+1|" for n in range(1, 61)] + ["a0=x"],
    "maxima": [f"a{n}=max(a{n - 1},2*a{n - 1}-1)" for n in range(1, 61)] + ["a0=x"],
    "piecewise": [f"a{n}=where(a{n - 1}>{n},a{n - 1}+1,a{n - 1}-1)" for n in range(1, 61)] + ["a0=x"],
    "functions": [f"a{n}(t)=a{n - 1}(a{n - 1}(t))" for n in range(1, 61)] + ["a0(t)=t^2+1"],
    "lists": [f"a{n}=[a{n - 1},a{n - 1}]" for n in range(1, 61)] + ["a0=x"],
    "cycle": [f"a{n}=a{(n + 1) % 61}" for n in range(61)],
    "self": ["a60=a60+1"],
    "exponentials": [f"a{n}=exp(a{n - 1})" for n in range(1, 61)] + ["a0=x"],
    "factorials": [f"a{n}=a{n - 1}!" for n in range(1, 61)] + ["a0=9"],
    "quotients": [f"a{n}=1/(1+a{n - 1})" for n in range(1, 61)] + ["a0=x"],
}

OPTIONS = [
    ["diff", "sin(x)", "--order", "10**9"],
    ["diff", "sin(x)", "--order", "1000000000"],
    ["diff", "sin(x)", "--order", "9" * 5000],
    ["diff", "x**x", "--order", "10000"],
    ["diff", "x**3", "--order", "10000"],
    ["diff", "exp(sin(x))", "--order", "200"],
    ["diff", "gamma(x)", "--order", "60"],
    ["diff", "1/(1+x^2)", "--order", "300", "--at", "0"],
    ["diff", "x", "--var", ",".join(["x"] * 10**5)],
    ["diff", "sin(x)", "--var", ",".join(["x"] * 3000)],
    ["diff", "x", "--var", "y" * 10**5],
    ["diff", "x", "--var", "__class__"],
    ["diff", "x", "--var", "x.y"],
    ["diff", "x", "--var", "\0"],
    ["diff", "x", "--digits", "9" * 5000],
    ["diff", "x", "--digits", "-1"],
    ["diff", "sqrt(2)*x", "--at", "1", "--digits", "10000", "--raw"],
    ["diff", "gamma(x)", "--at", "1/3", "--digits", "3000", "--raw"],
    ["diff", "zeta(x)", "--at", "3", "--digits", "500", "--raw"],
    ["diff", "x^x", "--at", "9^9^9"],
    ["diff", "x^x", "--at", "1e400"],
    ["diff", "sin(x)", "--at", "10^400"],
    ["diff", "sin(x)", "--at", "9^9^9^9"],
    ["diff", "gamma(x)", "--at", "10^9"],
    ["diff", "floor(x)", "--at", "9^9^9/7"],
    ["diff", "abs(x)", "--at", "10^400 - 10^400"],
    ["diff", "x!", "--at", "(10^9)!"],
    ["diff", "1/x", "--at", "1e-400"],
    ["diff", "log(x)", "--at", "9^-9^9"],
    ["diff", "x", "--at", "oo"],
    ["diff", "x", "--at", "x=" * 5000],
    ["diff", "x", "--at", "," * 10**5],
    ["diff", "x", "--at", "(" * 10**5],
    ["diff", "x", "--at", "__import__('os')"],
    ["diff", "x", "--at", "x=@/etc/passwd"],
    ["diff", "x", "--at", "@/dev/zero"],
    ["grad", "x", "--at", "@/dev/zero"],
    ["grad", "x", "--at", "x=@/etc/passwd"],
    ["grad", "x", "--at", "x=@" + "a" * 10**5],
    ["grad", "x", "--at", "x=@a\0b"],
    ["grad", "sum(x)", "--at", "x=zeros(10^9)"],
    ["grad", "sum(x)", "--at", "x=arange(10^12)"],
    ["grad", "sum(x)", "--at", "x=ones(10^4,10^4)"],
    ["grad", "sum(x)", "--at", "x=linspace(0,1,9^9^9)"],
    ["grad", "sum(x)", "--at", "x=[" + "[" * 150 + "1" + "]" * 150 + "]"],
    ["grad", "x@x", "--at", "x=ones(5000)", "--jacobian"],
    ["grad", "x*x", "--at", "x=ones(10^5)", "--jacobian"],
    ["grad", "x*x", "--at", "x=ones(5000)"],
    ["grad", "sum(x)", "--at", "x=[[1,2],[3]]"],
    ["grad", "x[10^9]", "--at", "x=[1,2]"],
    ["grad", "x[9^9^9]", "--at", "x=[1,2]"],
    ["grad", "sum(x[::-10^30])", "--at", "x=[1,2]"],
    ["grad", "sum(x,10^9)", "--at", "x=[1,2]"],
    ["grad", "x", "--at", "1e400"],
    ["grad", "x", "--at", "0/0"],
    ["grad", "x^x", "--at", "1e300"],
    ["grad", "exp(x)", "--at", "9^9^9"],
    ["grad", "gamma(x)", "--at", "10^9"],
    ["limit", "x", "--to", "oo*oo"],
    ["limit", "x", "--to", "9^9^9"],
    ["limit", "sin(x)", "--to", "9^9^9"],
    ["limit", "floor(x)", "--to", "9^9^9"],
    ["limit", "x^x", "--to", "1e400"],
    ["limit", "x", "--to", "0", "--rows", "10**9"],
    ["limit", "x", "--to", "0", "--rows", "1000000000"],
    ["limit", "sin(x)/x", "--to", "0", "--rows", "300"],
    ["limit", "gamma(x)", "--to", "oo", "--rows", "9"],
    ["limit", "x!/x^x", "--to", "oo", "--rows", "5"],
    ["limit", "exp(exp(x))", "--to", "oo", "--rows", "5"],
    ["limit", "zeta(x)", "--to", "1", "--rows", "5"],
    ["limit", "x", "--to", "0", "--from", "x" * 10**5],
    ["limit", "x^(9^9^9)", "--to", "oo"],
    ["limit", "(1+1/x)^(x^9)", "--to", "oo"],
    ["limit", "sin(x^x)", "--to", "oo"],
    ["limit", "floor(x)/x", "--to", "oo"],
    ["check", "x^2", "9^9^9"],
    ["check", "x^2", "__import__('os')"],
    ["check", "x^(9^9^9)", "9^9^9*x^(9^9^9-1)"],
    ["check", "x!", "(10^9)!"],
    ["check", "sin(x)^2", "x" * 10**6],
    ["check", "x", "--tol", "nan"],
    ["check", "x", "--tol", "1e-400"],
    ["diff", "x", "--timeout", "inf"],
    ["diff", "x", "--timeout", "1e-9"],
    ["diff", "x", "--timeout", "9" * 400],
    ["diff", "x", "--let", "a=" * 1000],
    ["diff", "x", "--let", "__class__=1"],
    ["diff", "x", "--let", "x.y=1"],
    ["diff", "x", "--let", "sin=1"],
    ["diff", "x", "--let", "g(t,t)=t"],
    ["diff", "x", "--let", "g(" + ",".join(f"t{n}" for n in range(5000)) + ")=1"],
    ["diff", "g(x)", "--let", "g(t)=g(t)"],
    ["diff", "x", "--let", "=1"],
    ["diff", "x", "--let", ""],
    ["diff", "x", "--" + "a" * 10**5],
    ["diff", "--order" * 10**4, "x"],
    ["x" * 10**5],
    ["\0"],
    ["diff\ud800", "x"],
    ["plot", "x", "-o", "a\0b.svg"],
    ["plot", "x", "-o", "a" * 10**5 + ".svg"],
    ["plot", "x", "-o", "\ud800.svg"],
    ["plot", "x", "-o", "../" * 100 + "nowhere/a.svg"],
    ["plot", "x", "-o", "a.svg", "--size", "1e9,1e9"],
    ["plot", "x", "-o", "a.png", "--size", "10000,10000"],
    ["plot", "x", "-o", "a.svg", "--size", "-1,1"],
    ["plot", "x", "-o", "a.svg", "--size", "0,0"],
    ["plot", "x", "-o", "a.svg", "--xlim", "0,9^9^9"],
    ["plot", "x", "-o", "a.svg", "--xlim", "0"],
    ["plot", "x", "-o", "a.svg", "--at", "9^9^9"],
    ["plot", "sinn(x)", "-o", "a.svg"],
]  # fmt: skip


def check(worker: Any, *words: str, limit: str = "") -> Any:
    """Ask, and hold the answer to what every answer must be."""
    if limit:
        words = (words[0], f"--timeout={limit}", *words[1:])
    answer = worker.ask(*words, patience=PATIENCE)
    assert answer.code in (0, 1, 2, 3)
    assert answer.deeds == [] or words[0] == "plot"
    for bad in ("Traceback", "internal error", "most recent call"):
        assert bad not in answer.out + answer.err
    errors = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert len(answer.err) <= LONGEST_ERROR, answer.err[:200]
    wrote = "wrote " * any(
        line.startswith("wrote ") for line in answer.err.splitlines()
    )  # a picture, by name
    assert len(errors) == (answer.code == 2 or (answer.code == 3 and not answer.out + wrote)), answer.err
    assert all(each.isprintable() for each in answer.err.replace("\n", "")), answer.err
    assert (answer.out == "") == (bool(errors) or words[0] == "plot"), answer.out[:200]
    typed = any(re.search(r"\d{101}|[²⁰]{101}", word) for word in words)
    assert not re.search(r"\d{101}", answer.out) or "--digits" in words or typed, answer.out[:200]
    assert not re.search(r"\bnan\b", answer.out), answer.out[-200:]
    assert limit or "--timeout" in words or "gave up" not in answer.err, f"took {answer.seconds:.1f} s"
    return answer


def every(table: dict[str, Any]) -> Any:
    return pytest.mark.parametrize("given", table.values(), ids=table)


def numbered(strings: list[Any]) -> Any:
    return pytest.mark.parametrize(
        "given", strings, ids=[f"{i}:{str(s)[:30]!a}" for i, s in enumerate(strings)]
    )


@numbered(CODES)
def test_code_is_never_an_expression(worker: Any, given: str) -> None:
    for command, options in COMMANDS.items():
        answer = check(worker, command.split()[0], *options, "--", given)
        assert answer.code == 2 or given in HARMLESS


@every(INVISIBLE)
def test_characters_that_hide(worker: Any, given: str) -> None:
    for command, options in COMMANDS.items():
        check(worker, command.split()[0], *options, "--", given)


@every(LONG)
def test_long_and_deep(worker: Any, given: str) -> None:
    for command, options in COMMANDS.items():
        check(worker, command.split()[0], *options, "--", given, limit=LIMIT)


@numbered(GIANTS)
def test_giant_numbers(worker: Any, given: str) -> None:
    for command, options in COMMANDS.items():
        check(worker, command.split()[0], *options, "--", given, limit=LIMIT)


@every(BOMBS)
def test_definitions_that_explode(worker: Any, given: list[str]) -> None:
    lets = [f"--let={each}" for each in given]
    name = "a60(x)" if given[0].startswith("a1(t)") else "a60"
    for command, options in COMMANDS.items():
        check(worker, command.split()[0], *options, *lets, "--", name, limit=LIMIT)


@numbered(OPTIONS)
def test_options(worker: Any, given: list[str]) -> None:
    asked = given[0] in ("diff", "limit", "grad", "check", "plot") and "--timeout" not in given
    check(worker, *given, limit=LIMIT if asked else "")
    for each in worker.folder.iterdir():
        assert each.name in ("a.svg", "a.png")
        each.unlink()


@pytest.mark.parametrize("name", [*INVISIBLE, *LONG])
def test_the_same_strings_as_json(worker: Any, name: str) -> None:
    """A batch answers each line in bounded space, whatever it holds."""
    given = {**INVISIBLE, **LONG}[name]
    questions = [
        {"command": "diff", "expr": given, "timeout": float(LIMIT)},
        {"command": "grad", "expr": "x", "at": given, "timeout": float(LIMIT)},
    ]
    answer = worker.ask("batch", stdin="\n".join(map(json.dumps, questions)), patience=PATIENCE)
    made = [json.loads(line) for line in answer.out.splitlines()]
    assert len(made) == 2 and answer.deeds == []
    for each in made:
        assert each["exit"] in (0, 1, 2, 3)
        assert "error" not in each or len(json.dumps(each["error"])) <= LONGEST_ERROR
        assert "internal" not in json.dumps(each)


def test_there_are_enough() -> None:
    assert len(CODES) + len(INVISIBLE) + len(LONG) + len(GIANTS) + len(BOMBS) + len(OPTIONS) >= 200


# ------------------------------------------------------------------------------------------------ right answers

RIGHT = [
    ("x**(10**50)", "1" + "0" * 50 + "*x**" + "9" * 50),
    ("9^9^9*x^2", "2*9**9**9*x"),
    ("9^9^9/9^9^9*x", "1"),
    ("9^9^9 - 9^9^9 + x", "1"),
    ("1^(9^9^9)*x", "1"),
    ("0*9^9^9 + x^2", "2*x"),
    ("where(9^9^9 > 9^9^8, x, 0)", "1"),
    ("exp(0*9^9^9)*x", "1"),
]


@pytest.mark.parametrize(("expr", "derivative"), RIGHT)
def test_giants_that_have_a_plain_answer(worker: Any, expr: str, derivative: str) -> None:
    """Equal to this, if not spelled like this."""
    answer = check(worker, "diff", expr, "--raw")
    assert answer.code == 0
    told = check(worker, "check", expr, derivative, "--raw", "--at", "1")
    assert answer.out == derivative + "\n" or told.out in ("equal\n", "undecided\n")
