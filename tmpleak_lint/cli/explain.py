"""`tmpleak-lint explain CODE`: the page of a rule."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tmpleak_lint.cli import UsageError
from tmpleak_lint.cli.parser import Parser
from tmpleak_lint.rules import RULES, page
from tmpleak_lint.settings import did_you_mean


def main(arguments: Sequence[str]) -> int:
    """Print what was asked for."""
    parser = Parser(prog="tmpleak-lint explain", description="Show the page of a rule.", allow_abbrev=False)
    parser.add_argument("code", metavar="CODE", help="a code or the name of a rule, such as TML103")
    asked: str = parser.parse_args(arguments).code
    by_name = {rule.name: code for code, rule in RULES.items()}
    code = by_name.get(asked.lower(), asked.upper())
    if code not in RULES:
        raise UsageError(f"no rule is called {asked!r}{did_you_mean(asked.upper(), RULES)}")
    sys.stdout.write(page(code))
    return 0
