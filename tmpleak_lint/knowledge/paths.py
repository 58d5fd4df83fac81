"""Views of the table that the walk still asks: what path functions make of a path."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import PATH, Asks, Derives, Makes, Model, Relation
from tmpleak_lint.knowledge.table import TABLE
from tmpleak_lint.knowledge.views import methods_with, names_with
from tmpleak_lint.knowledge.words import CONVERTER_WORDS


def _related(relation: Relation, *, methods: bool) -> frozenset[str]:
    def is_one(row: Model) -> bool:
        derives = row.effect(Derives)
        return derives is not None and derives.relation is relation and row.name.startswith(PATH) == methods

    return frozenset(row.tail if methods else row.name for row in TABLE.values() if is_one(row))


SAME_PATH = _related(Relation.SAME, methods=False)
PATH_CLASSES = frozenset(n for n in SAME_PATH if TABLE[n].effect(Derives).joins)  # type: ignore[union-attr]
JOINERS = _related(Relation.CHILD, methods=False)
PARENTS = _related(Relation.PARENT, methods=False)
SPLITTERS = _related(Relation.PARENT_AND_NAME, methods=False)
EXTENSION_SPLITTERS = _related(Relation.STEM_AND_ENDING, methods=False)
SAME_METHODS = _related(Relation.SAME, methods=True)
CHILD_METHODS = _related(Relation.CHILD, methods=True)
SIBLING_METHODS = _related(Relation.SIBLING, methods=True)
CHILD_LISTERS = _related(Relation.CHILDREN, methods=True)
EXISTENCE = names_with(Asks)
EXISTENCE_METHODS = methods_with(PATH, Asks)
MAKERS: dict[str, int] = {}
MODE_POSITION: dict[str, int] = {}
for _name in names_with(Makes):
    _makes = TABLE[_name].effect(Makes)
    assert _makes is not None
    MAKERS[_name] = _makes.at
    if _makes.mode_at is not None:
        MODE_POSITION[_name] = _makes.mode_at
FILLER_METHODS = frozenset(n for n in methods_with(PATH, Makes) if TABLE[f"<path>.{n}"].effect(Makes).fills)  # type: ignore[union-attr]
MAKER_METHODS = methods_with(PATH, Makes) - {"open"}

__all__ = ["CONVERTER_WORDS"]
