"""Damaged files: whatever is done to a source, its analysis ends with findings that lie inside it, or says why not.

The damage is drawn with a fixed seed from the kinds below and done to every fixture.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.fuzz.mutations import DAMAGES, Damage, null_inside
from tmpleak_lint.engine import check_source
from tmpleak_lint.model import Finding
from tmpleak_lint.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures"
SOURCES = {
    str(path.relative_to(FIXTURES)): path.read_bytes()
    for folder in ("leaky", "holding")
    for path in sorted((FIXTURES / folder).glob("*.py"))
}


def findings(data: bytes, select: str = "TML") -> tuple[Finding, ...]:
    """Every finding of every code; an exception of the analysis is the test's failure."""
    return check_source(data, None, Settings(select=(select,))).findings


def assert_inside(found: tuple[Finding, ...], data: bytes) -> None:
    rows = len(re.split(rb"\r\n|\r|\n", data))
    for finding in found:
        spans = [finding.span, *(step.span for step in finding.steps)]
        assert all(1 <= span.start.row <= span.end.row <= rows for span in spans), finding
        assert finding.message.strip()
        assert finding.code != "TML900" or "internal error" not in finding.message
    assert [finding.sort_key for finding in found] == sorted(finding.sort_key for finding in found)


def test_there_is_something_to_damage() -> None:
    assert len(SOURCES) >= 10
    assert sum(len(findings(data)) for data in SOURCES.values()) > 20


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", SOURCES)
def test_damaged_file_is_analysed_or_refused_with_a_reason(name: str, damage: Damage) -> None:
    chance = random.Random(f"{name} {damage.__name__}")
    for _ in range(3):
        data = damage(chance, SOURCES[name])
        assert_inside(findings(data), data)


@pytest.mark.parametrize(
    "text",
    [
        '"{NUMBER}".format(path)',
        '"{0[NUMBER]}".format(path)',
        '"{:>NUMBER}".format(path)',
        '"%NUMBERs" % path',
        "[path][NUMBER]",
        "[path][-NUMBER]",
        "open(path, NUMBER)",
        '"a" * 10 ** 10',
        "10 ** 10 ** 10",
        "1 << 10 ** 12",
    ],
)
def test_numbers_without_end_are_not_worked_out(text: str) -> None:
    text = text.replace("NUMBER", "9" * 5_000)
    data = f"import tempfile\n\n\ndef f(use):\n    path = tempfile.mkdtemp()\n    use({text})\n".encode()
    found = findings(data, "TML1")
    assert [finding.code for finding in found] == ["TML101"]
    assert_inside(found, data)


@pytest.mark.parametrize("name", SOURCES)
def test_line_ends_change_no_row_and_no_code(name: str) -> None:
    def told(data: bytes) -> list[tuple[int, str, str]]:
        return [(finding.span.start.row, finding.code, finding.message) for finding in findings(data)]

    data = SOURCES[name]
    assert told(data.replace(b"\n", b"\r\n")) == told(data.replace(b"\n", b"\r")) == told(data)
    assert told(b"\xef\xbb\xbf" + data) == told(data)


def test_null_in_a_file_is_the_one_thing_said_of_it() -> None:
    for name, data in SOURCES.items():
        damaged = null_inside(random.Random(name), data)
        row = len(re.split(rb"\r\n|\r|\n", damaged[: damaged.index(b"\0")]))
        (finding,) = findings(damaged)
        assert (finding.code, finding.span.start.row) == ("TML900", row)


ENCODINGS = (
    *("utf-8", "utf-8-sig", "latin-1", "cp1252", "koi8-r", "shift_jis", "euc-jp", "ascii", "utf-7", "utf-16", "utf-32"),
    *("rot13", "hex", "base64", "zlib", "punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape"),
    *("mbcs", "no-such-encoding", "_", "-", "utf-8-unix"),
)  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_declared_encoding_is_followed_or_refused(encoding: str) -> None:
    source = b"import tempfile\n\n\ndef f(a):\n    a(tempfile.mkdtemp('\xe9'))\n"
    data = b"# -*- coding: " + encoding.encode() + b" -*-\n" + source
    (finding,) = findings(data)
    assert_inside((finding,), data)
    assert (finding.code, finding.span.start.row) == ("TML101", 6) or finding.code == "TML900"


ESCAPES = (
    r"'\ud800'", r"b'\xff'", r"'\N{DIGIT ONE}'", r"'\N{NO SUCH NAME}'", r"'\x'", r"'\U0011ffff'", r"'\udc80'",
    r"'\400'", r"f'{a!r:\ud800}'", "1e999j", "9" * 5000, "0x" + "f" * 5000, r"'\ud83d\ude00'", "'\\\n'",
)  # fmt: skip


@pytest.mark.parametrize("literal", ESCAPES, ids=range(len(ESCAPES)))
def test_odd_literals_hide_no_finding(literal: str) -> None:
    source = (
        f"import tempfile, os\n\n\ndef f(a):\n    path = tempfile.mkdtemp({literal})\n"
        f"    if a == {literal}:\n        os.system({literal})\n    a(os.path.join(path, {literal}))\n"
    )
    (finding,) = findings(source.encode(), "TML1")
    assert (finding.code, finding.span.start.row) == ("TML101", 5)


@pytest.mark.parametrize(
    "text", ["", "\n", "\\", "tempfile.mkstemp", "\f", "#mkstemp", "import tempfile\n\\", "mkstemp("]
)
def test_file_of_next_to_nothing_gives_no_leak(text: str) -> None:
    assert {finding.code for finding in findings(text.encode())} <= {"TML900"}


@pytest.mark.parametrize(
    "blob", ["a" * 1_000_000, "0a" * 500_000, "a(" * 90, ") " * 200_000, "'" + '"' * 200_000]
)
def test_a_blob_in_a_body_is_read_in_one_go(blob: str) -> None:
    """Whatever looks at a text looks at each of its characters a few times: this ends, or it would take hours."""
    source = f"from tempfile import mkdtemp\ndef f(x):\n    y = {blob!r}\n    d = mkdtemp()\n    x(d, y)\n"
    assert [(finding.code, finding.span.start.row) for finding in check_source(source).findings] == [
        ("TML101", 4)
    ]
