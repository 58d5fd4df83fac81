"""Views of the table that the walk still asks: what deletes, moves and registers."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import (
    ANY,
    HANDLE,
    PATH,
    Deletes,
    Ends,
    Enters,
    Moves,
    Registers,
    RunsCommand,
)
from tmpleak_lint.knowledge.table import TABLE
from tmpleak_lint.knowledge.views import methods_with, names_with
from tmpleak_lint.knowledge.words import DELETING_WORDS, KEEP_WORDS, SHELL_DELETERS, TAKING_WORDS

DELETERS = {name: TABLE[name].effect(Deletes).at for name in names_with(Deletes)}  # type: ignore[union-attr]
WHOLE_TREE = frozenset(n for n in DELETERS if TABLE[n].effect(Deletes).whole_tree)  # type: ignore[union-attr]
DELETER_METHODS = methods_with(PATH, Deletes)
MOVERS = {name: TABLE[name].effect(Moves).at for name in names_with(Moves)}  # type: ignore[union-attr]
MOVER_METHODS = methods_with(PATH, Moves)
CLOSERS = methods_with(HANDLE, Ends)
REGISTRARS = methods_with(ANY, Registers)
ENTERERS = methods_with(ANY, Enters)
SHELL_RUNNERS = names_with(RunsCommand)

__all__ = ["DELETING_WORDS", "KEEP_WORDS", "SHELL_DELETERS", "TAKING_WORDS"]
