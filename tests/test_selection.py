"""Which codes count."""

from __future__ import annotations

import dataclasses

import pytest

from tmpleak_lint.rules import RULES
from tmpleak_lint.selection import check_codes, is_selected, selected_codes
from tmpleak_lint.settings import Settings, SettingsError

ON = {code for code, rule in RULES.items() if rule.default_on}


def test_default_is_what_is_on_by_default() -> None:
    assert selected_codes(Settings()) == ON
    assert "TML401" not in ON


@pytest.mark.parametrize(
    ("code", "select", "extend_select", "ignore", "expected"),
    [
        ("TML103", ("TML1",), (), (), True),
        ("TML201", ("TML1",), (), (), False),
        ("TML401", ("TML4",), (), (), True),
        ("TML401", ("TML",), (), (), True),
        ("TML401", (), ("TML401",), (), True),
        ("TML103", (), ("TML401",), (), True),
        ("TML103", (), (), ("TML1",), False),
        ("TML103", ("TML103",), (), ("TML1",), True),
        ("TML103", ("TML1",), (), ("TML103",), False),
        ("TML103", ("TML1",), (), ("TML1",), False),
        ("TML103", (), ("TML103",), ("TML10",), True),
        ("TML900", ("TML1",), (), (), True),
        ("TML900", (), (), ("TML",), True),
        ("TML900", (), (), ("TML9",), False),
        ("TML900", ("TML1",), (), ("TML900",), False),
        ("TML900", ("TML900",), (), ("TML9",), True),
    ],
)
def test_longer_prefix_decides(
    code: str,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    expected: bool,
) -> None:
    settings = Settings(select=select, extend_select=extend_select, ignore=ignore)
    assert is_selected(code, settings) is expected


@pytest.mark.parametrize(
    "settings",
    [
        Settings(select=("TML999",)),
        Settings(per_file_ignores=(("a", ("TML77",)),)),
        Settings(per_file_ignores=(("{a", ("TML1",)),)),
        Settings(extend_safe_fixes=("TML6",)),
    ],
)
def test_prefix_of_no_code_and_broken_pattern_are_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"^settings: "):
        check_codes(settings)
    with pytest.raises(SettingsError, match=r"^command line: "):
        check_codes(dataclasses.replace(settings, from_flags=frozenset({"select"})))
    with pytest.raises(SettingsError, match=r"^a/pyproject\.toml: "):
        check_codes(dataclasses.replace(settings, source="a/pyproject.toml"))


def test_good_settings_are_not_refused() -> None:
    check_codes(Settings(select=("TML", "TML1"), ignore=("TML105",), per_file_ignores=(("a", ("TML9",)),)))
    assert is_selected("TML105", Settings())
