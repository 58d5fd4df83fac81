"""Is a text worth an analysis? Two cheap questions; a no is final, a yes may be wrong.

In: the bytes of a file, settings. Out: for what it is to be looked at, None where it can't matter. Nothing of the
analysis is loaded for that, nor what findings are made of: most files, and many runs of a host, need neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from tmpleak_lint.settings import Settings

if TYPE_CHECKING:
    from tmpleak_lint.reading.neighbours import Maker, Neighbours

_NOQA = (b"noqa", b"NOQA", b"NoQA", b"Noqa")
_OUR_CODE = re.compile(rb"TML\d")  # a test that begins with plain letters is as fast as `in`
_OUR_NOQA = re.compile(rb"noqa[^\n\r]*\bTML\d", re.IGNORECASE)


def reason_to_look(
    data: bytes, path: str | None, settings: Settings, neighbours: Neighbours
) -> frozenset[Maker] | None:
    """Both cheap questions for one text; `path` is its absolute path, None when it has none.

    None when it can't matter. Else what it can matter for besides its own text: the makers of temp files of its
    project that it uses. Where the text alone is reason enough there are none.
    """
    if curiosity(settings)(data):
        return frozenset()
    if path is None:
        return None
    neighbours.note(path, data, matters=False)
    return neighbours.makers_used(path, data) or None


def new_neighbours(settings: Settings, noting: bool = False) -> Neighbours:
    """Who can put the second cheap question for the files of one run that have the same settings."""
    from tmpleak_lint.reading.neighbours import Neighbours

    return Neighbours(curiosity(settings), own_creators(settings), noting)


@lru_cache(maxsize=64)
def curiosity(settings: Settings) -> Callable[[bytes], bool]:
    """The cheap question: could these bytes give a finding, or a comment of ours that silences nothing?"""
    from tmpleak_lint.reading.matters import could_leave, could_matter
    from tmpleak_lint.selection import opt_in_codes

    own = own_creators(settings)
    opt_in = opt_in_codes(settings)
    handmade = "TML403" in opt_in
    is_wide = bool(own or opt_in)  # opt-in codes are about files that delete themselves, too

    def could(data: bytes) -> bool:
        return (could_matter(data, own, handmade=handmade) and (is_wide or could_leave(data))) or (
            _OUR_CODE.search(data) is not None and silences_ours(data)
        )

    return could


def silences_ours(data: bytes) -> bool:
    """Whether a comment may silence a code of ours; the first test spares most files the second."""
    return any(word in data for word in _NOQA) and _OUR_NOQA.search(data) is not None


def own_creators(settings: Settings) -> tuple[bytes, ...]:
    """What a file must hold that calls a creator of the settings or of the conventions that they take in."""
    if not settings.conventions:  # this spares most runs the tables
        return names_of(settings.creators)
    from tmpleak_lint.knowledge.conventions import own_names

    return names_of(own_names(settings)["creators"])


def names_of(patterns: tuple[str, ...]) -> tuple[bytes, ...]:
    """What a file that uses one of these dotted patterns must hold."""
    if not patterns:
        return ()
    from tmpleak_lint.knowledge.pieces import piece_of

    return tuple({piece_of(name).encode() for name in patterns})
