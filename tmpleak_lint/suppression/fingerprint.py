"""Names a finding by what it says and not by where it stands, so that edits elsewhere don't rename it.

In: the findings of one file and its source. Out: one fingerprint a finding, 16 hexadecimal digits. It
depends on the file's path below the project, the code, the name of the enclosing function, the words
of the creating call and of what stands before it on its line (layout and comments aside), and, among
findings equal in all that, on their order. Renaming the file or the function, or editing the call,
gives a new fingerprint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from tmpleak_lint.model import FileReport, Finding
from tmpleak_lint.suppression.names import relative
from tmpleak_lint.suppression.rows import rows_of

# strings of each kind, comments, blanks, a continued line, and any other character
_PIECE = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    r"""|\#[^\n]*|\s+|\\\n|.""",
    re.DOTALL,
)

SourceOf = Callable[[str, int | None], str | None]
"""The text of a file by its name as findings carry it, or of one cell of a notebook; None when unreadable."""


def fingerprints(findings: Sequence[Finding], source: SourceOf, root: Path) -> tuple[str, ...]:
    """Return the fingerprints of all findings of one file, in the order given.

    Pass suppressed findings too, in source order, else silencing one renames its equals.
    """
    import hashlib  # loads a library of its own, and most runs ask for none

    lines_of = {
        (name, cell): rows_of(source(name, cell) or "")
        for name, cell in {(finding.filename, finding.cell) for finding in findings}
    }
    seen: dict[tuple[str, ...], int] = {}
    result = []
    for finding in findings:
        key = (
            relative(finding.filename, root),
            finding.code,
            finding.function,
            _words(_call_text(finding, lines_of[finding.filename, finding.cell])),
        )
        seen[key] = ordinal = seen.get(key, 0) + 1
        content = "\0".join((*key, str(ordinal)))
        result.append(hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16])
    return tuple(result)


def fingerprints_of_report(report: FileReport, source: SourceOf, root: Path) -> dict[Finding, str]:
    """Return the fingerprint of every finding of a file, silenced ones included."""
    everything = sorted(
        (*report.findings, *report.suppressed, *report.baselined), key=lambda finding: finding.sort_key
    )
    return dict(zip(everything, fingerprints(everything, source, root), strict=True))


def _call_text(finding: Finding, lines: Sequence[str]) -> str:
    start, end = finding.span.start, finding.span.end
    rows = list(lines[start.row - 1 : end.row])
    if rows:
        rows[-1] = rows[-1][: end.column - 1]
    return "".join(rows).strip()


def _words(code: str) -> str:
    """Return a piece of code without comments and layout, so that reformatting doesn't matter.

    Not `tokenize`: it reads f-strings differently from one Python to the next, and a fingerprint has to
    be the same under all of them.
    """
    words: list[str] = []
    gap = False
    for piece in _PIECE.findall(code):
        if piece[0] == "#" or piece.isspace() or piece == "\\\n":
            gap = True
            continue
        if piece in ")]}" and words and words[-1] == ",":
            words.pop()  # a formatter adds a comma there when it breaks the call over lines
        if gap and words and _is_word(words[-1][-1]) and _is_word(piece[0]):
            words.append(" ")
        words.append(piece)
        gap = False
    return "".join(words)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
