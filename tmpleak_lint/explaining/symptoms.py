"""What stays behind, and who will notice when: the table of symptoms.

In: a code, what is owed (name, descriptor, handle) and what was made. Out: sentences and rows of the table.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Symptom:
    """`sign` is what is seen, `who` sees it and `when`; `look` is a command that tells it from other
    causes."""

    sign: str
    who: str
    when: str
    look: str


RISING = Symptom(
    "disk use of the temp directory rises and never falls",
    "whoever watches disk graphs; on tmpfs it is memory that goes",
    "days to weeks before anything fails",
    "du -sh /tmp",
)
FULL = Symptom(
    "ENOSPC, `No space left on device`, though the real data is small",
    "any program that writes to the same file system, often not this one",
    "when the bytes run out: all requests fail then, valid ones too",
    "df -h /tmp; du -sh /tmp",
)
INODES = Symptom(
    "`No space left on device` with bytes free",
    "any program that makes a file there",
    "when the inodes run out: small files and directories get there first",
    "df -i /tmp",
)
WITH_ERRORS = Symptom(
    "the leak rate tracks the error rate",
    "nobody in quiet times: tests that go well leave nothing",
    "in bursts, when something else is already wrong: a bad input, a slow service, a deploy",
    "compare new files an hour with errors an hour",
)
WITH_RUNS = Symptom(
    "every run of this script leaves one",
    "whoever lists the temp directory of the machine that runs it",
    "with each run: a job every five minutes leaves 288 a day",
    "ls /tmp | wc -l, before and after a run",
)
WITH_FAILING_RUNS = Symptom(
    "each run of this script that fails leaves one",
    "whoever looks into why the job failed, and seldom into the temp directory",
    "when a job fails and is started again and again",
    "ls /tmp | wc -l, before and after a run that fails",
)
OF_TESTS = Symptom(
    "temp directories of developers and of build machines fill with what tests left",
    "whoever keeps the build machines; nobody else",
    "where a test fails, or at each run if no failure is needed",
    "ls /tmp | wc -l, before and after the tests",
)
WITH_CALLS = Symptom(
    "every call on this path leaves one, failures or not",
    "a test that counts files before and after one call",
    "at once; the faster the more traffic",
    "ls /tmp | wc -l, before and after a call",
)
DESCRIPTORS = Symptom(
    "EMFILE, `Too many open files`, at an unrelated open, connect or accept",
    "this process; a restart cures it for a while",
    "at its limit, often 1,024 descriptors",
    "ls /proc/PID/fd | wc -l; ulimit -n",
)
HELD_SPACE = Symptom(
    "df says full, du finds nothing: a deleted file keeps its space while it is open",
    "whoever looks for the space",
    "until the process ends",
    "lsof +L1",
)
COLLECTOR = Symptom(
    "ResourceWarning; files that go later than expected, or only at the end",
    "users of other interpreters, and of code that keeps a traceback or a cycle",
    "when the garbage collector gets to it: it promises no time",
    "python -X dev",
)
AT_EXIT = Symptom(
    "a long-running process piles up files until it ends",
    "whoever runs it as a service; SIGKILL and os._exit skip atexit",
    "with uptime",
    "ls /tmp | wc -l over a day",
)
RACE = Symptom(
    "another process makes the file, or a link, between the name and its use",
    "an attacker on the same machine; rarely, a colleague's job",
    "in the moment between the two calls",
    "no command shows it",
)
WINDOWS = Symptom(
    "PermissionError (WinError 32) at the deletion, and the file stays",
    "users on Windows; nobody elsewhere",
    "at once",
    "run the tests on Windows",
)


class Setting(StrEnum):
    """Where the code runs, as far as it decides who will notice."""

    CALLED = "called"
    SCRIPT = "script"
    TEST = "test"


_RATES = {  # by setting: on a way that needs a failure, on one that needs none
    Setting.CALLED: (WITH_ERRORS, WITH_CALLS),
    Setting.SCRIPT: (WITH_FAILING_RUNS, WITH_RUNS),
    Setting.TEST: (OF_TESTS, OF_TESTS),
}
_BY_CODE: dict[str, tuple[Symptom, ...]] = {
    "TML301": (DESCRIPTORS, HELD_SPACE, WITH_CALLS),
    "TML302": (DESCRIPTORS, HELD_SPACE, WITH_ERRORS),
    "TML401": (COLLECTOR,),
    "TML402": (AT_EXIT, RISING),
    "TML404": (WINDOWS,),
    "TML501": (RACE,),
    "TML900": (),
}
_STAYS_BY_CODE = {
    "TML401": "nothing, once the collector has run; until then a file and its descriptor for each call",
    "TML402": "one for each call, until the process ends in good order",
    "TML404": "on Windows one for each call; elsewhere nothing",
    "TML900": "nobody knows: the file was not checked",
    "TML501": "nothing by itself: the name is free for anybody to take",
}


def symptoms_of(
    code: str,
    *,
    raised: bool,
    many_small: bool,
    setting: Setting = Setting.CALLED,
    folder: str = "",
) -> tuple[Symptom, ...]:
    """The rows that say something of this finding.

    `raised`: its path needs an exception; `many_small`: directories, rather than files: for them inodes run out before
    bytes do; `folder`: what the code gives as `dir=`, as it is written there.
    """
    rate = _RATES[setting][0 if raised else 1]
    if code in _BY_CODE:
        rows = tuple(rate if row in (WITH_ERRORS, WITH_CALLS) else row for row in _BY_CODE[code])
    elif setting is Setting.TEST:
        rows = (rate,)
    else:
        rows = (rate, RISING, INODES if many_small else FULL)
    return tuple(_elsewhere(row, folder) for row in rows) if folder else rows


def _elsewhere(row: Symptom, folder: str) -> Symptom:
    """The row for files that are made in another directory than the usual one, by its name if that is written out."""
    if "/tmp" not in row.look:
        return row
    sign = row.sign.replace("the temp directory", f"the folder of dir={folder}")
    who = row.who.partition("; on tmpfs")[0]
    if folder[:1] in "\"'":
        return Symptom(sign, who, row.when, row.look.replace("/tmp", shlex.quote(folder.strip("\"'"))))
    return Symptom(sign, who, row.when, f"{row.look.replace('/tmp', 'DIR')}  (DIR is what {folder} names)")


def stays(code: str, thing: str, *, raised: bool, directory: bool) -> str:
    """What is left, in a sentence without its end."""
    if code in _STAYS_BY_CODE:
        return _STAYS_BY_CODE[code]
    each = "each failing call" if raised else "each call that goes this way"
    if code in ("TML301", "TML302"):
        return f"an open descriptor for {each}, until the process ends"
    rest = (
        "an inode, and all that was put into it"
        if directory
        else "an inode, and as many bytes as were written"
    )
    return f"{thing}, once for {each}: {rest}; no later run knows its name"
