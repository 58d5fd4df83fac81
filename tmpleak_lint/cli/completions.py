"""`tmpleak-lint completions SHELL`: a completion script for bash, zsh or fish, made from the check's parser.

In: the name of a shell. Out: a script for that shell on stdout, for `eval` or a file of the shell's.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence

from tmpleak_lint.cli import COMMANDS
from tmpleak_lint.cli.parser import Parser, check_parser
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import BY_KEY, CODES, CONFIDENCE, CONFIDENCES, CONVENTIONS, OUTPUT_FORMATS, SHIPPED

PROGRAM = "tmpleak-lint"
TAKE_PATHS = ("explain", "simulate")


def main(arguments: Sequence[str]) -> int:
    """Print the script."""
    parser = Parser(
        prog="tmpleak-lint completions",
        description="Print a completion script.",
        epilog='bash, zsh: eval "$(tmpleak-lint completions SHELL)"; fish: ... completions fish | source',
        allow_abbrev=False,
    )
    parser.add_argument("shell", choices=sorted(_SCRIPTS))
    sys.stdout.write(_SCRIPTS[parser.parse_args(arguments).shell]())
    return 0


def _flags() -> dict[str, tuple[str, Sequence[str] | None]]:
    """Each flag of a check with its help and its values: None for a switch, () for any value or file."""
    found: dict[str, tuple[str, Sequence[str] | None]] = {}
    for action in check_parser()._actions:
        for flag in action.option_strings:
            if flag.startswith("--"):
                found[flag] = ((action.help or "").replace("%%", "%"), _values(flag, action))
    return found


def _values(flag: str, action: argparse.Action) -> Sequence[str] | None:
    if action.nargs == 0:
        return None
    option = BY_KEY.get(flag.removeprefix("--"))
    if flag == "--output-format":
        return OUTPUT_FORMATS
    if flag == "--output":
        return [f"{name}=" for name in OUTPUT_FORMATS]
    if option is not None and option.kind is CODES:
        return tuple(RULES)
    if option is not None and option.kind is CONFIDENCE:
        return CONFIDENCES
    if option is not None and option.kind is SHIPPED:
        return CONVENTIONS
    return tuple(action.choices) if action.choices else ()


def _arguments() -> Mapping[str, Sequence[str]]:
    """What may follow a command other than check."""
    return {
        "explain": tuple(RULES),
        "simulate": tuple(RULES),
        "rules": ("--output-format",),
        "server": ("--stdio",),
        "completions": tuple(sorted(_SCRIPTS)),
    }


def _bash() -> str:
    cases = [
        f'    {flag}) COMPREPLY=($(compgen -W {shlex.quote(" ".join(values))} -- "$word")); return ;;'
        for flag, (_, values) in _flags().items()
        if values
    ]
    commands = [
        f'    {name}) COMPREPLY=($(compgen {files}-W {shlex.quote(" ".join(words))} -- "$word")); return ;;'
        for name, words in _arguments().items()
        for files in ("-f " if name in TAKE_PATHS else "",)
    ]
    flags = shlex.quote(" ".join(_flags()))
    return "\n".join(
        [
            "_tmpleak_lint() {",
            '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
            "  compopt +o nospace 2>/dev/null",
            '  case "${COMP_WORDS[1]}" in',
            *commands,
            "  esac",
            '  case "$before" in',
            *cases,
            "  esac",
            '  if [[ "$word" == -* ]]; then',
            f'    COMPREPLY=($(compgen -W {flags} -- "$word"))',
            "  else",
            '    COMPREPLY=($(compgen -f -- "$word"))',
            "    compopt -o filenames 2>/dev/null",
            "    if [[ $COMP_CWORD -eq 1 ]]; then",
            f'      COMPREPLY+=($(compgen -W {shlex.quote(" ".join(COMMANDS))} -- "$word"))',
            "    fi",
            "  fi",
            "}",
            f"complete -F _tmpleak_lint {PROGRAM}",
            "",
        ]
    )


def _zsh() -> str:
    def spec(flag: str, text: str, values: Sequence[str] | None) -> str:
        for sign in "\\[]:":
            text = text.replace(sign, "\\" + sign)
        tail = "" if values is None else f": :({' '.join(values)})" if values else ": :_files"
        return "    " + shlex.quote(f"*{flag}[{text}]{tail}") + " \\"

    commands = " ".join(shlex.quote(f"{name}:{text}") for name, text in COMMANDS.items())
    following = [
        f"    {name}) compadd -- {' '.join(words)}; {'_files; ' if name in TAKE_PATHS else ''}return ;;"
        for name, words in _arguments().items()
    ]
    return "\n".join(
        [
            f"#compdef {PROGRAM}",
            "_tmpleak_lint() {",
            "  local -a commands",
            f"  commands=({commands})",
            "  case $words[2] in",
            *following,
            "  esac",
            "  if (( CURRENT == 2 )) && [[ $words[CURRENT] != -* ]]; then",
            "    _describe command commands",
            "  fi",
            "  _arguments \\",
            *(spec(flag, *about) for flag, about in _flags().items()),
            "    '*: :_files'",
            "}",
            f"compdef _tmpleak_lint {PROGRAM}",
            "",
        ]
    )


def _fish() -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines = [
        f"complete -c {PROGRAM} -n __fish_use_subcommand -a {name} -d {quoted(text)}"
        for name, text in COMMANDS.items()
    ]
    lines += [
        f"complete -c {PROGRAM} -n '__fish_seen_subcommand_from {name}' {alone}-a {quoted(' '.join(words))}"
        for name, words in _arguments().items()
        for alone in ("" if name in TAKE_PATHS else "-f ",)
    ]
    for flag, (text, values) in _flags().items():
        tail = "" if values is None else f" -x -a {quoted(' '.join(values))}" if values else " -r"
        lines.append(f"complete -c {PROGRAM} -l {flag.removeprefix('--')} -d {quoted(text)}{tail}")
    return "\n".join([*lines, ""])


_SCRIPTS: Mapping[str, Callable[[], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
