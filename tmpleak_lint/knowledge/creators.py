"""Views of the table that the walk still asks: creators."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import SELF_DELETING_SHAPES, Shape

__all__ = ["SELF_DELETING_SHAPES", "Shape"]
