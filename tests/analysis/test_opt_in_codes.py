"""The opt-in codes beyond their pages: what each follows, where it keeps silent. Marks say where."""

from __future__ import annotations

import pytest

from tests.rules.pages import marks_of
from tmpleak_lint.engine import check_source
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import Settings

HEAD = """\
import atexit, contextlib, functools, gzip, os, shutil, sys, tempfile, weakref
from pathlib import Path
from somewhere import FileResponse, HttpResponse, Response, StreamingHttpResponse, run, work

"""
PROGRAMS = {
    "a handle passed on in a returned object belongs to that": """
def handle():
    part = tempfile.TemporaryFile()
    return Response(part)
""",
    "a handle that a process wrote to": """
def handle(command):
    part = tempfile.TemporaryFile()  # TML401
    run(command, stdout=part)
    part.seek(0)
    return part.read()
""",
    "a handle made in an argument list has no other owner": """
def handle(command):
    run(command, stdin=tempfile.TemporaryFile())
""",
    "a handle whose name alone is returned is collected at once": """
def handle():
    return tempfile.TemporaryDirectory().name  # TML401
""",
    "a handle stored on the object": """
class Keeper:
    def start(self):
        self.part = tempfile.NamedTemporaryFile()
""",
    "a callback that holds the handle may run later": """
def handle(loop):
    part = tempfile.NamedTemporaryFile()
    loop.later(lambda: part.close())
""",
    "a generator that never cleans up": """
def handle():
    folder = tempfile.TemporaryDirectory()  # TML401
    yield folder.name
""",
    "atexit in the entry point": """
def main():
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    work(folder)
""",
    "atexit in a function that the module calls once": """
def scratch():
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return folder


FOLDER = scratch()
""",
    "atexit in a cached function": """
@functools.cache
def scratch():
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return folder
""",
    "atexit in a function that a loop of the module calls": """
def scratch():
    folder = tempfile.mkdtemp()  # TML402
    atexit.register(shutil.rmtree, folder)
    return folder


for each in sys.argv:
    work(scratch(), each)
""",
    "atexit as a second net under a finally": """
def handle(job):
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, True)
    try:
        work(folder, job)
    finally:
        shutil.rmtree(folder)
""",
    "atexit through a helper of the module": """
def at_the_end(path):
    atexit.register(shutil.rmtree, path)


def handle(job):
    folder = tempfile.mkdtemp()  # TML402
    at_the_end(folder)
    work(folder, job)
""",
    "an object that a call makes": """
def handle(job):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    picture = job.picture(path)
    weakref.finalize(picture, os.unlink, path)
    return picture
""",
    "an object that a call is given": """
def handle(job):
    folder = tempfile.mkdtemp()
    weakref.finalize(job, shutil.rmtree, folder)
    work(folder, job)
""",
    "an object that the module has": """
class Pool:
    pass


POOL = Pool()


def handle(job):
    folder = tempfile.mkdtemp()  # TML402
    weakref.finalize(POOL, shutil.rmtree, folder)
    work(folder, job)


def handle_for_all(job):
    folder = tempfile.mkdtemp()  # TML402
    weakref.finalize(Pool, shutil.rmtree, folder)
    work(folder, job)
""",
    "an answer that is made of the handle": """
def handle(job):
    part = tempfile.TemporaryFile()
    part.write(job.data)
    part.seek(0)
    return FileResponse(part, as_attachment=True)


def handle_and_head(job):
    part = tempfile.NamedTemporaryFile()
    answer = StreamingHttpResponse(part)
    answer["Content-Length"] = job.size
    return answer


def handle_name(job):
    part = tempfile.NamedTemporaryFile()  # TML401
    part.write(job.data)
    return HttpResponse(part.name)
""",
    "a directory by hand that goes with all that is in it": """
def handle(text):
    folder = os.path.join(tempfile.gettempdir(), "app")
    os.makedirs(folder, exist_ok=True)
    part = os.path.join(folder, "part")
    with open(part, "w") as out:
        out.write(text)
    shutil.rmtree(folder)
""",
    "the same literal made and deleted": """
def handle(text):
    Path("/tmp/part").write_text(text)
    os.remove("/tmp/part")
""",
    "deleted by the name of its file object": """
def handle(text):
    with open("/tmp/part", "w") as out:
        out.write(text)
    os.unlink(out.name)
""",
    "a constant of the module": """
PART = Path(tempfile.gettempdir()) / "part"


def handle(text):
    PART.write_text(text)  # TML403
""",
    "a constant that another function deletes": """
PART = Path(tempfile.gettempdir()) / "part"


def handle(text):
    PART.write_text(text)


def finish():
    PART.unlink()
""",
    "the directory from the environment": """
def handle(text):
    with open(os.environ.get("TMPDIR", "/var/tmp") + "/part", "w") as out:  # TML403
        out.write(text)
""",
    "a path by hand that is read": """
def handle():
    with open("/tmp/part") as part:
        return part.read()
""",
    "moved away while it is open": """
def handle(text, target):
    with tempfile.NamedTemporaryFile("w", delete=False) as part:  # TML404
        part.write(text)
        os.replace(part.name, target)
""",
    "moved away by a helper while the descriptor is open": """
def publish(path, target):
    os.replace(path, target)

def handle(text, target):
    fd, path = tempfile.mkstemp()  # TML404
    publish(path, target)
    os.close(fd)
""",
    "moved away by a helper after the descriptor is closed": """
def publish(path, target):
    os.replace(path, target)

def handle(text, target):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    publish(path, target)
""",
    "moved away after its with": """
def handle(text, target):
    with tempfile.NamedTemporaryFile("w", delete=False) as part:
        part.write(text)
    os.replace(part.name, target)
""",
    "a handle that nobody holds is closed": """
def handle(job):
    path = tempfile.NamedTemporaryFile(delete=False).name
    try:
        work(path, job)
    finally:
        os.unlink(path)
""",
    "asked which system it is": """
def handle(data):
    part = tempfile.NamedTemporaryFile(delete=False)
    if os.name != "nt":
        os.unlink(part.name)
    part.close()
""",
    "defined for one system": """
if sys.platform == "win32":
    handle = None
else:
    def handle(data):
        part = tempfile.NamedTemporaryFile(delete=False)
        os.unlink(part.name)
        part.close()
""",
    "made to be opened again": """
def handle(data):
    with tempfile.NamedTemporaryFile(delete_on_close=False) as part:
        part.write(data)
        part.close()
        with gzip.open(part.name) as again:
            work(again)
""",
    "copied from under a self-deleting handle": """
def handle(data, target):
    with tempfile.NamedTemporaryFile() as part:  # TML404
        part.write(data)
        part.flush()
        shutil.copy(part.name, target)
""",
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_opt_in_codes_speak_where_marked_and_nowhere_else(what: str) -> None:
    source = HEAD + PROGRAMS[what]
    found = check_source(source, settings=Settings(base=".", select=("TML4",))).findings
    assert sorted((f.span.start.row, f.code) for f in found) == sorted(marks_of(source))


@pytest.mark.parametrize("what", PROGRAMS)
def test_default_run_never_reports_an_opt_in_code(what: str) -> None:
    found = check_source(HEAD + PROGRAMS[what]).findings
    assert all(RULES[finding.code].default_on for finding in found)
