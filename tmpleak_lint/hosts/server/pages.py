"""Explanations and simulations of a place, as files that the editor is asked to open.

In: a file, a row and a column. Out: a file in a folder of the session's own, which is deleted when the session ends.
Both are made by the commands of the same name in a process of their own, so that they are what the command line shows.

Not handled: texts that aren't saved; the commands read the disk, and the caller says so to the user.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path


class NoPage(Exception):
    """What the command said in place of a page."""


class Pages:
    """The pages of a session."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tmpleak-lint-", ignore_cleanup_errors=True)
        self._made = 0

    def close(self) -> None:
        """Delete every page."""
        self._folder.cleanup()

    async def explanation(self, path: Path, row: int, column: int) -> Path:
        """The explanation of a place. Raises `NoPage`."""
        told = await _told(path.parent, "explain", "--color", "never", f"{path.name}:{row}:{column}")
        page = self._next(f"explain-{path.stem}-{row}.txt")
        page.write_text(told, encoding="utf-8")
        return page

    async def simulation(self, path: Path, row: int) -> Path:
        """The page that plays a place. Raises `NoPage`."""
        page = self._next(f"play-{path.stem}-{row}.html")
        await _told(path.parent, "simulate", f"{path.name}:{row}", "--html", str(page))
        return page

    def _next(self, name: str) -> Path:
        self._made += 1
        folder = Path(self._folder.name, str(self._made))
        folder.mkdir()
        return folder / name


async def _told(folder: Path, *arguments: str) -> str:
    """What a command prints. It runs in the file's folder: the names that it shows are relative to that."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "tmpleak_lint", *arguments, cwd=folder, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )  # fmt: skip
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        raise NoPage(
            err.decode("utf-8", "replace").strip() or f"{arguments[0]} ended with {process.returncode}"
        )
    return out.decode("utf-8")
