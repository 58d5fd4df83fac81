"""Classes of the grammar: objects that own a temporary file.

In: a writer. Out: one public class, which the driver enters and leaves, or constructs, uses and closes.
"""

from __future__ import annotations

from tests.oracle.statements import helper
from tests.oracle.writer import Writer


def owner(w: Writer) -> str:
    """Write a class that creates a file for itself; the name of the class."""
    name = w.fresh("Owner")
    directory = w.chance(60)
    several = w.chance(20)
    attribute = "self.paths" if several else "self.path"
    maker = w.weighted([(60, "__init__"), (20, "__enter__"), (20, "start")])
    ending = w.weighted(
        [
            (35, "close"),
            (15, "__exit__"),
            (20, "exit and close"),
            (8, "__del__"),
            (10, "nothing"),
            (6, "finalize"),
            (6, "atexit"),
        ]
    )
    if maker == "__enter__" and ending == "close":
        ending = "exit and close"
    w.tag("class", f"class created in {maker}", f"class ends by {ending}")
    if several:
        w.tag("class with a list")
    with w.block(f"class {name}:"):
        w.line('"""Owns a temporary file; call close() when done."""')
        with w.block("def __init__(self, cfg):"):
            w.line("self.cfg = cfg")
            if several:
                w.line(f"{attribute} = []")
            if maker == "__init__":
                make(w, attribute, directory, several, ending, True)
            elif not several:
                w.line(f"{attribute} = None")
        entering = ending in ("__exit__", "exit and close") or maker == "__enter__"
        if maker == "start":
            with w.block("def start(self):"):
                make(w, attribute, directory, several, ending, not entering)
                if not entering and w.chance(50):
                    w.line(f"risky_0({attribute})")
        else:
            with w.block("def use(self):"):
                w.line(f"risky_0({attribute})")
        if entering:
            with w.block("def __enter__(self):"):
                if maker == "__enter__":
                    make(w, attribute, directory, several, ending, True)
                elif maker == "start":
                    w.line("self.start()")
                w.line("return self")
            with w.block("def __exit__(self, *exc):"):
                if ending == "exit and close":
                    w.line("self.close()")
                elif ending == "__exit__":
                    end(w, attribute, directory, several)
        if ending in ("close", "exit and close"):
            with w.block("def close(self):"):
                end(w, attribute, directory, several)
        if ending == "__del__":
            with w.block("def __del__(self):"):
                end(w, attribute, directory, several)
    return name


def make(w: Writer, attribute: str, directory: bool, several: bool, ending: str, alone: bool) -> None:
    """Create and store: directly, or through a local name with something in between."""
    created = "tempfile.mkdtemp()" if directory else f"{helper(w, '_make_file')}()"
    store = f"{attribute}.append({{}})" if several else f"{attribute} = {{}}"
    way = w.weighted([(55, "direct"), (20, "local"), (25, "gap")])
    w.tag(f"class stores {way}")
    if way == "direct":
        w.line(store.format(created))
        path = attribute
    else:
        path = w.fresh("d" if directory else "p")
        w.line(f"{path} = {created}")
        if way == "gap":
            w.line(f"risky_1({path})")
        w.line(store.format(path))
    if several and alone and w.chance(50):
        w.line(store.format("tempfile.mkdtemp()" if directory else "_make_file()"))
    remover = "shutil.rmtree" if directory else "os.remove"
    if ending == "finalize" and not several:
        w.line(f"weakref.finalize(self, {remover}, {path})")
    elif ending == "atexit" and not several:
        w.line(f"atexit.register({remover}, {path})")
    elif w.chance(20) and alone:
        w.tag("class goes on after storing")
        w.line("prepare(self.cfg)")


def end(w: Writer, attribute: str, directory: bool, several: bool) -> None:
    remover = "shutil.rmtree({})" if directory else w.pick(["os.remove({})", "os.unlink({})"])
    if several:
        with w.block(f"for path in {attribute}:"):
            w.line(remover.format("path"))
        return
    way = w.weighted([(40, "plain"), (35, "guard"), (15, "reset"), (10, "condition")])
    w.tag(f"class deletes by {way}")
    if way == "plain":
        w.line(remover.format(attribute))
    elif way == "condition":
        with w.block("if self.cfg.tidy:"):
            w.line(remover.format(attribute))
    else:
        with w.block(w.pick([f"if {attribute} is not None:", f"if {attribute}:"])):
            w.line(remover.format(attribute))
            if way == "reset":
                w.line(f"{attribute} = None")
