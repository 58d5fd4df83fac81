"""No order changes a verdict: of definitions, of modules, of questions, of what was analysed before.

The programs are full of recursion: what a function does hangs on functions that hang on it.
"""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.session.recursive import Program, draw
from tmpleak_lint.analysis.domain.values import Func
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.model import Finding
from tmpleak_lint.session import Session

SEEDS = 1_000
PARTS = 20  # the seeds are run in so many tests
_ROW = re.compile(r"\bline (\d+)")


def told(findings: Iterable[Finding], texts: dict[str, str]) -> Counter[tuple[object, ...]]:
    """Findings without rows: what stands there is told instead."""

    def line(filename: str, row: int) -> str:
        return texts[filename].split("\n")[row - 1].strip()

    return Counter(
        (
            one.function,
            one.code,
            line(one.filename, one.span.start.row),
            _ROW.sub(lambda found, name=one.filename: line(name, int(found[1])), one.message),
            tuple((step.event, line(step.filename, step.span.start.row), step.message) for step in one.steps),
        )
        for one in findings
    )


def in_one(program: Program, order: list[str], session: Session | None = None) -> Counter[tuple[object, ...]]:
    text = program.module(order)
    analysis = (session or Session()).analyse(text.encode(), "app.py", on_disk=False)
    return told(analysis.findings, {"app.py": text})


@pytest.mark.parametrize("part", range(PARTS))
def test_order_of_definitions_and_questions_changes_no_verdict(part: int) -> None:
    found = 0
    for seed in range(part, SEEDS, PARTS):
        chance = random.Random(seed)
        program = draw(chance)
        names = sorted(program.definitions)
        expected = in_one(program, names)
        found += len(expected)
        assert in_one(program, chance.sample(names, len(names))) == expected, seed
        assert in_one(program, names[::-1]) == expected, seed
        asked = Session()
        text = program.module(names).encode()
        project = asked.project_for(None)
        module = project.add(text, "app.py", None)
        context = ProjectContext(project)
        for name in chance.sample(names, len(names)):
            context.may_hand_over(Func(module.key, name))
            context.returns_managed(Func(module.key, name))
        assert in_one(program, names, asked) == expected, seed
    assert found > SEEDS // PARTS // 2


@pytest.mark.parametrize("part", range(PARTS))
def test_order_and_company_of_modules_change_no_verdict(part: int, tmp_path: Path) -> None:
    for seed in range(part, SEEDS // 5, PARTS):
        chance = random.Random(-seed - 1)
        program = draw(chance)
        names = sorted(program.definitions)
        chance.shuffle(names)
        count = chance.randint(2, 3)
        folder = tmp_path / str(seed)
        files = program.package(folder, [names[at::count] for at in range(count)])
        texts = {str(file): file.read_text() for file in files}

        def told_in(order: Iterable[Path], session: Session | None, texts: dict[str, str] = texts) -> object:
            found: dict[str, Counter[tuple[object, ...]]] = {}
            for file in order:
                own = session or Session()
                findings = own.analyse(file.read_bytes(), str(file)).findings
                found[str(file)] = told(findings, texts)
            return found

        alone = told_in(files, None)
        assert told_in(files, Session()) == alone, seed
        assert told_in(reversed(files), Session()) == alone, seed
        shutil.rmtree(folder)
