# ruff: noqa: PTH100, PTH112, PTH120
"""`--watch`: check, show, and check again whatever changes, until Ctrl-C.

In: the arguments of a check. Out: its report, drawn anew when a file that was checked, or one that a verdict hangs on,
is another; exit status 130, as always after Ctrl-C. Only what changed is analysed again. Events of the file system
(from watchfiles) wake it up; what has changed is told by times and sizes, so that nothing is missed between two looks.

Not handled: runs that change files or read standard input.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from tmpleak_lint.cli import INTERRUPTED, UsageError, complain
from tmpleak_lint.cli.fix_flags import changes
from tmpleak_lint.cli.gathering import STDIN, Run
from tmpleak_lint.cli.parser import overrides
from tmpleak_lint.cli.stages import begin, conclude, jobs_of, propose_at_once
from tmpleak_lint.cli.terminal import Progress
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.engine import Outcome
from tmpleak_lint.fixes import examine_traced
from tmpleak_lint.hosts.server.bench import State, state_of
from tmpleak_lint.reading.discovery import MissingPath, SourceFile
from tmpleak_lint.run import check_files
from tmpleak_lint.settings import Settings, SettingsError

CLEAR = "\x1b[H\x1b[2J\x1b[3J"
AT_ONCE = 50  # milliseconds without a further event before it is looked at what happened
LOOK_EVERY = 1000  # milliseconds until the watcher says that it is there, though nothing has happened


def _check_flags(given: argparse.Namespace) -> None:
    """Refuse what doesn't go with watching. Raises `UsageError`."""
    if STDIN in given.paths or given.stdin_filename is not None:
        raise UsageError("--watch watches files: standard input is read once")
    if changes(given) or given.add_noqa is not None or given.update_baseline:
        raise UsageError(
            "--watch looks and changes nothing: fixes, comments and baselines are runs of their own"
        )
    if given.executor is not None or given.results is not None:
        raise UsageError("--watch keeps its results to itself: --executor and --results go with another run")


def watch(given: argparse.Namespace, files: list[tuple[str, str]]) -> int:
    """Check until Ctrl-C. Raises what a check does when it is the first one that goes wrong."""
    _check_flags(given)
    try:
        from watchfiles import watch as events
    except ImportError:
        raise UsageError("--watch needs watchfiles: pip install 'tmpleak-lint[watch]'") from None
    watched = _Watched(given, files)
    watched.look()
    try:
        while True:
            folders = watched.folders()
            # The first event is that the watcher is there: what happened until then is looked for, too.
            for _ in events(
                *folders, watch_filter=None, step=AT_ONCE, rust_timeout=LOOK_EVERY, yield_on_timeout=True,
                recursive=False, ignore_permission_denied=True,
            ):  # fmt: skip
                watched.look_again()
                if watched.folders() != folders:
                    break
    except KeyboardInterrupt:
        return INTERRUPTED


@dataclass(frozen=True, slots=True)
class _Known:
    """What a file gave, and how it and the files that this hangs on were at that time. `settled` False: its text was
    no reason to analyse it, which a change of another file may alter."""

    outcome: Outcome
    settings: Settings
    states: dict[str, State]
    settled: bool

    def holds(self, file: SourceFile) -> bool:
        return file.settings == self.settings and all(
            state_of(path) == state for path, state in self.states.items()
        )


@dataclass(slots=True)
class _Watched:
    """A check that is done over and over."""

    given: argparse.Namespace
    files: list[tuple[str, str]]
    _known: dict[str, _Known] = field(default_factory=dict)
    _run: Run | None = None
    _error: str | None = None

    def look(self) -> None:
        """Check what is new or otherwise than it was, and show everything if that is anything."""
        given = self.given
        run = begin(given, SettingsFinder(overrides(given), given.config, given.isolated))
        names = {file.filename for file in run.found.files}
        gone = self._known.keys() - names
        for name in gone:
            del self._known[name]
        fresh = [file for file in run.found.files if not self._holds(file)]
        if not (fresh or gone or self._run is None or self._error is not None):
            return
        quiet = [
            file for file in run.found.files if self._holds(file) and not self._known[file.filename].settled
        ]
        self._check(run, fresh + quiet)
        self._run, self._error = run, None
        run.outcomes += (known.outcome for known in self._known.values())
        if sys.stdout.isatty():
            sys.stdout.write(CLEAR)
        conclude(run, given, self.files)
        sys.stdout.flush()
        if not given.quiet:
            print("Watching; Ctrl-C ends it.", file=sys.stderr)

    def look_again(self) -> None:
        """The same, for who goes on whatever happens: a file may be half written, or about to come back."""
        try:
            self.look()
        except (SettingsError, MissingPath) as error:
            if str(error) != self._error:
                self._error = str(error)
                complain(self._error)

    def folders(self) -> tuple[str, ...]:
        """Every folder in which something may happen that matters: of the files, of those that they hang on, and
        those on the way to them."""
        found = {os.path.abspath(path) if os.path.isdir(path) else _folder(path) for path in self.given.paths}
        tops = tuple(found)
        run = self._run
        for file in run.found.files if run is not None else ():
            found.update(_between(file.path, tops))
            if file.settings.source is not None:
                found.add(_folder(file.settings.source))
        for known in self._known.values():
            found.update(map(_folder, known.states))
        return tuple(sorted(folder for folder in found if os.path.isdir(folder)))

    def _holds(self, file: SourceFile) -> bool:
        known = self._known.get(file.filename)
        return known is not None and known.holds(file)

    def _check(self, run: Run, files: Iterable[SourceFile]) -> None:
        by_name = {file.filename: file for file in files}
        most = propose_at_once(run, self.given, self.files)
        started = time.time_ns()
        progress = Progress(sys.stderr, wanted=not self.given.quiet)
        found = replace(run.found, files=tuple(by_name.values()))
        outcomes = check_files(
            found,
            jobs=jobs_of(run.settings),
            on_progress=progress,
            examine=partial(examine_traced, most=most),
        )
        try:
            for outcome in outcomes:
                file = by_name.get(outcome.report.filename)
                if file is None:  # a folder that can't be listed
                    run.outcomes.append(outcome)
                    continue
                reads = tuple(outcome.reads) if isinstance(outcome.reads, Mapping) else ()
                states = {path: state_of(path, started) for path in (file.path, *reads)}
                is_settled = outcome.reads is not None
                self._known[file.filename] = _Known(outcome, file.settings, states, is_settled)
        finally:
            outcomes.close()
            progress.clear()


def _folder(path: str) -> str:
    return os.path.dirname(os.path.abspath(path))


def _between(path: str, tops: tuple[str, ...]) -> Iterator[str]:
    """The folders from a file's up to the one that was named."""
    folder = _folder(path)
    while True:
        yield folder
        above = os.path.dirname(folder)
        if folder in tops or above == folder:
            return
        folder = above
