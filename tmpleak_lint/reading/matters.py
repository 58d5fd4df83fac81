"""Could this file matter? Tests on its bytes, before anything is parsed or libcst is imported.

Comes in: a file's bytes. Goes out: yes or no; a no is final. To `could_matter` every name that can create a temp file
counts, to `could_leave` only calls whose file stays unless somebody deletes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from tmpleak_lint.knowledge.frameworks import MANAGED_FACTORIES
from tmpleak_lint.knowledge.pieces import creator_pieces, ending_pieces, handle_pieces, root_pieces

# `TemporaryFile` is also the tail of NamedTemporaryFile and SpooledTemporaryFile.
CREATOR_NAMES: tuple[bytes, ...] = tuple(piece.encode() for piece in creator_pieces())
# What most of them share settles most files; a name without such a piece is searched for itself.
_SHARED = (b"temp", b"Temporary")
_BY_PIECE = tuple(
    (piece, names)
    for piece in (*_SHARED, *(name for name in CREATOR_NAMES if not any(part in name for part in _SHARED)))
    if (names := tuple(name for name in CREATOR_NAMES if piece in name))
)


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
    return handmade and any(name in data for name in root_pieces())


# What gives a handle that deletes its file by itself, and a call of it with its arguments.
_HANDLES = tuple(piece.encode() for piece in handle_pieces())


class _Patterns:
    """What calls of handles are asked by; made when the first is met, since most files name none."""

    __slots__ = ("alias", "asked", "call", "closed", "detached", "imports", "named")

    def __init__(self) -> None:
        string = rb"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'"
        inner = rb"(?:[^()\"']|%s|\((?:[^()\"']|%s)*+\))*+" % (string, string)
        self.call = re.compile(rb"\(((?:[^()\"']|%s|\(%s\))*+)\)(?!\)*\s*\.name\b)" % (string, inner))
        # What such a call is asked to leave the file with: `delete`, by name, among other arguments or as the eighth.
        self.asked = re.compile(rb"delete|\*\*|(?:,[^,]*+){6}")
        # What takes a handle's duty away later.
        self.detached = re.compile(rb"\.delete\s*=|\bdetach\b|_finalizer\b|_closer\b")
        # What is closed at once, so that only its name is left.
        self.closed = re.compile(
            rb"^[ \t]*(\w+)[ \t]*(?::[^=\n]*)?=[ \t]*[\w.]*(?:%s)\((?:[^()\"']|%s|\(%s\))*+\)[^\n]*\n"
            rb"(?:[ \t]*(?:[^\n=]+=[ \t]*\1\.name[ \t]*)?(?:#[^\n]*)?\n)*+[ \t]*\1\.close\(\)"
            % (b"|".join(_HANDLES), string, inner),
            re.MULTILINE,
        )
        # A block that asks its handle for the name and ends there, or closes it.
        self.named = re.compile(
            rb"^([ \t]*)with[ \t]+[\w.]*(?:%s)\((?:[^()\"']|%s|\(%s\))*+\)[ \t]+as[ \t]+(\w+)[ \t]*:[^\n]*\n"
            rb"(?:(?:\1[ \t]+[^\n=]+=[ \t]*\2\.name\b[^\n]*|[ \t]*(?:#[^\n]*)?)\n)*+"
            rb"(?:\1[ \t]+\2\.close\(\)|(?!\1[ \t]))" % (b"|".join(_HANDLES), string, inner),
            re.MULTILINE,
        )
        self.imports = re.compile(rb"from tempfile import (?:\([^)]*\)|[^\n;]*)")
        self.alias = re.compile(rb"\sas\s")


_patterns = cache(_Patterns)
_DELETED_BY_PYTEST = tuple(f"{name}.".encode() for name in MANAGED_FACTORIES)


def could_leave(data: bytes) -> bool:
    """Whether a text names a creator of files that stay: calls of handles that delete their own don't count."""
    imports: list[tuple[int, int]] | None = None
    has_handle = False
    patterns = _patterns()
    for name in CREATOR_NAMES:
        at = data.find(name)
        while at >= 0:
            end = at + len(name)
            if name not in _HANDLES:
                if not data.endswith(_DELETED_BY_PYTEST, 0, at):
                    return True
            elif (call := patterns.call.match(data, end)) is not None:
                if patterns.asked.search(call[1]) is not None:
                    return True
                has_handle = True
            else:
                if imports is None:
                    imports = [
                        found.span()
                        for found in patterns.imports.finditer(data)
                        if not patterns.alias.search(found[0])
                    ]
                if not any(first < at < last for first, last in imports):
                    return True
            at = data.find(name, end)
    return has_handle and (
        patterns.detached.search(data) is not None
        or patterns.closed.search(data) is not None
        or patterns.named.search(data) is not None
        or any(piece in data for piece in ending_pieces())
    )
