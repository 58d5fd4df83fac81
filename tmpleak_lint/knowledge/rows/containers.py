"""Containers of the language, and what gives them."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import Benign, Collects, Handling, Holds, Names, Picks, Pure, rows

ROWS = (
    *rows("collections.OrderedDict", Collects("dict"), Benign()),
    *rows("dict", Collects("dict"), Benign(), Pure()),
    *rows("collections.deque", Collects("list", relists=True), Benign()),
    *rows("list", Collects("list", relists=True, all_of_them=True), Benign(), Pure()),
    *rows("set", Collects("list", relists=True, shuffles=True), Benign(), Pure()),
    *rows("filter", Collects(relists=True, shuffles=True), Benign()),
    *rows("frozenset", Collects(relists=True, shuffles=True), Benign(), Pure()),
    *rows("iter", Collects(relists=True, all_of_them=True), Benign(), Pure()),
    *rows("reversed sorted", Collects(relists=True, all_of_them=True, shuffles=True), Benign(), Pure()),
    *rows("tuple", Collects(relists=True, frozen=True, all_of_them=True), Benign(), Pure()),
    *rows("enumerate", Collects(pairs=True, numbered=True, all_of_them=True), Benign(), Pure()),
    *rows("itertools.repeat", Collects(again=True), Benign()),
    *rows("zip", Collects(pairs=True), Benign(), Pure()),
    *rows("max min", Picks(), Benign(), Pure()),
    *rows("next", Picks()),
    *rows("locals", Names(), Benign(), Pure()),
    *rows("vars dir", Names(), Benign()),
    *rows("<container>.add <container>.append <container>.appendleft", Holds(Handling.PUTS)),
    *rows("<container>.insert", Holds(Handling.PUTS, at=1)),
    *rows("<container>.setdefault", Holds(Handling.PUTS, at=1, unless_there=True)),
    *rows("<container>.extend <container>.update", Holds(Handling.PUTS_EACH)),
    *rows("<container>.pop <container>.popitem <container>.popleft", Holds(Handling.TAKES)),
    *rows("<container>.values", Holds(Handling.VIEWS)),
    *rows("<container>.copy", Holds(Handling.COPIES)),
    *rows("<container>.items", Holds(Handling.PAIRS)),
    *rows("<container>.keys", Holds(Handling.KEYS)),
    *rows("<container>.get", Holds(Handling.LOOKS_UP)),
    *rows("<container>.clear", Holds(Handling.EMPTIES)),
    *rows("<container>.remove <container>.discard", Holds(Handling.REMOVES)),
)
