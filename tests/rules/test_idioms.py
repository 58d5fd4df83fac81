"""Idioms as people write them: runs under faults, the linter and the page agree on each verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracle.snippets import describe, explore
from tests.rules.pages import marks_of
from tmpleak_lint.engine import check_source
from tmpleak_lint.settings import Settings

PAGE = Path(__file__).parents[1] / "idioms.md"
_SECTION = re.compile(
    r"^## (?P<title>[^\n]+)\n\n(?P<reason>(?:[^`\n][^\n]*\n)*)\n?"
    r"```python (?P<info>[a-z ]+)\n(?P<source>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Idiom:
    """`says` is the verdict: any of leak and descriptor, or clean. `judged`: the runs show otherwise."""

    title: str
    says: frozenset[str]
    judged: bool
    reason: str
    source: str

    def __str__(self) -> str:
        return self.title


def idioms() -> list[Idiom]:
    found = []
    for section in _SECTION.finditer(PAGE.read_text(encoding="utf-8")):
        words = set(section["info"].split())
        says = frozenset(words - {"judged", "clean"})
        found.append(
            Idiom(section["title"], says, "judged" in words, section["reason"].strip(), section["source"])
        )
    return found


IDIOMS = idioms()


def test_every_section_is_read_and_well_formed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [idiom.title for idiom in IDIOMS] == re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert len({idiom.title for idiom in IDIOMS}) == len(IDIOMS)
    assert all(idiom.says <= {"leak", "descriptor"} for idiom in IDIOMS)
    assert all(bool(idiom.reason) == idiom.judged for idiom in IDIOMS)


@pytest.mark.parametrize("idiom", IDIOMS, ids=str)
def test_runs_show_the_verdict(idiom: Idiom, tmp_path: Path) -> None:
    runs = explore(idiom.source, tmp_path)
    shown = {"leak"} if any(run.left for run in runs) else set()
    shown |= {"descriptor"} if any(run.descriptors for run in runs) else set()
    assert not any(run.crash for run in runs), describe(runs)
    assert (shown == idiom.says) is not idiom.judged, describe(runs)


@pytest.mark.parametrize("idiom", IDIOMS, ids=str)
def test_linter_says_the_verdict(idiom: Idiom) -> None:
    # A leak is found by who asks for everything; what holds is silent for who asks for nothing.
    settings = Settings(min_confidence="low") if idiom.says else Settings()
    findings = check_source(idiom.source, settings=settings).findings
    said = {"descriptor" if finding.code.startswith("TML3") else "leak" for finding in findings}
    said -= {"leak"} if {finding.code for finding in findings} == {"TML501"} else set()
    marks = sorted(marks_of(idiom.source))
    assert said == idiom.says, [finding.message for finding in findings]
    if marks:
        assert sorted((finding.span.start.row, finding.code) for finding in findings) == marks
