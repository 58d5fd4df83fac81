"""What stands for what is found at a path, where only a change of it matters: a digest, or one of these words.

In: bytes. Out: a short text that is another one when the bytes are, or what a module has for those that import it;
`Reads`, what an answer hangs on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Found = str | None

NO_FILE: Found = None  # nothing is there, or no file
A_FILE: Found = ""  # a file is there, whatever it holds
SOMETHING: Found = "*"  # a file or folder is there
NOTHING: Found = "!"
_OFFERED = "="  # what the digest of what a module has for others begins with


def digest_of(data: bytes) -> str:
    """What stands for the content of a file."""
    from hashlib import blake2b  # loads a library of its own, and one clean file needs none

    return blake2b(data, digest_size=16).hexdigest()


def digest_of_offer(offer: object) -> str:
    """What stands for what a module has for those that import it, given as plain values: less than all it holds."""
    return _OFFERED + digest_of(repr(offer).encode("utf-8", "surrogatepass"))


def is_offer(found: Found) -> bool:
    """Whether that is what stands for a module's offer."""
    return found is not None and found.startswith(_OFFERED)


def add(reads: dict[str, Found], more: Mapping[str, Found]) -> None:
    """Take more into what was found where. That a file is there says no more than what it offers, and that no more than
    what it holds."""
    for path, found in more.items():
        if path not in reads or _says(found) >= _says(reads[path]):
            reads[path] = found


def _says(found: Found) -> int:
    """How much it says of a file, in order."""
    return 0 if found == A_FILE else 1 if is_offer(found) else 2


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
