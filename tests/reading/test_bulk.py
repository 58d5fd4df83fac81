"""Bulk data is not parsed: rows, columns and everything beside it stay; what isn't plain data stays whole."""

from __future__ import annotations

import ast

import pytest

from tmpleak_lint.bounds import BULK, MAX_TOKENS
from tmpleak_lint.engine import check_source
from tmpleak_lint.reading.bulk import without_bulk

MANY = 40 * BULK
DATA = {
    "a dict": ("{%s}", '{0}: "text {0}", '),
    "a dict, one entry a row": ("{\n%s}", "    '{0}': {0},\n"),
    "a list": ("[%s]", "{0}, "),
    "a tuple of pairs": ("(%s)", "('{0}', -1.5e-3), "),
    "a dict of lists": ("{%s}", "{0}: [{0}, 'x', None],\n"),
    "a set of bytes": ("{%s}", "b'{0}\\n', "),
    "arguments": ("f(%s)", "{0}, "),
    "a list in a call": ("f([%s])", "True, False, '{0}', "),
}
OTHER = {
    "names": ("[%s]", "a{0}, "),
    "calls": ("[%s]", "mkdtemp({0}), "),
    "one call in between": ("[%s]", "{0}, x(), "),
    "texts that look like what is between texts": ("[%s]", '", ", '),
    "a long sum": ("(%s 1)", "{0} + "),
}


def program(shape: str, entry: str) -> str:
    value = shape % "".join(entry.replace("{0}", str(number)) for number in range(MANY))
    return (
        f"import tempfile\n\nDATA = {value}\n\n\n"
        f"def f():\n    p = tempfile.mkdtemp(); work(p)\n    x = {value}; work(x, y)\n"
    )


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_what_is_left_of_bulk_data_stands_where_it_stood(data: tuple[str, str]) -> None:
    text = program(*data)
    left = without_bulk(text)
    assert len(left.splitlines()) == len(text.splitlines())
    assert len(left.split()) < len(text.split()) / 10
    assert [line.strip() for line in left.splitlines() if "mkdtemp" in line] == [
        "p = tempfile.mkdtemp(); work(p)"
    ]
    before, after = ast.parse(text), ast.parse(left)
    assert [type(node) for node in before.body] == [type(node) for node in after.body]
    ends = [
        [(each.lineno, each.col_offset, each.end_lineno, each.end_col_offset) for each in tree.body]
        for tree in (before, after)
    ]
    assert ends[0] == ends[1]
    assert ast.dump(before.body[2].body[-1]) == ast.dump(after.body[2].body[-1])  # type: ignore[attr-defined]


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_what_is_more_than_data_stays_whole(other: tuple[str, str]) -> None:
    text = program(*other)
    assert without_bulk(text) == text


def test_a_file_beside_very_much_data_is_judged() -> None:
    entries = "".join(f'{number}: "{number}",\n' for number in range(MAX_TOKENS // 2))
    body = f"    p = tempfile.mkdtemp()\n    E = {{{entries}}}\n    work(p)\n"
    text = f"import tempfile\nD = {{{entries}}}\ndef f():\n{body}"
    found = check_source(text).findings
    assert [(each.code, each.span.start.row) for each in found] == [("TML101", MAX_TOKENS // 2 + 4)]


def test_of_a_body_with_too_many_tokens_it_is_said_and_the_others_are_judged() -> None:
    many = "".join(f"    work(p, {number})\n" for number in range(MAX_TOKENS // 5))
    other = "def g():\n    p = tempfile.mkdtemp()\n    work(p)\n"
    text = f"import tempfile\ndef f():\n    p = tempfile.mkdtemp()\n{many}{other}"
    found = check_source(text).findings
    assert [each.code for each in found] == ["TML900", "TML101"]
    assert found[0].message == "not analysed: more than 50,000 tokens in one body"
    assert (found[0].span.start.row, found[1].function) == (2, "g")
