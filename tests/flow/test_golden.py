"""Each golden file is a source, a line of dashes, and its graph as it prints."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

from tests.flow.lowering import lower, lower_module
from tmpleak_lint.flow.printing import print_graph

GOLDEN = Path(__file__).parent / "golden"
RULER = "-" * 40 + "\n"


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.txt")))
def test_source_gives_the_graph_in_the_golden_file(name: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{name}.txt"
    source, _, expected = path.read_text(encoding="utf-8").partition(RULER)
    printed = _print(source)
    if request.config.getoption("--update"):
        path.write_text(source + RULER + printed, encoding="utf-8")
    else:
        assert printed == expected


def _print(source: str) -> str:
    """The graph of the one def in source, or of the module that source is, with the bodies nested in it."""
    body = cst.parse_module(source).body
    code = lower(source) if isinstance(body[0], cst.FunctionDef) else lower_module(source)
    return "\n".join(print_graph(part) for part in (code, *code.nested))
