"""What is found where does not hang on who asks: check, explain and simulate; alone, in company, from elsewhere.

The long run is `python -m benchmarks.order`.
"""

from __future__ import annotations

import random
from pathlib import Path

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


def test_neither_company_nor_workers_nor_place_changes_a_verdict(tmp_path: Path) -> None:
    files = programs(20, SEED, tmp_path.resolve())
    assert list(from_everywhere(files, random.Random(SEED))) == []
    found = [one for file in files for one in Session(ALL).analyse(file.read_bytes(), str(file)).findings]
    assert len(found) > 10
