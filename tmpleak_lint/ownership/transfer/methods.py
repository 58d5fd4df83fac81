"""Methods of what isn't followed: by the kind of the object, by name, by what is given to them."""

from __future__ import annotations

import re

from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge import calls as known_calls
from tmpleak_lint.knowledge import frameworks, releases
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.catching import exception_names
from tmpleak_lint.ownership.exceptions import ANY
from tmpleak_lint.ownership.state import Args, Keywords, State, alive
from tmpleak_lint.ownership.summaries import only_class_with
from tmpleak_lint.ownership.transfer.conditions import forget_about
from tmpleak_lint.ownership.transfer.containers import container_method
from tmpleak_lint.ownership.transfer.registering import opaque_callable_with_file, registers
from tmpleak_lint.ownership.transfer.stacks import enter_by_call, object_method
from tmpleak_lint.ownership.transfer.texts import string_method
from tmpleak_lint.ownership.values import UNKNOWN, Ref, Value
from tmpleak_lint.ownership.walk import DEAD, Walker

_PURE = frozenset({"startswith", "endswith", "get", "lower", "upper", "strip", "isdigit", "is_set"})
_TEST_TAILS = frozenset(b.rpartition(".")[2] for b in frameworks.TEST_BASES)
_CONTAINER_METHODS = frozenset({
    "append", "add", "appendleft", "insert", "setdefault", "extend", "update", "pop", "popleft", "popitem",
    "values", "items", "keys", "copy", "get", "clear", "remove", "discard",
})  # fmt: skip


def method(
    walk: Walker,
    index: int,
    node: Node,
    base: Value,
    attr: str,
    args: Args,
    keywords: Keywords,
    dest: int,
    state: State,
) -> int | Value:
    """Carry out the call; where the attribute turns out to be a stored function or class, that is given
    back."""
    everything = [*args, *(a for _, a in keywords)]
    if isinstance(base, Ref):
        return walk.file_method(index, node, base, attr, args, keywords, dest, state)
    if isinstance(base, v.Object):
        return object_method(walk, index, node, base, attr, args, keywords, dest, state)
    if isinstance(base, v.Const) and isinstance(base.value, str | bytes):
        return string_method(node, base, attr, args, keywords, dest, state)
    if attr in _CONTAINER_METHODS and not isinstance(base, v.Seq):
        done = container_method(walk, index, node, base, attr, args, dest, state)
        if done is not None:
            return done
    if attr in releases.ENTERERS and any(isinstance(a, Ref) for a in everything):
        return enter_by_call(walk, index, node, args, dest, state)
    if attr in releases.ENTERERS and args and isinstance(args[0], v.Partial) and walk.holds(args[0], state):
        return walk.happen("managed", index, attr)
    if registers(walk, index, everything, state, attr):
        return walk.happen("managed", index, attr)
    if attr in releases.REGISTRARS and alive(state) and opaque_callable_with_file(walk, everything, state):
        return walk.happen("managed", index, attr)
    if isinstance(base, v.Inst) and attr in known_calls.NEVER_RETURN_METHODS and is_test(walk, base.klass):
        walk.fail(index, state, ANY, "exit")
        return DEAD
    if isinstance(base, v.Inst) and attr in known_calls.EXPECTER_METHODS and len(args) == 1:
        state[dest] = v.Object("expecter", walk.ident(index), tuple(exception_names(walk, args[0])))
        return node.next
    if isinstance(base, v.Inst) and any(walk.holds(a, state) for a in everything):
        stored = walk.around.attribute_value(base.klass, attr)
        if stored is not None:
            return stored
    text = v.text_of(v.Member(base, attr))
    declared = as_declared(walk, index, node, text, args, keywords, dest, state)
    if declared is not None:
        return declared
    if isinstance(base, v.Sym | v.Member | v.Item) and any(walk.holds(a, state) for a in everything):
        taker = registering_method(walk, base, attr)
        if taker is not None:
            return taker
    if attr == "joinpath" and isinstance(base, v.Member | v.Global):
        state[dest] = v.Item(base, "child")
        return node.next
    if attr in releases.DELETER_METHODS and attr != "remove" and not args:
        # Path("x").unlink() of something that isn't followed.
        state[dest] = v.NONE
        return walk.delete(index, node, base, f"pathlib.Path.{attr}", state)
    if attr == "replace" and len(args) == 2:  # of a string
        state[dest] = UNKNOWN
        return node.next
    if attr in known_calls.BENIGN_METHODS or is_logging(base, attr):
        result = v.Sym(("method", base, attr, args)) if attr in _PURE else v.Sym(("op", walk.ident(index)))
        if attr not in _PURE:
            forget_about(result, state)
        state[dest] = result
        return node.next
    return walk.opaque(index, node, attr, args, keywords, dest, state)


def as_declared(
    walk: Walker, index: int, node: Node, text: str, args: Args, keywords: Keywords, dest: int, state: State
) -> int | None:
    """A call that the user's own rows speak of, by its dotted text; None where they don't."""
    knowledge = walk.knowledge
    if knowledge.takes(text) and any(walk.holds(a, state) for a in (*args, *(a for _, a in keywords))):
        return walk.happen("managed", index, text.rpartition(".")[2])
    if knowledge.never_returns and knowledge.leaves_with(text) is not None:
        walk.fail(index, state, ANY, "exit")
        return DEAD
    if knowledge.deleters and knowledge.deleted_position(text) is not None:
        state[dest] = v.NONE
        return walk.delete(index, node, args[0] if args else UNKNOWN, text, state)
    if knowledge.benign_calls and knowledge.is_benign(text):
        result = v.Sym(("op", walk.ident(index)))
        forget_about(result, state)
        state[dest] = result
        return node.next
    return None


def registering_method(walk: Walker, base: Value, attr: str) -> v.Func | None:
    """A method named after cleaning up, of the one class near by that has it, bound to an object of that class."""
    words = set(re.findall(r"[a-z]+", attr.lower()))
    klass = only_class_with(walk.project, walk.module, attr) if words & releases.TAKING_WORDS else None
    func = walk.project.method(klass, attr) if klass is not None else None
    if func is None or klass is None:
        return None
    return v.Func(func.module, func.qualname, func.code, v.Inst(klass, ("of", base)))


def is_test(walk: Walker, klass: v.Klass) -> bool:
    """Whether a class is a test case, by the names of its bases."""
    inside, outside = walk.project.bases(klass)
    return any(b.rpartition(".")[2] in _TEST_TAILS for b in outside) or any(
        "Test" in k.qualname for k in inside
    )


def is_logging(base: Value, attr: str) -> bool:
    """Whether this is a logger's method, by the last part of the logger's name."""
    if attr not in known_calls.LOGGER_METHODS:
        return False
    tail = ""
    match base:
        case v.Member(attr=last):
            tail = last
        case v.Global(name=last) | v.Dotted(name=last):
            tail = last.rpartition(".")[2]
        case v.Sym(key=key):
            tail = str(key)
    return any(word in tail.lower() for word in known_calls.LOGGER_WORDS)
