"""What the proof of a rewrite says of whole texts: that the finding is gone, nothing is new, nothing deleted twice.

Texts as they were and as they would be, and what the proof comes to for the first finding: why it refuses, or what it
leaves open.
"""

from __future__ import annotations

import difflib

import pytest

from tests.fixing.pairs import pairs
from tmpleak_lint.fixes import workshop
from tmpleak_lint.fixing.candidate import SAFE, Candidate
from tmpleak_lint.fixing.prove import Proof, Unproven, prove
from tmpleak_lint.fixing.source import Source
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.model import Edit, Location, Span
from tmpleak_lint.settings import Settings

HEAD = "import os\nimport shutil\nimport tempfile\n\n\n"
REFUSED = pairs("proved", "Whole texts that the proof refuses.")
HOLDING = pairs("proved", "Whole texts that it lets pass.")
LATE, GUARDED = next(iter(HOLDING))


def edits_between(old: str, new: str) -> tuple[Edit, ...]:
    """The edits of a rewrite that comes from one text to the other: lines that only move to the right are indented."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    edits = []
    matcher = difflib.SequenceMatcher(
        None, [row.strip() for row in before], [row.strip() for row in after], False
    )
    for kind, start, end, first, last in matcher.get_opcodes():
        if kind != "equal":
            edits.append(Edit("".join(after[first:last]), Span(Location(start + 1, 1), Location(end + 1, 1))))
            continue
        for row, (one, other) in enumerate(zip(before[start:end], after[first:last], strict=True), start + 1):
            indents = [len(each) - len(each.lstrip(" ")) for each in (one, other)]
            if indents[0] != indents[1]:
                edits.append(Edit(" " * indents[1], Span(Location(row, 1), Location(row, indents[0] + 1))))
    return tuple(edits)


def proven(old: str, new: str) -> Proof:
    """The proof for the first finding of a text."""
    data = old.encode()
    found, shop = workshop(data, "example.py", Settings(), on_disk=False)
    one, *_ = sorted(found, key=lambda one: (one.finding.span.start, one.finding.code))
    source = Source(data)
    subject = Subject(source, one.finding, one.verdict, shop.project, shop.target)
    rewrite = Candidate("a rewrite", "do it", SAFE, edits_between(old, new))
    proof = prove(source, [each.finding for each in found], subject, rewrite, shop.analyse)
    assert proof.data == new.encode()
    return proof


def told(old: str, new: str) -> str:
    """What the proof leaves open, and what is found afterwards."""
    try:
        proof = proven(HEAD + old, HEAD + new)
    except Unproven as refused:
        return str(refused)
    said = [*(f"shown: {each}" for each in proof.unwanted), *(f"doubt: {each}" for each in proof.doubts)]
    said += ["it ends well"] * proof.ends_well + ["it isn't compared"] * (not proof.compared)
    left = [f"left: {one.finding.code} in {one.finding.function}" for one in proof.found()]
    return "\n".join([*said, *(left or ["nothing is left"])])


@pytest.mark.parametrize("pair", REFUSED)
def test_refused(pair: tuple[str, str]) -> None:
    assert told(*pair).partition(": the ")[0] == REFUSED[pair].partition(": the ")[0]


@pytest.mark.parametrize("pair", HOLDING)
def test_holds(pair: tuple[str, str]) -> None:
    assert told(*pair) == HOLDING[pair]


def test_other_line_ends() -> None:
    old, new = (f"{HEAD}{text}".replace("\n", "\r\n") for text in (LATE, GUARDED))
    assert proven(old, new).found() == []


def test_what_cant_be_written_is_refused() -> None:
    coding = "# coding: latin-1\n"
    with pytest.raises(Unproven, match="latin-1"):
        proven(f"{coding}{HEAD}{LATE}", f"{coding}{HEAD}# \N{EURO SIGN}\n{GUARDED}")
