"""Views of the table that the walk still asks: what a call does to the flow."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import ANY, LOGGER, TEST, Benign, Expects, Leaves, Opens, QuietManager
from tmpleak_lint.knowledge.table import TABLE
from tmpleak_lint.knowledge.views import methods_with, names_with
from tmpleak_lint.knowledge.words import EXCEPTION_SUFFIXES, LOGGER_WORDS

BENIGN_METHODS = methods_with(ANY, Benign)
LOGGER_METHODS = methods_with(LOGGER, Benign)
NEVER_RETURN_METHODS = methods_with(TEST, Leaves)
EXPECTERS = names_with(Expects)
EXPECTER_METHODS = methods_with(TEST, Expects)
BENIGN_MANAGERS = names_with(QuietManager)
FILE_OPENERS = names_with(Opens)

__all__ = ["EXCEPTION_SUFFIXES", "LOGGER_WORDS", "TABLE"]
