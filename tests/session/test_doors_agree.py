"""What is found where does not hang on who asks: check, explain and simulate; alone, in company, from elsewhere.

The long run is `python -m benchmarks.order`.
"""

from __future__ import annotations

import random
from pathlib import Path
from textwrap import dedent

import pytest

from benchmarks.order import ALL, disagreements, from_everywhere, programs
from tests.oracle.grammar import nth
from tests.session.recursive import draw
from tmpleak_lint.session import Session

ROOT = Path(__file__).parents[2]
FIXTURES = sorted((ROOT / "fixtures").rglob("*.py"))
SEED, DRAWN, PARTS = 20261128, 120, 4


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.relative_to(ROOT / "fixtures").as_posix())
def test_doors_agree_on_a_fixture(path: Path) -> None:
    assert disagreements(Session(ALL).analyse(path.read_bytes(), str(path))) == []


@pytest.mark.parametrize("part", range(PARTS))
def test_doors_agree_on_drawn_programs(part: int) -> None:
    owed = 0
    for number in range(part, DRAWN, PARTS):
        chance = random.Random(SEED + number)
        recursive = draw(chance)
        for text in (nth(SEED, number).source, recursive.module(sorted(recursive.definitions))):
            analysis = Session(ALL).analyse(text.encode(), "app.py", on_disk=False)
            owed += len(analysis.judged)
            assert disagreements(analysis) == [], number
    assert owed > DRAWN // PARTS * 2


MADE_AND_FAILED = {  # what makes the file may fail after that: the way on which it raises has the file
    "writing under a made-up name": """
        def f(text, use):
            path = tempfile.mktemp() + ".txt"
            Path(path).write_text(text)
            try:
                use(path)
            finally:
                os.remove(path)
    """,
    "a failure that somebody catches": """
        def f(text, use):
            path = Path(tempfile.mktemp())
            try:
                path.write_bytes(text)
            except ValueError:
                return None
            try:
                use(path)
            finally:
                path.unlink()
    """,
    "a helper of its own": """
        def fill(path, text):
            with open(path, "w") as file:
                file.write(text)
            check(path)

        def f(text, use):
            path = tempfile.mktemp()
            fill(path, text)
            try:
                use(path)
            finally:
                os.remove(path)
    """,
    "a constructor that writes": """
        class Log:
            def __init__(self, path):
                self.path = path
                Path(path).write_text(header())

            @classmethod
            def fresh(cls):
                return cls(tempfile.NamedTemporaryFile().name)

            def close(self):
                os.remove(self.path)
    """,
    "in a loop": """
        def f(texts, use):
            for text in texts:
                path = Path(tempfile.mktemp())
                path.write_text(text)
                try:
                    use(path)
                finally:
                    path.unlink()
    """,
    "made and moved in one call": """
        def fill(path, source):
            Path(path).write_text(source.read())
            check(path)
            os.replace(path, source.name)

        def f(source):
            fill(tempfile.mktemp(), source)
    """,
}


@pytest.mark.parametrize("name", MADE_AND_FAILED)
def test_doors_agree_where_what_makes_the_file_fails_with_it(name: str) -> None:
    text = "import os\nimport shutil\nimport tempfile\nfrom pathlib import Path\n" + dedent(
        MADE_AND_FAILED[name]
    )
    analysis = Session(ALL).analyse(text.encode(), "app.py", on_disk=False)
    assert {found.code for found in analysis.findings} - {"TML501"}
    assert disagreements(analysis) == []


def test_files_that_one_call_may_give_are_one_finding_at_every_door() -> None:
    text = """
        import tempfile

        def make(kind):
            if kind == "a":
                return tempfile.mkdtemp("a")
            if kind == "b":
                return tempfile.mkdtemp("b")
            return tempfile.mkdtemp("c")

        def f(kind, use):
            use(make(kind))
    """
    analysis = Session(ALL).analyse(dedent(text).encode(), "app.py", on_disk=False)
    assert [found.code for found in analysis.findings] == ["TML101"]
    assert disagreements(analysis) == []
    assert [one.finding for one in analysis.judged if one.verdict and one.verdict.leaks] == [
        *analysis.findings
    ]


def test_neither_company_nor_workers_nor_place_changes_a_verdict(tmp_path: Path) -> None:
    files = programs(20, SEED, tmp_path.resolve())
    assert list(from_everywhere(files, random.Random(SEED))) == []
    found = [one for file in files for one in Session(ALL).analyse(file.read_bytes(), str(file)).findings]
    assert len(found) > 10
