"""What a text must hold that names one of the models: pieces of names, to be searched for before anything is parsed.

In: names of models, patterns included. Out: pieces of text. A no is final, a yes may be wrong. Imports nothing of the
table but the rows that are searched for in the bytes of every file.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from tmpleak_lint.knowledge.model import SELF_DELETING_SHAPES, Creates, Leaves, TempRoot
from tmpleak_lint.knowledge.rows import creating
from tmpleak_lint.knowledge.words import TEMP_ROOTS, TEMP_VARIABLES


def piece_of(name: str) -> str:
    """The longest piece of a name, or of a pattern's last part that isn't all `*`: every call of it holds that."""
    for part in reversed(name.split(".")):
        piece = max(part.split("*"), key=len)
        if piece and not part.startswith("<"):
            return piece
    return ""


def shortest(pieces: Iterable[str]) -> tuple[str, ...]:
    """The pieces without those that hold another one."""
    kept: list[str] = []
    for piece in sorted(set(pieces), key=lambda piece: (len(piece), piece)):
        if not any(shorter in piece for shorter in kept):
            kept.append(piece)
    return tuple(kept)


def creator_pieces() -> tuple[str, ...]:
    """What the names of the shipped creators hold."""
    return shortest(piece_of(row.name) for row in creating.ROWS)


def handle_pieces() -> frozenset[str]:
    """Those of them that only ever name handles that delete their file by themselves, unless told otherwise."""
    leaving: set[str] = set()
    handles: set[str] = set()
    pieces = creator_pieces()
    for row in creating.ROWS:
        creates = row.effect(Creates)
        assert creates is not None, row
        kind = handles if creates.shape in SELF_DELETING_SHAPES else leaving
        kind |= {piece for piece in pieces if piece in row.name}
    return frozenset(handles - leaving)


@lru_cache(maxsize=1)
def ending_pieces() -> tuple[bytes, ...]:
    """What ends a process on the spot, so that no handle deletes anything."""
    from tmpleak_lint.knowledge.rows import leaving

    ends = (row.name for row in leaving.ROWS if (leaves := row.effect(Leaves)) is not None and not leaves.by)
    return tuple(piece.encode() for piece in shortest(ends))


@lru_cache(maxsize=1)
def root_pieces() -> tuple[bytes, ...]:
    """What a path built by hand starts from: a call, a literal, a variable of the environment (of a name that is no
    everyday word)."""
    from tmpleak_lint.knowledge.rows import paths

    calls = (piece_of(row.name) for row in paths.ROWS if row.effect(TempRoot) is not None)
    return tuple(piece.encode() for piece in shortest((*calls, *TEMP_ROOTS, TEMP_VARIABLES[0])))
