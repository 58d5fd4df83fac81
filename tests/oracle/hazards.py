"""Lifecycles that a fix could harm: deliveries, completions, what is kept, told, read later, closed once.

In: a writer and a context. Out: lines. They are drawn where fixes are judged, not where verdicts are: what becomes of a
file that somebody else keeps is not for a verdict to say. The world records what consumers find when they come: a file
that was put in a queue, kept in a registry or announced, and that is gone by then, shows as another event.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle.blocks import filled, middle
from tests.oracle.lifecycles import lifecycle as ordinary
from tests.oracle.statements import condition, create, create_directory, create_file, deletion, move, risky
from tests.oracle.writer import Context, File, Writer

_SHARED = {
    "_finish": "def _finish(path, dest):\n    shutil.copy(path, dest)\n    os.remove(path)\n",
    "_publish": "def _publish(path, dest):\n    _put_into_place(path, dest)\n",
    "_put_into_place": "def _put_into_place(path, dest):\n    os.replace(path, dest)\n",
    "_pop": "def _pop(path):\n    text = slurp(path)\n    os.remove(path)\n    return text\n",
    "_drop_and_count": "def _drop_and_count(path):\n    os.remove(path)\n    charge(1)\n    return 1\n",
    "_known": "KNOWN = {}\ndef _known(path):\n    KNOWN['last'] = path\n    expect(path)\n",
    "_Job": "class _Job:\n    def __init__(self, path, dest):\n        self.path = path\n        self.dest = dest\n"
    "    def done(self):\n        os.replace(self.path, self.dest)\n",
    "_App": "class _App:\n    def __init__(self, routes):\n        self.routes = routes\n"
    "    def listen(self):\n        for _, path in self.routes:\n            expect(path)\n",
    "_Failed": "class _Failed(Exception):\n    def __init__(self, path):\n        self.path = path\n",
}


def shared(w: Writer, name: str) -> str:
    if name == "_publish":
        shared(w, "_put_into_place")
    w.helpers[name] = _SHARED[name]
    w.tag(f"hazard {name}")
    return name


def delivered_by_helper(w: Writer, ctx: Context) -> None:
    """A helper puts the file into place, as the last thing."""
    file = create_file(w, ctx)
    middle(w, ctx, file)
    w.line(f"{shared(w, w.pick(['_finish', '_publish']))}({file.path}, {w.parameter('dest')})")


def delivered_by_object(w: Writer, ctx: Context) -> None:
    """What is made around the path puts it into place."""
    file = create_file(w, ctx)
    way = w.pick(["object", "partial", "nested", "lambda"])
    w.tag(f"hazard delivery by {way}")
    act = w.fresh("deliver")
    target = w.parameter("dest")
    if way == "object":
        w.line(f"{act} = {shared(w, '_Job')}({file.path}, {target}).done")
    elif way == "partial":
        w.line(f"{act} = functools.partial(os.replace, {file.path}, {target})")
    elif way == "lambda":
        w.line(f"{act} = lambda: os.replace({file.path}, {target})")
    else:
        with w.block(f"def {act}():"):
            w.line(f"os.replace({file.path}, {target})")
    middle(w, ctx, file)
    w.line(f"{act}()")


def handler_delivers(w: Writer, ctx: Context) -> None:
    """One kind of failure keeps what there is."""
    w.tag("hazard handler delivers")
    file = create_file(w, ctx)
    with w.block("try:"):
        risky(w, ctx.deeper().owning(file))
        middle(w, ctx.deeper(), file)
    with w.block(f"except {w.pick(['ValueError', 'OSError', 'LookupError'])}:"):
        w.line(move(w, file))
        w.line("raise")
    w.line(deletion(w, file))


def completed(w: Writer, ctx: Context) -> None:
    """A finally that completes something for others, and begins late."""
    w.tag("hazard completes in finally")
    file = create_file(w, ctx)
    risky(w, ctx.owning(file))
    with w.block("try:"):
        middle(w, ctx.deeper(), file)
    with w.block("finally:"):
        w.line(f"{w.parameter('upload')}.{w.pick(['close', 'commit', 'shutdown', 'finish'])}()")
        w.line(deletion(w, file))


def value_of_deletion(w: Writer, ctx: Context) -> None:
    """The call that deletes does more: it reads, it charges, its value is returned."""
    file = create_file(w, ctx)
    middle(w, ctx, file)
    name = shared(w, w.pick(["_pop", "_drop_and_count"]))
    may_return = ctx.may_return and ctx.kind in ("function", "coroutine") and ctx.must_yield is None
    w.line(f"{'return ' if may_return else w.fresh('x') + ' = '}{name}({file.path})")


def consumed_later(w: Writer, ctx: Context) -> None:
    """Put where another part of the program takes it from, then or at the end."""
    file = filled(create(w, ctx))
    middle(w, ctx, file, 1)
    way = w.pick(["queue", "registry", "environment", "told"])
    w.tag(f"hazard {way}")
    if way == "queue":
        w.helpers["_QUEUE"] = "import queue\nQUEUE = queue.Queue()\n"
        w.line(f"QUEUE.put({file.path})")
    elif way == "registry":
        w.line(f"{shared(w, '_known')}({file.path})")
    elif way == "environment":
        w.line(f'os.environ["SCRATCH"] = {file.path}')
        w.line(f"expect({file.path})")
    else:
        w.helpers["_CLICK"] = "import click\n"
        w.line(f"click.echo({file.path})")
        if w.chance(50):
            w.line("sys.exit(1)")
            return
    if w.chance(60):
        risky(w, ctx)


def carried(w: Writer, ctx: Context) -> None:
    """The exception has the path, from when it is made or as an attribute."""
    way = w.pick(["made", "attribute"])
    w.tag(f"hazard exception carries, {way}")
    file = create_file(w, ctx)
    with w.block("try:"):
        risky(w, ctx.deeper().owning(file))
    with w.block("except OSError:"):
        w.line(f"expect({file.path})")
        if way == "made":
            w.line(f"raise {shared(w, '_Failed')}({file.path})")
        else:
            failed = w.fresh("failed")
            w.line(f"{failed} = {shared(w, '_Failed')}('')")
            w.line(f"{failed}.path = {file.path}")
            w.line(f"raise {failed}")
    w.line(deletion(w, file))


def used_below(w: Writer, ctx: Context) -> None:
    """A path in the directory is used further down, after what looks like the end."""
    w.tag("hazard child below")
    folder = create_directory(w, ctx)
    child = w.fresh("c")
    with w.block(f"if {condition(w, ctx)}:"):
        w.line(f'{child} = os.path.join({folder.path}, "x")')
        w.line(f"risky_1({child})")
    risky(w, ctx.owning(File(folder.path, directory=True, filled=True)))
    if w.chance(50):
        w.line(f"shutil.rmtree({folder.path})")


def told_by_message(w: Writer, ctx: Context) -> None:
    """The text of an exception says where the file is, which nothing deletes."""
    w.tag("hazard message")
    file = filled(create(w, ctx))
    middle(w, ctx, file, 1)
    with w.block(f"if {condition(w, ctx)}:"):
        w.line(f"expect({file.path})")
        w.line(f'raise ValueError(f"the rest is in {{{file.path}}}")')


def set_to_work(w: Writer, ctx: Context) -> None:
    """An object that was built around the file goes on with it when it is told to begin."""
    w.tag("hazard set to work")
    file = filled(create(w, ctx))
    middle(w, ctx, file, 1)
    app = w.fresh("app")
    w.line(f'{app} = {shared(w, "_App")}([("x", {file.path})])')
    w.line(f"{app}.listen()")


def needed_at_exit(w: Writer, ctx: Context) -> None:
    """What is registered for the end still needs the file."""
    w.tag("hazard needed at exit")
    file = filled(create(w, ctx))
    w.line(f"atexit.register(expect, {file.path})")
    middle(w, ctx, file, 1)
    if w.chance(40):
        risky(w, ctx)


HAZARDS: tuple[Callable[[Writer, Context], None], ...] = (
    delivered_by_helper, delivered_by_object, handler_delivers, completed, value_of_deletion, consumed_later, carried,
    used_below, told_by_message, set_to_work, needed_at_exit,
)  # fmt: skip


def lifecycle(w: Writer, ctx: Context) -> None:
    """A lifecycle that a fix could harm, or an ordinary one."""
    if ctx.must_yield is None and ctx.depth < 3 and w.chance(55):
        w.pick(HAZARDS)(w, ctx)
    else:
        ordinary(w, ctx)
