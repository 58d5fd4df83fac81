"""The cases of this folder: programs, what is found in them, and the path that a finding shows.

A case is a section of a page: its programs (a fenced block each, named when there are several), perhaps a block of
settings, and a block `found` with a line for each finding: where, which code, whether it is of low confidence,
the rows of its steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tmpleak_lint.model import Confidence, Finding, renamed
from tmpleak_lint.run import check_paths
from tmpleak_lint.session import Session
from tmpleak_lint.settings import Settings

CASES = Path(__file__).parent / "cases"
PAGES = sorted(CASES.glob("*.md"))
MAIN = "main.py"
_SECTION = re.compile(r"^## (?P<title>[^\n]+)\n(?P<body>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(?P<kind>\w+) ?(?P<name>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Case:
    page: Path
    title: str
    files: dict[str, str]
    settings: dict[str, tuple[str, ...]]
    found: str

    def __str__(self) -> str:
        return f"{self.page.stem}: {self.title}"

    def write(self, folder: Path) -> None:
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def run(self, folder: Path, names: Iterable[str]) -> str:
        """What is found in the files of `names`, read in that order by one session."""
        session = Session(Settings(**self.settings))  # type: ignore[arg-type]
        found: list[Finding] = []
        for name in names:
            path = str(folder / name)
            findings = session.analyse((folder / name).read_bytes(), path).findings
            found += [renamed(finding, path, name) for finding in findings]
        return (
            "".join(_line(f, folder) + "\n" for f in sorted(found, key=lambda f: f.sort_key)) or "nothing\n"
        )


def cases() -> list[Case]:
    found = []
    for page in PAGES:
        for section in _SECTION.finditer(page.read_text(encoding="utf-8")):
            files: dict[str, str] = {}
            settings: dict[str, tuple[str, ...]] = {}
            expected = ""
            for block in _BLOCK.finditer(section["body"]):
                if block["kind"] == "python":
                    files[block["name"] or MAIN] = block["text"]
                elif block["kind"] == "settings":
                    for line in block["text"].splitlines():
                        key, _, values = line.partition(" = ")
                        settings[key] = tuple(values.split(", "))
                elif block["kind"] == "found":
                    expected = block["text"]
            found.append(Case(page, section["title"], files, settings, expected))
    return found


def _line(finding: Finding, folder: Path) -> str:
    steps = []
    for step in finding.steps:
        name = Path(step.filename)
        shown = (name.relative_to(folder) if name.is_absolute() else name).as_posix()
        place = "" if shown == finding.filename else f"{shown}:"
        steps.append(f"{step.event} {place}{step.span.start.row}")
    unsure = " (low)" if finding.confidence is Confidence.LOW else ""
    return f"{finding.filename}:{finding.span.start.row} {finding.code}{unsure}: {', '.join(steps)}"


def test_every_section_of_a_page_is_a_case() -> None:
    titles = [str(case) for case in cases()]
    assert len(titles) == len(set(titles)) >= 50
    assert all(case.files and case.found for case in cases())


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case_gives_what_its_page_says(case: Case, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    case.write(tmp_path)
    found = case.run(tmp_path, case.files)
    if request.config.getoption("--update"):
        _update(case, found)
    assert found == case.found or request.config.getoption("--update")


@pytest.mark.parametrize("case", [case for case in cases() if len(case.files) > 1], ids=str)
def test_order_of_files_and_what_else_is_named_change_nothing(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path)
    names = list(case.files)
    whole = case.run(tmp_path, names)
    assert case.run(tmp_path, reversed(names)) == whole
    alone = {name: case.run(tmp_path, [name]) for name in names}
    assert "".join(sorted("".join(t for t in alone.values() if t != "nothing\n").splitlines(True))) == (
        "" if whole == "nothing\n" else "".join(sorted(whole.splitlines(True)))
    )


@pytest.mark.parametrize("case", [case for case in cases() if len(case.files) > 1], ids=str)
def test_what_is_told_from_bytes_loses_none(case: Case, tmp_path: Path) -> None:
    """A file that names no creator is analysed where it uses a helper that does, over however many modules."""
    case.write(tmp_path)
    settings = Settings(**case.settings, min_confidence=Confidence.LOW)  # type: ignore[arg-type]
    found = [finding for report in check_paths([tmp_path], settings) for finding in report.findings]
    lost = [loss for finding in found for loss in finding.losses or (finding,)]
    assert sorted(
        f"{Path(loss.filename).relative_to(tmp_path).as_posix()}:{loss.span.start.row}" for loss in lost
    ) == sorted(line.split()[0] for line in case.found.splitlines() if line != "nothing")


def _update(case: Case, found: str) -> None:
    text = case.page.read_text(encoding="utf-8")
    head, heading, rest = text.partition(f"## {case.title}\n")
    before, fence, after = rest.partition("```found\n")
    case.page.write_text(
        head + heading + before + fence + found + after[after.index("```") :], encoding="utf-8"
    )
