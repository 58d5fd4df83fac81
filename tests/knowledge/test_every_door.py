"""A row that is put in works at every door: found in bytes, judged, explained, simulated, fixed.

A row is put into the table in a process of its own, before anything else of the tool is loaded; a user's row stands in
a configuration file. Each is asked at all five doors about a program that means nothing, or something else, without it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Asks at every door, and prints what each says.
DOORS = """\
import contextlib, importlib, io, json, pathlib, sys
from tmpleak_lint.knowledge.model import *

subject, name, effects, row = sys.argv[1:]
if subject:
    rows_of = importlib.import_module(f"tmpleak_lint.knowledge.rows.{subject}")
    rows_of.ROWS = (*rows_of.ROWS, *rows(name, eval(effects)))
from tmpleak_lint.cli import main

def ask(*arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(sys.stderr):
        main([*arguments])
    return out.getvalue()

def found():
    out = ask("check", "--output-format", "json", "--no-show-fixes", "--min-confidence", "low", "program.py")
    return [(one["code"], one["location"]["row"]) for one in json.loads(out)]

said = {"check": found()}
if int(row):
    for door, options in {"explain": (), "simulate": ("--no-animation",)}.items():
        said[door] = ask(door, *options, f"program.py:{row}")
    ask("check", "--fix", "--unsafe-fixes", "--min-confidence", "low", "program.py")
    said["check again"] = found()
said["text"] = pathlib.Path("program.py").read_text()
json.dump(said, sys.stdout)
"""
Row = tuple[str, str, str]  # subject, name, effects; of the user: key of the settings, name, nothing
Said = dict[str, Any]
NO_ROW = ("", "", "")


@dataclass(frozen=True)
class Case:
    """A row, a program, and what is said of it at the doors with the row: `explained` stands in a way out, `fixed` in
    the program afterwards, which stays as it is where nothing does. `without`: what is found without the row."""

    row: Row
    program: str
    without: list[str]
    found: list[str]
    explained: tuple[str, ...]
    fixed: tuple[str, ...]


MADE = "import acme\nimport os\nimport shutil\nimport tempfile\nfrom pathlib import Path\n\n\n"
MADE += "def f(use, other):\n    made = tempfile.mkdtemp()\n"
FINALLY = "    finally:\n        {}\n"
CASES = {
    "creator": Case(
        ("creating", "acme.scratch", "Creates(Shape.DIRECTORY)"),
        "import acme\nimport shutil\n\n\n"
        "def f(use):\n    made = acme.scratch()\n    use(made)\n    shutil.rmtree(made)\n",
        [],
        ["TML103"],
        ("gone at the end: `shutil.rmtree(made)` on line 8 deletes it", "line 7 raises: it stays"),
        (FINALLY.format("shutil.rmtree(made)"),),
    ),
    "creator that is a method": Case(
        ("creating", "<any>.scratch_file", "Creates(Shape.PATH)"),
        "import os\n\n\ndef f(use, store):\n    made = store.scratch_file()\n    use(made)\n    os.remove(made)\n",
        [],
        ["TML103"],
        ("on line 7 deletes it", "line 6 raises: it stays"),
        (FINALLY.format("os.remove(made)"),),
    ),
    "deleter": Case(
        ("releasing", "acme.shred", "Deletes(whole_tree=True)"),
        f"{MADE}    use(made)\n    acme.shred(made)\n",
        ["TML101"],
        ["TML103"],
        ("at the end: `acme.shred(made)` on line 11 deletes it", "line 10 raises: it stays"),
        (FINALLY.format("acme.shred(made)"),),
    ),
    "deleter in a helper": Case(
        ("releasing", "acme.shred", "Deletes(whole_tree=True)"),
        f"{MADE}    use(made)\n    drop(made)\n\n\ndef drop(path):\n    acme.shred(path)\n",
        ["TML101"],
        ["TML103"],
        ("`drop(made)` on line 11 deletes it", "line 10 raises: it stays"),
        (FINALLY.format("drop(made)"),),
    ),
    "deleter that is a method of a path": Case(
        ("releasing", "<path>.vaporise", "Deletes(SELF, whole_tree=True)"),
        f"{MADE}    use(made)\n    Path(made).vaporise()\n",
        ["TML101"],
        ["TML103"],
        ("at the end: `Path(made).vaporise()` on line 11 deletes it", "line 10 raises: it stays"),
        (FINALLY.format("Path(made).vaporise()"),),
    ),
    "mover": Case(
        ("releasing", "acme.settle", "Moves()"),
        f"{MADE}    use(made)\n    acme.settle(made, 'there')\n",
        ["TML101"],
        ["TML103"],
        ("at the end: `acme.settle(made, 'there')` on line 11 moves it away", "line 10 raises: it stays"),
        ("        acme.settle(made, 'there')\n    except BaseException:\n", "        raise\n"),
    ),
    "registrar": Case(
        ("registering", "<any>.at_the_end", "Registers(stacked=True)"),
        f"{MADE}    use(made)\n    other.at_the_end(use.drop, made)\n",
        ["TML101"],
        ["TML203"],
        ("`other.at_the_end(use.drop, made)` on line 11", "line 10 raises: it stays"),
        ("    except BaseException:\n", "        raise\n    other.at_the_end(use.drop, made)\n"),
    ),
    "taker of ownership": Case(
        ("registering", "acme.adopt", "TakesOver()"),
        f"{MADE}    use(made)\n    acme.adopt(made)\n",
        ["TML101"],
        ["TML203"],
        ("`acme.adopt(made)` on line 11", "line 10 raises: it stays"),
        ("    except BaseException:\n", "        raise\n    acme.adopt(made)\n"),
    ),
    "consumer later": Case(
        ("methods", "<any>.hand_in", "HandsOn()"),
        f"{MADE}    use(made)\n    other.hand_in(made)\n",
        ["TML101"],
        ["TML203"],
        ("`other.hand_in(made)` on line 11", "line 10 raises: it stays"),
        ("    except BaseException:\n", "        raise\n    other.hand_in(made)\n"),
    ),
    "runner": Case(
        ("running", "acme.in_thread", "Runs(Moment.AWAITED)"),
        "import acme\nimport shutil\nimport tempfile\n\n\nasync def f(use):\n"
        "    made = await acme.in_thread(tempfile.mkdtemp)\n"
        "    use(made)\n    await acme.in_thread(shutil.rmtree, made)\n",
        [],
        ["TML103"],
        ("on line 9 deletes it", "line 8 raises: it stays"),
        ("    except BaseException:\n        shutil.rmtree(made, ignore_errors=True)\n        raise\n",),
    ),
    "announcer": Case(
        ("announcing", "<any>.proclaim", "Announces()"),
        f"{MADE}    use(made)\n    other.proclaim(f'kept in {{made}}')\n",
        ["TML101"],
        ["TML101"],
        ("How sure it is: low", "lines 10 or 11 raise: it stays"),
        (),
    ),
    "never returns": Case(
        ("leaving", "acme.give_up", "Leaves()"),
        f"{MADE}    if use:\n        acme.give_up()\n    shutil.rmtree(made)\n",
        ["TML103"],
        ["TML104"],
        ("`shutil.rmtree(made)` on line 12 deletes it", "line 11 raises: it stays"),
        ("    with tempfile.TemporaryDirectory() as made:\n        if use:\n            acme.give_up()\n",),
    ),
}

HEAD = "import acme\n\n\nclass Job:\n    def f(self, use):\n        made = self.pool.make_scratch()\n"
# Rows of the user's are of the same kind, and fit methods as they read in the source.
OWN = {
    "creator": Case(
        ("creators", "*.make_scratch", ""),
        f"import os\n{HEAD}        use(made)\n        os.remove(made)\n",
        [],
        ["TML103"],
        ("the file from make_scratch()", "on line 9 deletes it", "line 8 raises: it stays"),
        ("        finally:\n            os.remove(made)\n",),
    ),
}
MADE_BY = HEAD.replace("self.pool.make_scratch()", "tempfile.mkdtemp()").replace("acme", "tempfile")
OWN |= {
    "deleter": Case(
        ("deleters", "*.wipe", ""),
        f"{MADE_BY}        use(made)\n        self.pool.wipe(made)\n",
        ["TML101"],
        ["TML103"],
        ("at the end: `self.pool.wipe(made)` on line 8 deletes it", "line 7 raises: it stays"),
        ("        finally:\n            self.pool.wipe(made)\n",),
    ),
    "taker of ownership": Case(
        ("takes-ownership", "*.adopt", ""),
        f"{MADE_BY}        use(made)\n        self.pool.adopt(made)\n",
        ["TML101"],
        ["TML203"],
        ("`self.pool.adopt(made)` on line 8", "line 7 raises: it stays"),
        ("            raise\n        self.pool.adopt(made)\n",),
    ),
    "never returns": Case(
        ("never-returns", "*.give_up", ""),
        f"import shutil\n{MADE_BY}        if use:\n            self.log.give_up()\n        shutil.rmtree(made)\n",
        ["TML103"],
        ["TML104"],
        ("`shutil.rmtree(made)` on line 10 deletes it", "line 9 raises: it stays"),
        ("        with tempfile.TemporaryDirectory() as made:\n            if use:\n",),
    ),
}
# Creators that aren't of tempfile, and are rows of the table.
OPENED = "    made = tempfile.mktemp()\n    os.close(os.open(made, os.O_CREAT | os.O_EXCL))\n    use(made)\n"
SIBLING = "import json\n\n\ndef f(use, target):\n    made = target.temporarySibling(b'.x')\n    made.setContent(use)\n"
SHIPPED = {
    "os.open": Case(
        NO_ROW,
        f"import os\nimport tempfile\n\n\ndef f(use):\n{OPENED}    os.remove(made)\n",
        [],
        ["TML103", "TML501"],
        ("on line 9 deletes it", "line 8 raises: it stays"),
        (
            "    finally:\n        with contextlib.suppress(FileNotFoundError):\n            os.remove(made)\n",
        ),
    ),
    "urllib.request.urlretrieve": Case(
        NO_ROW,
        "import os\nimport urllib.request\n\n\n"
        "def f(use, url):\n    made, _ = urllib.request.urlretrieve(url)\n    use(made)\n    os.remove(made)\n",
        [],
        ["TML103"],
        ("the file from urlretrieve()", "on line 8 deletes it", "line 7 raises: it stays"),
        ("    made, _ = urllib.request.urlretrieve(url)\n    try:\n", FINALLY.format("os.remove(made)")),
    ),
    "urllib.request.urlretrieve, never deleted": Case(
        NO_ROW,
        "import os\nimport urllib.request\n\n\n"
        "def f(use, url):\n    made = urllib.request.urlretrieve(url)[0]\n    use(made)\n",
        [],
        ["TML101"],
        ("the file from urlretrieve()", "at the end: it stays"),
        (
            "    finally:\n        with contextlib.suppress(FileNotFoundError):\n            os.remove(made)\n",
        ),
    ),
    "django's NamedTemporaryFile": Case(
        NO_ROW,
        "import os\n\nfrom django.core.files.temp import NamedTemporaryFile\n\n\n"
        "def f(use):\n    made = NamedTemporaryFile(delete=False)\n    use(made)\n    os.remove(made.name)\n",
        [],
        ["TML103"],
        ("the file from NamedTemporaryFile()", "on line 9 deletes it", "line 8 raises: it stays"),
        (FINALLY.format("os.remove(made.name)"),),
    ),
    "FilePath.temporarySibling": Case(
        NO_ROW,
        f"{SIBLING}    use.check()\n    made.remove()\n",
        [],
        ["TML103"],
        ("the file from temporarySibling()", "on line 8 deletes it", "lines 6 or 7 raise: it stays"),
        ("    finally:\n        with contextlib.suppress(FileNotFoundError):\n            made.remove()\n",),
    ),
    "FilePath.temporarySibling, moved": Case(
        NO_ROW,
        f"{SIBLING}    use.check()\n    made.moveTo(target)\n",
        [],
        ["TML103"],
        ("on line 8 moves it away", "lines 6 or 7 raise: it stays"),
        ("        with contextlib.suppress(OSError):\n            made.remove()\n        raise\n",),
    ),
}
ROWS = [case.row for case in CASES.values()]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_row_counts_at_every_door(case: Case, tmp_path: Path) -> None:
    assert codes(ask(None, case.program, tmp_path, doors=False)) == case.without
    check_doors(case, ask(case.row, case.program, tmp_path))


@pytest.mark.parametrize("case", OWN.values(), ids=OWN)
def test_users_row_counts_at_every_door(case: Case, tmp_path: Path) -> None:
    key, name, _ = case.row
    assert codes(ask(None, case.program, tmp_path, doors=False)) == case.without
    (tmp_path / "pyproject.toml").write_text(f'[tool.tmpleak-lint]\n{key} = ["{name}"]\n')
    check_doors(case, ask(None, case.program, tmp_path))


@pytest.mark.parametrize("case", SHIPPED.values(), ids=SHIPPED)
def test_shipped_row_counts_at_every_door(case: Case, tmp_path: Path) -> None:
    check_doors(case, ask(None, case.program, tmp_path))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_row_alone_changes_nothing(row: Row, tmp_path: Path) -> None:
    program = "import tempfile\n\n\ndef f(use):\n    made = tempfile.mkdtemp()\n    use(made)\n"
    assert codes(ask(row, program, tmp_path, doors=False)) == ["TML101"]


def check_doors(case: Case, said: Said) -> None:
    """What is said with the row in the table."""
    assert codes(said) == case.found
    told = " ".join(said["explain"].split())
    for text in case.explained:
        assert text in told
    assert re.search(r"^as written\b[^+\n]* +\d+", said["simulate"], re.MULTILINE), said["simulate"]
    assert all(text in said["text"] for text in case.fixed), said["text"]
    assert bool(case.fixed) == (said["text"] != case.program)
    assert ({"TML501"} >= {code for code, _ in said["check again"]}) == bool(case.fixed), said["check again"]


def codes(said: Said) -> list[str]:
    return [code for code, _ in said["check"]]


def ask(row: Row | None, program: str, folder: Path, *, doors: bool = True) -> Said:
    """What `check` says, and the other doors of the creation, which stands where `made` is bound."""
    (folder / "program.py").write_text(program)
    rows = [row for row, line in enumerate(program.split("\n"), 1) if re.match(r" +made\b.* = ", line)]
    at = rows[0] if doors else 0
    done = subprocess.run(
        [sys.executable, "-c", DOORS, *(row or NO_ROW), str(at)],
        capture_output=True, text=True, cwd=folder, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: Said = json.loads(done.stdout)
    return said
