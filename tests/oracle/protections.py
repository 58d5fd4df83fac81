"""Lifecycles whose deletion is tied to a `finally`, an `except`, a `with`, a registration, or to nothing.

In: a writer and a context. Out: lines: the creation, the middle, and the deletion or what stands for it.
"""

from __future__ import annotations

from tests.oracle.blocks import bare_last, filled, handler, middle
from tests.oracle.statements import (
    benign,
    create,
    delete,
    deletion,
    move,
    risky,
)
from tests.oracle.writer import Context, File, Writer


def never(w: Writer, ctx: Context) -> None:
    w.tag("never deleted")
    file = create(w, ctx)
    middle(w, ctx, file)


def straight(w: Writer, ctx: Context) -> None:
    w.tag("straight deletion")
    file = create(w, ctx)
    middle(w, ctx, file)
    delete(w, filled(file))


def in_finally(w: Writer, ctx: Context) -> None:
    w.tag("deletion in finally")
    file = filled(create(w, ctx))
    if w.chance(20):
        (risky if w.chance(40) else benign)(w, ctx.owning(file))
    with w.block("try:"):
        middle(w, ctx.deeper(), file)
    if w.chance(20):
        handler(w, ctx)
    with w.block("finally:"):
        if file.descriptor is not None and w.chance(60):
            w.line(f"os.close({file.descriptor})")
        if w.chance(16):
            fragile(w, ctx, file)
        delete(w, file)
        if w.chance(5) and ctx.may_return and ctx.depth == 0:
            w.tag("return in finally")
            w.line("return")


def fragile(w: Writer, ctx: Context, file: File) -> None:
    """A statement of a `finally` that may raise before the deletion, or an innocent one."""
    way = w.weighted([(3, "assert"), (3, "raise"), (4, "call"), (4, "await"), (3, "benign")])
    w.tag(f"finally first does {way}")
    if way == "assert":
        w.line(f"assert {w.parameter('cfg')}.done")
    elif way == "raise":
        with w.block(f"if {w.parameter('flag')}:"):
            w.line('raise ValueError("late")')
    elif way == "await" and ctx.asynchronous:
        w.line(f"await async_0({file.path})")
    elif way == "call":
        w.line(f"risky_0({file.path})")
    else:
        w.line(f"print({file.path})")


def unbound_in_finally(w: Writer, ctx: Context) -> None:
    """`finally` uses a name that the `try` may not have bound yet."""
    w.tag("unbound in finally")
    file = filled(create(w, ctx))
    handle = w.fresh("h")
    guarded = w.chance(40)
    if guarded:
        w.line(f"{handle} = None")
    with w.block("try:"):
        risky(w, ctx.owning(file))
        w.line(f"{handle} = open({w.parameter('src')})")
        middle(w, ctx.deeper(), file, 2)
    with w.block("finally:"):
        if guarded:
            with w.block(f"if {handle} is not None:"):
                w.line(f"{handle}.close()")
        else:
            w.line(f"{handle}.close()")
        w.line(deletion(w, file))


def closed_twice(w: Writer, ctx: Context) -> None:
    """The descriptor is closed in the `try` and again in the `finally`."""
    w.tag("descriptor closed in finally")
    descriptor, path = w.fresh("fd"), w.fresh("p")
    w.line(f"{descriptor}, {path} = tempfile.mkstemp()")
    with w.block("try:"):
        if w.chance(50):
            with w.block(f'with os.fdopen({descriptor}, "w") as {(out := w.fresh("out"))}:'):
                w.line(f'{out}.write("x")')
        elif w.chance(50):
            w.line(f"os.close({descriptor})")
        middle(w, ctx.deeper(), File(path), 2)
    with w.block("finally:"):
        if w.chance(60):
            w.line(f"os.close({descriptor})")
            w.line(f"os.remove({path})")
        else:
            w.line(f"os.remove({path})")
            w.line(f"os.close({descriptor})")


def cleanup(w: Writer, ctx: Context, file: File) -> None:
    """What a handler does first: mostly delete, sometimes something risky before, sometimes neither."""
    if w.chance(12):
        w.tag("risky in handler")
        risky(w, ctx.owning(file))
    if w.chance(85):
        w.line(deletion(w, file))


def in_handler(w: Writer, ctx: Context) -> None:
    """Deleted in `except`, and after the `try` or in `else`, or handed over, or not at all."""
    w.tag("deletion in except")
    file = filled(create(w, ctx))
    with w.block("try:"):
        middle(w, ctx.deeper(), file)
    for _ in range(1 + w.chance(25)):
        handler(w, ctx, lambda: cleanup(w, ctx, file))
        if bare_last(w):
            break
    rest = w.weighted([(50, "after"), (20, "else"), (20, "return"), (10, "nothing")])
    if rest == "else":
        w.tag("try else")
        with w.block("else:"):
            w.line(deletion(w, file))
    elif rest == "after":
        delete(w, file)
    elif rest == "return" and ctx.kind in ("function", "coroutine") and ctx.may_return:
        w.tag("return path")
        w.line(f"return {file.path}")


def moved(w: Writer, ctx: Context) -> None:
    """The atomic write: move it to its place, delete it when that fails."""
    file = filled(create(w, ctx))
    guarded = w.chance(75)
    if not guarded:
        middle(w, ctx, file, 2)
        w.line(move(w, file))
        return
    w.tag("move in try")
    with w.block("try:"):
        middle(w, ctx.deeper(), file, 2)
        w.line(move(w, file))
    for _ in range(1 + w.chance(20)):
        handler(w, ctx, lambda: cleanup(w, ctx, file))
        if bare_last(w):
            break


def exit_stack(w: Writer, ctx: Context) -> None:
    stack = w.fresh("stack")
    w.tag("ExitStack")
    with w.block(f"with contextlib.ExitStack() as {stack}:"):
        way = w.weighted([(30, "callback"), (20, "lambda"), (20, "enter"), (10, "late"), (10, "nested")])
        w.tag(f"ExitStack {way}")
        if way == "enter":
            folder = w.fresh("t")
            w.line(f"{folder} = {stack}.enter_context(tempfile.TemporaryDirectory())")
            inside = File(folder, directory=True, filled=True)
            middle(w, ctx.deeper(), inside)
            return
        file = filled(create(w, ctx))
        if way == "late":
            risky(w, ctx.owning(file))
        if way == "lambda":
            w.line(f"{stack}.callback(lambda: {deletion(w, file)})")
        elif way == "nested":
            name = w.fresh("clean")
            with w.block(f"def {name}():"):
                w.line(deletion(w, file))
            w.line(f"{stack}.callback({name})")
        else:
            w.line(f"{stack}.callback({'shutil.rmtree' if file.directory else 'os.unlink'}, {file.path})")
        middle(w, ctx.deeper(), file)


def registered(w: Writer, ctx: Context) -> None:
    file = filled(create(w, ctx))
    if w.chance(25):
        risky(w, ctx.owning(file))
    remover = "shutil.rmtree" if file.directory else "os.remove"
    way = w.dice.randrange(4)
    w.tag("finalize" if way == 3 else "atexit")
    if way == 0:
        w.line(f"atexit.register({remover}, {file.path})")
    elif way == 1:
        w.line(f"atexit.register(lambda: {deletion(w, file)})")
    elif way == 2:
        name = w.fresh("clean")
        with w.block(f"def {name}():"):
            w.line(deletion(w, file))
        w.line(f"atexit.register({name})")
    else:
        w.line(f"weakref.finalize({w.parameter('cfg')}, {remover}, {file.path})")
    middle(w, ctx, file, 2)


def suppressed(w: Writer, ctx: Context) -> None:
    w.tag("suppress")
    file = filled(create(w, ctx))
    with w.block(f"with contextlib.suppress({w.pick(['OSError', 'Exception', 'Exception', 'ValueError'])}):"):
        middle(w, ctx.deeper(), file, 2)
    delete(w, file)


def nested_function(w: Writer, ctx: Context) -> None:
    w.tag("nested function")
    file = filled(create(w, ctx))
    name = w.fresh("clean")
    with w.block(f"def {name}():"):
        w.line(deletion(w, file))
    if w.chance(70):
        with w.block("try:"):
            middle(w, ctx.deeper(), file, 2)
        with w.block("finally:"):
            w.line(f"{name}()")
    else:
        middle(w, ctx, file, 2)
        w.line(f"{name}()")
