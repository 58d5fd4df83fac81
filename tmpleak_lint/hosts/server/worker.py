"""A worker process: jobs on its standard input, answers on its standard output, one after the other.

In: pickled jobs, each behind its length. Out: for each (True, result) or (False, the error), in the same form. It ends
when its input does, and when nobody reads its answers any more. What a library prints goes to standard error.
"""

from __future__ import annotations

import gc
import os
import pickle
import struct
import sys
from typing import BinaryIO

LENGTH = struct.Struct("!Q")
YOUNG, ALL = 1, 2  # generations of the garbage collector
THOROUGHLY_AFTER = 16  # jobs


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Do jobs until there are no more.

    Garbage is collected between them, when nobody waits: in the middle of an analysis it takes as long as that does.
    """
    from tmpleak_lint.hosts.server.bench import Bench

    bench = Bench()
    gc.disable()
    done = 0
    while head := jobs.read(LENGTH.size):
        job = pickle.loads(jobs.read(*LENGTH.unpack(head)))
        answers.write(framed(_answer(job, bench)))
        answers.flush()
        done += 1
        gc.collect(ALL if done % THOROUGHLY_AFTER == 1 else YOUNG)
        if done == 1:
            gc.freeze()  # what the first job imported stays


def framed(value: object) -> bytes:
    """A value as it goes through a pipe."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def _answer(job: object, bench: object) -> tuple[bool, object]:
    from tmpleak_lint.settings import SettingsError

    try:
        return True, job.run(bench)  # type: ignore[attr-defined]
    except SettingsError as error:
        return False, error
    except Exception as error:  # a bug of ours: told, and the process goes on
        from tmpleak_lint.reading.decoding import internal_error

        return False, RuntimeError(internal_error(error))


def main() -> int:
    """Serve on the standard streams."""
    # Imported before the first job comes: what it waits for then is the analysis alone.

    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, answers)
        answers.close()
    except (BrokenPipeError, KeyboardInterrupt):  # who asked is gone
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
