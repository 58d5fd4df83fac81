"""The oracle itself: what it calls the truth must be the truth, or agreeing with it proves nothing.

Each case is a program whose leaking creations are marked `# leaks` (a file) or `# open` (a descriptor).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracle.choices import Choices
from tests.oracle.fixes import judge_fix
from tests.oracle.grammar import nth
from tests.oracle.instrument import OracleGap, prepare
from tests.oracle.reduce import reduce
from tests.oracle.runner import explore, same_behaviour
from tests.oracle.world import World

HEAD = """\
import asyncio, atexit, contextlib, json, os, shutil, subprocess, sys, tempfile, weakref
from pathlib import Path
from app import AppError, Report, async_work, check, risky, session
"""

CASES = {
    "a call between creation and deletion": """
def entry():
    path = tempfile.mkdtemp()  # leaks
    risky(path)
    shutil.rmtree(path)
""",
    "finally": """
def entry():
    path = tempfile.mkdtemp()
    try:
        risky(path)
    finally:
        shutil.rmtree(path)
""",
    "nothing risky in between": """
def entry():
    fd, path = tempfile.mkstemp()
    os.close(fd)
    print(path, len(path), os.path.basename(path))
    os.remove(path)
""",
    "never deleted, descriptor lost": """
def entry():
    path = tempfile.mkstemp()[1]  # leaks open
    print(path)
""",
    "the second creation is risky for the first": """
def entry():
    one = tempfile.mkdtemp()  # leaks
    two = tempfile.mkdtemp()
    shutil.rmtree(one)
    shutil.rmtree(two)
""",
    "deletions do not fail, not even the second one": """
def entry():
    one = tempfile.mkdtemp()
    shutil.rmtree(one)
    fd, two = tempfile.mkstemp()
    os.close(fd)
    shutil.rmtree(one)
    os.remove(two)
""",
    "a narrow handler": """
def entry():
    path = tempfile.mkdtemp()  # leaks
    try:
        risky(path)
    except OSError:
        shutil.rmtree(path)
        raise
    shutil.rmtree(path)
""",
    "a handler for everything": """
def entry():
    path = tempfile.mkdtemp()
    try:
        risky(path)
    except Exception:
        shutil.rmtree(path)
        raise
    shutil.rmtree(path)
""",
    "cancellation goes past except Exception": """
async def entry():
    path = tempfile.mkdtemp()  # leaks
    try:
        await async_work(path)
    except Exception:
        shutil.rmtree(path)
        raise
    shutil.rmtree(path)
""",
    "an exception raised by name is of that kind only": """
def entry(flag):
    path = tempfile.mkdtemp()
    try:
        if flag:
            raise KeyError("no")
    except LookupError:
        print(path)
    shutil.rmtree(path)
""",
    "an early return": """
def entry(flag):
    path = tempfile.mkdtemp()  # leaks
    if flag:
        return None
    shutil.rmtree(path)
""",
    "sys.exit always leaves": """
def entry(flag):
    path = tempfile.mkdtemp()  # leaks
    if flag:
        sys.exit(1)
    shutil.rmtree(path)
""",
    "a plain move counts as done even when it fails": """
def entry(dest):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    os.replace(path, dest)
""",
    "a move whose failure the author thought of": """
def entry(dest):
    fd, path = tempfile.mkstemp()  # leaks
    os.close(fd)
    try:
        os.replace(path, dest)
    except OSError:
        raise
""",
    "in a finally a call does not raise": """
def entry():
    path = tempfile.mkdtemp()
    try:
        risky(path)
    finally:
        risky(path)
        shutil.rmtree(path)
""",
    "but it does for a file that this finally doesn't delete": """
def entry():
    one = tempfile.mkdtemp()
    try:
        two = tempfile.mkdtemp()  # leaks
    finally:
        risky(one)
        shutil.rmtree(one)
    shutil.rmtree(two)
""",
    "in a finally an assert does": """
def entry(flag):
    path = tempfile.mkdtemp()  # leaks
    try:
        print(path)
    finally:
        assert flag
        shutil.rmtree(path)
""",
    "in a finally closing a closed descriptor does": """
def entry():
    fd, path = tempfile.mkstemp()  # leaks
    try:
        with os.fdopen(fd, "w") as file:
            file.write("x")
    finally:
        os.close(fd)
        os.remove(path)
""",
    "elsewhere it does too": """
def entry():
    fd, path = tempfile.mkstemp()  # leaks
    os.close(fd)
    os.close(fd)
    os.remove(path)
""",
    "a name that may be unbound": """
def entry(src):
    path = tempfile.mkdtemp()  # leaks
    try:
        handle = open(src)
    finally:
        handle.close()
        shutil.rmtree(path)
""",
    "the descriptor on the happy path only": """
def entry():
    fd, path = tempfile.mkstemp()  # open
    try:
        os.write(fd, b"x")
        os.close(fd)
    finally:
        os.remove(path)
""",
    "returned": """
def entry():
    fd, path = tempfile.mkstemp()
    return fd, path
""",
    "returned too late": """
def entry():
    path = tempfile.mkdtemp()  # leaks
    risky(path)
    return path
""",
    "returned inside an object": """
def entry():
    return Report(tempfile.mkdtemp())  # leaks
""",
    "built first, returned then": """
def entry():
    path = tempfile.mkdtemp()
    try:
        return Report(path)
    except BaseException:
        shutil.rmtree(path)
        raise
""",
    "only a child returned": """
def entry():
    return os.path.join(tempfile.mkdtemp(), "x")  # leaks
""",
    "a helper hands over and its caller loses it": """
def _make():
    return tempfile.mkdtemp()
def entry():
    path = _make()  # leaks
    risky(path)
    shutil.rmtree(path)
""",
    "a helper loses it": """
def _make():
    path = tempfile.mkdtemp()  # leaks
    risky(path)
    return path
def entry():
    path = _make()
    shutil.rmtree(path)
""",
    "a child goes with its parent": """
def entry():
    folder = tempfile.mkdtemp()
    try:
        fd, path = tempfile.mkstemp(dir=folder)
        os.close(fd)
        risky(path)
    finally:
        shutil.rmtree(folder)
""",
    "under a leaking parent both": """
def entry():
    folder = tempfile.mkdtemp()  # leaks
    fd, path = tempfile.mkstemp(dir=folder)  # leaks
    os.close(fd)
    risky(path)
    shutil.rmtree(folder)
""",
    "a generator may be abandoned": """
def entry(cfg):
    path = tempfile.mkdtemp()  # leaks
    try:
        yield cfg
    except Exception:
        shutil.rmtree(path)
        raise
    shutil.rmtree(path)
""",
    "a context manager's body may raise": """
@contextlib.contextmanager
def entry():
    path = tempfile.mkdtemp()  # leaks
    yield path
    shutil.rmtree(path)
""",
    "a context manager is not abandoned": """
@contextlib.contextmanager
def entry():
    path = tempfile.mkdtemp()
    try:
        yield path
    except Exception:
        shutil.rmtree(path)
        raise
    shutil.rmtree(path)
""",
    "an asynchronous one may be cancelled": """
@contextlib.asynccontextmanager
async def entry():
    path = tempfile.mkdtemp()  # leaks
    try:
        yield path
    except Exception:
        shutil.rmtree(path)
        raise
    shutil.rmtree(path)
""",
    "yielded to whoever iterates": """
def entry():
    path = tempfile.mkdtemp()
    yield path
""",
    "a loop may not run": """
def entry(items):
    path = tempfile.mkdtemp()  # leaks
    for item in items:
        shutil.rmtree(path)
        break
""",
    "a literal loop runs": """
def entry():
    path = tempfile.mkdtemp()
    for item in (1, 2):
        shutil.rmtree(path)
        break
""",
    "rebound in a loop": """
def entry(items):
    path = tempfile.mkdtemp()  # leaks
    for item in items:
        path = tempfile.mkdtemp()  # leaks
    shutil.rmtree(path)
""",
    "a comprehension owns the earlier ones": """
def entry(items):
    paths = [tempfile.mkdtemp() for item in items]  # leaks
    for path in paths:
        shutil.rmtree(path)
""",
    "a list emptied in a finally": """
def entry(items):
    paths = []
    try:
        for item in items:
            paths.append(tempfile.mkdtemp())
    finally:
        for path in paths:
            shutil.rmtree(path)
""",
    "guards correlate": """
def entry(flag):
    path = None
    try:
        if flag:
            path = tempfile.mkdtemp()
        risky(path)
    finally:
        if path is not None:
            shutil.rmtree(path)
""",
    "the same condition twice": """
def entry(cfg):
    if cfg.fast:
        path = tempfile.mkdtemp()
    if cfg.fast:
        shutil.rmtree(path)
""",
    "asking again may give another answer": """
def entry():
    path = tempfile.mkdtemp()  # leaks
    try:
        asked = check()
    except Exception:
        asked = None
    if asked:
        shutil.rmtree(path)
""",
    "the user asked to keep it": """
def entry(keep):
    path = tempfile.mkdtemp()
    if not keep:
        shutil.rmtree(path)
""",
    "registered for exit": """
def entry():
    path = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, path)
    risky(path)
""",
    "ExitStack": """
def entry():
    with contextlib.ExitStack() as stack:
        path = tempfile.mkdtemp()
        stack.callback(shutil.rmtree, path)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        inner = tempfile.mkdtemp(dir=folder)
        risky(inner)
""",
    "suppressed": """
def entry():
    path = tempfile.mkdtemp()
    with contextlib.suppress(Exception):
        risky(path)
    shutil.rmtree(path)
""",
    "an unknown manager may fail on leaving": """
def entry():
    path = tempfile.mkdtemp()  # leaks
    try:
        manager = session()
    except Exception:
        shutil.rmtree(path)
        raise
    with manager:
        shutil.rmtree(path)
""",
    "the delete=False handle stays": """
def entry():
    with tempfile.NamedTemporaryFile("w", delete=False) as file:  # leaks
        print(file.name)
""",
    "a name is no file": """
def entry(src):
    path = tempfile.mktemp()
    print(path)
    other = tempfile.mktemp()  # leaks
    shutil.copy(src, other)
""",
    "return in a finally swallows": """
def entry():
    path = tempfile.mkdtemp()
    try:
        risky(path)
    finally:
        shutil.rmtree(path)
        return None
""",
    "a class that closes": """
class Entry:
    def __init__(self):
        self.path = tempfile.mkdtemp()
    def use(self):
        risky(self.path)
    def close(self):
        shutil.rmtree(self.path)
""",
    "a class that doesn't": """
class Entry:
    def __init__(self):
        self.path = tempfile.mkdtemp()  # leaks
""",
    "a constructor that fails leaves nobody to close": """
class Entry:
    def __init__(self):
        path = tempfile.mkdtemp()  # leaks
        risky(path)
        self.path = path
    def close(self):
        shutil.rmtree(self.path)
""",
    "an __exit__ that deletes": """
class Entry:
    def __enter__(self):
        self.path = tempfile.mkdtemp()
        return self
    def __exit__(self, *exc):
        shutil.rmtree(self.path)
""",
    "an __enter__ that returns self keeps the file": """
class Entry:
    def __enter__(self):
        self.path = tempfile.mkdtemp()  # leaks
        return self
    def __exit__(self, *exc):
        print(exc)
""",
    "module registry emptied at exit": """
KEPT = []
@atexit.register
def _empty():
    for path in KEPT:
        shutil.rmtree(path)
def entry():
    path = tempfile.mkdtemp()
    KEPT.append(path)
    risky(path)
""",
    "an exception in a handler": """
def entry():
    path = tempfile.mkdtemp()  # leaks
    try:
        risky(path)
    except Exception:
        risky(path)
        shutil.rmtree(path)
        raise
    shutil.rmtree(path)
""",
    "retrying": """
def entry():
    while True:
        path = tempfile.mkdtemp()
        try:
            risky(path)
            break
        except Exception:
            shutil.rmtree(path)
            continue
    shutil.rmtree(path)
""",
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        yield made


def marked(source: str, mark: str) -> set[int]:
    return {
        number for number, line in enumerate(source.splitlines(), 1) if mark in line.partition("#")[2].split()
    }


@pytest.mark.parametrize("name", CASES)
def test_truth_of_a_known_program(world: World, name: str) -> None:
    source = HEAD + CASES[name]
    truth = explore(world, source)
    assert truth.complete
    assert set(truth.files) == marked(source, "leaks")
    assert set(truth.descriptors) == marked(source, "open")


def test_what_the_oracle_does_not_model_is_never_passed_over(world: World) -> None:
    with pytest.raises(OracleGap, match=r"os\.symlink"):
        explore(world, HEAD + "def entry():\n    os.symlink('a', 'b')\n")
    with pytest.raises(OracleGap, match="import ctypes"):
        explore(world, "import ctypes\ndef entry():\n    pass\n")
    with pytest.raises(OracleGap, match="not defined"):
        explore(world, "def entry():\n    nowhere\n")


def test_every_run_starts_from_an_empty_directory(world: World) -> None:
    source = HEAD + CASES["never deleted, descriptor lost"]
    explore(world, source)
    assert [*world.leftovers()] == []
    taking = "def entry(src, dest):\n    os.remove(src)\n    os.replace(src, dest)\n    shutil.rmtree(src)\n"
    explore(world, HEAD + taking)
    assert Path(world.source).is_file()
    assert [*world.leftovers()] == []


def test_runs_are_capped_and_the_cap_is_told(world: World) -> None:
    source = HEAD + CASES["rebound in a loop"]
    truth = explore(world, source, max_runs=2)
    assert (truth.runs, truth.complete) == (2, False)


def test_alternatives_branch_after_the_prefix_only() -> None:
    choices = Choices(prefix=(1,))
    choices.take(("truth", "flag"), 2)
    choices.take(("fault", "risky"), 3)
    assert [*choices.alternatives(fault_budget=1)] == [(1, (1, 1)), (1, (1, 2))]
    assert [*choices.alternatives(fault_budget=0)] == []


def test_the_same_number_gives_the_same_program() -> None:
    assert nth(3, 7) == nth(3, 7)
    assert len({nth(3, number).source for number in range(50)}) > 40


def test_line_facts() -> None:
    prepared = prepare(
        "def entry(p):\n    try:\n        print(p)\n    except OSError:\n        pass\n"
        "    finally:\n        len(p)\n"
    )
    assert prepared.fallible == {3}
    assert prepared.finals == {7: (7,)}
    assert prepared.exceptions == ("OSError",)


def test_same_behaviour_sees_what_a_wrong_fix_changes(world: World) -> None:
    before = HEAD + CASES["a call between creation and deletion"]
    good = HEAD + CASES["finally"]
    swallowing = good.replace("    finally:", "    except OSError:\n        pass\n    finally:")
    silent = good.replace("        risky(path)", "        pass")
    kept = HEAD + "\ndef entry():\n    path = tempfile.mkdtemp()\n    risky(path)\n    return path\n"
    assert same_behaviour(world, before, good) == []
    assert [item.before.exception for item in same_behaviour(world, before, swallowing)][:1] == ["OSError"]
    assert same_behaviour(world, before, silent)
    assert same_behaviour(world, before, kept)


def test_same_behaviour_compares_deliveries(world: World) -> None:
    before = HEAD + CASES["a plain move counts as done even when it fails"]
    assert same_behaviour(world, before, before) == []
    assert same_behaviour(world, before, before.replace("os.replace(path, dest)", "os.remove(path)"))


def test_a_move_fails_alike_in_both_versions(world: World) -> None:
    """Or guarding a move, which makes its failure thinkable, would look like a change of behaviour."""
    before = HEAD + CASES["a plain move counts as done even when it fails"]
    guarded = "try:\n        os.replace(path, dest)\n    except OSError:\n        print(path)\n        raise"
    after = before.replace("os.replace(path, dest)", guarded)
    assert after != before
    assert same_behaviour(world, before, after) == []
    assert same_behaviour(world, before, after.replace("        raise", "        pass"))


@pytest.mark.parametrize("made", ["tempfile.NamedTemporaryFile('w', delete=False)", "os.fdopen(fd, 'w')"])
def test_a_file_that_the_program_lets_go_is_closed_at_once(world: World, made: str) -> None:
    """As CPython does, or a fix that closes it where nobody did would deliver what wasn't written before."""
    opening = "fd, path = tempfile.mkstemp()\n    " if "fd" in made else ""
    before = (
        f"{HEAD}\ndef entry(dest):\n    {opening}file = {made}\n"
        "    file.write('all of it')\n    os.replace(path, dest)\n"
    )
    closing = "    file.write('all of it')\n    file.close()\n"
    if not opening:
        before = before.replace("os.replace(path", "os.replace(file.name")
    after = before.replace("    file.write('all of it')\n", closing)
    assert after != before
    assert same_behaviour(world, before, after) == []


def test_a_handle_that_nobody_keeps_deletes_its_file_at_once(world: World) -> None:
    before = f"{HEAD}\ndef entry():\n    return tempfile.NamedTemporaryFile().name\n"
    after = before.replace(
        "return tempfile.NamedTemporaryFile().name", "file = tempfile.NamedTemporaryFile()"
    )
    gone = after + "    file.close()\n    return file.name\n"
    there = (
        after.replace("def entry", "KEPT = []\ndef entry") + "    KEPT.append(file)\n    return file.name\n"
    )
    assert same_behaviour(world, before, gone) == []
    assert same_behaviour(world, before, there)


def test_reducer_keeps_what_it_must_and_drops_the_rest() -> None:
    source = nth(5, 3).source
    small = reduce(source, lambda text: "tempfile.mk" in text)
    assert "tempfile.mk" in small
    assert len(small.splitlines()) <= 3


def test_draws_depend_on_nothing_but_the_dice() -> None:
    state = random.getstate()
    nth(1, 1)
    assert random.getstate() == state


def test_a_fix_is_judged_by_what_it_changes_and_by_what_is_left(world: World) -> None:
    before = HEAD + CASES["a call between creation and deletion"]
    right = judge_fix(world, before, HEAD + CASES["finally"])
    nothing = judge_fix(world, before, before)
    rewritten = HEAD + "def entry():\n    with tempfile.TemporaryDirectory() as path:\n        risky(path)\n"
    assert (right.wrong, right.complete) == (False, True)
    assert (nothing.wrong, nothing.complete) == (False, False)
    assert judge_fix(world, before, rewritten).complete
    assert judge_fix(world, before, rewritten.replace("risky(path)", "pass")).wrong
