"""How the entry of a snippet is run, and what becomes of its result.

In: the names of a loaded snippet and the running trial. Out: what the entry returned. A coroutine is
awaited, a context manager entered, a generator consumed by someone who may stop early; unittest classes and
pytest functions run through the real runners. `take_over` plays the caller who becomes the owner.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import shutil
import sys
import tempfile
import types
import unittest
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from pathlib import Path
from typing import Any, Protocol

from tests.oracle import benign
from tests.oracle.unknown import Deciding, Opaque, Undefined


class Trial(Deciding, Protocol):
    """What the runner of an entry asks of the run that it is part of."""

    @property
    def outside(self) -> Path:
        """A folder beside the private temp folder; what is put there is not looked at."""


# Arguments that must be real for the snippet's own calls to work, by parameter name.
_REAL_ARGUMENTS: dict[str, Callable[[Path], Any]] = {
    "data": lambda outside: b"data",
    "text": lambda outside: "text",
    "destination": lambda outside: str(outside / "destination"),
    "report": lambda outside: {"total": 3},
    "rows": lambda outside: [["a", "1"], ["b", "2"]],
}


def run_entry(names: dict[str, Any], definitions: tuple[str, ...], trial: Trial, entry: str | None) -> object:
    """Run the entry among the snippet's names (`definitions` are its own, in order); gives its result."""
    cases = [names[name] for name in definitions if _is_case(names[name])]
    functions = [names[name] for name in definitions if not isinstance(names[name], type)]
    if entry is not None or "handle" in names:
        return _call(names[entry or "handle"], trial)
    if cases:
        _run_cases(cases)
    elif any(name.startswith("test_") for name in definitions):
        _run_under_pytest(names, trial)
    elif functions:
        return _call(functions[0], trial)
    return None


def _is_case(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, unittest.TestCase)


def _run_cases(cases: list[type[unittest.TestCase]]) -> None:
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)
    suite.run(unittest.TestResult())


def _run_under_pytest(names: dict[str, Any], trial: Trial) -> None:
    """Real pytest, in this process, over a file that holds nothing but the snippet's names."""
    import pytest

    folder = trial.outside
    file = folder / "test_snippet.py"
    file.write_text(
        "import sys\n"
        f"names = vars(sys.modules[{benign.MODULE!r}])\n"
        "globals().update({name: value for name, value in names.items() if not name.startswith('__')})\n"
    )
    plugins = "cacheprovider terminal capture logging unraisableexception threadexception faulthandler"
    switches = [switch for name in plugins.split() for switch in ("-p", f"no:{name}")]
    disabled = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        outcome = pytest.main(
            [*switches, "-c", os.devnull, f"--rootdir={folder}", f"--basetemp={folder / 'pytest'}",
             "--import-mode=importlib", str(file)]
        )  # fmt: skip
    finally:
        for name in [name for name, module in sys.modules.items() if _file_of(module) == str(file)]:
            del sys.modules[name]
        if disabled is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = disabled
    if outcome not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest could not run the snippet: {outcome!r}")


def _file_of(module: object) -> object:
    return getattr(module, "__file__", None) if isinstance(module, types.ModuleType) else None


def _call(function: Callable[..., Any], trial: Trial) -> object:
    result = function(*_arguments_for(trial, function))
    if inspect.iscoroutine(result):
        return asyncio.run(_awaited(result))
    if isinstance(result, Generator):
        _consume(result, trial)
        return None
    if isinstance(result, AsyncGenerator):
        return asyncio.run(_consume_async(result, trial))
    if isinstance(result, contextlib._GeneratorContextManager):
        with result:
            trial.risk("body of the with")
        return None
    if isinstance(result, contextlib._AsyncGeneratorContextManager):
        return asyncio.run(_enter_async(result, trial))
    return result


def _arguments_for(trial: Trial, function: Callable[..., Any]) -> list[Any]:
    """One argument a required or boolean parameter: booleans are taken both ways, the rest by name."""
    arguments: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if isinstance(parameter.default, bool) or parameter.annotation in (bool, "bool"):
            arguments.append(not trial.decide(("truth", parameter.name, "true"), 2))
        elif parameter.default is not inspect.Parameter.empty:
            break
        elif parameter.name in _REAL_ARGUMENTS:
            arguments.append(_REAL_ARGUMENTS[parameter.name](trial.outside))
        else:
            arguments.append(Undefined(trial, parameter.name))
    return arguments


async def _awaited(coroutine: Coroutine[Any, Any, Any]) -> object:
    return await coroutine


def _consume(generator: Generator[Any, Any, Any], trial: Trial) -> None:
    """A consumer that may raise between two items: then the generator is abandoned."""
    with contextlib.closing(generator):
        for _ in generator:
            trial.risk("consumer of the generator")


async def _consume_async(generator: AsyncGenerator[Any, Any], trial: Trial) -> None:
    async with contextlib.aclosing(generator):
        async for _ in generator:
            trial.risk("consumer of the generator", awaiting=True)


async def _enter_async(manager: contextlib.AbstractAsyncContextManager[Any], trial: Trial) -> None:
    async with manager:
        trial.risk("body of the with", awaiting=True)


def take_over(result: object, base: Path) -> None:
    """Play the caller who becomes the owner: close handles, delete paths below `base`."""
    for item in _handed_over(result):
        if isinstance(item, str | os.PathLike):
            delete(Path(item), base)
        elif type(item).__module__ == benign.MODULE:
            close = next((getattr(item, name) for name in ("close", "cleanup") if hasattr(item, name)), None)
            if close is not None:
                close()
        elif hasattr(item, "name") and hasattr(item, "close"):
            item.close()
            if isinstance(item.name, str):
                delete(Path(item.name), base)
        elif isinstance(item, tempfile.TemporaryDirectory):
            item.cleanup()


def _handed_over(result: object) -> Iterator[Any]:
    if isinstance(result, tuple | list):
        for item in result:
            yield from _handed_over(item)
    elif not isinstance(result, Opaque):
        yield result


def delete(path: Path, base: Path) -> None:
    """Delete a file or a whole directory below `base`. Any other text that a snippet returns is no path of its own."""
    if base not in path.resolve().parents:
        return
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
