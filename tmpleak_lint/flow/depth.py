"""Room for recursion as deep as a tree is: a chain of operators is as deep as it is long.

Nothing comes in or goes out; `room_for_recursion` is put around walks of a tree that reading has let through
(it bounds brackets and chains before libcst sees them). From Python 3.11 on a call from Python to Python
takes no C stack, so a higher limit costs memory only. (What Python 3.12 takes all the same: `flow.positions`.)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

FRAMES = 20_000


@contextmanager
def room_for_recursion() -> Iterator[None]:
    """Raise the interpreter's recursion limit to FRAMES, and put it back afterwards."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
