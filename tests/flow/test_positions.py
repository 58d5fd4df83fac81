"""Positions equal those of libcst's PositionProvider, in code points from 1."""

from __future__ import annotations

import contextlib
import shlex
import string
import tempfile
import types
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from tmpleak_lint.flow.positions import positions_of
from tmpleak_lint.model import Location, Span

SMALL = {
    "empty": "",
    "newlines": "x=1\r\ny=(2,\r\n3)\rz=1",
    "no newline at the end": "if 1:\n\tx = 'é𝄞' ; y = '''a\n\tb''';z=1",
    "only a comment": "# nothing\n",
    "parentheses": "x = ( ( a ) )\ny = (yield)\n(b)()\n",
    "decorated": "class C:\n\n  @ d ( 1 )\n  # why\n  async  def f ( s , * , k = 1 ) -> t : pass ; pass\n",
    "form feeds": "x = 1\n\f\ny = 2\n\fz = 3\n",
    "new syntax": "def f[T: int](a: T) -> T:\n  type X = T\n  return t'{a!r:>{w}}'\n",
}


BLANKS = (cst.SimpleWhitespace, cst.Newline, cst.TrailingWhitespace, cst.ParenthesizedWhitespace)


def _agree(source: str | bytes) -> int:
    module = cst.parse_module(source)
    span_of = positions_of(module)
    expected = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    asked = [node for node in expected if not isinstance(node, BLANKS)]
    for node in asked:
        start, end = expected[node].start, expected[node].end
        there = Span(Location(start.line, start.column + 1), Location(end.line, end.column + 1))
        assert span_of(node) == there, node
    return len(asked)


@pytest.mark.parametrize("source", SMALL.values(), ids=SMALL.keys())
def test_positions_equal_libcsts_on_small_sources(source: str) -> None:
    assert _agree(source) > 0


@pytest.mark.parametrize("module", [contextlib, shlex, string, tempfile], ids=lambda m: m.__name__)
def test_positions_equal_libcsts_on_the_standard_library(module: types.ModuleType) -> None:
    assert module.__file__ is not None
    assert _agree(Path(module.__file__).read_bytes()) > 1_000


def test_offsets_move_rows_and_columns() -> None:
    module = cst.parse_module("x = 1\n")
    assert positions_of(module, 10, 4)(module.body[0]) == Span(Location(11, 5), Location(11, 10))


def test_node_of_another_tree_is_an_error() -> None:
    with pytest.raises(KeyError, match="Pass"):
        positions_of(cst.parse_module("x = 1\n"))(cst.Pass())
