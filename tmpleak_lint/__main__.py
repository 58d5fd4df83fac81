"""`python -m tmpleak_lint`, and the program `tmpleak-lint`: the command line in a process of its own."""

from __future__ import annotations

import gc
import sys

from tmpleak_lint.cli import main


def run() -> int:
    """Run the command line; the process ends with it, so that looking for cyclic garbage would be in vain."""
    gc.disable()
    status = main()
    gc.freeze()
    return status


if __name__ == "__main__":
    sys.exit(run())
