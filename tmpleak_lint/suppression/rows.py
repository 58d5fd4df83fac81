"""The rows of a text as Python counts them."""

from __future__ import annotations

import io
from functools import lru_cache


@lru_cache(maxsize=2)
def rows_of(text: str) -> tuple[str, ...]:
    """Return the lines, split at `\\n`, `\\r` and `\\r\\n` only and each ending in `\\n`.

    The last two texts are kept, as whoever goes through the findings of a file asks once for each.
    """
    return tuple(io.StringIO(text, newline=None))
