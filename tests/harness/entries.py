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
from typing import Any

from tests.harness import benign
from tests.harness.standins import Standin, Trial, arguments_for


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
    result = function(*arguments_for(trial, function, trial.outside))
    if inspect.iscoroutine(result):
        return asyncio.run(_awaited(result))
    if isinstance(result, Generator):
        _consume(result, trial)
        return None
    if isinstance(result, AsyncGenerator):
        return asyncio.run(_consume_async(result, trial))
    if isinstance(result, contextlib._GeneratorContextManager):
        with result:
            trial.risky("body of the with", 0)
        return None
    if isinstance(result, contextlib._AsyncGeneratorContextManager):
        return asyncio.run(_enter_async(result, trial))
    return result


async def _awaited(coroutine: Coroutine[Any, Any, Any]) -> object:
    return await coroutine


def _consume(generator: Generator[Any, Any, Any], trial: Trial) -> None:
    """A consumer that may raise between two items: then the generator is abandoned."""
    with contextlib.closing(generator):
        for _ in generator:
            trial.risky("consumer of the generator", 0)


async def _consume_async(generator: AsyncGenerator[Any, Any], trial: Trial) -> None:
    async with contextlib.aclosing(generator):
        async for _ in generator:
            trial.risky("consumer of the generator", 0, awaited=True)


async def _enter_async(manager: contextlib.AbstractAsyncContextManager[Any], trial: Trial) -> None:
    async with manager:
        trial.risky("body of the with", 0, awaited=True)


def take_over(result: object, base: Path) -> None:
    """The harness as the caller who becomes the owner: close handles, delete paths below `base`."""
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
    elif not isinstance(result, Standin):
        yield result


def delete(path: Path, base: Path) -> None:
    """Delete a file or a whole directory below `base`. Any other text that a snippet returns is no path of its own."""
    if base not in path.resolve().parents:
        return
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
