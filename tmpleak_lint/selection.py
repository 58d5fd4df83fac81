"""Which codes count, by prefix, as flake8 decides it.

In: `select`, `extend-select` and `ignore` of the settings and a code. Out: whether its findings are reported.
A code that both a select and an ignore prefix name goes with the longer one, and out on a tie. A prefix
selects opt-in codes too. TML900 (a file that could not be analysed) is only silenced by a prefix with its 9.
"""

from __future__ import annotations

from collections.abc import Iterable

from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import CODES, OPTIONS, Settings, SettingsError, did_you_mean

UNANALYSABLE = "TML900"


def is_selected(code: str, settings: Settings) -> bool:
    """Is a finding of `code` to be reported?"""
    chosen = _longest(code, settings.select + settings.extend_select)
    ignored = _longest(code, settings.ignore)
    if code == UNANALYSABLE:
        return ignored <= len("TML") or chosen > ignored
    if chosen:
        return chosen > ignored
    return not settings.select and RULES[code].default_on and not ignored


def selected_codes(settings: Settings) -> frozenset[str]:
    """Every code that these settings report."""
    return frozenset(code for code in RULES if is_selected(code, settings))


def opt_in_codes(settings: Settings) -> frozenset[str]:
    """The codes among those that are off unless they are asked for."""
    return frozenset(code for code in selected_codes(settings) if not RULES[code].default_on)


def check_codes(settings: Settings) -> None:
    """Refuse a prefix that no code begins with: it would silently select or ignore nothing."""
    for option in OPTIONS:
        value = getattr(settings, option.field)
        if option.key == "per-file-ignores":
            value = tuple(code for _, codes in value for code in codes)
            _patterns(settings)
        elif option.kind is not CODES:
            continue
        for prefix in value:
            if not any(code.startswith(prefix) for code in RULES):
                raise SettingsError(
                    f"{_origin(settings)}: {option.key}: no code begins with {prefix!r}"
                    + did_you_mean(prefix, RULES)
                )


def check_all_codes(many: Iterable[Settings]) -> None:
    """Check the settings of many files, each distinct one once."""
    for settings in {id(each): each for each in many}.values():
        check_codes(settings)


def _patterns(settings: Settings) -> None:
    from pathlib import Path

    from tmpleak_lint.suppression.per_file import PatternError, compile_table

    try:
        compile_table(dict(settings.per_file_ignores), Path())
    except PatternError as error:
        raise SettingsError(f"{_origin(settings)}: {error}") from None


def _origin(settings: Settings) -> str:
    return settings.source or ("command line" if settings.from_flags else "settings")


def _longest(code: str, prefixes: Iterable[str]) -> int:
    """Length of the longest prefix of `code`, 0 when there is none."""
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)
