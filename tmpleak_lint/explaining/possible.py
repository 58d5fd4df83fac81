"""Which failures leave by a way: what the handlers on it would stop is none, the likeliest come first.

In: failures, the handlers that the path passes. Out: those that can happen. What the call's arguments rule out is left
out before (`analysis.verdict.arguments`).
"""

from __future__ import annotations

import builtins
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tmpleak_lint.analysis.domain.exceptions import Match
from tmpleak_lint.analysis.domain.values import Flight
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.semantics.catching import exception_names, matching
from tmpleak_lint.analysis.verdict.witness import snippet
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.exceptions import STDLIB_BASES
from tmpleak_lint.knowledge.failures import (
    ABANDONED,
    ARCHIVE,
    ASSERTION,
    AWAITED,
    BLOCK_FAILS,
    CANCELLED,
    CORRUPT,
    DATABASE,
    EXPLICIT,
    IMAGE,
    MISSING,
    NETWORK,
    NO_NAME,
    PROCESS,
    TARRED,
    TIMEOUT,
    ZIPPED,
    Failure,
)

# What goes wrong most often out there, first; kinds that aren't named come after these.
_LIKELIEST = (
    ASSERTION, EXPLICIT, BLOCK_FAILS, NETWORK, PROCESS, DATABASE, CORRUPT, IMAGE, ARCHIVE, TARRED, ZIPPED, CANCELLED,
    AWAITED, TIMEOUT,
    MISSING, ABANDONED, NO_NAME,
)  # fmt: skip
_RANKS = {failure.kind: rank for rank, failure in reversed(list(enumerate(_LIKELIEST)))}
_EXCEPTION = re.compile(r"\b(?:[a-z]\w*\.)*[A-Z]\w+\b")


@dataclass(frozen=True, slots=True)
class Handler:
    """An except clause on the way: the classes it names, and whether it caught what was in flight."""

    names: tuple[str, ...]
    caught: bool


def likeliest_first(failures: Iterable[Failure]) -> list[Failure]:
    """Ordered by how often such things happen; equals stay in their order."""
    return sorted(failures, key=lambda failure: _RANKS.get(failure.kind, len(_LIKELIEST)))


def handlers_on(explorer: Explorer, walked: Sequence[int]) -> list[Handler]:
    """The except clauses that a way comes to, each with the classes that it names."""
    found = []
    for index, following in itertools.pairwise(walked):
        node = explorer.nodes[index]
        if isinstance(node.op, g.Catches) and node.op.types is not None and node.alt != node.next:
            words = _EXCEPTION.findall(snippet(explorer.module, node.span))
            values = [explorer.project.resolve_text(explorer.module, word) for word in words]
            names = [name for value in values for name in exception_names(explorer, value)]
            if names:
                found.append(Handler(tuple(names), following == node.next))
    return found


def on_the_way(
    failures: tuple[Failure, ...], explorer: Explorer, handlers: Sequence[Handler]
) -> tuple[Failure, ...]:
    """Those that leave by this way: no handler that it passes by would have caught them, and those that catch do."""
    left = tuple(
        failure for failure in failures if all(_goes(failure, explorer, handler) for handler in handlers)
    )
    return left or failures


def _goes(failure: Failure, explorer: Explorer, handler: Handler) -> bool:
    exceptions = [name for word in _EXCEPTION.findall(failure.raises) if (name := _known(word))]
    if not exceptions:
        return True
    matches = [matching(explorer, list(handler.names), Flight(name))[0] for name in exceptions]
    return any(match is not (Match.NO if handler.caught else Match.YES) for match in matches)


def _known(word: str) -> str:
    """The class that a word of the table names, "" where it names none."""
    kind = getattr(builtins, word, None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return word if kind is not Exception else ""
    return next((name for name in STDLIB_BASES if name == word or name.endswith(f".{word}")), "")
