"""The opt-in codes against the truth: small programs are run under faults, and the verdict must agree.

Every shape below is combined with every creator of its rule. What a run shows decides: a handle that is still
there while the exception lives (TML401), a file that only atexit removes (TML402), a file that a run without
any fault leaves (TML403), a deletion or a second opening that Windows refuses (TML404).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.oracle.snippets import Run, describe, explore
from tmpleak_lint.engine import check_source
from tmpleak_lint.settings import Settings

IMPORTS = """\
import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

"""

HANDLES = {
    "file": ("tempfile.NamedTemporaryFile()", "close"),
    "nameless": ("tempfile.TemporaryFile()", "close"),
    "directory": ("tempfile.TemporaryDirectory()", "cleanup"),
}
HANDLE_SHAPES = {
    "never closed": """
def handle(job):
    held = CREATE
    work(held, job)
""",
    "closed on the last line": """
def handle(job):
    held = CREATE
    work(held, job)
    held.CLOSE()
""",
    "closed before an early return only": """
def handle(job):
    held = CREATE
    if job.done:
        held.CLOSE()
        return
    work(held, job)
""",
    "closed in a finally": """
def handle(job):
    held = CREATE
    try:
        work(held, job)
    finally:
        held.CLOSE()
""",
    "closed in a handler that raises again, and after it": """
def handle(job):
    held = CREATE
    try:
        work(held, job)
    except BaseException:
        held.CLOSE()
        raise
    held.CLOSE()
""",
    "with around the creation": """
def handle(job):
    with CREATE as held:
        work(held, job)
""",
    "with around the name": """
def handle(job):
    held = CREATE
    with held:
        work(held, job)
""",
    "entered into a stack": """
def handle(job):
    with contextlib.ExitStack() as stack:
        held = stack.enter_context(CREATE)
        work(held, job)
""",
    "registered with a stack": """
def handle(job):
    with contextlib.ExitStack() as stack:
        held = CREATE
        stack.callback(held.CLOSE)
        work(held, job)
""",
    "returned at once": """
def handle(job):
    held = CREATE
    return held
""",
}

NAMES = {
    "directory": ("path = tempfile.mkdtemp()", "shutil.rmtree"),
    "file": ("fd, path = tempfile.mkstemp()\n    os.close(fd)", "os.unlink"),
}
ATEXIT_SHAPES = {
    "registered": """
def handle(job):
    CREATE
    atexit.register(DELETE, path)
    work(path, job)
""",
    "registered as a lambda": """
def handle(job):
    CREATE
    atexit.register(lambda: DELETE(path))
    work(path, job)
""",
    "registered by a helper": """
def scratch():
    CREATE
    atexit.register(DELETE, path)
    return path


def handle(job):
    path = scratch()
    work(path, job)
""",
    "deleted in a finally": """
def handle(job):
    CREATE
    try:
        work(path, job)
    finally:
        DELETE(path)
""",
    "registered with a stack": """
def handle(job):
    with contextlib.ExitStack() as stack:
        path = tempfile.mkdtemp()
        stack.callback(shutil.rmtree, path)
        work(path, job)
""",
}

PATHS = {
    "joined": 'os.path.join(tempfile.gettempdir(), "export")',
    "literal": '"/tmp/export"',
    "formatted": 'f"/tmp/export-{os.getpid()}"',
    "pathlib": 'Path(tempfile.gettempdir()) / "export"',
}
PATH_SHAPES = {
    "written and kept": """
def handle(text):
    path = PATH
    with open(path, "w") as out:
        out.write(text)
    work(path)
""",
    "written by pathlib and kept": """
def handle(text):
    path = Path(PATH)
    path.write_text(text)
    work(path)
""",
    "made a directory and kept": """
def handle(text):
    path = PATH
    os.mkdir(path)
    work(path)
""",
    "written and deleted in a finally": """
def handle(text):
    path = PATH
    try:
        with open(path, "w") as out:
            out.write(text)
        work(path)
    finally:
        if os.path.exists(path):
            os.remove(path)
""",
    "passed on only": """
def handle(text):
    path = PATH
    work(path, text)
""",
    "directory deleted in a finally": """
def handle(text):
    path = PATH
    os.mkdir(path)
    try:
        work(path)
    finally:
        shutil.rmtree(path)
""",
}

OPEN_SHAPES = {
    "deleted inside the with": """
def handle(data):
    with tempfile.NamedTemporaryFile(delete=False) as part:
        try:
            part.write(data)
        finally:
            os.unlink(part.name)
""",
    "deleted after the with": """
def handle(data):
    part = tempfile.NamedTemporaryFile(delete=False)
    try:
        with part:
            part.write(data)
    finally:
        os.unlink(part.name)
""",
    "deleted before the descriptor is closed": """
def handle(data):
    fd, path = tempfile.mkstemp()
    os.remove(path)
    os.close(fd)
""",
    "deleted after the descriptor is closed": """
def handle(data):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    os.remove(path)
""",
    "deleted while the descriptor's file object is open": """
def handle(data):
    fd, path = tempfile.mkstemp()
    with os.fdopen(fd, "wb") as out:
        try:
            out.write(data)
        finally:
            Path(path).unlink()
""",
    "self-deleting file opened again": """
def handle(data):
    with tempfile.NamedTemporaryFile() as part:
        part.write(data)
        part.flush()
        with open(part.name, "rb") as again:
            work(again)
""",
    "kept file opened again": """
def handle(data):
    part = tempfile.NamedTemporaryFile(delete=False)
    try:
        with part:
            part.write(data)
        with open(part.name, "rb") as again:
            work(again)
    finally:
        os.unlink(part.name)
""",
    "read again through the same handle": """
def handle(data):
    with tempfile.NamedTemporaryFile() as part:
        part.write(data)
        part.seek(0)
        work(part)
""",
}


def programs() -> Iterator[tuple[str, str, str]]:
    """(code, what it is, source) of every program."""
    for shape, body in HANDLE_SHAPES.items():
        for kind, (create, close) in HANDLES.items():
            yield "TML401", f"{kind}: {shape}", body.replace("CREATE", create).replace("CLOSE", close)
    for shape, body in ATEXIT_SHAPES.items():
        for kind, (create, delete) in NAMES.items():
            yield "TML402", f"{kind}: {shape}", body.replace("CREATE", create).replace("DELETE", delete)
    for shape, body in PATH_SHAPES.items():
        for kind, path in PATHS.items():
            yield "TML403", f"{kind}: {shape}", body.replace("PATH", path)
    for shape, body in OPEN_SHAPES.items():
        yield "TML404", shape, body


SHOWN_BY: dict[str, Callable[[Run], bool]] = {
    "TML401": lambda run: bool(run.left_at_exit or run.open_at_exit),
    "TML402": lambda run: bool(run.left_at_exit) and not run.left,
    "TML403": lambda run: bool(run.left) and run.fault is None,
    "TML404": lambda run: bool(run.refused),
}
PROGRAMS = [pytest.param(*program, id=f"{program[0]}-{program[1]}") for program in programs()]


@pytest.mark.parametrize(("code", "what", "source"), PROGRAMS)
def test_verdict_of_the_opt_in_code_is_what_the_runs_show(
    code: str, what: str, source: str, tmp_path: Path
) -> None:
    runs = explore(IMPORTS + source, tmp_path)
    assert not any(run.crash for run in runs), describe(runs)
    truth = any(SHOWN_BY[code](run) for run in runs)
    findings = check_source(IMPORTS + source, settings=Settings(base=".", select=(code,))).findings
    assert bool(findings) == truth, f"{code} {what}: the runs say {truth}, reported: {findings}"


@pytest.mark.parametrize("code", SHOWN_BY)
def test_the_programs_show_both_verdicts(code: str, tmp_path: Path) -> None:
    truths = {
        any(SHOWN_BY[code](run) for run in explore(IMPORTS + source, tmp_path))
        for of, _, source in programs()
        if of == code
    }
    assert truths == {True, False}
