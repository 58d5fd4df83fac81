"""The arguments of `check`: its own switches, and one flag for each row of the table of settings.

In: argument words. Out: a namespace, and the overrides (field -> checked value) that the flags state.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from tmpleak_lint.cli.fix_flags import add_flags as add_fix_flags
from tmpleak_lint.settings import (
    FIXING,
    KNOWLEDGE,
    OPTIONS,
    OUTPUT,
    OUTPUT_FORMATS,
    READING,
    SELECTION,
    SWITCH,
    Option,
    SettingsError,
    check_flag,
    did_you_mean,
)

GROUPS = {
    SELECTION: "Which codes",
    READING: "Which files",
    OUTPUT: "What is printed",
    FIXING: "Fixes",
    KNOWLEDGE: "Your own names (dotted, * for any part)",
}
_UNRECOGNIZED = "unrecognized arguments: "  # argparse's words
WAYS = {"files": "What happens with what is found", "scale": "Very many files", "config": "Configuration"}


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose complaints look like the program's other errors."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """As ever, but for `--option=--`: argparse makes an empty list of it where a text was meant."""
        words = sys.argv[1:] if args is None else list(args)
        for word in words[: words.index("--")] if "--" in words else words:
            if word.startswith("--") and word.endswith("=--"):
                self.error(f"{word}: -- is no value")
        return super().parse_known_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        from tmpleak_lint.cli import complain

        unknown = message.removeprefix(_UNRECOGNIZED).split()[0].partition("=")[0]
        hint = did_you_mean(unknown, self._option_string_actions) if message.startswith(_UNRECOGNIZED) else ""
        sys.exit(complain(f"{message}{hint} (see {self.prog} --help)"))


def check_parser() -> Parser:
    """The parser of `tmpleak-lint check`."""
    parser = Parser(
        prog="tmpleak-lint check",
        usage="tmpleak-lint [check] [OPTION...] PATH...",
        description="Report temp files and directories that can stay behind, and the path on which they do.",
        epilog="Lists are separated by commas, and their flags may be repeated. "
        "Exit status: 0 nothing found, 1 findings, 2 wrong usage or configuration, 130 interrupted.",
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file, a folder, or - for standard input")
    parser.add_argument("--stdin-filename", metavar="NAME", help="name of the text from standard input")
    _add_ways(parser.add_argument_group(WAYS["files"]))
    _add_scale(parser.add_argument_group(WAYS["scale"]))
    _add_configuration(parser.add_argument_group(WAYS["config"]))
    for group, title in GROUPS.items():
        section = parser.add_argument_group(title)
        for option in OPTIONS:
            if option.group == group:
                _add_option(section, option)
        if group == OUTPUT:
            _add_output(section)
        if group == FIXING:
            add_fix_flags(section)
    return parser


def _add_ways(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--watch", action="store_true", help="go on, and check again what changes (needs the extra watch)"
    )
    group.add_argument("--exit-zero", action="store_true", help="exit 0 though there are findings")
    group.add_argument(
        "--add-noqa", metavar="[=REASON]", help="silence each finding there is now with a comment"
    )
    group.add_argument(
        "--update-baseline", action="store_true",
        help="make the baseline file, or take out of it what is gone (it never grows)",
    )  # fmt: skip
    group.add_argument(
        "--since", metavar="REF", help="report only what concerns lines changed since a git revision"
    )


def _add_scale(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--executor", metavar="ADDRESS", help="let a cluster do the work: dask://HOST:PORT (extra dask)"
    )
    group.add_argument(
        "--results", metavar="FILE",
        help="write results to FILE as JSON lines while the run goes on; what it holds already isn't done again",
    )  # fmt: skip


def _add_configuration(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--isolated", action="store_true", help="read no configuration file")
    group.add_argument("--config", metavar="FILE", help="use this pyproject.toml, search for no other")
    group.add_argument("--show-settings", action="store_true", help="print the settings in force and stop")
    group.add_argument(
        "--no-cache", action="store_true", help="use and keep nothing that a run has found out"
    )


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write a report besides (repeatable)",
    )
    group.add_argument("--statistics", action="store_true", help="print how often each code was found")
    group.add_argument("-q", "--quiet", action="store_true", help="no summary, no progress")
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")


def _add_option(group: argparse._ArgumentGroup, option: Option) -> None:
    text = option.help.replace("%", "%%")
    if option.kind is SWITCH:
        group.add_argument(f"--{option.key}", action=argparse.BooleanOptionalAction, default=None, help=text)
    elif not option.kind.many:
        group.add_argument(f"--{option.key}", metavar=option.kind.metavar, help=text)
    else:
        group.add_argument(f"--{option.key}", action="append", metavar=option.kind.metavar, help=text)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of `check`. A bare `--add-noqa` takes no path for its reason."""
    return check_parser().parse_args(["--add-noqa=" if word == "--add-noqa" else word for word in words])


def overrides(given: argparse.Namespace) -> dict[str, Any]:
    """The settings that flags state. Raises `SettingsError`."""
    stated: dict[str, Any] = {}
    for option in OPTIONS:
        value = getattr(given, option.field)
        if value is not None:
            stated[option.field] = check_flag(option, ",".join(value) if isinstance(value, list) else value)
    return stated


def output_files(given: argparse.Namespace) -> list[tuple[str, str]]:
    """The (format, file) pairs of `--output`. Raises `SettingsError`."""
    pairs = []
    for text in given.output:
        name, equals, file = text.partition("=")
        if not equals or not file or name not in OUTPUT_FORMATS:
            formats = ", ".join(OUTPUT_FORMATS)
            raise SettingsError(f"--output: {text!r} is not FORMAT=FILE with one of {formats}")
        pairs.append((name, file))
    return pairs
