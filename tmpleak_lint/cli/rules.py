"""`tmpleak-lint rules`: every code on a line, or all of them as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.cli.parser import Parser
from tmpleak_lint.rules import RULES


def main(arguments: Sequence[str]) -> int:
    """Print the list of rules."""
    given = parser().parse_args(arguments)
    if given.output_format == "json":
        import dataclasses
        import json

        print(json.dumps([dataclasses.asdict(rule) for rule in RULES.values()], indent=2))
        return 0
    width = max(len(rule.name) for rule in RULES.values())
    for rule in RULES.values():
        note = "" if rule.default_on else " (opt-in)"
        print(f"{rule.code}  {rule.name:<{width}}  {rule.summary}{note}")
    return 0


def parser() -> Parser:
    """The parser of `tmpleak-lint rules`."""
    own = Parser(prog="tmpleak-lint rules", description="List every code.", allow_abbrev=False)
    own.add_argument("--output-format", choices=("text", "json"), default="text")
    return own
