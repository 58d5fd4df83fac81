"""Each rule of how a person would write a fix, on a pair of its own: the page beside this file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tmpleak_lint.fixes import fix_bytes
from tmpleak_lint.settings import Settings

PAGE = Path(__file__).with_name("written.md")
PAIR = re.compile(
    r"^## ([^\n]+)\n\n```python before\n(.*?)```\n\n```python after\n(.*?)```", re.MULTILINE | re.DOTALL
)
PAIRS = PAIR.findall(PAGE.read_text(encoding="utf-8"))


def repaired(text: str, heading: str) -> str:
    made = fix_bytes(
        text.encode(),
        "test_example.py" if "pytest" in heading else "example.py",
        Settings(base=str(PAGE.parent), min_confidence="low"),
        unsafe=heading.endswith("(unsafe)"),
        on_disk=False,
    )
    return made.data.decode()


def is_formatted(text: str) -> bool:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", "-q", "-"]
    return subprocess.run(command, input=text.encode(), timeout=60).returncode == 0


def test_every_section_is_a_pair() -> None:
    assert len(PAIRS) == PAGE.read_text(encoding="utf-8").count("\n## ") > 15


@pytest.mark.parametrize(("heading", "before", "after"), PAIRS, ids=[heading for heading, *_ in PAIRS])
def test_fix_is_written_as_a_person_would(heading: str, before: str, after: str) -> None:
    assert repaired(before, heading) == after
    assert repaired(after, heading) == after
    assert is_formatted(after) or not is_formatted(before)


def test_reasons_on_the_page_of_fixes_are_those_of_the_code() -> None:
    root = PAGE.parents[2]
    page = (root / "docs" / "howto" / "fix.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `([^`]+)` \|", page.partition("## Where there is none")[2], re.MULTILINE)
    code = "".join(
        path.read_text(encoding="utf-8") for path in (root / "tmpleak_lint" / "fixing").rglob("*.py")
    )
    pieces = [piece.strip() for reason in said for piece in re.split(r"\(line N\)|…|\bN\b|TMLnnn", reason)]
    assert len(said) > 10
    assert [piece for piece in pieces if piece not in code] == []
