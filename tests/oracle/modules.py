"""The modules a program can import: one row a function that the oracle models, anything else is a gap.

In: the world. Out: `stand_ins`, module name -> stand-in.
"""

# ruff: noqa: PTH102  (stand-ins for `os` do what it does)
from __future__ import annotations

import asyncio
import os
import pathlib
import sys
from typing import TYPE_CHECKING, Any

from tests.oracle.instrument import OracleGap
from tests.oracle.unknown import Built, Opaque

if TYPE_CHECKING:
    from tests.oracle.world import World


class Namespace:
    """A stand-in for a module: what it lacks is a gap in the oracle, not an error of the program."""

    def __init__(self, name: str, **members: Any) -> None:
        self.__dict__.update(members, __name__=name)

    def __getattr__(self, name: str) -> Any:
        raise OracleGap(f"{self.__name__}.{name}")


def paths_of(world: World) -> type[pathlib.Path]:
    """A Path class whose operations on disk are the world's."""

    class Path(type(pathlib.Path())):  # type: ignore[misc]
        def unlink(self, missing_ok: bool = False) -> None:
            world.delete_file(self)

        def rmdir(self) -> None:
            world.delete_tree(self)

        def rename(self, target: Any) -> Any:
            return world.consume(self, target)

        replace = rename

        def open(self, mode: str = "r", *args: Any, **options: Any) -> Any:
            return world.open(self, mode)

        def write_text(self, data: Any, *args: Any, **options: Any) -> int:
            with world.open(self, "w") as file:
                return int(file.real.write("text"))

        def write_bytes(self, data: Any) -> int:
            with world.open(self, "wb") as file:
                return int(file.real.write(b"bytes"))

        def read_text(self, *args: Any, **options: Any) -> str:
            world.system_risk("open", self)
            return "text"

        def touch(self, *args: Any, **options: Any) -> None:
            world.open(self, "a").close()

        def mkdir(self, *args: Any, **options: Any) -> None:
            world.system_risk("mkdir", self)
            os.mkdir(self)

        def chmod(self, *args: Any, **options: Any) -> None:
            return None

    return Path


class App(Namespace):
    """The unknown module `app`: functions, classes, exceptions, all made up as they are asked for."""

    def __init__(self, world: World) -> None:
        super().__init__("app", world=world)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        world = self.world
        if name == "expect":
            return world.wanted
        if name.endswith("Error"):
            made: Any = type(name, (Exception,), {})
        elif name[0].isupper():

            def made(*args: Any, **options: Any) -> Any:
                world.risk(name, *args)
                built = Built(world, f"{name}()")
                built.__dict__["parts"] = (*args, *options.values())
                return built

        else:
            made = Opaque(world, name)
        if not isinstance(made, Opaque):
            self.__dict__[name] = made
        return made


class Silent:
    """A logger: benign."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **options: None


def stand_ins(world: World) -> dict[str, Any]:
    """What the program gets when it imports; one row a function that the oracle models."""
    logger = Silent()
    operating = Namespace(
        "os",
        path=os.path,
        sep=os.sep,
        environ={},
        linesep="\n",
        remove=world.delete_file,
        unlink=world.delete_file,
        rmdir=world.delete_tree,
        removedirs=world.delete_tree,
        replace=world.consume,
        rename=world.consume,
        renames=world.consume,
        close=world.close,
        fdopen=world.fdopen,
        fspath=os.fspath,
        fsencode=os.fsencode,
        fsdecode=os.fsdecode,
        getcwd=lambda: world.root,
        getpid=os.getpid,
        chmod=lambda *args: None,
        utime=lambda *args: None,
        stat=lambda path: Opaque(world, "stat"),
        write=lambda descriptor, data: world.system_risk("os.write", descriptor),
        fsync=lambda descriptor: world.system_risk("os.fsync", descriptor),
        mkdir=world.make_directory,
        makedirs=world.make_directory,
        system=world.command,
        listdir=world.list_directory,
    )
    return {
        "os": operating,
        "os.path": os.path,
        "shutil": Namespace(
            "shutil",
            rmtree=world.delete_tree,
            move=world.consume,
            copy=world.copy,
            copy2=world.copy,
            copyfile=world.copy,
        ),
        "tempfile": Namespace(
            "tempfile",
            mkstemp=world.mkstemp,
            mkdtemp=world.mkdtemp,
            mktemp=world.mktemp,
            NamedTemporaryFile=world.named_file,
            TemporaryDirectory=world.directory,
            gettempdir=lambda: world.temporary,
        ),
        "pathlib": Namespace("pathlib", Path=paths_of(world)),
        "subprocess": Namespace(
            "subprocess",
            run=world.command,
            call=world.command,
            check_call=world.command,
            check_output=world.command,
        ),
        "json": Namespace(
            "json",
            dump=world.dump,
            dumps=world.dumps,
            loads=world.loads,
        ),
        "logging": Namespace(
            "logging",
            getLogger=lambda *args: logger,
            info=logger.info,
            debug=logger.debug,
            warning=logger.warning,
            exception=logger.exception,
        ),
        "time": Namespace("time", time=lambda: 0.0, monotonic=lambda: 0.0, sleep=lambda seconds: None),
        "sys": Namespace("sys", exit=sys.exit, exc_info=sys.exc_info),
        "atexit": Namespace("atexit", register=world.register),
        "weakref": Namespace("weakref", finalize=world.finalize),
        "asyncio": Namespace(
            "asyncio", CancelledError=asyncio.CancelledError, sleep=lambda *args: Opaque(world, "sleep")
        ),
        "click": Namespace("click", echo=world.told),
        "queue": Namespace("queue", Queue=lambda *args: Namespace("queue.Queue", put=world.wanted)),
        "app": App(world),
    }
