"""Values have bounded size, whatever a program puts into itself; what may hold the file goes on holding it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from weakref import ref

import pytest

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State, contents
from tmpleak_lint.analysis.domain.values import Ref, Role, Value
from tmpleak_lint.bounds import MOST_HELD, MOST_LEVELS, MOST_PARTS
from tmpleak_lint.engine import check_source

FILE = Ref(v.TRACKED, Role.PATH)
BOX = v.Box("made here")

GROWING: dict[str, Callable[[Value], Value]] = {
    "a pair of itself": lambda x: v.Seq((x, x)),
    "one in one": lambda x: v.Seq((x,)),
    "an attribute of an attribute": lambda x: v.Member(x, "next"),
    "an element of an element": lambda x: v.Item(x, 0),
    "an element under itself": lambda x: v.Item(x, x),
    "a partial of a partial": lambda x: v.Partial(x, (x,)),
    "a keyword": lambda x: v.Partial(v.Dotted("f"), (), "partial", (("x", x), ("y", x))),
    "a method of it": lambda x: v.Func("m", "f", None, x),
    "an object of it": lambda x: v.Inst(v.Klass("m", "C"), ("of", x)),
    "a file of it": lambda x: v.Object("file", "here", (x,)),
    "a test": lambda x: v.Test("and", x, x),
    "what a call gives": lambda x: symbols.Called("f", (x, x)),
    "a round over it": lambda x: v.Seq((v.Iteration(x, 1), x)),
}


def size(value: object) -> int:
    """The number of values in one, counted over again wherever one stands."""
    if isinstance(value, v.Sized):
        return 1 + sum(size(getattr(value, name)) for name in type(value).__match_args__)
    return sum(map(size, value)) if type(value) is tuple else 1


@pytest.mark.parametrize("grow", GROWING.values(), ids=GROWING)
def test_a_value_that_is_put_into_itself_stops_growing(grow: Callable[[Value], Value]) -> None:
    for start in (FILE, BOX, v.UNKNOWN, v.NONE):
        value: Value = start
        seen = set()
        for _ in range(300):
            value = grow(value)
            assert size(value) <= 2 * MOST_PARTS
            seen.add(value)
        assert len(seen) <= 3 * MOST_LEVELS


def test_what_grows_too_large_still_leads_to_the_file() -> None:
    value: Value = FILE
    for _ in range(50):
        value = v.Seq((v.NONE, value))
    assert v.names_followed(value)
    wide = v.Seq((*(Ref(number, Role.PATH) for number in range(1, 2 * MOST_PARTS)), FILE))
    assert v.names_followed(wide)
    assert not v.names_followed(v.Member(wide, "x"))


def test_of_a_full_container_the_followed_file_is_known_and_that_there_may_be_more() -> None:
    state = State()
    many = tuple((None, Ref(number, Role.PATH)) for number in range(1, 3 * MOST_HELD))
    state.fill(BOX, (*many, (None, FILE)))
    assert len(contents(BOX, state)) == MOST_HELD
    assert (None, FILE) in contents(BOX, state)
    assert state.is_open(BOX)
    state = State()
    state.fill(BOX, ((None, FILE),) * 200)
    assert contents(BOX, state) == ((None, FILE),)
    assert not state.is_open(BOX)


LOOPS = {
    "a tuple": "x = (x, x)",
    "a tuple with the file": "x = (x, p)",
    "a list": "x = [x]",
    "a list of two": "x = [x, x]",
    "many lists": "x = [[x, x], [x, x], [x, x], [x, x]]",
    "a longer list": "x = [*x, x]",
    "a dict": "x = {**x, 1: x}",
    "a dict of dicts": "x = {1: x, 2: {3: x}}",
    "a set": "x = {x}",
    "two that are swapped": "x, y = (y, x), (x, y)",
    "unpacking": "(x, *y) = (y, x, y)",
    "append": "x.append(x); x.append([x])",
    "extend": "x.extend(x); x.extend([x, x])",
    "setdefault": "x.setdefault(x, []).append(x)",
    "an item": "x[x] = x",
    "an attribute": "o.a = o; o.b = (o.a, o); o = o.a",
    "attributes of attributes": "o = o.next.next",
    "items of items": "x = x[0][x]",
    "an object": "o = Node(o, x); x = o",
    "an object within": "o = Node(o, p); o.next = o",
    "a sum": "x = x + x",
    "a longer sum": "x += x; x += (x,)",
    "a product": "x = x * 2 + (x, x)",
    "a text": "x = f'{x}{x}'",
    "a text of texts": "x = '%s %s' % (x, x)",
    "a join": "x = os.path.join(x, x)",
    "a child": "x = os.path.join(p, str(x))",
    "a lambda": "x = lambda a=x: (x, a)",
    "a partial": "x = functools.partial(x, x, key=x)",
    "a call": "x = x(x)(x)",
    "a method": "x = x.copy().items()",
    "listed": "x = list(x); x = sorted(enumerate(x))",
    "zipped": "x = [*zip(x, x)]",
    "a comprehension": "x = [(x, each) for each in x]",
    "a generator": "x = (y for y in (x, x))",
    "a nested function": "def g(a=x):\n            return (x, g, a)\n        x = (g, x)",
    "a condition": "x = x if x else not (x and (x, x))",
    "a comparison": "x = (x < y) == (x == y)",
    "negations": "x = not not not not not not not not x",
    "branches": "if c():\n            x = (x, x)\n        else:\n            x = [x]",
    "branches with the file": "if c():\n            x = (x, p)\n        else:\n            x = (p, (x, x))",
    "a stack": "x.push(x); x.callback(x, x)",
    "an exit stack": "x = contextlib.ExitStack(); x.callback(print, x, x)",
    "a handle": "x = open(x); x = contextlib.closing(x)",
    "a loop over it": "for y in x:\n            x = (y, x)",
    "yield": "x = (yield (x, x))",
    "a walrus": "print(x := (x, (x := [x])))",
    "a call of oneself": "x = f(c, (x, x), y, o)",
    "an environment": "os.environ['X'] = x; x = os.environ",
}
HEAD = """\
import contextlib
import functools
import os
import tempfile


class Node:
    def __init__(self, next, held):
        self.next, self.held = next, (next, held)


"""


@pytest.mark.parametrize("statement", LOOPS.values(), ids=LOOPS)
def test_a_file_beside_a_value_that_holds_itself_is_judged(statement: str) -> None:
    body = f"""\
    fd, p = tempfile.mkstemp()
    os.close(fd)
    while c():
        {statement}
        work(p)
        work(x)
"""
    function = f"{HEAD}def f(c, x, y, o):\n{body}"
    assert any(each.code < "TML300" for each in check_source(function).findings)
    module = HEAD + "x = y = o = {}\n" + body.replace("\n    ", "\n")[4:]
    if "yield" not in statement:
        assert any(each.code < "TML300" for each in check_source(module).findings)


@pytest.mark.parametrize("statement", LOOPS.values(), ids=LOOPS)
def test_a_file_that_is_deleted_beside_a_value_that_holds_itself_is_no_finding(statement: str) -> None:
    source = f"""\
{HEAD}def f(c, x, y, o):
    fd, p = tempfile.mkstemp()
    try:
        os.close(fd)
        while c():
            {statement.replace(chr(10), chr(10) + "    ")}
            work(p)
    finally:
        os.remove(p)
"""
    assert check_source(source).findings == ()


def test_equal_values_are_one_object() -> None:
    first = v.Object("file", "here", (v.Const("a"),))
    assert v.Object(kind="file", ident="here", data=(v.Const("a"),)) is first
    assert replace(first, ident="there") is v.Object("file", "there", (v.Const("a"),))
    assert v.Sym() is v.UNKNOWN and v.Klass("m", "C") is v.Klass("m", "C", None)


def test_constants_of_other_types_are_others() -> None:
    assert v.Const(1) is not v.TRUE and v.Const(1.0) is not v.Const(1)
    assert v.Const(True) is v.TRUE


def test_what_cannot_be_hashed_is_an_object_of_its_own() -> None:
    held: list[int] = []
    assert v.Const(held) is not v.Const(held)
    assert v.Const(held).value is held


def test_values_that_nobody_has_go() -> None:
    made = ref(v.Dotted("nobody.has.this"))
    assert made() is not None  # what was made lately may be made again
    v.let_go()
    assert made() is None
