"""Knowledge: what names mean to a temp file. Tables, no logic; `Knowledge` joins them with the user's own rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from tmpleak_lint.knowledge.calls import BENIGN, BENIGN_PREFIXES, NEVER_RETURN, SWALLOWERS
from tmpleak_lint.knowledge.creators import CREATORS, Creator, Shape
from tmpleak_lint.knowledge.releases import DELETERS, MOVERS


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The built-in tables with the user's patterns (dotted names, `*` as in fnmatch) laid over them."""

    creators: tuple[str, ...] = ()
    deleters: tuple[str, ...] = ()
    takes_ownership: tuple[str, ...] = ()
    benign_calls: tuple[str, ...] = ()
    never_returns: tuple[str, ...] = ()
    suppressing_context_managers: tuple[str, ...] = ()
    managed_directories: tuple[str, ...] = ()

    def creator(self, dotted: str) -> Creator | None:
        row = CREATORS.get(dotted)
        if row is None and self.creators and matches(dotted, self.creators):
            return Creator(dotted, Shape.PATH)
        return row

    def deleted_position(self, dotted: str) -> int | None:
        position = DELETERS.get(dotted)
        if position is None and self.deleters and matches(dotted, self.deleters):
            return 0
        return position

    def moved_position(self, dotted: str) -> int | None:
        return MOVERS.get(dotted)

    def takes(self, dotted: str) -> bool:
        return bool(self.takes_ownership) and matches(dotted, self.takes_ownership)

    def is_managed_directory(self, text: str) -> bool:
        """Whether what `dir=` is given, as it reads in the source, is a directory that somebody else cleans up."""
        return bool(self.managed_directories and text) and matches(text, self.managed_directories)

    def is_benign(self, dotted: str) -> bool:
        return (
            dotted in BENIGN
            or dotted.startswith(BENIGN_PREFIXES)
            or (bool(self.benign_calls) and matches(dotted, self.benign_calls))
        )

    def leaves_with(self, dotted: str) -> str | None:
        """The exception a call that never returns leaves with ("" for the process's end), None if it returns."""
        if dotted in NEVER_RETURN:
            return NEVER_RETURN[dotted]
        if self.never_returns and matches(dotted, self.never_returns):
            return "any"
        return None

    def swallows(self, dotted: str) -> bool:
        return dotted in SWALLOWERS or (
            bool(self.suppressing_context_managers) and matches(dotted, self.suppressing_context_managers)
        )


@lru_cache(maxsize=4096)
def _matches(dotted: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(dotted, pattern) for pattern in patterns)


def matches(dotted: str, patterns: Iterable[str]) -> bool:
    """Whether a dotted name fits one of the patterns. A pattern without a module also fits a method's last part."""
    return _matches(dotted, tuple(patterns))
