"""Notebooks: cells as one module, and the way back to cell and line."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from tmpleak_lint.model import Event, Finding, Location, Span, Step
from tmpleak_lint.reading.decoding import Undecodable
from tmpleak_lint.reading.notebooks import cell_text, located, read_notebook


def notebook(*cells: str | tuple[str, str], **metadata: Any) -> bytes:
    made = [
        {"cell_type": "code", "source": cell.splitlines(keepends=True)}
        if isinstance(cell, str)
        else {"cell_type": cell[0], "source": cell[1]}
        for cell in cells
    ]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}).encode()


def test_code_cells_become_one_module_with_a_way_back() -> None:
    read = read_notebook(notebook("import os\nx = 1", ("markdown", "# title"), "y = 2\n"))
    assert read.text == "import os\nx = 1\ny = 2\n"
    assert read.origin == ((1, 1), (1, 2), (3, 1))
    assert read.broken == ()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1\n"),
        ("!pip install a \\\n  b\nx = 1", "pass\n\nx = 1\n"),
        ("files = !ls\nx = 1", "files = None\nx = 1\n"),
        ("t = %timeit -o f()\nx = 1", "t = None\nx = 1\n"),
        ("if x:\n    !rm a\n    %cd b", "if x:\n    pass\n    pass\n"),
        ("open?\nx = 1", "pass\nx = 1\n"),
        ("?open\nos.path??", "pass\npass\n"),
        ("%%bash\nrm -rf x\necho", "\n\n\n"),
        ("%%time\nx = 1", "\nx = 1\n"),
        ("\n%%capture out\nx = 1", "\n\nx = 1\n"),
        ('text = """\n%not magic\n"""', 'text = """\n%not magic\n"""\n'),
        ("x = (5\n% 3)", "x = (5\n% 3)\n"),
    ],
)
def test_magics_go_and_lines_stay(cell: str, text: str) -> None:
    read = read_notebook(notebook(cell))
    assert read.text == text
    assert read.broken == ()
    ast.parse(read.text)


def test_broken_cell_does_not_hide_the_others() -> None:
    read = read_notebook(notebook("x = 1", "def f(:\n  pass", "y = 2"))
    assert read.text == "x = 1\n\n\ny = 2\n"
    assert [(cell, row) for cell, row, *_ in read.broken] == [(2, 1)]


def test_notebook_of_another_language_has_no_cells() -> None:
    data = notebook("print(1)", kernelspec={"language": "R"})
    assert read_notebook(data).text == ""


def test_older_format_keeps_cells_in_worksheets() -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y"]}]}], "nbformat": 3}
    assert read_notebook(json.dumps(old).encode()).text == "x = 1\ny\n"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_notebook_is_told(data: bytes) -> None:
    with pytest.raises(Undecodable, match=r"notebook"):
        read_notebook(data)


def test_odd_cells_are_passed_over() -> None:
    odd = {
        "cells": [
            None,
            {"cell_type": "code"},
            {"cell_type": "code", "source": 3},
            {"cell_type": "code", "source": "x"},
        ]
    }
    assert read_notebook(json.dumps(odd).encode()).text == "x\n"


def test_cell_text_is_what_stands_in_the_notebook() -> None:
    data = notebook("!ls", ("markdown", "m"), "x = 1")
    assert [cell_text(data, cell) for cell in (1, 2, 3)] == ["!ls", None, "x = 1"]


def test_finding_and_steps_say_their_own_cells() -> None:
    read = read_notebook(notebook("import tempfile", "a = 1\np = mk()", "use(p)"))

    def span(row: int) -> Span:
        return Span(Location(row, 1), Location(row, 5))

    finding = Finding(
        code="TML101", name="n", message="`line 4` (line 4) can skip line 3", filename="n.ipynb",
        span=span(3), function="", tier=1,
        steps=(
            Step("n.ipynb", span(3), Event.CREATED, "created"),
            Step("n.ipynb", span(4), Event.RISKY, "raises"),
            Step("other.py", span(9), Event.RISKY, "elsewhere"),
        ),
        noqa_rows=(3, 3),
    )  # fmt: skip
    there = located(finding, read)
    assert (there.cell, there.span, there.noqa_rows) == (2, span(2), (2, 2))
    assert [(step.cell, step.span.start.row) for step in there.steps] == [(2, 2), (3, 1), (None, 9)]
    assert there.message == "`line 4` (cell 3 line 1) can skip cell 2 line 2"
    assert there.fix_refused == "a notebook is not rewritten"
