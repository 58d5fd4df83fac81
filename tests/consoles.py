"""Pages whose commands are run: what a page shows as printed is what is printed.

In: a Markdown page. Out: the page with the output of each `$ command` as it is now. Files that the page shows (code
blocks with a `:caption:`) are written first, in the order of the page. A line `...` in the shown output stands for
any lines. Only pages named by the tests are run, and only programs of the environment that runs the tests.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("tmpleak-lint", "flake8")
_BLOCK = re.compile(r"^```(?P<opening>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_CAPTION = re.compile(r"\A:caption: (?P<name>[^\n]+)\n\n(?P<text>.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shown:
    """A command of a page, what the page says it prints, and what it prints."""

    command: str
    expected: str
    printed: str
    start: int
    end: int

    @property
    def agrees(self) -> bool:
        pattern = re.escape(self.expected).replace(re.escape("...\n"), "(?:.*\n)*?")
        return re.fullmatch(pattern, self.printed) is not None


def played(page: str, folder: Path) -> Iterator[Shown]:
    """Go through a page in a folder; give each command with its outcome."""
    for block in _BLOCK.finditer(page):
        caption = _CAPTION.match(block["body"])
        if block["opening"].startswith("{code-block}") and caption:
            (folder / caption["name"]).write_text(caption["text"], encoding="utf-8")
        elif block["opening"] == "console" and block["body"].startswith("$ "):
            line, _, expected = block["body"].partition("\n")
            start = block.start("body") + len(line) + 1
            command = line.removeprefix("$ ")
            yield Shown(command, expected, printed(command, folder), start, block.end("body"))


def printed(command: str, folder: Path) -> str:
    """What one of our programs prints in a pipe, standard error after standard output."""
    words = shlex.split(command)
    assert words[0] in PROGRAMS, f"{command!r} is not one to run"
    done = subprocess.run(
        [str(Path(sys.executable).parent / words[0]), *words[1:]], cwd=folder, capture_output=True, text=True,
        check=False, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode in (0, 1), f"{command}: {done.stderr}"
    return "\n".join(part.rstrip() for part in (done.stdout, done.stderr) if part.strip()) + "\n"


def rewritten(page: str, shown: list[Shown]) -> str:
    """The page with the outputs put right; those that agree stay as they are."""
    for one in reversed(shown):
        if not one.agrees:
            page = page[: one.start] + one.printed + page[one.end :]
    return page
