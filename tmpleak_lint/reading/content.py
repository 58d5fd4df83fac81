"""What stands for what is found at a path, where only a change of it matters: a digest, or one of these words.

In: bytes. Out: a short text that is another one when the bytes are; `Reads`, what an answer hangs on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Found = str | None

NO_FILE: Found = None  # nothing is there, or no file
A_FILE: Found = ""  # a file is there, whatever it holds
SOMETHING: Found = "*"  # a file or folder is there
NOTHING: Found = "!"


def digest_of(data: bytes) -> str:
    """What stands for the content of a file."""
    from hashlib import blake2b  # loads a library of its own, and one clean file needs none

    return blake2b(data, digest_size=16).hexdigest()


def add(reads: dict[str, Found], more: Mapping[str, Found]) -> None:
    """Take more into what was found where. That a file is there says no more than what it holds."""
    for path, found in more.items():
        if found != A_FILE or path not in reads:
            reads[path] = found


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """What an answer was read from: what was found where, and the reads of other answers that it was made of."""

    found: tuple[tuple[str, Found], ...] = ()
    parts: tuple[Reads, ...] = ()

    def flat(self) -> dict[str, Found]:
        """What was found where, at any depth."""
        found: dict[str, Found] = {}
        work, seen = [self], {self}
        while work:
            one = work.pop()
            add(found, dict(one.found))
            fresh = [part for part in one.parts if part not in seen]
            seen.update(fresh)
            work += fresh
        return found
