"""The command line: picks the command, turns errors into one line and an exit status.

In: arguments. Out: an exit status: 0 nothing found, 1 findings, 2 wrong usage or configuration, 130 when
interrupted. Each command is a module of this package with a `main(arguments) -> int`, imported when it is
called for; `check` is the one that runs when no command is named.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

COMMANDS: Mapping[str, str] = {
    "check": "report what can stay behind, and on which path",
    "explain": "a code, or one place: the path, why, the fix",
    "simulate": "play how the disk fills up, under several cleanups",
    "rules": "list every code",
    "server": "talk to an editor (the Language Server Protocol)",
    "completions": "print the completion script of a shell",
}
"""Name of a command (a module of this package) -> what it does."""

USAGE_ERROR = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

HELP = """\
tmpleak-lint finds temporary files and directories that can stay behind.

  tmpleak-lint PATH...          check files and folders; exit 1 on any finding
  tmpleak-lint explain a.py:12  why a file stays there; or a code: TML103
  tmpleak-lint simulate TML103  see the disk fill up, under several cleanups

Options that you may want first (all of them: tmpleak-lint check --help):
  --select, --ignore CODES      codes or prefixes to report or not: TML1,TML301
  --output-format FORMAT        full concise json sarif github gitlab or junit
  --fix, --diff                 repair what is safe to repair, or show how
  --statistics                  how often each code was found
  --baseline FILE               leave out what FILE knows (--update-baseline
                                makes it)
  --since REF                   only what concerns lines changed since git REF
  --add-noqa[=REASON]           silence what is there now with comments
  --version, -h, --help

Settings are read from [tool.tmpleak-lint] of the nearest pyproject.toml.
Other commands: rules (every code, one a line), server (for editors),
completions SHELL.
A path that is called like a command is written ./rules.
Exit status: 0 nothing found, 1 findings, 2 usage or configuration, 130 Ctrl-C.
"""


NEAREST = 3  # places named in place of one that isn't there


def nearest(rows: Sequence[int], said: Callable[[int], str]) -> str:
    """Where to look instead, as the end of an error's text: `rows` begin with the nearest."""
    named = ", ".join(map(said, sorted(rows[:NEAREST])))
    more = f" (and {len(rows) - NEAREST} more)" if len(rows) > NEAREST else ""
    return f"; the nearest {'is' if len(rows) == 1 else 'are'} at {named}{more}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _prepare_streams()
    warnings.simplefilter("ignore", SyntaxWarning)  # of the code that is read: its linter's business
    try:
        status = _dispatch(given)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, a pager) has seen enough
        _forget_output()
        return BROKEN_PIPE
    except OSError as error:  # a full disk, a working directory that is gone: nothing of ours
        _forget_output()
        nameless = "working directory" if isinstance(error, FileNotFoundError) else "output"
        return complain(f"{error.filename or nameless}: {error.strerror or error}")
    except Exception as error:
        if _is_users(error):
            return complain(str(error))
        import traceback

        traceback.print_exc()
        return complain("this is a bug of tmpleak-lint: please report it with the lines above")


def _prepare_streams() -> None:
    """Nothing that is printed may fail for its characters, or for a stream that is closed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _forget_output() -> None:
    """What could not be written is not tried again when Python ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ValueError:  # a stream that is no file
        return


def _dispatch(given: list[str]) -> int:
    if not given or given[0] in ("-h", "--help", "help"):
        sys.stdout.write(HELP)
        return 0 if given else USAGE_ERROR
    if given[0] in ("--version", "-V"):
        from tmpleak_lint import __version__

        print(f"tmpleak-lint {__version__}")
        return 0
    name = given.pop(0) if given[0] in COMMANDS else "check"
    status: int = import_module(f"{__name__}.{name}").main(given)
    return status


def _is_users(error: Exception) -> bool:
    """Is this an error that the user can mend, so that its text says it all?"""
    from tmpleak_lint.fixing.writing import WriteError
    from tmpleak_lint.reading.discovery import MissingPath
    from tmpleak_lint.session import NotJudged
    from tmpleak_lint.settings import SettingsError
    from tmpleak_lint.suppression.baseline import BaselineError
    from tmpleak_lint.suppression.noqa import NoqaError
    from tmpleak_lint.suppression.since import GitError

    kinds = (
        MissingPath,
        SettingsError,
        BaselineError,
        NoqaError,
        GitError,
        UsageError,
        WriteError,
        NotJudged,
    )
    return isinstance(error, kinds)


class UsageError(Exception):
    """Arguments that do not go together."""


def complain(text: str) -> int:
    """Print an error on one line, made safe for a terminal, and return the exit status for it."""
    from tmpleak_lint.reporting.text import visible

    print(f"tmpleak-lint: error: {visible(text)}", file=sys.stderr)
    return USAGE_ERROR
