"""What a body has surely bound above a row: `HERE` marks the row, `x` is the name."""

from __future__ import annotations

import ast
import textwrap

import pytest

from tmpleak_lint.fixing.sure import is_bound_above

BOUND = {
    "above": "x = 1\nHERE",
    "in the with around": "with a as x:\n    HERE",
    "in a with above": "with a:\n    x = 1\nHERE",
    "as what a with gives": "with a as x:\n    pass\nHERE",
    "in both branches": "if a:\n    x = 1\nelse:\n    x = 2\nHERE",
    "where the other branch leaves": "if a:\n    x = 1\nelse:\n    raise a\nHERE",
    "where the other branch leaves first": "if a:\n    return\nelse:\n    x = 1\nHERE",
    "in the condition": "if (x := a):\n    pass\nHERE",
    "above in the same branch": "if a:\n    x = 1\n    HERE",
    "above the branch": "x = 1\nif a:\n    HERE",
    "in the try and each handler": "try:\n    x = 1\nexcept A:\n    x = 2\nHERE",
    "in the try, whose handlers leave": "try:\n    x = 1\nexcept A:\n    raise\nHERE",
    "in a finally": "try:\n    a()\nfinally:\n    x = 1\nHERE",
    "in the body, below in the else": "try:\n    x = a()\nexcept A:\n    pass\nelse:\n    HERE",
    "as the loop's variable, in the loop": "for x in a:\n    HERE",
    "above in the same round": "while a:\n    x = 1\n    HERE",
    "in every case": "match a:\n    case 1:\n        x = 1\n    case _:\n        x = 2\nHERE",
    "by a pattern, in its case": "match a:\n    case [y]:\n        x = y\n        HERE",
    "as a function": "def x(): pass\nHERE",
    "by an import": "import x.y\nHERE",
    "as the handler's exception": "try:\n    a()\nexcept A as x:\n    HERE",
    "as what the case captures": "match a:\n    case [x]:\n        HERE",
}
UNSURE = {
    "below": "HERE\nx = 1",
    "on the row itself": "x = HERE",
    "in one branch": "if a:\n    x = 1\nHERE",
    "in one branch, the other falls through": "if a:\n    x = 1\nelse:\n    b()\nHERE",
    "in the other branch": "if a:\n    x = 1\nelse:\n    HERE",
    "in the try, a handler falls through": "try:\n    x = 1\nexcept A:\n    pass\nHERE",
    "in the try, within its handler": "try:\n    x = a()\nexcept A:\n    HERE",
    "in the try, within its finally": "try:\n    x = a()\nfinally:\n    HERE",
    "in a loop above": "for y in a:\n    x = y\nHERE",
    "as the variable of a loop above": "for x in a:\n    pass\nHERE",
    "below in the same round": "while a:\n    HERE\n    x = 1",
    "in a case, none may fit": "match a:\n    case 1:\n        x = 1\nHERE",
    "in a condition's second half": "if a and (x := b):\n    pass\nHERE",
    "as a comprehension's own": "y = [x for x in a]\nHERE",
    "as a lambda's own": "y = lambda: (x := 1)\nHERE",
    "nowhere": "y = 1\nHERE",
    "where both branches leave": "if a:\n    return\nelse:\n    raise a\nHERE",
}


def asked(text: str) -> bool:
    row = next(at for at, line in enumerate(text.splitlines(), 1) if "HERE" in line)
    body = ast.parse(textwrap.dedent(text)).body
    return is_bound_above(body, "x", row)


@pytest.mark.parametrize("text", BOUND.values(), ids=BOUND)
def test_bound(text: str) -> None:
    assert asked(text)


@pytest.mark.parametrize("text", UNSURE.values(), ids=UNSURE)
def test_not_surely_bound(text: str) -> None:
    assert not asked(text)
