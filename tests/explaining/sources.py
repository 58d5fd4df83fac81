"""The sources that the tests explain, each with the line of its creating call."""

from __future__ import annotations

from tmpleak_lint.model import Location

LEAKING = """\
import os
import subprocess
import tempfile


def convert(data, dry):
    fd, path = tempfile.mkstemp(suffix=".svg")
    os.close(fd)
    if dry:
        log(data)
    try:
        with open(path, "wb") as out:
            out.write(data)
    except ValueError:
        return None
    subprocess.run(["convert", path], check=True)
    os.remove(path)
"""

CLEAN = """\
import os
import tempfile


def convert(data, target):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        if not data:
            return False
        render(data, path)
    finally:
        os.remove(path)
    return True
"""

HANDED_OVER = """\
import tempfile


def workspace(prefix):
    folder = tempfile.mkdtemp(prefix=prefix)
    return folder
"""

CROSS_HELPER = """\
import json
import os
import tempfile


def make_temp():
    fd, path = tempfile.mkstemp()
    os.close(fd)
    return path


def load(text, path):
    with open(path, "w") as out:
        out.write(text)
    return json.loads(text)


def handle(request):
    path = make_temp()
    load(request.text, path)
    os.remove(path)
"""

DESCRIPTOR = """\
import os
import tempfile


def lock(owner):
    fd, path = tempfile.mkstemp()
    try:
        owner.take(path)
    finally:
        os.remove(path)
"""

SELF_DELETING = """\
import tempfile


def tidy(rows):
    with tempfile.NamedTemporaryFile() as file:
        return write(rows, file)
"""

SAMPLES: dict[str, tuple[str, int]] = {
    "leaking": (LEAKING, 7),
    "clean": (CLEAN, 6),
    "handed_over": (HANDED_OVER, 5),
    "cross_helper": (CROSS_HELPER, 19),
    "descriptor": (DESCRIPTOR, 6),
    "self_deleting": (SELF_DELETING, 5),
}


def start_of(text: str, source: str) -> Location:
    """Where `text` first stands in `source`."""
    before = source[: source.index(text)]
    return Location(before.count("\n") + 1, len(before) - before.rfind("\n"))
