"""Programs that a fix could harm: what they return, raise and deliver is the same before and after.

Each has a `scenario`, which is played in a folder of its own, as written and with all its fixes, safe and unsafe.
No fix is right as well.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tmpleak_lint.fixes import fix_bytes
from tmpleak_lint.fixing.repair import Repaired
from tmpleak_lint.model import Applicability
from tmpleak_lint.settings import Settings

PROGRAMS = sorted((Path(__file__).parents[2] / "fixtures" / "harm").glob("*.py"))
PLAYER = """
import contextlib, os, re, sys, tempfile, warnings
warnings.simplefilter("ignore")
path, room = sys.argv[1:3]
os.chdir(room)
os.mkdir("tmp")
tempfile.tempdir = os.path.join(room, "tmp")
space = {"__name__": "played", "__file__": path}
exec(compile(open(path, "rb").read(), path, "exec"), space)
try:
    with contextlib.redirect_stdout(sys.stderr):
        told = repr(space["scenario"]())
except BaseException as error:
    told = f"raised {type(error).__name__}"
os.chdir(room)
delivered = {name: open(name).read() for name in sorted(os.listdir(".")) if os.path.isfile(name)}
print(re.sub(r"tmp[a-z0-9_]{8}", "<name>", told.replace(room, "")), delivered, os.path.isdir("tmp"))
"""


def repaired(path: Path) -> Repaired:
    name = "test_example.py" if b"unittest" in path.read_bytes() else "example.py"
    return fix_bytes(
        path.read_bytes(),
        name,
        Settings(base=str(path.parent), min_confidence="low"),
        unsafe=True,
        on_disk=False,
    )


def played(data: bytes, room: Path) -> str:
    """What an outsider sees of a program that runs in a room."""
    room.mkdir(parents=True)
    program = room.with_suffix(".py")
    program.write_bytes(data)
    command = [sys.executable, "-c", PLAYER, str(program), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=room)
    assert done.stdout, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program_does_the_same_with_its_fixes(path: Path, tmp_path: Path) -> None:
    made = repaired(path)
    if made.data != path.read_bytes():
        before, after = played(path.read_bytes(), tmp_path / "before"), played(made.data, tmp_path / "after")
        assert after == before, made.data.decode()


def test_harmless_relatives_are_fixed_all_the_same() -> None:
    """The programs are no proof that whatever hands a file on is left alone: about half of them have a fix."""
    fixed = [path for path in PROGRAMS if repaired(path).fixed]
    assert len(fixed) > len(PROGRAMS) / 3
    safe = [
        path for path in fixed if all(f.applicability is Applicability.SAFE for _, f in repaired(path).fixed)
    ]
    assert len(safe) > len(PROGRAMS) / 5
