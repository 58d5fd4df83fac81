"""Could this file matter? A test on its bytes, before anything is parsed or libcst is imported.

Comes in: a file's bytes. Goes out: yes or no; a no is final, so every name that can create a temp file counts.
"""

from __future__ import annotations

from collections.abc import Iterable

# `TemporaryFile` is also the tail of NamedTemporaryFile and SpooledTemporaryFile.
CREATOR_NAMES: tuple[bytes, ...] = (b"mkstemp", b"mkdtemp", b"mktemp", b"TemporaryFile", b"TemporaryDirectory")
_BY_PIECE = tuple(
    (piece, tuple(name for name in CREATOR_NAMES if piece in name)) for piece in (b"temp", b"Temporary")
)
# What a path built by hand starts from (TML403 is opt-in, so these count only when it is asked for).
HANDMADE_NAMES: tuple[bytes, ...] = (b"gettempdir", b"/tmp", b"TMPDIR")


def could_matter(data: bytes, extra: Iterable[bytes] = (), *, handmade: bool = False) -> bool:
    """Whether a file's bytes name anything that creates a temp file."""
    # `in` per name beats one alternation regex threefold, and two scans for what the names share settle most files.
    for piece, names in _BY_PIECE:
        if piece in data:
            for name in names:
                if name in data:
                    return True
    if any(name in data for name in extra):
        return True
    return handmade and any(name in data for name in HANDMADE_NAMES)
