"""`tmpleak-lint completions SHELL`: a completion script, made by shtab from the parsers of all commands.

In: the name of a shell. Out: a script for that shell on stdout, for `eval` or a file of the shell's. What the parsers
don't say is said here: which arguments take codes, formats or files, and that the word `check` may be left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from tmpleak_lint.cli import COMMANDS
from tmpleak_lint.cli.parser import Parser, check_parser
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import BY_KEY, CODES, OUTPUT_FORMATS

PROGRAM = "tmpleak-lint"
SHELLS = ("bash", "fish", "powershell", "tcsh", "zsh")
TAKE_FILES = ("FILE", "PATH")  # metavars, or words of them
TAKES_CODES = "CODE"
_ROOT = "_shtab_tmpleak_lint"  # what shtab calls the function of the program itself

_PREAMBLE = {
    # In place of a command a file will do, and of a code, too.
    "bash": f"""\
{_ROOT}_pos_0_COMPGEN=_shtab_compgen_files
_tmpleak_lint_code_or_file() {{
  compgen -W "%(codes)s" -- "$1"
  compgen -f -- "$1"
}}
""",
    # A first word that is no command stands after a `check` that was left out; at its place a file will do, too.
    "zsh": f"""\
functions[_tmpleak_lint_dispatch]=$functions[{_ROOT}]
functions[_tmpleak_lint_names]=$functions[{_ROOT}_commands]
{_ROOT}_commands() {{ _tmpleak_lint_names; _files }}
{_ROOT}() {{
  if (( CURRENT > 2 )) && [[ ! " %(commands)s " == *" $words[2] "* ]]; then
    words=($words[1] check "${{(@)words[2,-1]}}")
    (( CURRENT += 1 ))
  fi
  _tmpleak_lint_dispatch "$@"
}}
""",
}

_AFTERWARDS = {  # fish forgets what it was told before shtab's own lines
    "fish": f"complete -c {PROGRAM} -n {_ROOT}_using -ka '(__fish_complete_path (commandline -ct))'\n",
}


def main(arguments: Sequence[str]) -> int:
    """Print the script."""
    shell: str = parser().parse_args(arguments).shell
    import shtab

    words = {"codes": " ".join(RULES), "commands": " ".join(COMMANDS)}
    script = shtab.complete(_everything(), shell, preamble=_PREAMBLE.get(shell, "") % words)
    sys.stdout.write(f"{script.rstrip()}\n{_AFTERWARDS.get(shell, '')}")
    return 0


def parser() -> Parser:
    """The parser of `tmpleak-lint completions`."""
    own = Parser(
        prog="tmpleak-lint completions",
        description="Print a completion script.",
        epilog='bash, zsh: eval "$(tmpleak-lint completions SHELL)"; fish: ... completions fish | source',
        allow_abbrev=False,
    )
    own.add_argument("shell", choices=SHELLS)
    return own


def _everything() -> argparse.ArgumentParser:
    """One parser as shtab reads it: the options of `check`, then the commands with theirs."""
    root = argparse.ArgumentParser(PROGRAM, parents=[_without_paths(check_parser())], add_help=False)
    commands = root.add_subparsers()
    for name, what in COMMANDS.items():
        of_command: Parser = import_module(f"tmpleak_lint.cli.{name}").parser()
        commands.add_parser(name, parents=[of_command], add_help=False, help=what, description=what)
        _say_values(of_command)
    _say_values(root)
    return root


def _without_paths(check: Parser) -> Parser:
    """At the root the place of the paths is that of the command."""
    for action in check._get_positional_actions():
        check._remove_action(action)
    return check


def _say_values(of_command: argparse.ArgumentParser) -> None:
    """Let each action know what may stand there."""
    for action in of_command._actions:
        if action.nargs == 0 or isinstance(action, argparse._SubParsersAction) or action.choices:
            continue
        words = str(action.metavar or "")
        if action.option_strings and (values := _values(action)):
            action.choices = values
        elif not action.option_strings and TAKES_CODES in words:
            action.complete = _code_or_file()  # type: ignore[attr-defined]
        elif any(word in words for word in TAKE_FILES):
            action.complete = _file()  # type: ignore[attr-defined]


def _values(action: argparse.Action) -> tuple[str, ...]:
    """The values of an option that has a fixed set of them."""
    flag = action.option_strings[-1].removeprefix("--")
    if flag == "output":
        return tuple(f"{name}=" for name in OUTPUT_FORMATS)
    option = BY_KEY.get(flag)
    if option is None:
        return ()
    if option.kind is CODES:
        return tuple(RULES)
    schema: Mapping[str, Any] = option.kind.schema
    return tuple(schema.get("enum") or schema.get("items", {}).get("enum", ()))


def _file() -> dict[str, Any]:
    import shtab

    return {**shtab.FILE}


def _code_or_file() -> dict[str, Any]:
    codes = " ".join(RULES)
    return {
        **_file(),
        "bash": "_tmpleak_lint_code_or_file",
        "zsh": f"{{compadd -- {codes}; _files}}",
        "fish": f"{codes} (__fish_complete_path (commandline -ct))",
    }
