"""What a `case` pattern binds, and whether it always matches.

Comes in: libcst patterns. Goes out: names and a yes or no; which value a part gets is not followed.
"""

from __future__ import annotations

import libcst as cst

from tmpleak_lint.flow.conditions import expressions_in


def irrefutable(pattern: cst.MatchPattern) -> bool:
    """A bare name or `_`, also behind `as` or as one side of `|`."""
    if isinstance(pattern, cst.MatchAs):
        return pattern.pattern is None or irrefutable(pattern.pattern)
    if isinstance(pattern, cst.MatchOr):
        return any(irrefutable(element.pattern) for element in pattern.patterns)
    return False


def values_of(pattern: cst.MatchPattern) -> list[cst.BaseExpression] | None:
    """The values one of which the subject equals where a pattern of nothing else matches; None for any other."""
    if isinstance(pattern, cst.MatchValue | cst.MatchSingleton):
        return [pattern.value]
    if isinstance(pattern, cst.MatchOr):
        found = [values_of(element.pattern) for element in pattern.patterns]
        return [value for each in found if each is not None for value in each] if None not in found else None
    return None


def captures(pattern: cst.MatchPattern) -> list[tuple[str, bool]]:
    """Names that a pattern binds, each once, and whether to the whole subject."""
    found: dict[str, bool] = {}
    stack: list[tuple[cst.CSTNode, bool]] = [(pattern, True)]
    while stack:
        node, whole = stack.pop()
        if isinstance(node, cst.MatchAs | cst.MatchStar) and node.name is not None:
            found.setdefault(node.name.value, whole)
        elif isinstance(node, cst.MatchMapping) and node.rest is not None:
            found.setdefault(node.rest.value, False)
        whole = whole and isinstance(node, cst.MatchAs | cst.MatchOr | cst.MatchOrElement)
        stack.extend((part, whole) for part in reversed(expressions_in(node)))
    return list(found.items())
