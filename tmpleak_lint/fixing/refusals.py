"""Why a rewrite isn't one for a place, as a value: what is told of them all when none holds.

In: nothing. Out: `Reason`s, and `Refusal`, which carries one up from where it was found out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum, auto
from typing import NamedTuple


class Telling(IntEnum):
    """How much a reason tells the author, the most first."""

    NOT_SAFE = auto()  # there is a rewrite that holds, and it may not be made
    SHARES_ROW = auto()
    COMPARED = auto()  # what old and new code do, side by side
    FOUND = auto()  # what would be found in the new text
    MADE = auto()  # how the file is made, and by what it is known
    HANDED_OVER = auto()
    USED = auto()
    RAISES = auto()
    STAYS = auto()
    PLAIN = auto()
    OTHER_SHAPE = auto()  # it says only which rewrite it isn't


class Reason(NamedTuple):
    """A clause without a full stop; `found` is the code of what would be found after the rewrite, if it is that."""

    text: str
    telling: Telling = Telling.PLAIN
    found: str = ""


OVERLAPPING = Reason("its edits would overlap", Telling.OTHER_SHAPE)


class Refusal(Exception):
    """There is no such rewrite; the text says why."""

    def __init__(self, text: str, telling: Telling = Telling.PLAIN, found: str = "") -> None:
        super().__init__(text)
        self.reason = Reason(text, telling, found)


def most_telling(reasons: Iterable[Reason]) -> str:
    """What is told: what a proof showed and the like, else what kept most rewrites away."""
    known = list(reasons)
    if not known:
        return "there is no rewrite for this rule"
    first = min(known, key=lambda reason: reason.telling)
    if first.telling is not Telling.PLAIN:
        return first.text if first.telling < Telling.PLAIN else known[-1].text
    return Counter(each.text for each in known if each.telling is Telling.PLAIN).most_common(1)[0][0]
