"""`python -m tmpleak_lint`, and the program `tmpleak-lint`: the command line in a process of its own."""

from __future__ import annotations

import gc
import signal
import sys
from types import FrameType

from tmpleak_lint.cli import main

TERMINATED = 128 + signal.SIGTERM


class _Terminated(KeyboardInterrupt):
    """Somebody wants the run to end: as with Ctrl-C, what was found is told, and workers and files are cleared away."""


def run() -> int:
    """Run the command line; the process ends with it, so that looking for cyclic garbage would be in vain."""
    gc.disable()
    asked: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        raise _Terminated

    if sys.argv[1:2] != ["server"]:  # that one has nothing to tell, and its workers end when it does
        signal.signal(signal.SIGTERM, end)
    status = main()
    gc.freeze()
    return TERMINATED if asked else status


if __name__ == "__main__":
    sys.exit(run())
