"""The watchdog over pieces of work: one that takes the machine costs itself, not the run.

Comes in: a process and when it began with what it is at. Goes out: why that is to be ended, "" as long as it isn't;
what is done in this very process (`--jobs 1`, or too few files for workers) is broken off by an alarm. The budgets of
an analysis are counted in steps (`bounds`), so that its verdicts hang on no clock; this is for what no budget
foresees: a parser that goes round in a circle, a file system that doesn't answer. Its limits are far beyond what any
budget allows.

Not handled: of another process, where there is no `/proc`, nothing but the time that has passed is known; in this
one, a call into C that doesn't come back isn't broken off, nor anything where there are no alarms (Windows), in other
threads than the first, or where the program that runs us has an alarm of its own, or blocks that signal.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import NamedTuple, TypeVar

from tmpleak_lint.bounds import WATCHED_MEGABYTES, WATCHED_SECONDS, WATCHED_WAIT

Result = TypeVar("Result")

LOOK = 1.0  # seconds between two looks
AGAIN = 10  # looks after which an alarm that went nowhere is given again


class Limits(NamedTuple):
    """What a piece of work may take: seconds of a processor, seconds in all, megabytes beyond those its process began
    with (a forked one begins with all that its parent holds)."""

    seconds: float = WATCHED_SECONDS
    wait: float = WATCHED_WAIT
    megabytes: float = WATCHED_MEGABYTES


@dataclass(slots=True)
class Watch:
    """One worker: `began` and `used` are the time and the seconds of a processor at which it began with what it is
    at, `inherited` the megabytes that it was started with."""

    pid: int | None
    began: float = 0.0
    used: float = 0.0
    inherited: float = field(init=False)

    def __post_init__(self) -> None:
        self.inherited = _megabytes(self.pid)

    def begin(self) -> None:
        """It begins with another piece of work."""
        self.began = time.monotonic()
        self.used = _seconds(self.pid)

    def objects(self, limits: Limits) -> str:
        """Why what it is at is to be ended, "" if it isn't."""
        if _seconds(self.pid) - self.used > limits.seconds:
            return f"more than {limits.seconds:,g} seconds of a processor"
        if time.monotonic() - self.began > limits.wait:
            return f"more than {limits.wait:,g} seconds"
        if _megabytes(self.pid) - self.inherited > limits.megabytes:
            return f"more than {limits.megabytes:,g} MB"
        return ""


class Ended(BaseException):
    """What is done in this process takes too much, and is broken off: it says of what."""


class _Alarm:
    """What rings over a piece of work in this process: what it is told by a signal, it raises as `Ended`.

    While the work is being left it is silent: what is put back on the way is put back whole. It rings again after
    `AGAIN` looks, for an exception in what is called back as memory is freed goes nowhere.
    """

    __slots__ = ("_is_silent", "_limits", "_looks", "_watch")

    def __init__(self, limits: Limits) -> None:
        self._watch = Watch(os.getpid())
        self._watch.begin()
        self._limits = limits
        self._looks = 0  # yet to be passed over
        self._is_silent = False

    def look(self, number: int, frame: FrameType | None) -> None:
        """What is called once a second."""
        if self._is_silent:
            return
        if self._looks:
            self._looks -= 1
        elif reason := self._watch.objects(self._limits):
            self._looks = AGAIN
            raise Ended(reason)

    def sound_within(self, work: Callable[[], Result]) -> Result:
        before = signal.getsignal(signal.SIGALRM)
        try:
            signal.signal(signal.SIGALRM, self.look)
            signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)
            return work()
        finally:
            self._is_silent = True  # nothing is called before it: no signal can come in between
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def within(limits: Limits, work: Callable[[], Result], broken_off: Callable[[str], Result]) -> Result:
    """Do a piece of work in this process: what it gives, or, once it takes more than it may (looked at once a second),
    what `broken_off` gives, which is told what became of it."""
    if not _may_set_alarm():
        return work()
    try:
        return _Alarm(limits).sound_within(work)
    except Ended as ended:
        return broken_off(ended_by_watchdog(ended))


def ended_by_watchdog(reason: object) -> str:
    """What became of a piece of work that it ended, for who reports that."""
    return f"was ended by the watchdog: {reason}"


def _may_set_alarm() -> bool:
    """Whether there are alarms here, and nobody else has set one, or blocks them: it would ring when we are gone."""
    import threading

    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        and signal.SIGALRM not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    )


def _seconds(pid: int | None) -> float:
    """The seconds of a processor that a process has had, 0 where that isn't known; of this one this thread alone, for
    the program that runs us may have others."""
    if pid == os.getpid():
        return time.thread_time()
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def _megabytes(pid: int | None) -> float:
    """The memory that a process has, 0 where that isn't known."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1_000_000
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
