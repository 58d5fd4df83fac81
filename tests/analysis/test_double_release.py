"""Which deletions find their file gone: the question that a fixer puts to a text before and after."""

from __future__ import annotations

import pytest

from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.verdict.double_release import double_releases

HEAD = "import atexit, contextlib, os, shutil, sys, tempfile\nfrom pathlib import Path\n\n"

TWICE = {
    "again in the finally": """
def job():
    work = tempfile.mkdtemp()
    try:
        use(work)
        shutil.rmtree(work)
    finally:
        shutil.rmtree(work)
""",
    "by a helper before it leaves": """
def drop(path):
    shutil.rmtree(path, ignore_errors=True)

def job(flag):
    work = tempfile.mkdtemp()
    try:
        if not flag:
            drop(work)
            sys.exit(1)
    finally:
        shutil.rmtree(work)
""",
    "a command, then unlink": """
def job(flag):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    if flag:
        os.system(f"rm {path}")
    Path(path).unlink()
""",
    "moved into place, then deleted": """
def job(target):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    os.replace(path, target)
    os.remove(path)
""",
    "a file in the directory that is gone": """
def job():
    work = tempfile.mkdtemp()
    path = os.path.join(work, "part")
    shutil.rmtree(work)
    os.remove(path)
""",
    "met by a handler that is for something else": """
def job():
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        os.remove(path)
        os.remove(path)
    except OSError:
        return None
""",
    "by who holds it until the exit": """
CURRENT = None

@atexit.register
def forget():
    if CURRENT:
        shutil.rmtree(CURRENT)

def job():
    global CURRENT
    with tempfile.TemporaryDirectory() as work:
        CURRENT = work
        use(work)
""",
    "on a stack, and by who holds it until the exit": """
CURRENT = None

@atexit.register
def forget():
    if CURRENT:
        shutil.rmtree(CURRENT)

def job():
    global CURRENT
    with contextlib.ExitStack() as stack:
        CURRENT = tempfile.mkdtemp()
        stack.callback(shutil.rmtree, CURRENT)
""",
    "by its own handle": """
def job():
    with tempfile.NamedTemporaryFile() as out:
        os.remove(out.name)
""",
}

ONCE = {
    "in one of two branches": """
def job(flag):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    if flag:
        os.remove(path)
    else:
        os.unlink(path)
""",
    "where it is still there": """
def job(flag):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    if flag:
        os.remove(path)
    if os.path.exists(path):
        os.remove(path)
""",
    "by conditions that agree": """
def job(flag):
    work = tempfile.mkdtemp()
    if flag:
        shutil.rmtree(work)
    use()
    if not flag:
        shutil.rmtree(work)
""",
    "a deletion that bears it": """
def job(flag):
    work = tempfile.mkdtemp()
    fd, path = tempfile.mkstemp()
    os.close(fd)
    if flag:
        shutil.rmtree(work)
        os.remove(path)
    shutil.rmtree(work, ignore_errors=True)
    Path(path).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.remove(path)
""",
    "a command forgives": """
def job():
    work = tempfile.mkdtemp()
    shutil.rmtree(work)
    os.system(f"rm -rf {work}")
""",
    "a directory that deletes itself": """
def job():
    with tempfile.TemporaryDirectory() as work:
        shutil.rmtree(work)
""",
    "only where the move failed": """
def job(target):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        use(path)
        os.replace(path, target)
    except BaseException:
        os.remove(path)
        raise
""",
    "a handle that leaves its file": """
def job():
    out = tempfile.NamedTemporaryFile(delete=False)
    try:
        with out:
            out.write(b"")
    finally:
        os.remove(out.name)
""",
    "one in each round": """
def job(items):
    for item in items:
        work = tempfile.mkdtemp()
        use(item, work)
        shutil.rmtree(work)
""",
}


def found(text: str) -> frozenset[str]:
    project = Project()
    return double_releases(project, project.add((HEAD + text).encode(), "example.py", None), "job")


@pytest.mark.parametrize("name", TWICE)
def test_deletion_finds_the_file_gone(name: str) -> None:
    assert found(TWICE[name])


@pytest.mark.parametrize("name", ONCE)
def test_deletion_finds_the_file(name: str) -> None:
    assert not found(ONCE[name])


def test_ways_are_told_by_what_raises_first() -> None:
    text = "def job(item):\n    work = tempfile.mkdtemp()\n    try:\n        item.fill(work)\n"
    text += "        shutil.rmtree(work)\n        item.check()\n    finally:\n        shutil.rmtree(work)\n"
    assert found(text) == {"item.check()", "shutil.rmtree(work)"}


def test_registered_deletion_finds_gone_what_is_deleted_before_the_exit() -> None:
    text = "def job(item):\n    work = tempfile.mkdtemp()\n    atexit.register(shutil.rmtree, work)\n"
    assert not found(text + "    item.fill(work)\n")
    assert found(text + "    item.fill(work)\n    shutil.rmtree(work)\n")
    forgiving = text.replace("work)", "work, ignore_errors=True)")
    assert not found(forgiving + "    shutil.rmtree(work)\n")


def test_functions_in_functions_are_asked_for_by_name() -> None:
    text = HEAD + "def job():\n    def inner():\n        work = tempfile.mkdtemp()\n"
    text += "        shutil.rmtree(work)\n        shutil.rmtree(work)\n    inner()\n"
    project = Project()
    module = project.add(text.encode(), "example.py", None)
    assert not double_releases(project, module, "job")
    assert double_releases(project, module, "job.inner")
    assert not double_releases(project, module, "<module>")
