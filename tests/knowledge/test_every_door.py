"""A row that is put in works at every door: found in bytes, judged, fixed, explained, simulated.

Each program runs in a process of its own that puts the row into the table before anything else of the tool is loaded.
"""

# ruff: noqa: E501  (programs on one line)
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROW = """\
import sys
from tmpleak_lint.knowledge.model import *
from tmpleak_lint.knowledge.rows import {subject} as subject
subject.ROWS = (*subject.ROWS, *rows("{name}", {effects}))
from tmpleak_lint.cli import main
sys.exit(main(sys.argv[1:]))
"""
CREATOR = ("creating", "acme.scratch", "Creates(Shape.DIRECTORY)")
DELETER = ("releasing", "acme.shred", "Deletes(whole_tree=True)")
MOVER = ("releasing", "acme.settle", "Moves()")
REGISTRAR = ("registering", "<any>.at_the_end", "Registers()")
RUNNER = ("running", "acme.in_thread", "Runs(Moment.AWAITED)")
LEAVER = ("leaving", "acme.give_up", "Leaves()")
BENIGN = ("benign", "acme.note", "Benign()")
MAKER = ("opening", "acme.download", "Makes(at=1)")


def run(row: tuple[str, str, str] | None, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys\nfrom tmpleak_lint.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    if row is not None:
        code = ROW.format(subject=row[0], name=row[1], effects=row[2])
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


def findings(row: tuple[str, str, str] | None, file: Path, *options: str) -> list[tuple[str, int]]:
    done = run(row, "check", "--isolated", "--output-format", "json", *options, file.name, cwd=file.parent)
    assert done.returncode in (0, 1), done.stderr
    return [(found["code"], found["location"]["row"]) for found in json.loads(done.stdout)]


def program(folder: Path, text: str) -> Path:
    file = folder / "program.py"
    file.write_text(text)
    return file


def test_creator(tmp_path: Path) -> None:
    file = program(
        tmp_path,
        "import acme\nimport shutil\n\n\ndef f(use):\n    made = acme.scratch()\n    use(made)\n    shutil.rmtree(made)\n",
    )
    assert findings(None, file) == []
    assert findings(CREATOR, file) == [("TML103", 6)]
    told = run(CREATOR, "explain", "--isolated", "program.py:6", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "the directory from scratch()" in told.stdout
    shown = run(CREATOR, "simulate", "--isolated", "--no-animation", "program.py:6", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    fixed = run(CREATOR, "check", "--isolated", "--fix", "program.py", cwd=tmp_path)
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert "finally:" in file.read_text()
    assert findings(CREATOR, file) == []


def test_creator_that_fails_is_explained(tmp_path: Path) -> None:
    file = program(
        tmp_path,
        "import acme\nimport tempfile\nimport shutil\n\n\ndef f():\n    made = tempfile.mkdtemp()\n    acme.scratch()\n    shutil.rmtree(made)\n",
    )
    told = run(CREATOR, "explain", "--isolated", f"{file.name}:7", cwd=tmp_path)
    assert "no room for a file" in told.stdout


def test_deleter(tmp_path: Path) -> None:
    head = "import acme\nimport tempfile\n\n\ndef drop(path):\n    acme.shred(path)\n\n\ndef f(use):\n    made = tempfile.mkdtemp()\n"
    file = program(tmp_path, f"{head}    use(made)\n    acme.shred(made)\n")
    assert findings(None, file) == [("TML101", 10)]
    assert findings(DELETER, file) == [("TML103", 10)]
    fixed = run(DELETER, "check", "--isolated", "--fix", "program.py", cwd=tmp_path)
    assert fixed.returncode == 0, fixed.stdout
    assert "    finally:\n        acme.shred(made)\n" in file.read_text()
    # ... in a helper, and given to what deletes at the end of the process
    file = program(tmp_path, f"{head}    try:\n        use(made)\n    finally:\n        drop(made)\n")
    assert findings(DELETER, file) == []
    file = program(tmp_path, f"import atexit\n{head}    atexit.register(acme.shred, made)\n    use(made)\n")
    assert findings(DELETER, file) == []


def test_mover(tmp_path: Path) -> None:
    text = "import acme\nimport tempfile\n\n\ndef f(use):\n    made = tempfile.mkdtemp()\n    use(made)\n    acme.settle(made, 'there')\n"
    file = program(tmp_path, text)
    assert findings(None, file) == [("TML101", 6)]
    assert findings(MOVER, file) == [("TML103", 6)]
    file = program(tmp_path, text.replace("    use(made)\n", ""))
    told = run(MOVER, "explain", "--isolated", "program.py:6", cwd=tmp_path)
    assert "moves it away" in told.stdout, told.stdout + told.stderr


def test_registrar(tmp_path: Path) -> None:
    text = "import tempfile\n\n\ndef f(use, scope, drop):\n    made = tempfile.mkdtemp()\n    scope.at_the_end(drop, made)\n    use(made)\n"
    file = program(tmp_path, text)
    assert findings(None, file) == [("TML101", 5)]
    assert findings(REGISTRAR, file) == []


def test_runner(tmp_path: Path) -> None:
    text = "import acme\nimport shutil\nimport tempfile\n\n\nasync def f(use):\n    made = await acme.in_thread(tempfile.mkdtemp)\n    use(made)\n    await acme.in_thread(shutil.rmtree, made)\n"
    file = program(tmp_path, text)
    assert findings(None, file) == []
    assert findings(RUNNER, file) == [("TML103", 7)]


def test_what_never_returns(tmp_path: Path) -> None:
    text = "import acme\nimport shutil\nimport tempfile\n\n\ndef f(bad):\n    made = tempfile.mkdtemp()\n    if bad:\n        acme.give_up()\n    shutil.rmtree(made)\n"
    file = program(tmp_path, text)
    assert findings(LEAVER, file) == [("TML104", 7)]


def test_benign(tmp_path: Path) -> None:
    text = "import acme\nimport shutil\nimport tempfile\n\n\ndef f():\n    made = tempfile.mkdtemp()\n    acme.note(made)\n    shutil.rmtree(made)\n"
    file = program(tmp_path, text)
    assert findings(None, file) == [("TML103", 7)]
    assert findings(BENIGN, file) == []


def test_maker_of_a_named_file(tmp_path: Path) -> None:
    text = "import acme\nimport tempfile\n\n\ndef f(address):\n    path = tempfile.mktemp()\n    acme.download(address, path)\n"
    file = program(tmp_path, text)
    assert findings(None, file) == [("TML501", 6)]
    assert findings(MAKER, file) == [("TML101", 6), ("TML501", 6)]


@pytest.mark.parametrize(
    "row", [CREATOR, DELETER, MOVER, REGISTRAR, RUNNER, LEAVER, BENIGN, MAKER], ids=lambda row: row[1]
)
def test_row_alone_changes_nothing(row: tuple[str, str, str], tmp_path: Path) -> None:
    file = program(
        tmp_path, "import tempfile\n\n\ndef f(use):\n    made = tempfile.mkdtemp()\n    use(made)\n"
    )
    assert findings(row, file) == [("TML101", 5)]
