"""Single statements of the grammar: creating, deleting, moving, risking, leaving.

In: a writer and the context of the statement. Out: lines in the writer. Every creating call has a line of
its own, because a verdict is compared by the line of the creation.
"""

from __future__ import annotations

from tests.oracle.writer import Context, File, Writer

HELPERS = {
    "_Refused": """\
class _Refused(Exception):
    pass
""",
    "_make_file": """\
def _make_file():
    fd, path = tempfile.mkstemp()
    os.close(fd)
    return path
""",
    "_make_dir": """\
def _make_dir():
    return tempfile.mkdtemp()
""",
    "_make_filled": """\
def _make_filled(text):
    fd, path = tempfile.mkstemp()
    with os.fdopen(fd, "w") as out:
        out.write(text)
    return path
""",
    "_make_checked": """\
def _make_checked(text):
    fd, path = tempfile.mkstemp()
    try:
        with os.fdopen(fd, "w") as out:
            out.write(text)
    except BaseException:
        os.remove(path)
        raise
    return path
""",
    "_make_prepared": """\
def _make_prepared(cfg):
    path = tempfile.mkdtemp()
    prepare(path, cfg)
    return path
""",
    "_drop": """\
def _drop(path):
    os.remove(path)
""",
    "_drop_quietly": """\
def _drop_quietly(path):
    try:
        os.unlink(path)
    except OSError:
        pass
""",
    "_drop_tree": """\
def _drop_tree(path):
    shutil.rmtree(path, ignore_errors=True)
""",
    "_drop_if_old": """\
def _drop_if_old(path, cfg):
    if cfg.old:
        os.remove(path)
""",
    "_label": """\
def _label(path):
    return os.path.basename(str(path))
""",
    "_inspect": """\
def _inspect(path):
    return measure(path)
""",
    "_reject": """\
def _reject(reason):
    raise _Refused(reason)
""",
    "_quit": """\
def _quit(reason):
    print(reason)
    sys.exit(2)
""",
}


def helper(w: Writer, name: str) -> str:
    """Use a helper function of the module."""
    if name == "_reject":
        helper(w, "_Refused")
    w.helpers[name] = HELPERS[name]
    w.tag(f"helper {name}")
    return name


# -- creations -----------------------------------------------------------------------------------------


def create_file(w: Writer, ctx: Context, folder: str | None = None) -> File:
    """A file, its descriptor mostly dealt with; `folder` is the directory to put it in."""
    where = f"dir={folder}" if folder else ""
    also = f", {where}" if where else ""
    shape = w.weighted(
        [
            (40, "mkstemp"),
            (8, "fdopen"),
            (4, "written"),
            (4, "closed in finally"),
            (4, "descriptor lost"),
            (4, "descriptor ignored"),
            (12, "with handle"),
            (10, "handle"),
            (4, "handle name"),
            (6, "mktemp"),
            (12, "helper"),
            (4, "keeps descriptor"),
            (4, "fdopen late"),
        ]
    )
    if shape in ("helper", "mktemp") and folder:
        shape = "mkstemp"
    if shape == "helper":
        name = w.weighted([(4, "_make_file"), (2, "_make_filled"), (2, "_make_checked")])
        path = w.fresh("p")
        argument = "" if name == "_make_file" else '"text"'
        w.line(f"{path} = {helper(w, name)}({argument})")
        w.tag("helper creates")
        return File(path)
    if shape == "mktemp":
        path = w.fresh("p")
        w.tag("mktemp")
        w.line(f"{path} = tempfile.mktemp()")
        made = w.pick(["open", "touch", "copy"])
        if made == "open":
            with w.block(f'with open({path}, "w") as {(out := w.fresh("out"))}:'):
                w.line(f'{out}.write("x")')
        elif made == "touch":
            w.line(f"Path({path}).touch()")
        else:
            w.line(f"shutil.copy({w.parameter('src')}, {path})")
        return File(path)
    if shape in ("with handle", "handle", "handle name"):
        return create_handle(w, shape, also)
    path = w.fresh("p")
    if shape in ("descriptor lost", "descriptor ignored"):
        w.tag("mkstemp descriptor lost")
        w.line(
            f"{path} = tempfile.mkstemp({where})[1]"
            if shape.endswith("lost")
            else f"_, {path} = tempfile.mkstemp({where})"
        )
        return File(path)
    descriptor = w.fresh("fd")
    w.tag("mkstemp")
    w.line(f"{descriptor}, {path} = tempfile.mkstemp({where})")
    if shape == "keeps descriptor":
        w.tag("descriptor kept open")
        return File(path, descriptor=descriptor)
    if shape == "fdopen":
        w.tag("fdopen")
        with w.block(f'with os.fdopen({descriptor}, "w") as {(out := w.fresh("out"))}:'):
            w.line(w.pick([f'{out}.write("x")', f"json.dump(1, {out})", f"{out}.name"]))
    elif shape == "fdopen late":
        w.tag("fdopen")
        out = w.fresh("out")
        w.line(f'{out} = os.fdopen({descriptor}, "w")')
        w.line(f'{out}.write("x")')
        w.line(f"{out}.close()")
    elif shape == "written":
        w.tag("os.write")
        w.line(f'os.write({descriptor}, b"x")')
        w.line(f"os.close({descriptor})")
    elif shape == "closed in finally":
        w.tag("os.write")
        with w.block("try:"):
            w.line(f'os.write({descriptor}, b"x")')
        with w.block("finally:"):
            w.line(f"os.close({descriptor})")
    else:
        w.line(f"os.close({descriptor})")
    return alias(w, File(path))


def create_handle(w: Writer, shape: str, also: str) -> File:
    """NamedTemporaryFile(delete=False) in its usual forms."""
    handle = w.fresh("f")
    w.tag("NamedTemporaryFile")
    made = f'tempfile.NamedTemporaryFile("w", delete=False{also})'
    if shape == "handle name":
        w.line(f"{handle} = {made}.name")
        return File(handle)
    if shape == "handle":
        w.line(f"{handle} = {made}")
        if w.chance(50):
            w.line(f'{handle}.write("x")')
        w.line(f"{handle}.close()")
        return alias(w, File(f"{handle}.name"))
    w.tag("NamedTemporaryFile with")
    with w.block(f"with {made} as {handle}:"):
        if w.chance(30):
            path = w.fresh("p")
            w.line(f"{path} = {handle}.name")
            w.line(f'{handle}.write("x")')
            return File(path)
        w.line(
            w.pick(
                [f'{handle}.write("x")', f"json.dump(1, {handle})", "pass", "pass", f"print({handle}.name)"]
            )
        )
    return File(f"{handle}.name")


def create_directory(w: Writer, ctx: Context, folder: str | None = None) -> File:
    where = f"dir={folder}" if folder else ""
    shape = w.weighted([(60, "plain"), (12, "wrapped"), (14, "helper"), (8, "prepared"), (6, "walrus")])
    path = w.fresh("d")
    w.tag("mkdtemp")
    if folder or shape == "plain":
        w.line(f"{path} = tempfile.mkdtemp({where})")
    elif shape == "wrapped":
        w.tag("Path of mkdtemp")
        w.line(f"{path} = Path(tempfile.mkdtemp())")
        return File(path, directory=True, wrapped=True)
    elif shape == "walrus":
        w.tag("walrus")
        with w.block(f"if ({path} := tempfile.mkdtemp()):"):
            w.line(f"logging.info({path})")
    elif shape == "prepared":
        w.tag("helper creates")
        w.line(f"{path} = {helper(w, '_make_prepared')}({w.parameter('cfg')})")
    else:
        w.tag("helper creates")
        w.line(f"{path} = {helper(w, '_make_dir')}()")
    return File(path, directory=True)


def create(w: Writer, ctx: Context) -> File:
    folders = [item for item in ctx.files if item.directory]
    if folders and w.chance(30):
        w.tag("child by dir=")
        parent = w.pick(folders).path
        return create_file(w, ctx, parent) if w.chance(70) else create_directory(w, ctx, parent)
    return create_file(w, ctx) if w.chance(60) else create_directory(w, ctx)


def alias(w: Writer, file: File) -> File:
    """Sometimes another name for the same path."""
    if not w.chance(12):
        return file
    w.tag("alias")
    if w.chance(50):
        other = w.fresh("q")
        w.line(f"{other} = {file.path}")
        return File(other, file.directory, file.wrapped, file.descriptor)
    other = w.fresh("path")
    w.line(f"{other} = Path({file.path})")
    return File(other, file.directory, True, file.descriptor)


# -- deletions and moves -------------------------------------------------------------------------------


def deletion(w: Writer, file: File) -> str:
    """One expression statement that deletes the file."""
    path = file.path
    if file.directory:
        options = [
            (40, f"shutil.rmtree({path})"),
            (20, f"shutil.rmtree({path}, ignore_errors=True)"),
            (10, f'os.system(f"rm -rf {{{path}}}")'),
            (10, f'subprocess.run(["rm", "-rf", {path}])'),
        ]
        if not file.filled:
            options.append((8, f"{path}.rmdir()" if file.wrapped else f"os.rmdir({path})"))
        choice = w.weighted([*options, (10, "helper")])
        if choice == "helper":
            w.tag("helper deletes")
            choice = f"{helper(w, '_drop_tree')}({path})"
    else:
        wrapped = path if file.wrapped else f"Path({path})"
        choice = w.weighted(
            [
                (40, f"os.remove({path})"),
                (30, f"os.unlink({path})"),
                (10, f"{wrapped}.unlink()"),
                (10, f"{wrapped}.unlink(missing_ok=True)"),
                (10, "helper"),
                (4, f'subprocess.run(["rm", {path}])'),
                (2, f"os.remove(str({path}))"),
            ]
        )
        if choice == "helper":
            w.tag("helper deletes")
            choice = f"{helper(w, w.pick(['_drop', '_drop_quietly']))}({path})"
    w.tag("delete " + ("directory" if file.directory else "file"))
    return choice


def delete(w: Writer, file: File) -> None:
    """A deletion, in one of the forms people write; rarely a wrong one."""
    form = w.weighted(
        [(60, "plain"), (8, "suppress"), (8, "try"), (8, "exists"), (3, "wrong"), (3, "old"), (3, "keep")]
    )
    if form == "suppress":
        w.tag("suppress")
        with w.block("with contextlib.suppress(OSError):"):
            w.line(deletion(w, file))
    elif form == "try":
        with w.block("try:"):
            w.line(deletion(w, file))
        with w.block(w.pick(["except OSError:", "except FileNotFoundError:"])):
            w.line("pass")
    elif form == "exists":
        w.tag("exists guard")
        with w.block(f"if os.path.exists({file.path}):"):
            w.line(deletion(w, file))
    elif form == "wrong" and not file.directory and not file.wrapped:
        w.tag("wrong path deleted")
        w.line(f'os.remove({file.path} + ".bak")')
    elif form == "old" and not file.directory:
        w.tag("helper deletes on a condition")
        w.line(f"{helper(w, '_drop_if_old')}({file.path}, {w.parameter('cfg')})")
    elif form == "keep":
        w.tag("keep option")
        with w.block(f"if not {w.parameter('keep')}:"):
            w.line(deletion(w, file))
    else:
        w.line(deletion(w, file))


def move(w: Writer, file: File) -> str:
    """A consuming move of the file to its destination."""
    target = w.parameter("dest")
    w.tag("move")
    options = [
        f"os.replace({file.path}, {target})",
        f"os.rename({file.path}, {target})",
        f"shutil.move({file.path}, {target})",
    ]
    if file.wrapped:
        options.append(f"{file.path}.rename({target})")
    elif not file.directory:
        options.append(f"Path({file.path}).replace({target})")
    return w.pick(options)


# -- what happens in between ---------------------------------------------------------------------------


def argument(w: Writer, ctx: Context) -> str:
    return w.pick(ctx.files).path if ctx.files and w.chance(80) else w.parameter("cfg")


def condition(w: Writer, ctx: Context) -> str:
    kind = w.weighted(
        [(35, "flag"), (15, "not flag"), (15, "attribute"), (20, "call"), (8, "and"), (7, "compare")]
    )
    if kind == "flag":
        return w.parameter("flag")
    if kind == "not flag":
        return f"not {w.parameter('flag')}"
    if kind == "attribute":
        return f"{w.parameter('cfg')}.fast"
    if kind == "compare":
        return f'{w.parameter("mode")} == "a"'
    if kind == "and":
        w.tag("boolean short cut")
        return f"{w.parameter('flag')} {w.pick(['and', 'or'])} {w.parameter('cfg')}.fast"
    return f"check_{w.dice.randrange(3)}({argument(w, ctx)})"


def risky(w: Writer, ctx: Context) -> None:
    """One statement that may raise."""
    what = argument(w, ctx)
    kinds = [
        (40, "call"),
        (10, "assign"),
        (10, "method"),
        (8, "open"),
        (6, "parse"),
        (6, "assert"),
        (6, "command"),
        (6, "helper"),
        (5, "loads"),
    ]
    if ctx.asynchronous:
        kinds.append((60, "await"))
    kind = w.weighted(kinds)
    number = w.dice.randrange(3)
    w.tag(f"risky {kind}")
    if kind == "call":
        w.line(f"risky_{number}({what})")
    elif kind == "assign":
        w.line(f"{w.fresh('x')} = fetch_{number}({what})")
    elif kind == "method":
        w.line(f"{w.parameter('cfg')}.load({what})")
    elif kind == "open":
        with w.block(f"with open({w.parameter('src')}) as {(text := w.fresh('text'))}:"):
            w.line(f"{text}.read()")
    elif kind in ("parse", "loads"):
        w.line("json.loads('{}')")
    elif kind == "assert":
        w.line(f"assert {condition(w, ctx)}")
    elif kind == "command":
        w.line(f'subprocess.run(["tool", {what}], check=True)')
    elif kind == "helper":
        w.line(f"{helper(w, '_inspect')}({what})")
    else:
        w.line(f"await async_{number}({what})")


def benign(w: Writer, ctx: Context) -> None:
    what = argument(w, ctx)
    name = w.fresh("n")
    w.tag("benign")
    w.line(
        w.pick(
            [
                f"{name} = str({what})",
                f"print({what})",
                f"logging.info({what})",
                f"{name} = os.path.basename(str({what}))",
                f'{name} = f"<{{{what}}}>"',
                f"{name} = os.getpid()",
                f'{name} = os.path.join("a", "b")',
                f"{name} = [1, 2]",
                f"{name} = {helper(w, '_label')}({what})" if w.chance(40) else "time.time()",
            ]
        )
    )


def leave(w: Writer, ctx: Context) -> None:
    """A way out under a condition, sometimes after deleting what is owned."""
    ways = [(30, "raise"), (8, "exit"), (8, "helper")]
    if ctx.may_return:
        ways.append((40, "return"))
    if ctx.loop:
        ways += [(30, "break"), (30, "continue")]
    way = w.weighted(ways)
    w.tag(f"leave by {way}")
    with w.block(f"if {condition(w, ctx)}:"):
        if ctx.files and not ctx.loop and w.chance(20):
            w.line(deletion(w, ctx.files[-1]))
        if way == "raise":
            w.line(
                w.pick(
                    ['raise ValueError("no")', f'raise {helper(w, "_Refused")}("no")', 'raise OSError("no")']
                )
            )
        elif way == "exit":
            w.line("sys.exit(1)")
        elif way == "helper":
            w.line(f'{helper(w, w.pick(["_reject", "_quit"]))}("no")')
        elif way == "return":
            w.line("return None" if ctx.kind in ("function", "coroutine") and w.chance(50) else "return")
        else:
            w.line(way)
