"""Lifecycles over several files, owners or turns of a loop; and the table of all lifecycles.

In: a writer and a context. Out: lines. Each shape writes the creation, calls `body` for the middle and
writes the deletion (or none, or one too narrow, too late, too clever).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.oracle.blocks import body, filled, iterable, middle
from tests.oracle.guards import (
    conditional_deletion,
    conditional_expression,
    flag_guard,
    locals_guard,
    none_guard,
    one_of_several,
    same_condition,
)
from tests.oracle.idioms import (
    attempts,
    awaited_helper,
    awaited_manager,
    iterated_generator,
    kept_error,
    nonlocal_setup,
    partial_callback,
    popped_list,
    popped_stack,
    records,
    returned_work,
    star_handler,
    success_flag,
    swapped,
    told_twice,
    two_records,
)
from tests.oracle.protections import (
    closed_twice,
    exit_stack,
    in_finally,
    in_handler,
    moved,
    nested_function,
    never,
    registered,
    straight,
    suppressed,
    unbound_in_finally,
)
from tests.oracle.statements import (
    condition,
    create,
    create_directory,
    create_file,
    delete,
    deletion,
    helper,
    risky,
)
from tests.oracle.writer import Context, File, Writer


def in_loop(w: Writer, ctx: Context) -> None:
    """One file a turn."""
    w.tag("creation in loop")
    with w.block(f"for {w.fresh('item')} in {iterable(w)}:"):
        inner = ctx.deeper(loop=True)
        w.pick((straight, straight, in_finally, in_handler, moved))(w, inner)
    if w.chance(15):
        w.tag("loop else")
        with w.block("else:"):
            body(w, ctx.deeper(), 1)


def rebound(w: Writer, ctx: Context) -> None:
    """The name gets a second file."""
    w.tag("rebound")
    path = w.fresh("d")
    file = File(path, directory=True, filled=True)
    w.line(f"{path} = tempfile.mkdtemp()")
    if w.chance(50):
        w.line(deletion(w, file))
    else:
        middle(w, ctx, file, 1)
    if w.chance(50):
        with w.block(f"if {condition(w, ctx)}:"):
            if w.chance(50):
                w.line(deletion(w, file))
            w.line(f"{path} = tempfile.mkdtemp()")
    else:
        w.line(f"{path} = tempfile.mkdtemp()")
    w.line(deletion(w, file))


def retried(w: Writer, ctx: Context) -> None:
    """`while True` until it works."""
    w.tag("retry loop")
    path = w.fresh("d")
    file = File(path, directory=True, filled=True)
    with w.block("while True:"):
        w.line(f"{path} = tempfile.mkdtemp()")
        with w.block("try:"):
            risky(w, ctx.owning(file))
            w.line("break")
        with w.block(f"except {w.pick(['OSError', 'ValueError', 'AppError'])}:"):
            if w.chance(60):
                w.line(deletion(w, file))
            w.line("continue")
    delete(w, file)


def container(w: Writer, ctx: Context) -> None:
    """Several files in a list (or set or dict), deleted by a loop."""
    w.tag("container")
    paths = w.fresh("paths")
    kind = w.weighted([(50, "list"), (15, "set"), (15, "dict"), (20, "comprehension")])
    w.tag(f"container {kind}")
    directories = w.chance(60)
    made = "tempfile.mkdtemp()" if directories else f"{helper(w, '_make_file')}()"
    remover = w.pick(
        ["shutil.rmtree({})"] if directories else ["os.remove({})", "os.unlink({})", "Path({}).unlink()"]
    )

    def fill() -> None:
        if kind == "comprehension":
            w.line(f"{paths} = [{made} for _ in {iterable(w)}]")
            return
        with w.block(f"for {(item := w.fresh('item'))} in {iterable(w)}:"):
            if kind == "dict":
                w.line(f"{paths}[{item}] = {made}")
            elif w.chance(50):
                w.line(f"{paths}.{'add' if kind == 'set' else 'append'}({made})")
            else:
                path = w.fresh("p")
                w.line(f"{path} = {made}")
                if w.chance(30):
                    risky(w, ctx.owning(File(path, directories, filled=directories)))
                w.line(f"{paths}.{'add' if kind == 'set' else 'append'}({path})")
            if w.chance(30):
                risky(w, ctx)

    def empty() -> None:
        values = f"{paths}.values()" if kind == "dict" else paths
        with w.block(f"for {(item := w.fresh('each'))} in {values}:"):
            w.line(remover.format(item))

    if kind != "comprehension":
        w.line(f"{paths} = " + {"list": "[]", "set": "set()", "dict": "{}"}[kind])
    way = w.weighted([(45, "finally"), (20, "straight"), (15, "return"), (8, "never"), (12, "except")])
    if way == "return" and not (ctx.kind in ("function", "coroutine") and ctx.may_return):
        way = "finally"
    w.tag(f"container {way}")
    if way in ("finally", "except"):
        if kind == "comprehension":
            fill()
        with w.block("try:"):
            if kind != "comprehension":
                fill()
            body(w, ctx.deeper(), 2)
        if way == "finally":
            with w.block("finally:"):
                empty()
        else:
            with w.block(f"except {w.pick(['Exception', 'BaseException', 'OSError'])}:"):
                empty()
                w.line("raise")
            empty()
        return
    fill()
    if w.chance(50):
        body(w, ctx, 1)
    if way == "straight":
        empty()
    elif way == "return":
        w.line(f"return {paths}")


def managed_parent(w: Writer, ctx: Context) -> None:
    w.tag("TemporaryDirectory parent")
    folder = w.fresh("t")
    with w.block(f"with tempfile.TemporaryDirectory() as {folder}:"):
        parent = File(folder, directory=True, filled=True)
        inner = ctx.deeper().owning(parent)
        create_file(w, inner, folder) if w.chance(60) else create_directory(w, inner, folder)
        body(w, inner, 2)


def forgotten_parent(w: Writer, ctx: Context) -> None:
    """Only a child of the directory has a name."""
    w.tag("parent forgotten")
    path = w.fresh("p")
    w.line(f'{path} = os.path.join(tempfile.mkdtemp(), "x")')
    body(w, ctx, 2)
    if w.chance(50):
        w.line(f"shutil.rmtree({path})")


MANAGERS = {
    "_scratch": """\
@contextlib.contextmanager
def _scratch():
    path = tempfile.mkdtemp()
    try:
        yield path
    finally:
        shutil.rmtree(path)
""",
    "_scratch_bare": """\
@contextlib.contextmanager
def _scratch_bare():
    path = tempfile.mkdtemp()
    yield path
    shutil.rmtree(path)
""",
    "_Scratch": """\
class _Scratch:
    def __init__(self):
        self.path = tempfile.mkdtemp()
    def __enter__(self):
        return self.path
    def __exit__(self, *exc):
        shutil.rmtree(self.path)
""",
    "_Holder": """\
class _Holder:
    def __init__(self):
        self.path = tempfile.mkdtemp()
    def close(self):
        shutil.rmtree(self.path)
""",
}


def through_manager(w: Writer, ctx: Context) -> None:
    """A context manager or class of the module owns it."""
    name = w.weighted([(35, "_scratch"), (25, "_scratch_bare"), (20, "_Scratch"), (20, "_Holder")])
    w.tag(f"module manager {name}")
    w.helpers[name] = MANAGERS[name]
    folder = w.fresh("m")
    if name == "_Holder":
        with w.block(f"with contextlib.closing(_Holder()) as {folder}:"):
            body(w, ctx.deeper().owning(File(f"{folder}.path", directory=True, filled=True)), 2)
        return
    inside = File(folder, directory=True, filled=True)
    if w.chance(25):
        stack = w.fresh("stack")
        w.tag("ExitStack")
        with w.block(f"with contextlib.ExitStack() as {stack}:"):
            w.line(f"{folder} = {stack}.enter_context({name}())")
            body(w, ctx.deeper().owning(inside), 2)
        return
    with w.block(f"with {name}() as {folder}:"):
        body(w, ctx.deeper().owning(inside), 2)


def kept_in_module(w: Writer, ctx: Context) -> None:
    """Put in a registry of the module, which something empties at exit, or nothing does."""
    way = w.weighted([(50, "atexit"), (25, "nothing"), (25, "global"), (25, "global here")])
    w.tag(f"module registry {way}")
    if way == "global here":
        name = w.fresh("CURRENT")
        forget = f"@atexit.register\ndef _forget_{name}():\n    if {name}:\n        shutil.rmtree({name})\n"
        w.helpers[name] = f"{name} = None\n" + (forget if w.chance(60) else "")
        w.line(f"global {name}")
        w.line(f"{name} = tempfile.mkdtemp()")
        middle(w, ctx, File(name, directory=True, filled=True), 2)
        return
    file = filled(create_directory(w, ctx))
    if way == "global":
        w.helpers["_remember"] = (
            "CURRENT = None\ndef _remember(path):\n    global CURRENT\n    CURRENT = path\n"
            "@atexit.register\ndef _forget():\n    if CURRENT:\n        shutil.rmtree(CURRENT)\n"
        )
        w.line(f"_remember({file.path})")
    elif way == "atexit":
        w.helpers["_keep"] = (
            "KEPT = []\ndef _keep(path):\n    KEPT.append(path)\n"
            "@atexit.register\ndef _empty():\n    for path in KEPT:\n        shutil.rmtree(path)\n"
        )
        w.line(f"_keep({file.path})")
    else:
        w.helpers["_list"] = "LISTED = []\ndef _list(path):\n    LISTED.append(path)\n"
        w.line(f"_list({file.path})")
    middle(w, ctx, file, 2)


def handed_over(w: Writer, ctx: Context) -> None:
    """Given to the caller, with or without care for what happens before."""
    w.tag("hand-over")
    alone = ctx.kind in ("generator", "asyncgenerator")  # what is yielded must not go with a directory later
    file = filled(create(w, replace(ctx, files=()) if alone else ctx))
    way = w.weighted([(35, "plain"), (40, "guarded"), (25, "at once")])
    if way == "guarded":
        with w.block("try:"):
            middle(w, ctx.deeper(), file, 2)
        with w.block(
            f"except {w.pick(['Exception', 'BaseException', 'BaseException', 'OSError', 'ValueError'])}:"
        ):
            w.line(deletion(w, file))
            w.line("raise")
    elif way == "plain":
        middle(w, ctx, file, 2)
    given = [
        f"return {file.path}",
        f"return {file.path}",
        f"return [{file.path}, 1]",
        f"return Report({file.path})",
    ]
    if ctx.kind in ("generator", "asyncgenerator"):
        given = [f"yield {file.path}"]
        w.tag("yield path")
    if w.chance(20):
        w.tag("list of the caller")
        given = [f"{w.parameter('registry')}.append({file.path})"]
    w.line(w.pick(given))


def anywhere(ctx: Context) -> bool:
    return True


def without_yield(ctx: Context) -> bool:
    """Shapes that have no place for the one `yield`, or would repeat it."""
    return ctx.must_yield is None


def awaits(ctx: Context) -> bool:
    return ctx.asynchronous


def outermost(ctx: Context) -> bool:
    """`except*` raises groups, which handlers further out would not see through."""
    return ctx.depth == 0 and ctx.must_yield is None and not ctx.asynchronous


def can_return(ctx: Context) -> bool:
    return ctx.must_yield is None and ctx.kind in ("function", "coroutine") and ctx.may_return


def can_hand_over(ctx: Context) -> bool:
    if ctx.kind in ("generator", "asyncgenerator"):
        return True
    return ctx.kind in ("function", "coroutine") and ctx.may_return


SHAPES: tuple[tuple[int, Callable[[Writer, Context], None], Callable[[Context], bool]], ...] = (
    (3, never, anywhere),
    (14, straight, anywhere),
    (24, in_finally, anywhere),
    (16, in_handler, anywhere),
    (8, moved, anywhere),
    (8, exit_stack, anywhere),
    (6, registered, anywhere),
    (5, suppressed, anywhere),
    (4, managed_parent, anywhere),
    (6, nested_function, anywhere),
    (4, unbound_in_finally, anywhere),
    (4, closed_twice, anywhere),
    (4, flag_guard, anywhere),
    (3, locals_guard, anywhere),
    (7, none_guard, without_yield),
    (6, same_condition, anywhere),
    (4, one_of_several, can_return),
    (5, conditional_expression, anywhere),
    (4, conditional_deletion, anywhere),
    (8, in_loop, without_yield),
    (4, rebound, without_yield),
    (3, retried, without_yield),
    (9, container, without_yield),
    (2, forgotten_parent, anywhere),
    (4, through_manager, anywhere),
    (4, kept_in_module, anywhere),
    (4, success_flag, anywhere),
    (3, kept_error, anywhere),
    (3, partial_callback, anywhere),
    (3, popped_stack, can_return),
    (3, popped_list, without_yield),
    (2, nonlocal_setup, anywhere),
    (4, records, without_yield),
    (3, two_records, anywhere),
    (3, returned_work, can_return),
    (2, swapped, anywhere),
    (3, attempts, without_yield),
    (2, star_handler, outermost),
    (8, awaited_helper, awaits),
    (5, awaited_manager, awaits),
    (2, iterated_generator, without_yield),
    (3, told_twice, anywhere),
    (14, handed_over, lambda ctx: ctx.must_yield is None and can_hand_over(ctx)),
)


def lifecycle(w: Writer, ctx: Context) -> None:
    """A temporary file or directory from creation to whatever becomes of it."""
    usable = [(weight, shape) for weight, shape, allowed in SHAPES if allowed(ctx)]
    w.weighted(usable)(w, ctx)
