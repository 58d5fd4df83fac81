"""Containers of the language, and what gives them."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import Benign, Collects, Handling, Holds, Names, rows

ROWS = (
    *rows("collections.OrderedDict dict", Collects("dict"), Benign()),
    *rows("collections.deque", Collects("list"), Benign()),
    *rows("list set", Collects("list", relists=True), Benign()),
    *rows("filter frozenset iter reversed sorted", Collects(relists=True), Benign()),
    *rows("tuple", Collects(relists=True, frozen=True), Benign()),
    *rows("enumerate", Collects(pairs=True, numbered=True), Benign()),
    *rows("zip", Collects(pairs=True), Benign()),
    *rows("locals vars dir", Names(), Benign()),
    *rows("<container>.add <container>.append <container>.appendleft", Holds(Handling.PUTS)),
    *rows("<container>.insert <container>.setdefault", Holds(Handling.PUTS, at=1)),
    *rows("<container>.extend <container>.update", Holds(Handling.PUTS_EACH)),
    *rows("<container>.pop <container>.popitem <container>.popleft", Holds(Handling.TAKES)),
    *rows("<container>.values <container>.copy", Holds(Handling.VIEWS)),
    *rows("<container>.items", Holds(Handling.PAIRS)),
    *rows("<container>.keys", Holds(Handling.KEYS)),
    *rows("<container>.get", Holds(Handling.LOOKS_UP)),
    *rows("<container>.clear", Holds(Handling.EMPTIES)),
    *rows("<container>.remove <container>.discard", Holds(Handling.REMOVES)),
)
