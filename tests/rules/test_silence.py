"""Where a page says that its rule stays silent, the linter is silent, and running the code shows why.

Each case is one claim of a "When it stays silent" section. `runs` says what the injected faults must show:
nothing left; or left on the user's own wish; or not run, because the claim is about code out of reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracle.snippets import describe, explore
from tmpleak_lint.engine import check_source

CLEAN, WISHED, NOT_RUN = "clean", "wished", "not run"
HEAD = """\
import atexit
import contextlib
import logging
import os
import shutil
import subprocess
import tempfile
import unittest
import weakref
from pathlib import Path

log = logging.getLogger(__name__)

"""


@dataclass(frozen=True, slots=True)
class Claim:
    code: str
    what: str
    source: str
    runs: str = CLEAN


CLAIMS = (
    Claim("TML101", "made inside a directory that is deleted", """
def handle(image):
    with tempfile.TemporaryDirectory() as folder:
        fd, path = tempfile.mkstemp(dir=folder)
        os.close(fd)
        render(image, path)
"""),
    Claim("TML101", "a keep option guards the deletion", """
def handle(image, keep=False):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        render(image, path)
    finally:
        if not keep:
            os.unlink(path)
""", WISHED),
    Claim("TML101", "registered with atexit", """
FOLDER = tempfile.mkdtemp()
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def handle(image):
    render(image, FOLDER)
"""),
    Claim("TML101", "registered with a finalizer", """
class Cache:
    def __init__(self):
        folder = tempfile.mkdtemp()
        self._finalizer = weakref.finalize(self, shutil.rmtree, folder)
        self.folder = folder


def handle(image):
    cache = Cache()
    render(image, cache.folder)
"""),
    Claim("TML101", "registered with a stack", """
def handle(image):
    with contextlib.ExitStack() as stack:
        folder = tempfile.mkdtemp()
        stack.callback(shutil.rmtree, folder)
        render(image, folder)
"""),
    Claim("TML102", "only benign calls in between", """
def handle(image):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    os.chmod(path, 0o600)
    log.info("made %s", os.path.basename(path))
    os.remove(path)
    respond(image)
"""),
    Claim("TML102", "a helper that does benign things only", """
def describe(path):
    return os.path.basename(path).upper()


def handle(image):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    name = describe(path)
    os.remove(path)
    respond(image, name)
"""),
    Claim("TML103", "a handler catches everything, deletes and raises again", """
def handle(image):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        render(image, path)
    except BaseException:
        os.remove(path)
        raise
    os.remove(path)
"""),
    Claim("TML104", "the early exit hands the path over", """
def handle(image):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        if render(image, path):
            return path
    except BaseException:
        os.remove(path)
        raise
    os.remove(path)
    return None
"""),
    Claim("TML104", "the exit is taken only where no file was made", """
def handle(image, cached=False):
    path = None
    if not cached:
        fd, path = tempfile.mkstemp()
        os.close(fd)
    if path is None:
        return None
    try:
        return render(image, path)
    finally:
        os.remove(path)
"""),
    Claim("TML105", "the guard asks for existence", """
def handle(image):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        render(image, path)
    finally:
        if os.path.exists(path):
            os.remove(path)
"""),
    Claim("TML105", "a flag set beside the creation", """
def handle(image, preview=True):
    made = False
    try:
        if preview:
            fd, path = tempfile.mkstemp()
            made = True
            os.close(fd)
        render(image)
    finally:
        if made:
            os.remove(path)
"""),
    Claim("TML105", "the same unchanged condition as that of the creation", """
def handle(image, preview=True):
    if preview:
        fd, path = tempfile.mkstemp()
        os.close(fd)
    try:
        render(image)
    finally:
        if preview:
            os.remove(path)
"""),
    Claim("TML106", "moved before the name is bound again", """
def handle(rows, destination):
    for row in rows:
        fd, path = tempfile.mkstemp()
        os.close(fd)
        os.replace(path, destination)
"""),
    Claim("TML107", "the yield stands inside a with that deletes", """
@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield path


def handle(image):
    with folder() as path:
        render(image, path)
"""),
    Claim("TML108", "the base class is out of reach", """
from elsewhere import Owner


class Renderer(Owner):
    def __init__(self):
        self.folder = tempfile.mkdtemp()
""", NOT_RUN),
    Claim("TML108", "a method of another name that deletes through a helper", """
def discard(folder):
    shutil.rmtree(folder)


class Renderer:
    def __init__(self):
        self.folder = tempfile.mkdtemp()

    def close(self):
        folder = self.folder
        discard(folder)


def handle(image):
    renderer = Renderer()
    try:
        render(image, renderer.folder)
    finally:
        renderer.close()
"""),
    Claim("TML109", "found again from the child", """
def handle(image):
    path = os.path.join(tempfile.mkdtemp(), "picture.png")
    try:
        render(image, path)
    finally:
        shutil.rmtree(os.path.dirname(path))
"""),
    Claim("TML109", "made inside a directory that is deleted", """
def handle(image):
    with tempfile.TemporaryDirectory() as parent:
        path = os.path.join(tempfile.mkdtemp(dir=parent), "picture.png")
        render(image, path)
"""),
    Claim("TML201", "the gap's own handler deletes", """
def handle(image):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        settings = load(image)
    except BaseException:
        os.remove(path)
        raise
    try:
        render(image, path, settings)
    finally:
        os.remove(path)
"""),
    Claim("TML203", "a raising setUp is left out of account", """
class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        prepare(self.folder)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def test_it(self):
        use(self.folder)
""", NOT_RUN),
    Claim("TML204", "the fragile statement is suppressed", """
def handle(data):
    fd, path = tempfile.mkstemp()
    try:
        os.write(fd, data)
        os.close(fd)
        upload(path)
    finally:
        with contextlib.suppress(OSError):
            os.close(fd)
        os.remove(path)
"""),
    Claim("TML204", "other calls before the deletion", """
def handle(data):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    job = None
    try:
        job = start(data, path)
    finally:
        stop(job)
        os.remove(path)
""", NOT_RUN),
    Claim("TML205", "another spelling of the same path", """
def handle(image):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        render(image, path)
    finally:
        Path(os.path.abspath(path)).unlink()
"""),
    Claim("TML301", "handed over to os.fdopen", """
def handle(data):
    fd, path = tempfile.mkstemp()
    try:
        with os.fdopen(fd, "wb") as out:
            out.write(data)
        upload(path)
    finally:
        os.remove(path)
"""),
    Claim("TML301", "a NamedTemporaryFile closes its handle when it is collected", """
def handle(data):
    part = tempfile.NamedTemporaryFile(delete=False)
    try:
        part.write(data)
        upload(part.name)
    finally:
        os.remove(part.name)
"""),
    Claim("TML302", "only benign calls before the close", """
def handle(data):
    fd, path = tempfile.mkstemp()
    log.debug("made %s", path)
    os.close(fd)
    try:
        upload(path, data)
    finally:
        os.remove(path)
"""),
    Claim("TML501", "another module's mktemp", """
from elsewhere import mktemp


def handle(image):
    render(image, mktemp())
""", NOT_RUN),
)  # fmt: skip


def name_of(claim: Claim) -> str:
    return f"{claim.code}-{claim.what}"


@pytest.mark.parametrize("claim", CLAIMS, ids=name_of)
def test_linter_is_silent(claim: Claim) -> None:
    assert [f"{f.code}: {f.message}" for f in check_source(HEAD + claim.source).findings] == []


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if claim.runs != NOT_RUN], ids=name_of)
def test_running_it_shows_why(claim: Claim, tmp_path: Path) -> None:
    runs = explore(HEAD + claim.source, tmp_path)
    if claim.runs == WISHED:
        left = {run.decisions for run in runs if run.left}
        assert left == {(True,)}, describe(runs)
    else:
        assert all(run.clean and not run.crash for run in runs), describe(runs)
