"""What the tests notice: small changes in the code of one room, and whether any test fails for them.

    python -m benchmarks.mutation exploration|models|proof [--sample 60] [--seed 1] [--only FILE:ROW] [--tests NAMES]

All changes that could be made in the room are drawn from with the seed: another comparison, `and` for `or`, another
constant, no `not`, a statement or keyword left out, nothing returned. Each is made in a process of its own, in memory,
and the tests that come to its line run there, fastest first, until one fails; a process that doesn't end counts as one.
What stands outside of functions (tables, defaults) is imported anew for each change; there the tests run that come to a
line which names what the changed one binds, and those whose text, or that of a program in them, has a word of it, those
first that have one which few have; before them those that compare the tables as a whole. Tests that fail without a
change don't count.
Prints what nobody noticed, and how much was. POSIX.

Not handled: changes that make no difference. Whoever reads the survivors says which are such.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import importlib.util
import inspect
import os
import random
import re
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import coverage
import pytest

from benchmarks.mutants import ROOT, Change, changes_of

PACKAGE = ROOT / "tmpleak_lint"
FAILED = 3  # exit status of a process in which the trial went wrong, not a test
UNMADE = 4  # the same of one in which the change could not be made
MOST_SECONDS = (
    40.0  # of a processor, of tests for one change, as long as they take when it is noted what they come to
)
# Plugins take longer to import than most tests to run.
QUIETLY = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest", "-p", "no:anyio")
MOST_SPEAKING = 150  # tests for a change outside of functions


class Room(NamedTuple):
    """What is changed, and the tests that should notice; `first` are those of them that compare tables as a whole."""

    code: tuple[str, ...]
    tests: tuple[str, ...]
    first: tuple[str, ...] = ()


ROOMS = {
    "exploration": Room(
        ("analysis/explore", "analysis/semantics"),
        (
            "tests/analysis/test_cases.py",
            "tests/analysis/test_opt_in_codes.py",
            "tests/analysis/test_exploded.py",
            "tests/analysis/test_state.py",
            "tests/explaining/test_ways.py",
            "tests/rules/test_examples_found.py",
            "tests/rules/test_idioms.py",
            "tests/rules/test_silence.py",
            "tests/test_bounds.py",
            "tests/test_growth.py",
        ),
    ),
    "models": Room(
        ("knowledge",),
        ("tests/knowledge", "tests/rules/test_idioms.py", "tests/analysis/test_cases.py"),
        ("tests/knowledge/test_said.py", "tests/knowledge/test_table.py"),
    ),
    "proof": Room(
        ("fixing/comparing", "fixing/prove.py"),
        (
            "tests/fixing/test_compared.py",
            "tests/fixing/test_compared_deletions.py",
            "tests/fixing/test_compared_handed.py",
            "tests/fixing/test_compared_steps.py",
            "tests/fixing/test_proved.py",
            "tests/fixing/test_forms.py",
            "tests/fixing/test_harm.py",
            "tests/fixing/test_shapes.py",
            "tests/fixing/test_golden.py",
            "tests/fixing/test_written.py",
        ),
    ),
}
SLOW = ("test_opt_in_oracle", "test_same_everywhere", "test_hypothesis", "test_runs_show_the_verdict")


# -- made in functions, while everything is imported -----------------------------------------------


def replace_functions(tree: ast.Module, path: Path) -> int:
    """Give every function of a module the code that it has in this tree; how many there are that way."""
    replaced = 0
    codes = {
        (code.co_qualname, code.co_firstlineno): code for code in _codes(compile(tree, str(path), "exec"))
    }
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and os.path.realpath(each.__code__.co_filename) == str(path):
            code = codes.get((each.__code__.co_qualname, each.__code__.co_firstlineno))
            if code is not None:
                each.__code__ = code
                replaced += 1
    return replaced


def _codes(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from _codes(const)


class _Runs:
    """Of a plugin: it runs tests one by one, and sees whether they pass."""

    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def _passes(self, item: pytest.Item) -> bool:
        self.failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self.failed


class _Mapping(_Runs):
    """A plugin that runs the tests without a change, and notes which lines they come to and how long they take; nothing
    of those that fail."""

    def __init__(self, code: Sequence[Path], kept: Path) -> None:
        self.code = code
        self.kept = kept

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for path in self.code:
            importlib.import_module(name_of(path))
        rooms = {name_of(path) for path in self.code}  # what an earlier test has asked is asked again
        caches = (each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper))
        self.caches = [each for each in caches if each.__module__ in rooms]
        with self.kept.open("a+") as out:
            out.seek(0)
            known = {line.partition(" ")[2].rstrip() for line in out if line.startswith("test ")}
            for item in session.items:
                if item.nodeid not in known:
                    self._note(item, out)
        return True

    def _note(self, item: pytest.Item, out: Any) -> None:
        traced = coverage.Coverage(
            data_file=None, config_file=False, include=[str(path) for path in self.code]
        )
        traced.set_option("run:disable_warnings", ["no-data-collected"])
        for cache in self.caches:
            cache.cache_clear()
        start = time.process_time()
        with traced.collect():
            passes = self._passes(item)
        out.write(f"test {item.nodeid}\n")
        if passes:
            out.write(f"took {time.process_time() - start:.3f}\n")
            data = traced.get_data()
            for path in sorted(data.measured_files()):
                out.write(f"{path} {' '.join(map(str, data.lines(path) or ()))}\n")
        out.flush()


@dataclass(frozen=True)
class Known:
    """What is known of the tests: how many seconds those take that pass, and which come to a line."""

    seconds: dict[str, float]
    comes_to: dict[tuple[str, int], list[str]]

    @classmethod
    def read(cls, kept: Path) -> Known:
        known = cls({}, {})
        test = ""
        for line in kept.read_text().splitlines():
            kind, _, about = line.partition(" ")
            if kind == "test":
                test = about
            elif kind == "took":
                known.seconds[test] = float(about)
            else:
                for row in about.split():
                    known.comes_to.setdefault((kind, int(row)), []).append(test)
        return known


class _Campaign(_Runs):
    """A plugin that runs, in place of the tests, some of them for each change."""

    def __init__(
        self, changes: Sequence[tuple[ast.Module, Change]], code: Sequence[Path], known: Known
    ) -> None:
        self.changes = changes
        self.code = code
        self.known = known
        self.survived = self.tried = self.unmade = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for path in self.code:
            importlib.import_module(name_of(path))  # much is imported only where it is needed
        by_name = {item.nodeid: item for item in session.items}
        seconds = self.known.seconds
        for number, (tree, change) in enumerate(self.changes):
            tests = self.known.comes_to.get((str(change.path), change.row), [])
            tests = [test for test in tests if test in seconds and test in by_name]
            chosen, most = [], MOST_SECONDS
            for test in sorted(tests, key=seconds.__getitem__):
                most -= seconds[test]
                if most < 0:
                    break
                chosen.append(by_name[test])
            noticed = in_a_process(
                lambda tree=tree, change=change, chosen=chosen: self._try(tree, change, chosen)
            )
            if noticed is None:
                print(f"{number + 1} can't be made {change}", flush=True)
                self.tried += 1
                self.unmade += 1
                continue
            print(
                f"{number + 1} {'noticed' if noticed else 'SURVIVES'} {change}  ({len(chosen)} tests)",
                flush=True,
            )
            self.survived += not noticed
            self.tried += 1
        return True

    def _try(self, tree: ast.Module, change: Change, chosen: Sequence[pytest.Item]) -> bool:
        change.make()
        try:
            assert replace_functions(tree, change.path), change
        except ValueError:  # it would read other variables of the functions around it, or none of them
            os._exit(UNMADE)
        return not all(map(self._passes, chosen))


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def silenced(config: pytest.Config | None = None) -> None:
    """Let this process print nothing."""
    if config is not None:
        config.pluginmanager.unregister(name="terminalreporter")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


def in_a_process(work: Any, most: int = int(3 * MOST_SECONDS)) -> bool | None:
    """Whether a test fails, or ends the process, or takes too long, in a process of its own; None where a change
    can't be made."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        told = os.fdopen(os.dup(2), "w")
        silenced()
        status = FAILED
        try:
            status = int(bool(work()))
        except BaseException:
            traceback.print_exc(file=told)
        finally:
            told.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert not (os.WIFEXITED(status) and os.WEXITSTATUS(status) == FAILED), "the trial itself went wrong"
    return None if os.WIFEXITED(status) and os.WEXITSTATUS(status) == UNMADE else status != 0


# -- made outside of functions: everything is imported anew ----------------------------------------


class _Changed(SourceFileLoader):
    """A module from a tree."""

    tree: ast.Module

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.path, "exec")


class _Finder:
    """Finds one module as it is after the change."""

    def __init__(self, tree: ast.Module, path: Path) -> None:
        self.tree = tree
        self.name = name_of(path)
        self.path = path

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        found = PathFinder.find_spec(name, path, target)
        loader = _Changed(name, str(self.path))
        loader.tree = self.tree
        held: Loader = loader
        assert found is not None
        return importlib.util.spec_from_file_location(
            name, self.path, loader=held, submodule_search_locations=found.submodule_search_locations
        )


def coming_to(change: Change, code: Sequence[Path], known: Known) -> list[str]:
    """The tests that come to a line of these files which names what the changed one binds, fastest first."""
    names: set[str] = set()
    for statement in ast.parse(change.path.read_text(encoding="utf-8")).body:
        if statement.lineno <= change.row <= (statement.end_lineno or 0):
            names |= {
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            names |= {statement.name} if isinstance(statement, ast.FunctionDef) else set()
    found: set[str] = set()
    for path in code:
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if names & set(re.findall(r"\w+", line)):
                found.update(known.comes_to.get((str(path), row), ()))
    return sorted(found & known.seconds.keys(), key=known.seconds.__getitem__)


def try_import(
    tree: ast.Module,
    change: Change,
    tests: Sequence[str],
    passing: Set[str] | None,
    coming: Sequence[str] = (),
) -> bool:
    """Whether tests notice a change where everything is imported anew: all of them, or of those that pass without it
    those that come to what it binds and those that speak of its line."""
    line = change.path.read_text(encoding="utf-8").splitlines()[change.row - 1]
    change.make()
    sys.meta_path.insert(0, _Finder(tree, change.path))
    words = frozenset(re.findall(r"\w{3,}", line))
    plugins = [] if passing is None else [_Speaking(words, passing, coming)]
    return pytest.main([*QUIETLY, "-x", *arguments(tests)], plugins=plugins) != 0


class _Speaking:
    """A plugin that leaves, of the tests that pass without a change, those named and those that speak of some words."""

    def __init__(self, words: Set[str], passing: Set[str], coming: Sequence[str]) -> None:
        self.words = words
        self.passing = passing
        self.coming = coming

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.passing]
        having: dict[str, list[pytest.Item]] = {}
        for item in items:
            for word in self.words & set(re.findall(r"\w{3,}", _text_of(item))):
                having.setdefault(word, []).append(item)
        rarest = sorted(having.values(), key=len)
        general = [item for item in items if "golden" in item.nodeid]
        by_name = {item.nodeid: item for item in items}
        coming = [by_name[name] for name in self.coming if name in by_name][: MOST_SPEAKING // 2]
        speaking = (item for some in rarest for item in some)
        items[:] = list(dict.fromkeys([*general, *coming, *speaking]))[:MOST_SPEAKING]


def _text_of(item: pytest.Item) -> str:
    """What stands in a test and in what it is given."""
    called = getattr(item, "callspec", None)
    function = getattr(item, "function", None)
    source = inspect.getsource(function) if function is not None else ""
    return source + (repr(called.params) if called is not None else "")


def look(code: Sequence[Path], tests: Sequence[str], kept: Path) -> bool:
    """Note which tests come to which lines; whether that went wrong."""
    return pytest.main([*QUIETLY, *arguments(tests)], plugins=[_Mapping(code, kept)]) != 0


def arguments(tests: Sequence[str]) -> list[str]:
    """What pytest is asked for: these tests, without those that start processes of their own."""
    out = " and ".join(f"not {name}" for name in SLOW)
    return ["-k", out, *(str(ROOT / test) for test in tests)]


def trial(
    room: Room, code: Sequence[Path], drawn: Sequence[tuple[ast.Module, Change]], kept: Path | None
) -> tuple[int, int]:
    """Try changes; how many of them nobody noticed, and how many could not be made."""
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        path = kept or Path(folder) / "map"
        if in_a_process(lambda: look(code, room.tests, path), most=resource.RLIM_INFINITY):
            raise SystemExit("the tests of this room can't be looked at")
        known = Known.read(path)
    print(f"{len(known.seconds)} tests, {sum(known.seconds.values()):.0f} s", flush=True)
    passing = known.seconds.keys()
    for tree, change in (one for one in drawn if not one[1].inside):  # as long as nothing is imported here
        coming = coming_to(change, code, known)
        noticed = in_a_process(
            lambda tree=tree, change=change, coming=coming: try_import(
                tree, change, room.tests, passing, coming
            )
        )
        print(f"{'noticed' if noticed else 'SURVIVES'} {change}", flush=True)
        survived += not noticed
    campaign = _Campaign([one for one in drawn if one[1].inside], code, known)
    if campaign.changes:
        pytest.main([*QUIETLY, *arguments(room.tests)], plugins=[campaign])
    assert campaign.tried == len(campaign.changes)
    return survived + campaign.survived, campaign.unmade


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("room", choices=[*ROOMS])
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="the changes of one place, FILE:ROW")
    parser.add_argument(
        "--tests", nargs="*", default=[""], help="of the room's tests those in files named like these"
    )
    parser.add_argument("--skip", type=int, default=0, help="so many of the sample, which were tried before")
    parser.add_argument(
        "--map",
        type=Path,
        default=None,
        help="where it is kept which tests come to which lines, for the next time",
    )
    given = parser.parse_args()
    room = ROOMS[given.room]
    room = room._replace(
        tests=tuple(test for test in room.tests if any(name in test for name in given.tests))
    )
    code = [
        each
        for part in room.code
        for each in (
            sorted((PACKAGE / part).rglob("*.py")) if (PACKAGE / part).is_dir() else [PACKAGE / part]
        )
    ]
    drawn = [(tree, change) for path in code for tree, found in [changes_of(path)] for change in found]
    print(f"{given.room}: {len(drawn):,} changes in {len(code)} files", flush=True)
    if given.only:
        drawn = [one for one in drawn if f"{one[1].path.relative_to(ROOT)}:{one[1].row}" == given.only]
    else:
        drawn = random.Random(given.seed).sample(drawn, min(given.sample, len(drawn)))
        drawn = sorted(drawn, key=lambda one: not one[1].inside)[given.skip :]  # in the order of the trial
    left = drawn
    if room.first:  # as long as nothing is imported here
        if in_a_process(lambda: pytest.main([*QUIETLY, *arguments(room.first)]) != 0):
            parser.error("the tables aren't what they should be")
        left = []
        for tree, change in drawn:
            if in_a_process(lambda tree=tree, change=change: try_import(tree, change, room.first, None)):
                print(f"noticed {change}", flush=True)
            else:
                left.append((tree, change))
    survived, unmade = trial(room, code, left, given.map) if left else (0, 0)
    print(f"{given.room}: {len(drawn) - survived - unmade} of {len(drawn) - unmade} noticed")


if __name__ == "__main__":
    main()
