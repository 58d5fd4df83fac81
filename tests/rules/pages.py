"""The examples of the rule pages, as data.

In: a rule's code. Out: one `Example` per fenced block whose info string is `python leaking`, `python
holding` or `python fixed`. An `entry=name` in the info string names the function that is run;
a trailing comment of codes (`# TML103`) marks the line on which a finding sits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tmpleak_lint.rules import RULES, page

KINDS = ("leaking", "holding", "fixed")
HEADINGS = (
    "What it finds",
    "Why it matters",
    "Leaking",
    "Holding",
    "Fixed",
    "Fix safety",
    "When it stays silent",
    "Related rules",
)
_FENCE = re.compile(r"^```python (?P<info>[^\n]+)\n(?P<source>.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"#\s*(?P<codes>TML\d{3}(?:,?\s+TML\d{3})*)\s*$")


@dataclass(frozen=True, slots=True)
class Example:
    """One code block of a page; `marks` are the (row, code) pairs that a check must report, no others."""

    code: str
    kind: str
    number: int
    source: str
    entry: str | None
    marks: tuple[tuple[int, str], ...]

    def __str__(self) -> str:
        return f"{self.code}-{self.kind}-{self.number}"


def examples_of(code: str) -> tuple[Example, ...]:
    """The page's examples in reading order, numbered from 1 within their kind."""
    found: list[Example] = []
    for block in _FENCE.finditer(page(code)):
        kind, *options = block["info"].split()
        if kind not in KINDS:
            raise ValueError(f"{code}.md: unknown kind of example {kind!r}")
        entry = None
        for option in options:
            key, _, value = option.partition("=")
            if key != "entry" or not value:
                raise ValueError(f"{code}.md: unknown option {option!r}")
            entry = value
        number = sum(example.kind == kind for example in found) + 1
        found.append(Example(code, kind, number, block["source"], entry, marks_of(block["source"])))
    return tuple(found)


def marks_of(source: str) -> tuple[tuple[int, str], ...]:
    marks: list[tuple[int, str]] = []
    for row, line in enumerate(source.splitlines(), start=1):
        if mark := _MARK.search(line):
            marks += [(row, code) for code in re.findall(r"TML\d{3}", mark["codes"])]
    return tuple(marks)


def all_examples() -> tuple[Example, ...]:
    return tuple(example for code in RULES for example in examples_of(code))


def headings_of(code: str) -> tuple[str, ...]:
    return tuple(re.findall(r"^## (.+)$", page(code), re.MULTILINE))
