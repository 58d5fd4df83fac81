# ruff: noqa: PTH116
"""What a worker process keeps between its jobs: one session, true to the disk and to the editor.

In: the texts that stand otherwise in the editor than on the disk, the files that verdicts hang on. Out: a session that
has forgotten what it knew of files that are otherwise now. Every file is asked for its time and size before each job:
no editor has to tell of changes, and nothing is read again that has not changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from tmpleak_lint.session import Session

MOST_FILES = 5_000  # that are asked before each job: beyond them everything is forgotten

State = tuple[int, int] | None
_UNSURE = (-1, -1)


@dataclass(slots=True)
class Bench:
    """`states`: the time and size of each file that something is known of; `texts`: what the session was told that
    stands in the editor."""

    _session: Session = field(default_factory=Session)
    _states: dict[str, State] = field(default_factory=dict)
    _texts: dict[str, bytes] = field(default_factory=dict)

    def session(self, unsaved: Iterable[tuple[str, bytes]]) -> Session:
        """The session, for which these texts stand for their files."""
        for path, state in list(self._states.items()):
            if state_of(path) != state and path not in self._texts:
                self._session.changed(path)
                del self._states[path]
        wanted = dict(unsaved)
        for path in self._texts.keys() - wanted.keys():
            self._session.changed(path)
            del self._texts[path]
        for path, data in wanted.items():
            # Half written: until it can be read again it is what it was when it could be.
            if self._texts.get(path) != data and _is_readable(path, data):
                self._session.opened(path, data)
                self._texts[path] = data
        return self._session

    def note(self, reads: Iterable[str], since: int) -> None:
        """Something is known of these files, which were not read before `since`."""
        if len(self._states) > MOST_FILES:
            self._session.let_go()
            self._states.clear()
        for path in reads:
            if path not in self._states:
                self._states[path] = state_of(path, since)


def state_of(path: str, since: int | None = None) -> State:
    """Time and size of a file, None when it isn't there.

    `since` (in nanoseconds, as `time.time_ns`) is when it began to be read: what was written later may have been read
    before or after, and its state is one that no file is in.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # a null in the name
        return None
    if since is not None and status.st_mtime_ns >= since:
        return _UNSURE
    return status.st_mtime_ns, status.st_size


def _is_readable(path: str, data: bytes) -> bool:
    from tmpleak_lint.reading.regions import SourceModule, Unreadable

    try:
        SourceModule(data, path, neighbour=True)
    except Unreadable:
        return False
    return True
