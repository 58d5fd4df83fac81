"""Unknown values: told apart by kind as well as by parts, and called what the source calls them."""

from __future__ import annotations

from itertools import combinations

import pytest

from tmpleak_lint.analysis.domain import reach, symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.explore import joins
from tmpleak_lint.engine import check_source
from tmpleak_lint.settings import Settings

ALL = Settings(min_confidence="low")
PATH = v.Ref(v.TRACKED, v.Role.PATH)
ONE_PART = (symbols.FreeName, symbols.Produced, symbols.Element, symbols.OpenedBy, symbols.OfContext)


def test_kinds_with_the_same_part_are_different_unknowns() -> None:
    for one, other in combinations(ONE_PART, 2):
        assert one(PATH) is one(PATH)
        assert one(PATH) != other(PATH)
    assert symbols.Locals() is symbols.Locals()
    assert symbols.Locals() != v.UNKNOWN


def test_where_ways_meet_each_kind_is_an_unknown() -> None:
    assert symbols.SYMBOLS <= reach.LEAVES & joins._BLENDING
    assert {v.Sym, *v.Sym.__subclasses__()} == symbols.SYMBOLS


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        (symbols.Param("write_block.run", "guard"), "guard"),
        (symbols.FreeName("guard"), "guard"),
        (symbols.Called("lib.make_guard", ()), "lib.make_guard"),
        (symbols.CalledOn(PATH, "guard"), "guard"),
        (symbols.Produced("write_block"), ""),
        (v.UNKNOWN, ""),
    ],
)
def test_a_symbol_goes_by_a_name_of_its_own(symbol: v.Sym, name: str) -> None:
    assert symbols.name_of(symbol) == name


PROGRAM = """
import os
import tempfile


def {function}(source{more}):
    thing = source.thing()
    handle, path = tempfile.mkstemp()
    os.close(handle)
    {use}
    os.remove(path)
"""


@pytest.mark.parametrize(
    ("function", "more", "use", "codes"),
    [
        ("write_block", "", "with thing: pass", ["TML103"]),
        ("write", "", "with thing: pass", ["TML103"]),
        ("write", ", lock", "with lock: pass", []),
        ("catalog", "", "thing.error('x')", ["TML103"]),
        ("parts", "", "thing.error('x')", ["TML103"]),
        ("parts", ", logger", "logger.error('x')", []),
    ],
)
def test_what_a_function_is_called_says_nothing_of_what_it_uses(
    function: str, more: str, use: str, codes: list[str]
) -> None:
    report = check_source(PROGRAM.format(function=function, more=more, use=use), settings=ALL)
    assert [finding.code for finding in report.findings] == codes
