"""What a CI system takes for a command of its own in a log, and how text of strangers is kept from being one.

In: file names and source lines, made visible before. Out: the same, where nothing is such a command any more.

GitHub's runner looks for `::command::` at the beginning of a line, blanks left out, and for `##[command]` anywhere in
it; the agent of Azure Pipelines for `##vso[command]`. A file may be called so, and a text may hold such a line.
"""

from __future__ import annotations

import re

_ANYWHERE = re.compile(r"##(?=\w*\[)")
_AT_START = re.compile(r"(\s*):(?=:)")
_SIGNS = ("::", "##")
SIGN = "<U+0023>"  # for the second of two number signs


def defused(text: str) -> str:
    """Text without what is a command wherever it stands.

    >>> defused("x = '##vso[task.complete]'")
    "x = '#<U+0023>vso[task.complete]'"
    """
    return _ANYWHERE.sub(f"#{SIGN}", text) if "##" in text else text


def command_signs(text: str) -> list[int]:
    """Where in a text the signs stand without which it holds no command."""
    return [found.start() + 1 for found in _ANYWHERE.finditer(text)] if "##" in text else []


def defused_json(document: str) -> str:
    """A JSON document that means the same, without what is a command wherever it stands."""
    return _ANYWHERE.sub(r"#\\u0023", document) if "##" in document else document


def defused_line(line: str) -> str:
    """A whole line of output without what is a command at its beginning.

    >>> defused_line("  ::error::forged")
    '  <U+003A>:error::forged'
    """
    return _AT_START.sub(r"\1<U+003A>", line, count=1) if line.lstrip().startswith("::") else line


def leading(path: str) -> str:
    """`path` as it may stand at the beginning of a line: still a name of the same file."""
    return f"./{path}" if path.lstrip().startswith(_SIGNS) else path
