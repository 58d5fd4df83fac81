"""`tmpleak-lint explain CODE | PATH:LINE | FINGERPRINT`: a rule's page, or all about one place.

In: arguments. Out: text, or values with `--json`. Exit status 0 when it could show what was asked, else
2. What is printed holds no absolute path, clock or duration.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tmpleak_lint.cli import UsageError
from tmpleak_lint.cli.parser import Parser
from tmpleak_lint.cli.terminal import can_draw, wants_color, width_of
from tmpleak_lint.model import Location
from tmpleak_lint.reporting.json_text import json_text
from tmpleak_lint.rules import RULES, page
from tmpleak_lint.settings import did_you_mean

_PLACE = re.compile(
    r"(?P<path>.+?)(?::cell (?P<cell>[0-9]{1,9}))?:(?P<row>[0-9]{1,9})(?::(?P<column>[0-9]{1,9}))?:?",
    re.DOTALL,
)
_FINGERPRINT = re.compile(r"[0-9a-f]{8,16}")


def main(arguments: Sequence[str]) -> int:
    """Print what was asked for."""
    given = parser().parse_args(arguments)
    asked: str | None = given.asked
    if asked is None:
        raise UsageError(
            "name a CODE, a PATH:LINE or a FINGERPRINT: tmpleak-lint explain TML103, tmpleak-lint explain app.py:12"
        )
    by_name = {rule.name: code for code, rule in RULES.items()}
    code = by_name.get(asked.lower(), asked.upper())
    if code in RULES:
        return _show_page(code, given.color, as_json=given.json)
    place = _PLACE.fullmatch(asked)
    if place is not None:
        from tmpleak_lint.cli.explained import at_place

        cell = None if place["cell"] is None else int(place["cell"])
        location = Location(int(place["row"]), int(place["column"] or 0))
        told = at_place(place["path"], cell, location, isolated=given.isolated)
    elif _FINGERPRINT.fullmatch(asked):
        from tmpleak_lint.cli.explained import at_fingerprint

        told = at_fingerprint(asked, given.paths or [os.curdir], isolated=given.isolated)
    else:
        raise UsageError(_not_explained(asked))
    if given.json:
        from tmpleak_lint.explaining.plain_values import account_values

        values = [account_values(account, told.lines) for account in told.accounts]
        _print_json({"asked": asked, "explanations": values})
        return 0
    from tmpleak_lint.explaining.text import accounts_text
    from tmpleak_lint.reporting import RenderContext

    context = RenderContext(
        color=wants_color(given.color, sys.stdout, os.environ),
        links=False,  # a link would hold the path of the machine
        width=width_of(sys.stdout),
        unicode=can_draw(sys.stdout),
        base=Path.cwd(),
        source=lambda filename, cell: told.texts.get((filename, cell)),
    )
    sys.stdout.write(accounts_text(told.accounts, context))
    return 0


def _not_explained(asked: str) -> str:
    """Why there is nothing to explain: what is missing in what was asked."""
    path = Path(asked)
    if path.is_dir():
        return f"{asked} is a folder: name a file in it and a line, as in {path / 'app.py'}:12"
    if path.exists():
        return f"{asked}: name a line of it, as in {asked}:12"
    if path.suffix or path.name != asked:
        return f"{asked}: no such file, and no rule is called so"
    names = [rule.name for rule in RULES.values()]
    hint = did_you_mean(asked.upper(), RULES) or did_you_mean(asked.lower(), names)
    return f"no rule is called {asked!r}{hint}"


def parser() -> Parser:
    """The parser of `tmpleak-lint explain`."""
    own = Parser(
        prog="tmpleak-lint explain",
        description="Show the page of a rule, or explain one place: the path on which the file stays, why it can "
        "raise, who will notice, the fix and why it holds; on a clean place, what releases it on each way out.",
        epilog="Exit status: 0 when it could be shown, 2 otherwise.",
        allow_abbrev=False,
    )
    own.add_argument(
        "asked", nargs="?", metavar="CODE | PATH:LINE | FINGERPRINT",
        help="a code or the name of a rule; the line of a creating call (in a notebook 'PATH:cell N:LINE'); or the "
        "fingerprint of a finding, as in SARIF, GitLab reports and baselines (8 digits or more)",
    )  # fmt: skip
    own.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="where to look for a fingerprint; default: the current folder",
    )
    own.add_argument("--json", action="store_true", help="print values instead of text")
    own.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    own.add_argument("--isolated", action="store_true", help="read no configuration file")
    return own


def _show_page(code: str, color: str, *, as_json: bool) -> int:
    """The page as it is written in a pipe, drawn on a terminal."""
    if as_json:
        from tmpleak_lint.explaining.plain_values import rule_values

        _print_json({"asked": code, "rule": rule_values(RULES[code], whole=True)})
        return 0
    colored = wants_color(color, sys.stdout, os.environ)
    if not colored and not sys.stdout.isatty():
        sys.stdout.write(page(code))
        return 0
    from tmpleak_lint.explaining.page_text import page_text
    from tmpleak_lint.reporting import RenderContext

    context = RenderContext(
        color=colored,
        links=False,
        width=width_of(sys.stdout),
        base=Path.cwd(),
        source=lambda filename, cell: None,
    )
    sys.stdout.write(page_text(page(code), context))
    return 0


def _print_json(values: object) -> None:
    sys.stdout.write(json_text(values, 2))
