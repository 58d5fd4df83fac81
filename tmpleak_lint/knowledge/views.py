"""Names of the table by effect."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import Effect
from tmpleak_lint.knowledge.table import TABLE


def names_with(kind: type[Effect]) -> frozenset[str]:
    return frozenset(
        row.name for row in TABLE.values() if row.effect(kind) is not None and not row.name.startswith("<")
    )


def methods_with(receiver: str, kind: type[Effect]) -> frozenset[str]:
    return frozenset(
        row.tail for row in TABLE.values() if row.name.startswith(receiver) and row.effect(kind) is not None
    )
