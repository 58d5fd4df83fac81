"""Containers of the language, and what gives them."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import Benign, Collects, Holds, rows

ROWS = (
    *rows("collections.OrderedDict dict", Collects("dict"), Benign()),
    *rows("collections.deque", Collects("list"), Benign()),
    *rows("filter frozenset iter reversed sorted tuple", Collects(relists=True), Benign()),
    *rows("list set", Collects("list", relists=True), Benign()),
    *rows(
        "<container>.add <container>.append <container>.appendleft <container>.extend <container>.insert "
        "<container>.setdefault <container>.update",
        Holds(puts=True),
    ),
    *rows(
        "<container>.clear <container>.copy <container>.discard <container>.get <container>.items "
        "<container>.keys <container>.pop <container>.popitem <container>.popleft <container>.remove "
        "<container>.values",
        Holds(),
    ),
)
