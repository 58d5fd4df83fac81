"""Lifecycles in the idioms of grown code: success flags, kept errors, popped stacks, coroutine helpers.

In: a writer and a context. Out: lines: the creation, the middle, and what becomes of the file.
"""

from __future__ import annotations

from tests.oracle.blocks import body, filled, middle
from tests.oracle.statements import condition, create, deletion, helper, risky
from tests.oracle.writer import Context, File, Writer

COROUTINES = {
    "_make_async": """\
async def _make_async():
    path = tempfile.mkdtemp()
    return path
""",
    "_make_async_filled": """\
async def _make_async_filled(cfg):
    path = tempfile.mkdtemp()
    await async_fill(path, cfg)
    return path
""",
    "_drop_async": """\
async def _drop_async(path):
    shutil.rmtree(path)
""",
    "_scratch_async": """\
@contextlib.asynccontextmanager
async def _scratch_async():
    path = tempfile.mkdtemp()
    try:
        yield path
    finally:
        shutil.rmtree(path)
""",
}
FOLDERS = """\
def _folders(items):
    for item in items:
        path = tempfile.mkdtemp()
        try:
            yield item
        finally:
            shutil.rmtree(path)
"""


def directory(w: Writer) -> File:
    """A new directory with a name of its own."""
    path = w.fresh("d")
    w.line(f"{path} = tempfile.mkdtemp()")
    return File(path, directory=True, filled=True)


def success_flag(w: Writer, ctx: Context) -> None:
    """Deleted in `finally` unless all went well, then handed over or moved."""
    w.tag("success flag")
    file = filled(create(w, ctx))
    done = w.fresh("done")
    w.line(f"{done} = False")
    with w.block("try:"):
        middle(w, ctx.deeper(), file, 2)
        w.line(f"{done} = True")
    with w.block("finally:"), w.block(f"if not {done}:"):
        w.line(deletion(w, file))
    if ctx.kind in ("function", "coroutine") and ctx.may_return:
        w.line(f"return {file.path}")
    else:
        w.line(deletion(w, file))


def kept_error(w: Writer, ctx: Context) -> None:
    """The error is remembered, the file deleted, the error raised again."""
    w.tag("error kept")
    file = filled(create(w, ctx))
    failed = w.fresh("failed")
    w.line(f"{failed} = None")
    kind = w.pick(["Exception", "Exception", "BaseException", "OSError"])
    with w.block("try:"):
        middle(w, ctx.deeper(), file, 2)
    with w.block(f"except {kind} as error:"):
        w.line(f"{failed} = error")
    w.line(deletion(w, file))
    with w.block(f"if {failed} is not None:"):
        w.line(f"raise {failed}")


def partial_callback(w: Writer, ctx: Context) -> None:
    """Registered as a `functools.partial`."""
    w.tag("partial")
    stacked = w.chance(50)
    remover = "shutil.rmtree"
    if not stacked:
        file = directory(w)
        w.line(f"atexit.register(functools.partial({remover}, {file.path}, ignore_errors=True))")
        middle(w, ctx, file, 2)
        return
    stack = w.fresh("stack")
    with w.block(f"with contextlib.ExitStack() as {stack}:"):
        file = directory(w)
        w.line(f"{stack}.callback(functools.partial({remover}, {file.path}))")
        middle(w, ctx.deeper(), file, 2)


def popped_stack(w: Writer, ctx: Context) -> None:
    """An ExitStack deletes on failure; success takes the callbacks off and hands over."""
    w.tag("pop_all")
    stack = w.fresh("stack")
    with w.block(f"with contextlib.ExitStack() as {stack}:"):
        file = directory(w)
        w.line(f"{stack}.callback(shutil.rmtree, {file.path})")
        middle(w, ctx.deeper(), file, 2)
        w.line(f"{stack}.pop_all()")
    w.line(f"return {file.path}")


def popped_list(w: Writer, ctx: Context) -> None:
    """A list emptied from its end."""
    w.tag("list popped")
    paths = w.fresh("paths")
    w.line(f"{paths} = []")
    with w.block("try:"):
        with w.block(f"for {w.fresh('item')} in {w.parameter('items')}:"):
            w.line(f"{paths}.append(tempfile.mkdtemp())")
        body(w, ctx.deeper(), 2)
    with w.block("finally:"), w.block(f"while {paths}:"):
        w.line(f"shutil.rmtree({paths}.pop())")


RECORDS = {
    "_Record": """\
class _Record:
    def __init__(self, path=None):
        self.path = path
""",
    "_recorded": """\
def _recorded():
    record = _Record(tempfile.mkdtemp())
    return record
""",
    "_described": """\
def _described():
    return {"path": tempfile.mkdtemp()}
""",
    "_described_as": """\
def _described_as(path):
    return {"path": path}
""",
}
# How a record is made around a new directory, and how its path is read again.
_RECORDED = (
    ('{"path": tempfile.mkdtemp()}', '{}["path"]', ()),
    ("dict(path=tempfile.mkdtemp())", '{}["path"]', ()),
    ("[tempfile.mkdtemp()]", "{}[0]", ()),
    ("_Record(tempfile.mkdtemp())", "{}.path", ("_Record",)),
    ("_recorded()", "{}.path", ("_Record", "_recorded")),
    ("_described()", '{}["path"]', ("_described",)),
    ("_described_as(tempfile.mkdtemp())", '{}["path"]', ("_described_as",)),
)


def _record(w: Writer) -> tuple[str, str]:
    made, read, names = w.pick(_RECORDED)
    w.helpers.update({name: RECORDS[name] for name in names})
    w.tag(f"record {made.partition('(')[0]}")
    return made, read


def records(w: Writer, ctx: Context) -> None:
    """A container or object for each round of a loop, in a list that another loop goes through."""
    w.tag("records")
    made, read = _record(w)
    listed, one, each = w.fresh("records"), w.fresh("record"), w.fresh("each")
    w.line(f"{listed} = []")

    def empty() -> None:
        with w.block(f"for {each} in {listed}:"):
            w.line(f"shutil.rmtree({read.format(each)})")

    with w.block("try:"):
        with w.block(f"for {w.fresh('item')} in {w.parameter('items')}:"):
            w.line(f"{one} = {made}")
            if w.chance(20):
                risky(w, ctx)
            w.line(f"{listed}.append({one})")
        body(w, ctx.deeper(), 2)
        if w.chance(15):
            empty()
            w.line(f"{listed}.clear()")
    with w.block(w.pick(["finally:", "finally:", "except OSError:"])):
        empty()


def two_records(w: Writer, ctx: Context) -> None:
    """Two calls of one helper, or of one class, make two objects: one may be forgotten."""
    w.tag("two records")
    made, read = _record(w)
    first, second = w.fresh("record"), w.fresh("record")
    w.line(f"{first} = {made}")
    with w.block("try:"):
        w.line(f"{second} = {made}")
        with w.block("try:"):
            body(w, ctx.deeper(), 2)
        with w.block("finally:"):
            w.line(f"shutil.rmtree({read.format(second if w.chance(85) else first)})")
    with w.block("finally:"):
        w.line(f"shutil.rmtree({read.format(first)})")


def nonlocal_setup(w: Writer, ctx: Context) -> None:
    """A nested function binds the outer name."""
    w.tag("nonlocal")
    path, setup = w.fresh("d"), w.fresh("setup")
    file = File(path, directory=True, filled=True)
    w.line(f"{path} = None")
    with w.block(f"def {setup}():"):
        w.line(f"nonlocal {path}")
        w.line(f"{path} = tempfile.mkdtemp()")
    with w.block("try:"):
        w.line(f"{setup}()")
        middle(w, ctx.deeper(), file, 2)
    with w.block("finally:"), w.block(f"if {path}:"):
        w.line(deletion(w, file))


def returned_work(w: Writer, ctx: Context) -> None:
    """The result of some work on the file is returned from inside the `try`."""
    w.tag("return from try")
    file = filled(create(w, ctx))
    protected = w.chance(70)
    if protected:
        with w.block("try:"):
            middle(w, ctx.deeper(), file, 1)
            w.line(f"return len({file.path})" if not file.wrapped else "return 1")
        with w.block("finally:"):
            w.line(deletion(w, file))
    else:
        with w.block(f"with session_{w.dice.randrange(2)}() as {w.fresh('s')}:"):
            middle(w, ctx.deeper(), file, 1)
            with w.block(f"if {condition(w, ctx)}:"):
                w.line("return 1")
        w.line(deletion(w, file))


def swapped(w: Writer, ctx: Context) -> None:
    """Two files whose names change places."""
    w.tag("names swapped")
    one = directory(w)
    with w.block("try:"):
        two = directory(w)
        with w.block("try:"):
            middle(w, ctx.deeper(), two, 1)
            w.line(f"{one.path}, {two.path} = {two.path}, {one.path}")
        with w.block("finally:"):
            w.line(deletion(w, two))
    with w.block("finally:"):
        w.line(deletion(w, one))


def attempts(w: Writer, ctx: Context) -> None:
    """A bounded number of attempts, each with a directory of its own."""
    w.tag("attempts")
    path = w.fresh("d")
    file = File(path, directory=True, filled=True)
    with w.block(f"for {w.fresh('item')} in {w.pick(['range(2)', w.parameter('items')])}:"):
        w.line(f"{path} = tempfile.mkdtemp()")
        with w.block("try:"):
            risky(w, ctx.owning(file))
            if w.chance(60):
                w.line(deletion(w, file))
            w.line("break")
        with w.block(f"except {w.pick(['OSError', 'Exception', 'BaseException'])}:"):
            if w.chance(80):
                w.line(deletion(w, file))
            if w.chance(30):
                w.line("raise")


def star_handler(w: Writer, ctx: Context) -> None:
    """`except*`: what one clause doesn't match goes on."""
    w.tag("except*")
    file = directory(w)
    with w.block("try:"):
        risky(w, ctx.owning(file))
        risky(w, ctx.owning(file))
    with w.block(f"except* {w.pick(['OSError', 'ValueError', 'Exception'])}:"):
        if w.chance(50):
            w.line(f"print({file.path})")
        else:
            w.line(deletion(w, file))
            if w.chance(50):
                w.line("raise")
    w.line(deletion(w, file))


def awaited_helper(w: Writer, ctx: Context) -> None:
    """Coroutines of the module create and delete."""
    w.tag("coroutine helper")
    name = w.pick(["_make_async", "_make_async_filled"])
    w.helpers[name] = COROUTINES[name]
    path = w.fresh("d")
    file = File(path, directory=True, filled=True)
    argument = w.parameter("cfg") if name == "_make_async_filled" else ""
    w.line(f"{path} = await {name}({argument})")
    with w.block("try:"):
        middle(w, ctx.deeper(), file, 2)
    with w.block("finally:"):
        if w.chance(40):
            w.helpers["_drop_async"] = COROUTINES["_drop_async"]
            w.tag("coroutine helper deletes")
            w.line(f"await _drop_async({path})")
        else:
            w.line(deletion(w, file))


def awaited_manager(w: Writer, ctx: Context) -> None:
    w.tag("module async manager")
    w.helpers["_scratch_async"] = COROUTINES["_scratch_async"]
    folder = w.fresh("m")
    with w.block(f"async with _scratch_async() as {folder}:"):
        middle(w, ctx.deeper(), File(folder, directory=True, filled=True), 2)


def iterated_generator(w: Writer, ctx: Context) -> None:
    """A generator of the module owns one directory a turn."""
    w.tag("module generator")
    w.helpers["_folders"] = FOLDERS
    with w.block(f"for {w.fresh('item')} in _folders({w.parameter('items')}):"):
        body(w, ctx.deeper(loop=True), 2)


def told_twice(w: Writer, ctx: Context) -> None:
    """A helper's path under another helper's name: kept in a tuple, unpacked, deleted."""
    w.tag("unpacked")
    pair, path, size = w.fresh("pair"), w.fresh("p"), w.fresh("n")
    w.line(f"{pair} = ({helper(w, '_make_file')}(), 1)")
    w.line(f"{path}, {size} = {pair}")
    file = File(path)
    with w.block("try:"):
        middle(w, ctx.deeper(), file, 2)
    with w.block("finally:"):
        w.line(deletion(w, file))
