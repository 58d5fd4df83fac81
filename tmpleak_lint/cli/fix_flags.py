"""The flags that say what happens with fixes, and whether a run needs to look for any.

In: a parser, then its namespace. Out: answers. Apart from `cli.fix`, so that a run without fixes imports none
of what makes them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tmpleak_lint.cli import UsageError

SHOWS_FIXES = ("json", "sarif")  # formats that carry edits: there every finding gets its fix


def add_flags(group: argparse._ArgumentGroup) -> None:
    """The flags that say what happens with fixes."""
    group.add_argument("--fix", action="store_true", help="apply safe fixes; exit 1 if a finding is left")
    group.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: unsafe ones too")
    group.add_argument("--diff", action="store_true", help="print what --fix would change, write nothing")
    group.add_argument("--fix-only", action="store_true", help="as --fix, without a word on what is left")
    group.add_argument("--ask", action="store_true", help="with --fix: show each difference and ask")
    group.add_argument(
        "--show-fixes", action=argparse.BooleanOptionalAction, default=None,
        help="look for the fix of each finding (json and sarif do); with --fix: list what was fixed",
    )  # fmt: skip


def check_flags(given: argparse.Namespace) -> None:
    """Refuse what contradicts itself. Raises `UsageError`."""
    if given.ask and not (given.fix or given.fix_only):
        raise UsageError("--ask goes with --fix")
    if given.ask and given.diff:
        raise UsageError("--ask goes with --fix, not with --diff")
    if given.unsafe_fixes and not (given.fix or given.fix_only or given.diff):
        raise UsageError("--unsafe-fixes goes with --fix or --diff")
    if given.add_noqa is not None and changes(given):
        raise UsageError("--add-noqa and fixes are two runs")


def changes(given: argparse.Namespace) -> bool:
    """Whether the run fixes, or shows what it would."""
    return bool(given.fix or given.fix_only or given.diff)


def wants_proposals(given: argparse.Namespace, formats: Sequence[str]) -> bool:
    """Whether each finding is to carry its fix."""
    if given.show_fixes is not None:
        return bool(given.show_fixes)
    return any(name in SHOWS_FIXES for name in formats)
