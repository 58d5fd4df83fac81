"""`tmpleak-lint completions SHELL`: a completion script, made by shtab from the parsers of all commands.

In: the name of a shell. Out: a script for that shell on stdout, for `eval` or a file of the shell's. What the parsers
don't say is said here: which arguments take codes, formats or files, that a list goes on after a comma, and that the
word `check` may be left out.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from tmpleak_lint.cli import COMMANDS, UsageError
from tmpleak_lint.cli.parser import Parser, check_parser
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import BY_KEY, CODES, OUTPUT_FORMATS
from tmpleak_lint.simulation import strategies

PROGRAM = "tmpleak-lint"
SHELLS = ("bash", "fish", "powershell", "tcsh", "zsh")
TAKE_FILES = ("FILE", "PATH")  # metavars, or words of them
TAKES_CODES = "CODE"
_ROOT = "_shtab_tmpleak_lint"  # what shtab calls the function of the program itself

# How shtab tells zsh of an option with a value: --option[what it is]:VALUE. With a = before the bracket, zsh completes
# --option=VALUE as well.
_TAKES_A_VALUE = re.compile(r'^( +"\*?--[\w-]+)(\[.*\]:)', re.MULTILINE)
_PREAMBLE = {
    # In place of a command a file will do, and of a code, too.
    "bash": f"""\
{_ROOT}_pos_0_COMPGEN=_shtab_compgen_files
_tmpleak_lint_code_or_file() {{
  compgen -W "%(codes)s" -- "$1"
  compgen -f -- "$1"
}}
# $1: what is typed of a list, up to its last comma and behind it; then all that may stand in it
_tmpleak_lint_list() {{
  local head="" last="${{1##*,}}" word
  [[ $1 == *,* ]] && head="${{1%%,*}},"
  shift
  for word in "$@"; do
    [[ ,$head == *",$word,"* ]] || compgen -P "$head" -W "$word" -- "$last"
  done
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

_AFTERWARDS = {
    # bash makes three words of --option=value: that is completed like --option value.
    "bash": f"""
_tmpleak_lint() {{
  local -a words=()
  local at=$COMP_CWORD number
  for number in "${{!COMP_WORDS[@]}}"; do
    if [[ ${{COMP_WORDS[number]}} != = ]]; then
      words+=("${{COMP_WORDS[number]}}")
    elif (( number == COMP_CWORD )); then
      words+=("")
    elif (( number < COMP_CWORD )); then
      (( at -= 1 ))
    fi
  done
  local -a COMP_WORDS=("${{words[@]}}")
  local COMP_CWORD=$at
  {_ROOT}
}}
complete -o bashdefault -F _tmpleak_lint {PROGRAM}
""",
    # fish forgets what it was told before shtab's own lines.
    "fish": f"""\
complete -c {PROGRAM} -n {_ROOT}_using -ka '(__fish_complete_path (commandline -ct))'
# each of the words behind what is typed of a list, up to its last comma
function _tmpleak_lint_list
    set -l typed (commandline -ct | string replace -r '^--[^=]*=' '')
    printf '%s\\n' (string replace -r '[^,]*$' '' -- "$typed")$argv
end
""",
}


def main(arguments: Sequence[str]) -> int:
    """Print the script."""
    shell: str | None = parser().parse_args(arguments).shell
    if shell is None:
        raise UsageError(f"name a shell, one of {', '.join(SHELLS)}: tmpleak-lint completions bash")
    import shtab

    words = {"codes": " ".join(RULES), "commands": " ".join(COMMANDS)}
    script = shtab.complete(_everything(), shell, preamble=_PREAMBLE.get(shell, "") % words)
    if shell == "zsh":
        script = _TAKES_A_VALUE.sub(r"\1=\2", script)
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
    own.add_argument("shell", nargs="?", choices=SHELLS)
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
            option = BY_KEY.get(_flag(action))
            if option is not None and option.kind.many:
                action.complete = _list(option.key, values)  # type: ignore[attr-defined]
            else:
                action.choices = values
        elif not action.option_strings and TAKES_CODES in words:
            action.complete = _code_or_file()  # type: ignore[attr-defined]
        elif any(word in words for word in TAKE_FILES):
            action.complete = _file()  # type: ignore[attr-defined]


def _values(action: argparse.Action) -> tuple[str, ...]:
    """The values of an option that has a fixed set of them."""
    flag = _flag(action)
    if flag == "output":
        return tuple(f"{name}=" for name in OUTPUT_FORMATS)
    if flag == "strategy":
        return strategies.NAMES
    option = BY_KEY.get(flag)
    if option is None:
        return ()
    if option.kind is CODES:
        return tuple(RULES)
    schema: Mapping[str, Any] = option.kind.schema
    return tuple(schema.get("enum") or schema.get("items", {}).get("enum", ()))


def _flag(action: argparse.Action) -> str:
    return action.option_strings[-1].removeprefix("--")


def _list(key: str, values: Sequence[str]) -> dict[str, Any]:
    """A list with commas of some values, as the shells complete it: after a comma, too."""
    words, function = " ".join(values), f"_tmpleak_lint_list_{key.replace('-', '_')}"
    quoted = ", ".join(f"'{value}'" for value in values)
    return {
        "bash": function,
        "zsh": f"{{_sequence compadd - {words}}}",
        "fish": f"(_tmpleak_lint_list {words})",
        "tcsh": f"({words})",
        "powershell": function,
        "preamble": {
            "bash": f'{function}() {{ _tmpleak_lint_list "$1" {words}; }}',
            "powershell": f"""\
function {function} {{
  param([string]$WordToComplete)
  $head = $WordToComplete -replace '[^,]*$', ''
  @({quoted}) | ForEach-Object {{ $head + $_ }} | Where-Object {{ $_ -like "$WordToComplete*" }}
}}""",
        },
    }


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
