"""Compound statements of the grammar, and sequences of statements.

In: a writer and a context. Out: lines. `body` is the middle of everything: some statements, of which
exactly one is the `yield` that a context manager must have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.oracle.statements import (
    benign,
    condition,
    create_file,
    helper,
    leave,
    risky,
)
from tests.oracle.writer import Context, File, Writer

DEEPEST = 3
HANDLERS = (
    "OSError",
    "ValueError",
    "Exception",
    "BaseException",
    "(OSError, ValueError)",
    "AppError",
    "_Refused",
    "KeyError",
    "LookupError",
    "",
    "Exception",
    "BaseException",
)


def body(w: Writer, ctx: Context, most: int = 3) -> None:
    """One to `most` statements; the `yield` the context asks for is exactly one of them."""
    count = 1 + w.dice.randrange(most)
    place = w.dice.randrange(count)
    rest = replace(ctx, must_yield=None)
    for number in range(count):
        if ctx.must_yield is not None and number == place:
            if ctx.depth < DEEPEST and w.chance(35):
                w.pick((nested_try, w.lifecycle, nested_with))(w, ctx.deeper())
            else:
                w.tag("yield")
                w.line(ctx.must_yield)
        else:
            statement(w, rest)


def statement(w: Writer, ctx: Context) -> None:
    kinds: list[tuple[int, Callable[[Writer, Context], None]]] = [(42, risky), (22, benign), (14, leave)]
    if ctx.depth < DEEPEST:
        kinds += [
            (6, nested_if),
            (6, nested_loop),
            (6, nested_try),
            (5, nested_with),
            (4, nested_match),
            (7, w.lifecycle),
        ]
    if any(item.directory for item in ctx.files):
        kinds.append((8, child))
    if ctx.kind in ("generator", "asyncgenerator"):
        kinds.append((12, lambda w, ctx: w.line(f"yield {w.parameter('cfg')}")))
    w.weighted(kinds)(w, ctx)


def nested_if(w: Writer, ctx: Context) -> None:
    with w.block(f"if {condition(w, ctx)}:"):
        body(w, ctx.deeper(), 2)
    if w.chance(40):
        with w.block("else:"):
            body(w, ctx.deeper(), 2)


def nested_match(w: Writer, ctx: Context) -> None:
    w.tag("match")
    with w.block(f"match {w.parameter('cfg')}.{w.fresh('mode')}:"):
        with w.block('case "a":'):
            body(w, ctx.deeper(), 2)
        with w.block(w.pick(['case "b":', 'case "b" | "c":', "case _:"])):
            body(w, ctx.deeper(), 2)


def iterable(w: Writer) -> str:
    kind = w.weighted([(60, "unknown"), (15, "literal"), (10, "range"), (8, "call"), (7, "unknown range")])
    w.tag(f"loop over {kind}")
    return {
        "unknown": w.parameter("items"),
        "literal": '("a", "b")',
        "range": "range(2)",
        "call": "list_items()",
        "unknown range": f"range({w.parameter('count')})",
    }[kind]


def nested_loop(w: Writer, ctx: Context) -> None:
    inner = ctx.deeper(loop=True)
    if ctx.asynchronous and w.chance(30):
        w.tag("async for")
        with w.block(f"async for {w.fresh('item')} in {w.parameter('stream')}:"):
            body(w, inner, 2)
    elif w.chance(30):
        w.tag("while")
        with w.block(f"while {w.pick(['check_1()', 'more()'])}:"):
            body(w, inner, 2)
    else:
        w.tag("for")
        with w.block(f"for {w.fresh('item')} in {iterable(w)}:"):
            body(w, inner, 2)
    if w.chance(20):
        w.tag("loop else")
        with w.block("else:"):
            body(w, ctx.deeper(), 1)


def handler(w: Writer, ctx: Context, before: Callable[[], None] | None = None) -> None:
    """One `except` clause that deletes first, if asked, and then ends in one of the usual ways."""
    kind = "asyncio.CancelledError" if ctx.asynchronous and w.chance(15) else w.pick(HANDLERS)
    if kind == "_Refused":
        helper(w, kind)
    w.tag(f"except {kind}")
    name = w.chance(25) and bool(kind)
    with w.block(f"except {kind} as error:" if name else f"except {kind}:" if kind else "except:"):
        if before is not None:
            before()
        ends = [(30, "pass"), (40, "raise"), (8, "other"), (8, "risky")]
        if ctx.may_return:
            ends.append((10, "return"))
        if ctx.loop:
            ends += [(8, "break"), (8, "continue")]
        end = w.weighted(ends)
        w.tag(f"handler ends in {end}")
        if end == "raise":
            w.line("raise")
        elif end == "other":
            w.line(f'raise {helper(w, "_Refused")}("again")' + (" from error" if name else ""))
        elif end == "risky":
            risky(w, ctx)
        elif end == "return":
            w.line("return")
        elif end != "pass":
            w.line(end)


def nested_try(w: Writer, ctx: Context) -> None:
    w.tag("try")
    inner = ctx.deeper()
    with w.block("try:"):
        body(w, inner, 2)
    rest = replace(ctx, must_yield=None)
    finally_only = w.chance(25)
    if not finally_only:
        for _ in range(1 + w.chance(20)):
            handler(w, rest)
            if w.lines[-1].strip() and bare_last(w):
                break
        if w.chance(20):
            w.tag("try else")
            with w.block("else:"):
                body(w, rest.deeper(), 1)
    if finally_only or w.chance(20):
        w.tag("finally without deletion")
        with w.block("finally:"):
            (risky if w.chance(30) else benign)(w, rest)


def bare_last(w: Writer) -> bool:
    """Whether the last clause written catches everything, so that no other may follow."""
    head = "    " * w.indent
    for text in reversed(w.lines):
        if text.startswith(head + "except"):
            return text == head + "except:"
    return False


def nested_with(w: Writer, ctx: Context) -> None:
    inner = ctx.deeper()
    if ctx.asynchronous and w.chance(40):
        w.tag("async with")
        head = f"async with session_{w.dice.randrange(2)}() as {w.fresh('s')}:"
    elif w.chance(35):
        w.tag("suppress")
        kinds = w.pick(["OSError", "ValueError", "Exception", "KeyError, OSError"])
        head = f"with contextlib.suppress({kinds}):"
    elif w.chance(20):
        head = f"with {w.parameter('cfg')}.scope:"
    else:
        head = f"with session_{w.dice.randrange(2)}() as {w.fresh('s')}:"
    w.tag("with")
    with w.block(head):
        body(w, inner, 2)


def child(w: Writer, ctx: Context) -> None:
    """Something made inside a directory that is in scope."""
    parent = w.pick([item for item in ctx.files if item.directory])
    w.tag("child of directory")
    joined = w.pick([f'os.path.join({parent.path}, "x")', f'f"{{{parent.path}}}/x"'])
    if parent.wrapped:
        joined = f'{parent.path} / "x"'
    way = w.dice.randrange(3)
    if way == 0:
        with w.block(f'with open({joined}, "w") as {(out := w.fresh("out"))}:'):
            w.line(f'{out}.write("x")')
    elif way == 1:
        path = w.fresh("c")
        w.line(f"{path} = {joined}")
        w.line(f"Path({path}).touch()")
    else:
        create_file(w, ctx, parent.path)


def filled(file: File) -> File:
    """The same, knowing that things may be made inside."""
    return replace(file, filled=file.directory)


def middle(w: Writer, ctx: Context, file: File, most: int = 3) -> None:
    body(w, ctx.owning(filled(file)), most)
