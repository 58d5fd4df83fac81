"""The ways to clean up that are compared, by name.

In: names as they are written on the command line. Out: strategies with the words for a reader. What each looks like
in the code of a place is `cleanups`' work, playing them is `compare`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

REAPER = "reaper"
AS_WRITTEN = "as-written"
LAST_LINE, FIX, GUARANTEED = "last-line", "fix", "guaranteed"
HOLDING = ("try-finally", "with", "finalize", "close", "guard", "add-cleanup")
"""Cleanups that hold, the one that is the best guarantee first (after the tool's own fix)."""

_TITLES: Mapping[str, str] = MappingProxyType(
    {
        AS_WRITTEN: "as written",
        LAST_LINE: "delete on the last line",
        "try-finally": "try / finally",
        "with": "with",
        "finalize": "weakref.finalize",
        "close": "close()",
        "guard": "delete and raise again",
        "add-cleanup": "addCleanup()",
        FIX: "the tool's fix",
        GUARANTEED: "cleanup guaranteed",
    }
)
NAMES = tuple(way + reaper for way in _TITLES for reaper in ("", f"+{REAPER}"))
"""Every name that `named` takes, but for those with the parts the other way round."""
DEFAULT = (AS_WRITTEN, LAST_LINE, *HOLDING, FIX, f"{AS_WRITTEN}+{REAPER}")
FOR_MANY = (AS_WRITTEN, LAST_LINE, GUARANTEED, f"{AS_WRITTEN}+{REAPER}")
"""For several findings at once, each with the first cleanup that holds there: every proof takes a moment."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to clean up, with or without a reaper beside it. `rewrite`: the cleanup's name, or as written."""

    name: str
    title: str
    rewrite: str
    reaper: bool = False


def named(name: str) -> Strategy:
    """The strategy called `name`, such as `as-written+reaper`; ValueError when there is none."""
    parts = name.split("+")
    reaper = REAPER in parts
    ways = [part for part in parts if part != REAPER] or [AS_WRITTEN]
    if len(ways) != 1 or ways[0] not in _TITLES or len(parts) != len(set(parts)):
        known = ", ".join(_TITLES)
        raise ValueError(f"no strategy is called {name!r}: choose among {known}, each also with +{REAPER}")
    title = _TITLES[ways[0]] + (" + reaper" if reaper else "")
    return Strategy("+".join(ways + [REAPER] * reaper), title, ways[0], reaper)
