"""Lifecycles whose creation or deletion stands under a condition.

In: a writer and a context. Out: lines. Conditions correlate (None guards, flags, the same test twice) or
don't.
"""

from __future__ import annotations

from tests.oracle.blocks import body, filled, handler, middle
from tests.oracle.statements import (
    condition,
    create,
    deletion,
    helper,
    risky,
)
from tests.oracle.writer import Context, File, Writer


def none_guard(w: Writer, ctx: Context) -> None:
    """`p = None; try: p = make() ... finally: if p: delete`."""
    w.tag("None guard")
    directory = w.chance(50)
    path = w.fresh("d" if directory else "p")
    file = File(path, directory, filled=directory)
    w.line(f"{path} = None")
    with w.block("try:"):
        if w.chance(40):
            risky(w, ctx)
        if w.chance(25):
            with w.block(f"if {condition(w, ctx)}:"):
                w.line(f"{path} = " + ("tempfile.mkdtemp()" if directory else f"{helper(w, '_make_file')}()"))
            body(w, ctx.deeper(), 2)
        else:
            w.line(f"{path} = " + ("tempfile.mkdtemp()" if directory else f"{helper(w, '_make_file')}()"))
            middle(w, ctx.deeper(), file, 2)
    way = w.weighted([(60, "finally"), (20, "except"), (20, "after")])
    guard = w.pick([f"if {path} is not None:", f"if {path}:", f"if {path} and os.path.exists({path}):"])
    if way == "finally":
        with w.block("finally:"), w.block(guard):
            w.line(deletion(w, file))
        return
    handler(w, ctx, lambda: guarded_deletion(w, guard, file))
    if way == "after":
        guarded_deletion(w, guard, file)


def guarded_deletion(w: Writer, guard: str, file: File) -> None:
    with w.block(guard):
        w.line(deletion(w, file))


def flag_guard(w: Writer, ctx: Context) -> None:
    """A boolean set beside the creation says whether there is something to delete."""
    w.tag("flag guard")
    flag, path = w.fresh("made"), w.fresh("d")
    file = File(path, directory=True, filled=True)
    w.line(f"{flag} = False")
    with w.block("try:"):
        if w.chance(40):
            risky(w, ctx)
        w.line(f"{path} = tempfile.mkdtemp()")
        w.line(f"{flag} = True")
        middle(w, ctx.deeper(), file, 2)
    with w.block("finally:"), w.block(f"if {flag}:"):
        w.line(deletion(w, file))


def locals_guard(w: Writer, ctx: Context) -> None:
    w.tag("locals guard")
    path = w.fresh("d")
    file = File(path, directory=True, filled=True)
    with w.block("try:"):
        risky(w, ctx)
        w.line(f"{path} = tempfile.mkdtemp()")
        middle(w, ctx.deeper(), file, 2)
    with w.block("finally:"), w.block(f"if '{path}' in locals():"):
        w.line(deletion(w, file))


def same_condition(w: Writer, ctx: Context) -> None:
    """Created and deleted under the same parameter, unchanged in between."""
    w.tag("same condition")
    test = w.pick([w.parameter("flag"), f"not {w.parameter('flag')}", f"{w.parameter('cfg')}.fast"])
    path = w.fresh("d")
    file = File(path, directory=True, filled=True)
    with w.block(f"if {test}:"):
        w.line(f"{path} = tempfile.mkdtemp()")
    if w.chance(30):
        with w.block("else:"):
            w.line(f'{path} = "/srv/fixed"')
    protected = w.chance(60)
    if protected:
        with w.block("try:"):
            body(w, ctx.deeper(), 2)
        with w.block("finally:"), w.block(f"if {test}:"):
            w.line(deletion(w, file))
    else:
        body(w, ctx.deeper(), 2)
        with w.block(f"if {test}:"):
            w.line(deletion(w, file))


def one_of_several(w: Writer, ctx: Context) -> None:
    """Created for one value of a parameter, left early for another: both may be the case, or never."""
    w.tag("one of several")
    mode = w.parameter("mode")
    tests = (
        [f"{mode} == {value}" for value in ("'a'", "'b'", "'c'")]
        + [
            f"{mode} != 'a'",
            f"{mode} in ('a', 'b')",
            f"{mode} not in ['b', 'c']",
            f"{mode} in ['c']",
            f"not {mode}",
        ]
        if w.chance(70)
        else [
            f"{mode} > 3",
            f"{mode} < 3",
            f"{mode} == 0",
            f"{mode} == 7",
            f"{mode} in (1, 7)",
            f"{mode} != 0",
        ]
    )
    made, left = w.pick(tests), w.pick(tests)
    path = w.fresh("d")
    file = File(path, directory=True, filled=True)
    w.line(f"{path} = None")
    with w.block(f"if {made}:"):
        w.line(f"{path} = tempfile.mkdtemp()")
    with w.block(f"if {left}:"):
        w.line("return")
    with w.block(w.pick([f"if {path}:", f"if {path} is not None:", f"if {made}:"])):
        w.line(deletion(w, file))


def conditional_expression(w: Writer, ctx: Context) -> None:
    path = w.fresh("d")
    file = File(path, directory=True, filled=True)
    if w.chance(50):
        w.tag("conditional expression")
        flag = w.parameter("flag")
        w.line(f"{path} = tempfile.mkdtemp() if {flag} else None")
        guard = w.pick([f"if {path} is not None:", f"if {path}:", f"if {flag}:"])
    else:
        w.tag("boolean short cut")
        given = w.parameter("given")
        w.line(f"{path} = {given} or tempfile.mkdtemp()")
        guard = f"if not {given}:"
    with w.block("try:"):
        body(w, ctx.deeper(), 2)
    with w.block("finally:"), w.block(guard):
        w.line(deletion(w, file))


def conditional_deletion(w: Writer, ctx: Context) -> None:
    w.tag("deletion on a condition")
    file = filled(create(w, ctx))
    middle(w, ctx, file, 2)
    with w.block(f"if {condition(w, ctx)}:"):
        w.line(deletion(w, file))
    if w.chance(40):
        with w.block("else:"):
            w.line(deletion(w, file) if w.chance(60) else f"print({file.path})")
