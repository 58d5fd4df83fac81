"""The Python interface: what `tmpleak_lint` exports to call, with arguments checked before anything is read.

In: a text or paths, and settings. Out: reports whose findings carry their fixes where these are asked for, and texts
with fixes in them. Nothing is written. Wrong arguments are a TypeError or a `SettingsError` that says what is wrong.
Not handled: baseline, `--since` and report formats, which are the command line's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tmpleak_lint import engine, run
from tmpleak_lint.creations import shown, told_once
from tmpleak_lint.model import FileReport, Finding, Fix
from tmpleak_lint.selection import check_codes
from tmpleak_lint.settings import Settings

if TYPE_CHECKING:
    from concurrent.futures import Executor

Name = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class FixedSource:
    """A text with fixes in it: what was fixed, each with its fix, and the findings that are left with the reason.

    `text` is a str where a str was given, else bytes.
    """

    text: str | bytes
    fixed: tuple[tuple[Finding, Fix], ...]
    left: tuple[Finding, ...]


def check_source(
    source: str | bytes, path: Name | None = None, settings: Settings | None = None, *, fixes: bool = False
) -> FileReport:
    """Report on one source text, as if it stood in the file `path` (which need not exist).

    Without `path` nothing is read from disk, and imports of the project are not followed. Without `settings` the
    defaults hold. With `fixes` each finding carries its proven fix, or the reason why it has none; that takes longer.

    >>> report = check_source("from tempfile import mkdtemp\\ndef f():\\n    use(mkdtemp())\\n")
    >>> [(finding.code, finding.span.start.row) for finding in report.findings]
    [('TML101', 3)]
    """
    _check(source, path, settings)
    if not fixes:
        return engine.check_source(source, path, settings)
    from tmpleak_lint.fixes import with_fixes

    filename = engine.UNNAMED if path is None else os.fspath(path)
    data, own, on_disk = _bytes(source), _own(settings), path is not None
    report = engine.examine_text(data, filename, own, on_disk=on_disk).report
    return shown(with_fixes(report, data, own, on_disk=on_disk))


def check_paths(
    paths: Name | Iterable[Name],
    settings: Settings | None = None,
    *,
    fixes: bool = False,
    jobs: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
    executor: Executor | None = None,
) -> list[FileReport]:
    """Report on every file that `paths` stand for: one file or folder, or several; sorted by file name.

    `settings` hold for all files; without them each file has those of its nearest pyproject.toml.
    `on_progress(done, total)` is called while the run goes on, in units of work: a file that is analysed counts by its
    size. The work is done by `jobs` processes of this machine, or
    by the workers of an `executor` (any `concurrent.futures.Executor`) that see the same files. `fixes` as for
    `check_source`. Raises `MissingPath`, `SettingsError`, and `ExecutorError` when the executor can't be used.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    given: list[object] = (
        list(paths) if isinstance(paths, Iterable) and not isinstance(paths, bytes) else [paths]
    )
    names = []
    for name in given:
        if isinstance(name, bytes):
            raise TypeError(f"paths: {name!r} is bytes, a name is a str: os.fsdecode({name!r})")
        if not isinstance(name, str | os.PathLike):
            raise TypeError(f"paths: expected names of files and folders, got {name!r}")
        names.append(name)
    _check("", None, settings)
    if jobs < 1:
        raise ValueError(f"jobs: expected a whole number from 1, got {jobs}")
    examine = None
    if fixes:
        from tmpleak_lint.fixes import examine_with_fixes

        examine = partial(examine_with_fixes, most=sys.maxsize)
    return run.check_paths(
        names, settings, jobs=jobs, on_progress=on_progress, examine=examine, executor=executor
    )


def fix_source(
    source: str | bytes, path: Name | None = None, settings: Settings | None = None, *, unsafe: bool = False
) -> FixedSource:
    """The text with every safe fix in it, with `unsafe` those that are not safe, too. Nothing is written.

    >>> fixed = fix_source("import shutil, tempfile\\n\\n"
    ...     "def f():\\n    path = tempfile.mkdtemp()\\n    use(path)\\n    shutil.rmtree(path)\\n")
    >>> print(fixed.text.partition("def f():\\n")[2], end="")
        with tempfile.TemporaryDirectory() as path:
            use(path)
    """
    _check(source, path, settings)
    from tmpleak_lint.fixes import fix_bytes, report_after
    from tmpleak_lint.fixing.source import Unfit
    from tmpleak_lint.reading.decoding import decode

    filename = engine.UNNAMED if path is None else os.fspath(path)
    own = _own(settings)
    try:
        repaired = fix_bytes(_bytes(source), filename, own, unsafe=unsafe, on_disk=path is not None)
    except Unfit:
        return FixedSource(source, (), check_source(source, path, settings, fixes=True).findings)
    text = decode(repaired.data) if isinstance(source, str) else repaired.data
    return FixedSource(text, tuple(repaired.fixed), told_once(report_after(repaired, filename, own)))


def _bytes(source: str | bytes) -> bytes:
    from tmpleak_lint.reading.decoding import encode

    return encode(source) if isinstance(source, str) else source


def _own(settings: Settings | None) -> Settings:
    return Settings(base=os.getcwd()) if settings is None else settings  # noqa: PTH109


def _check(source: object, path: object, settings: object) -> None:
    """Refuse what is of the wrong kind with a word on what is meant."""
    if not isinstance(source, str | bytes):
        raise TypeError(f"source: expected a text, got {source!r}; check_paths takes the names of files")
    if path is not None and not isinstance(path, str | os.PathLike):
        raise TypeError(f"path: expected the name of a file, got {path!r}")
    if settings is None:
        return
    if not isinstance(settings, Settings):
        raise TypeError(f"settings: expected Settings(...), got {settings!r}")
    check_codes(settings)
