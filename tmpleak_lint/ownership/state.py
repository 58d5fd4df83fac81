"""The state of a walk at one point, and the few ways of reading it that everybody needs.

A state is a plain dict, copied wherever ways part, so that taking a copy costs little. Its keys say what
stands there:

- `int`: a temporary of the graph; `str`: a name of the body; both map to a `Value`.
- `"$t"`: how the tracked file stands, "live" or "named" (a name without a file yet), in walks that go on
  after its deletion "gone"; absent before the creation.
- `"$exc"` the exception in flight, `"$result"` what the body returns, `"$lost"` the node that overwrote the
  last name, `"$parents"` the numbers of the directories that the file was made in, `"$in"` one that isn't
  numbered, `"$managed"` the numbers of other files that somebody deletes, `"$lent"` once a generator has
  lent the file, `"$tested"` once a fixture has come back from its test, `"$setting"`, `"$own"`, `"$passed"`
  where a setting of another object, the object itself or an argument decided what cleanup does.
- `("#", container)`: what it holds, as pairs of key and value; `("open", container)`: it may hold more than
  that.
- `("@", ident, name)`: an attribute. `("G", name)`, `("^", name)`: a global, a name of an enclosing body.
- `("?", condition)`: what a branch assumed. `("in", n)`: the directory that file n lies in. `("closed", n)`:
  its descriptor is closed. `("gone", n)`: it is deleted, noted until the tracked one is made.
  `("entered", stack)`, `("i" | "seen" | "first" | "skips", iterator)`: how far a with or a loop is.
"""

from __future__ import annotations

from typing import Any

from tmpleak_lint.ownership.values import Value

# The values differ by key as listed above; what is read is given its type where it is read.
State = dict[object, Any]
Args = tuple[Value, ...]
Keywords = tuple[tuple[str, Value], ...]
Held = tuple[tuple[object, Value], ...]

GONE = "gone"
RESULT = "$result"  # under this key an end's state has what the body returns
_HEAP = frozenset({"@", "#", "G", "closed", "gone", "open", "entered", "in", "^"})
_OWN = frozenset({"$exc", "$lent", "$lost", "$result", "$tested"})


def alive(state: State) -> bool:
    """Whether the tracked file has been made (or named) and somebody still owes its deletion."""
    return "$t" in state


def contents(container: object, state: State) -> Held:
    """What a container, registry or exit stack is known to hold, as pairs of key and value."""
    held: Held = state.get(("#", container), ())
    return held


def is_heap(key: object) -> bool:
    """What a call can see of its caller's state: objects, containers, globals, and how the file stands."""
    if type(key) is tuple:
        return key[0] in _HEAP
    return type(key) is str and key[0] == "$" and key not in _OWN
