"""What Python's own parser reads gives the same graph, in the same places, as what libcst reads."""

from __future__ import annotations

import sys
from pathlib import Path

import libcst as cst
import pytest

from tests.reading.whole import describe
from tmpleak_lint import flow, reading
from tmpleak_lint.flow.build import build_body
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.flow.positions import positions_of
from tmpleak_lint.model import Location, Span
from tmpleak_lint.reading.from_ast import statements_of

WHOLE = Span(Location(1, 1), Location(1, 1))
BODIES = {
    "simple statements": """\
import a, os.path as p, os.path
from . import x as y
from ...z.q import (b, c,)
from m import *
a = b = c(1)
a: int
a: int = f(x)
o.a: int
o[i]: int
a += f(1); a **= 2; a @= b; a //= g()
o.a <<= 3
o[f(1)] |= 2
assert f(a), g
del a, (b), o.c, o[1]
del (a, b)
raise
raise f(a)
raise E(1) from e
return (f)(a)
pass
""",
    "statements that share a line": """\
a(1); b(2);
c(3) ; \\
    d(4)
if x: a(1); b(2)
else: c(3);
if x:
    a(1);  # b(2); c(3)
    b(2)
while f(x): a(1)
for i in g(): a(i); break
with a(1): b(2); c(3)
try: a(1)
except E: b(2)
finally: c(3)
class A: a = f(1); b = g(2)
def f(): a(1); return b(2)
""",
    "compound statements": """\
if a(1):
    b(2)
elif c(3):
    d(4)
elif e:
    f(5)
else:
    if g:
        h(6)
if a:
    pass
else:
    if b: c(1)
while not a(1) and b:
    continue
else:
    c(2)
for a, (b, *c) in f(1), g(2):
    if a: break
else:
    h(3)
async def w(a, /, b=f(1), *c, d, e=g(2), **k):
    async with m(1) as (a, b), n(2) as o.x: await a(b)
    async for x in f(1): yield x
    return [await y async for y in z() if y if f(y)]
with (m(1) as a, n(2)): f(a)
with (m(1)): f(a)
with (m(1), n(2)): f(a)
""",
    "match": """\
match f(1):
    case 1 | -2 | "x" | None: a(1)
    case A.B: b(2); c(3)
    case (A.B) as x if g(x): pass
    case (x): c(3)
match a, b:

    # case not this
    case 1, x: a(x)
    case (1, x,): a(x)
    case ( # case
        (1), [x, *y]): a(y)
    case (1), 2: pass
    case (): pass
    case [1, x]:
        b(x)
    case ([x]): pass
    case {"a": 1, "b": x, **z} if x: a(z)
    case C(1, x, k=D(y), l=[*_]): a(y)
    case (1 | (2)): pass
    case x, *_:
        case = x
        case
    case str() | int() as both: c(both)
    case _: d(4)
match (
    a(1)
):
    case \\
        1:
        b(2)
""",
    "try": """\
try:
    a(1)
except (E, F.g) as e:
    raise
except G():
    b(2)
except:  # finally:
    c(3)
else:
    d(4)
# finally
finally  :  # here
    # and not here
    @f(1)
    def g(): return h(2)
try:
    a(1)

finally:

    b(2)
try:
    return a(1)
finally:
    try:
        b(2)
    finally:
        try:
            c(3)
        finally:
            try:
                d(4)
            finally: e(5)
""",
    "definitions": """\
@f(1)
@g.h
def  a (x, y=f(2), *, z: g(3) = h(4)) -> f(5):
    global p, q
    def b():
        nonlocal x
        return lambda c, *d, e=f(6), **k: c(e)
    return b
async  def s(): await t()
@d(1)
class  B (C, f(1), metaclass=g(2), **h(3)):
    x = f(1)
    def m(self): return self.n(1)
    class D: y = g(2)
class \\
    E: pass
""",
    "parentheses": """\
a = (f(1))
b = ( f(1) , g(2) , )
b = (f(1)), (g(2))
b = ((f(1)), (g(2)))
b = (  # one, two
    (f(1), g(2)), h(3)  # )
)
b = (f)(1), 2
b = ((f)(1), 2)
b = f(1),
b = (f(1),)
b = (  )
b = *c, (*d, f(1))
for i in (1, 2), 3: pass
f(x(i) for i in y(1))
f((x(i) for i in y(1)))
f(  ( x(i)) for i in (y(1))  if (z)  # )
)
(x(i) for i in y(1))
s = sum( x for  x in y if x > (1) )
a[f(1), g(2)]; a[(f(1), g(2))]; a[(f(1)), (g(2))]; a[f(1),]; a[()]
a[f(1):g(2)]; a[ : ]; a[::f(1), ...]; a[ f(1) : , g(2) ]; a[*b]; a[:(g(2))]
if (a and (b or not c(1))) or (f(2)): g(3)
x = a if (b := f(1)) else (c(2)); (yield); y = (yield f(1)); z = yield from (g(2))
""",
    "operators": """\
a = f(1) + g(2) * -h(3) ** ~i // (j - k) % l @ m << n >> o & p | q ^ r
a = b < f(1) <= c != d == e is not f is g not in h in i > j >= k
if a < f(1) < b: c(2)
a = b and f(1) and c or d or g(2)
if not (a and f(1) and b): c(3)
a = not f(1), +f(2), -1, - 1, -(1), -1.5
while True:
    if a: continue
    f(1)
""",
    "displays and comprehensions": """\
a = [f(1), *b], {f(2), *c}, {f(3): g(4), **d, 5: 6}
a = [x(i) for i in f(1) for j in g(i) if h(j) if (k)]
a = {x(i) for i in [1, 2]}
a = {x(i): y(i) for i, j in z(1)}
for i in [1]: f(i)
for i in range(3): f(i)
for i in enumerate((1, 2)): f(i)
for i in {1: 2}.items(): f(i)
for i in "ab" 'c': f(i)
""",
    "literals": r'''
"""Text with 'quotes', "others" and
two lines."""
a = f(0x1F, 1_000, 0b1, 1.5, 2j, ..., None, True, __debug__, 123456789012345678901234567890)
a = f("x", 'y\'s', "it's", r"\d", b"\x00", u"u", "\n\t\\", "\N{BULLET}\x41", "tab	", "")
a = f("x" "y", "it's" r"\n" 'z', b"a" b"b", "x"
    "y" )
a = f"{x} {f(1)!r:>{g(2)}} it's" 'and' rf"{h(3)}\d"
a = (f"{f(1)}"
     "b" f"""{g(2)
     } c""")
a = "%s" % f(1)
''',
    "not ASCII": """\
a = f("é", g(1), "\N{SNOWMAN}"); b = h("ü", i)  # \N{SNOWMAN}
with f(f"é{g(1)}ü") as (b, c): d("ö", e(1))
try: f("é")
finally: g("é", h(1))
class A(f("é")): x = g("ü", 1)
x = ("é", f(1)), (f("é"), 2)
""",
    "lines that go on": """\
a = f(1) + \\
    g(2)
if a and \\
        b(1): \\
    c(2)
x = f(
    1,
    # a comment; with more
    g(2),
)
if a:  # that ends in a backslash \\
    b(1)
""",
}


def _graph(text: str, read: tuple[object, object]) -> Code:
    statements, positions = read
    return build_body(statements, "<module>", Kind.MODULE, WHOLE, positions)  # type: ignore[arg-type]


def _by_libcst(text: str) -> Code:
    module = cst.parse_module(text)
    return _graph(text, (module.body, positions_of(module, 5)))


def _all_of(code: Code) -> list[object]:
    """What a description leaves out."""
    own: list[object] = [code.tail, code.is_generator, code.tested, code.params]
    own += [code.local_names, code.global_names, code.nonlocal_names]
    shapes = [shape for shape in code.classes if shape.body is not None]
    methods = [method for shape in shapes for method in shape.methods.values()]
    return own + [
        _all_of(each) for each in (*code.nested, *methods, *(shape.body for shape in shapes if shape.body))
    ]


@pytest.mark.parametrize("indent", ["", "    "])
@pytest.mark.parametrize("name", BODIES)
def test_graph_is_that_of_what_libcst_reads(name: str, indent: str) -> None:
    text = BODIES[name]
    if indent:
        text = "def outer():\n" + "".join(f"{indent}{line}" for line in text.splitlines(keepends=True))
    read = statements_of(text, 5)
    if read is None:
        assert name == "lines that go on"  # a comment that ends in a backslash looks like a line that does
        text = text.replace("backslash \\", "point.")
        read = statements_of(text.replace(": \\\n", ":\n"), 5)
        assert read is not None
        text = text.replace(": \\\n", ":\n")
    found, expected = _graph(text, read), _by_libcst(text)
    assert describe(found) == describe(expected)
    assert _all_of(found) == _all_of(expected)


@pytest.mark.parametrize(
    "path",
    [path for room in (flow, reading) for path in sorted(Path(room.__path__[0]).glob("*.py"))],
    ids=lambda path: path.stem,
)
def test_graph_of_our_own_modules_is_that_of_what_libcst_reads(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    read = statements_of(text, 5)
    if read is None:
        assert "match " in text  # a constant in parentheses as a pattern, if anything
        return
    found, expected = _graph(text, read), _by_libcst(text)
    assert describe(found) == describe(expected)
    assert _all_of(found) == _all_of(expected)


@pytest.mark.parametrize(
    "text",
    [
        "match f(1):\n    case (1): pass\n",
        "match f(1):\n    case ( None): pass\n",
        "try: f(1)\nexcept* E: pass\n",
        "ﬁle = f(1)\n",  # Python calls it `file`
        "def ﬁle(): f(1)\n",
        "if x: \\\n  f(1)\n",
        "f(1)\r\n",
        "f(1\n",
        "lazy import f\n",
    ],
)
def test_what_only_libcst_can_tell_is_left_to_it(text: str) -> None:
    assert statements_of(text) is None


@pytest.mark.skipif(sys.version_info < (3, 12), reason="its syntax is newer")
def test_type_statement_is_left_to_libcst() -> None:
    assert statements_of("type A = int\n") is None


def test_nobody_knows_where_a_node_of_another_tree_stands() -> None:
    read = statements_of("f(1)\n")
    assert read is not None
    with pytest.raises(KeyError):
        read[1](cst.Pass())
