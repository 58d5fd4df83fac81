"""What a name or temporary holds, as far as two versions of a body can be compared by it.

A term is a nested tuple: `("const", type, text)`, `("name", dotted)` (of the module or the world), `("param", name)`,
`("free", name)`, `("fn", qualname)`, `("attr", base, name)`, `("item", base, index)`, `("elem", source)`,
`("call", func, arguments)` for calls without effects, `("op", operator, ...)`, `("build", kind, ...)`, `("filled",
container, ...)` for one that the file was put in, `("made", ...)` for what a visible operation gave: equal in both
versions where both came to it together. The file itself is `PATH`,
`HANDLE` or `FD`. Terms deeper than `COMPARED_TERMS` are cut, so that a loop has finitely many.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from functools import lru_cache

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.bounds import COMPARED_TERMS
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.model import PATH as PATHS
from tmpleak_lint.knowledge.model import Collects, Derives, Handling, Holds, Model, Reads, Relation, Shape
from tmpleak_lint.knowledge.table import SHIPPED, TABLE
from tmpleak_lint.knowledge.words import LAZY_CALLS


def _is_same(row: Model) -> bool:
    derives = row.effect(Derives)
    return derives is not None and derives.relation is Relation.SAME


SAME_PATH = frozenset(row.name for row in TABLE.values() if _is_same(row) and not row.name.startswith(PATHS))
SAME_METHODS = frozenset(row.tail for row in TABLE.values() if _is_same(row) and row.name.startswith(PATHS))
_HANDLES = (Shape.HANDLE, Shape.SELF_DELETING)
Term = tuple[object, ...]
PATH: Term = ("path",)
HANDLE: Term = ("handle",)
FD: Term = ("fd",)
PAIR: Term = ("pair",)  # what mkstemp gives
LENT: Term = ("lent",)  # a TemporaryDirectory before it is entered
ASKED = 1 << 14  # answers about terms that are remembered: the same few are asked about at every step
OURS = frozenset({PATH, HANDLE, FD, PAIR, LENT})
LAZY: Term = ("lazy",)  # what a generator expression holds that names the file
DEFERRED = "lazily of it"  # the mark of what reads the file when it is asked for more
NONE: Term = ("const", "NoneType", "None")
UNKNOWN: Term = ("?",)
_CUT: Term = ("...",)
_REBOUND = ":rebound"
_EMPTY = frozenset(map(repr, (None, False, 0, 0.0, 0j, "", b"")))
_READS = SHIPPED.tails(Reads)
_LAZY = SHIPPED.tails_where(Reads, lambda reads: reads.lazily)
_VIEWS = SHIPPED.tails_where(
    Holds, lambda holds: holds.how in (Handling.VIEWS, Handling.COPIES, Handling.PAIRS, Handling.KEYS)
)
_COLLECTING = SHIPPED.tails(Collects)
_TAKING_ALL = _COLLECTING - LAZY_CALLS
_ITERATING = SHIPPED.tails_where(Collects, lambda collects: collects.relists or collects.numbered)


def const(value: object) -> Term:
    return ("const", type(value).__name__, repr(value))


@lru_cache(ASKED)
def cut(term: Term, depth: int = COMPARED_TERMS) -> Term:
    """The term without what lies deeper than the bound; what the file is stays in sight."""
    if depth == 0:
        inside = next((each for each in parts(term) if each in OURS), None)
        return ("...", inside) if inside is not None else _CUT
    if not any(isinstance(each, tuple) for each in term):
        return term
    return tuple(cut(each, depth - 1) if isinstance(each, tuple) else each for each in term)


@lru_cache(ASKED)
def parts(term: Term) -> tuple[Term, ...]:
    """A term and all that it is made of."""
    found = [term]
    for each in term:
        if isinstance(each, tuple):
            found += parts(each)
    return tuple(found)


@lru_cache(ASKED)
def mentions(term: Term) -> bool:
    """Whether the file's path, handle or descriptor is part of a term."""
    return any(each in OURS for each in parts(term))


@lru_cache(ASKED)
def holds(term: Term) -> bool:
    """Whether a term is the file, or an object that was built around its path."""
    return any(each in OURS or is_built(each) for each in parts(term))


@lru_cache(ASKED)
def filled(container: Term, *items: Term) -> Term:
    """A container, or object, that has something from now on: what it has is part of it, wherever it goes."""
    first, *known = container[1:] if container[:1] == ("filled",) else (container,)
    return cut(("filled", first, *sorted({*known, *items}, key=repr)))


def swapped(term: Term, new: Mapping[Term, Term]) -> Term:
    """A term in which others stand in the place of some."""
    if term in new:
        return new[term]
    kept = (
        2 if term[:1] == ("filled",) else 0
    )  # what is put in another container of that kind isn't in this one
    return cut((*term[:kept], *(swapped(e, new) if isinstance(e, tuple) else e for e in term[kept:])))


def is_container(term: Term) -> bool:
    """Whether it is a container that the body has made for itself: a display, or what `list()` and the like give."""
    return term[:1] in (("build",), ("filled",)) or dotted(called_by(term)) in _COLLECTING


def is_built(term: Term) -> bool:
    """Whether a term is an object that was built around the file's path."""
    return term[:1] == ("made",) and term[-1] == "built"


def rebound(place: str, mark: str) -> Term:
    """What a name stands for that code which isn't the body's own may have bound meanwhile."""
    return ("made", f"{place}{_REBOUND}", mark)


def is_rebound(term: Term) -> bool:
    return term[:1] == ("made",) and str(term[1]).endswith(_REBOUND)


@lru_cache(ASKED)
def is_message(term: Term) -> bool:
    """Whether a term is a text for people that names the file: words around its path."""
    if not mentions(term):
        return False
    return any(
        each[:1] in (("text",), ("op",), ("call",)) and any(_is_prose(part) for part in parts(each))
        for each in parts(term)
    )


def _is_prose(term: Term) -> bool:
    return term[:2] == ("const", "str") and " " in str(term[2])


@lru_cache(ASKED)
def is_derived(term: Term) -> bool:
    """Whether a term is made from the file, be it by a call that was given it, and may hold something of it."""
    if term in OURS or (term[:1] == ("made",) and term[-1] in ("of it", "built", DEFERRED)):
        return True
    match term:
        case ("call", tuple() as func, *given) if not is_own(func) and tail(func) in _READS:
            return tail(func) in _LAZY and any(
                is_plainly(each) for each in _arguments(given) if each != HANDLE
            )
    return any(isinstance(each, tuple) and is_derived(each) for each in term)


@lru_cache(ASKED)
def is_lazy(term: Term) -> bool:
    """Whether something reads the file when it is asked for more: it isn't what has been taken out of that."""
    if term == LAZY or (term[:1] == ("made",) and term[-1] == DEFERRED):
        return True
    if dotted(called_by(term)) in _TAKING_ALL:
        return False
    return any(isinstance(each, tuple) and is_lazy(each) for each in term)


def is_own(func: Term) -> bool:
    """Whether what is called is a function that the body has made itself, whatever others have its name."""
    return func[:1] == ("fn",)


def _arguments(given: list[object]) -> tuple[Term, ...]:
    return given[0] if given and isinstance(given[0], tuple) else ()


def is_plainly(argument: Term) -> bool:
    """Whether an argument is the path or handle itself, not a text that tells it."""
    return names_file(value_of(argument), frozenset())


def value_of(argument: Term) -> Term:
    """The value of an argument, be it named, or several in one."""
    return argument[2] if argument[:1] in (("kw",), ("star",)) else argument  # type: ignore[return-value]


def tail(func: Term) -> str:
    """The last name of what is called."""
    match func:
        case ("attr", _, str(name)):
            return name
        case ("name", str(name)) | ("fn", str(name), *_):
            return name.rpartition(".")[2]
        case (str(), str(name)):
            return name
    return ""


def dotted(func: Term) -> str:
    """The dotted name of what is called, "" where it has none."""
    return str(func[1]) if func[:1] == ("name",) else ""


@lru_cache(ASKED)
def readable(func: Term) -> str:
    """A method as it reads in the source, by the names of parameters and variables; "" where it has no name."""
    match func:
        case ("param" | "free" | "global" | "name", str(name)):
            return name
        case ("attr", tuple() as base, str(name)):
            head = readable(base)
            return f"{head}.{name}" if head else ""
    return ""


def base_of(func: Term) -> Term | None:
    match func:
        case ("attr", tuple() as base, _):
            return base
    return None


@lru_cache(ASKED)
def names_file(term: Term, holders: frozenset[Term]) -> bool:
    """Whether a term names the very file: its path under any type, its handle, or an element of what holds it."""
    while True:
        match term:
            case ("path",) | ("handle",) | ("lent",):
                return True
            case ("attr", tuple() as base, "name") if base[0] == "elem":
                term = base
            case ("call", tuple() as func, tuple() as args) if dotted(func) in SAME_PATH and len(args) == 1:
                term = args[0]
            case ("call", ("attr", tuple() as base, str(name)), _) if name in SAME_METHODS:
                term = base
            case ("call", ("attr", tuple() as base, "encode"), _):
                term = base
            case ("elem", tuple() as source):
                return container_of(source) in holders
            case ("item", tuple() as base, _):
                if base == PAIR:
                    return False
                return base in holders or (base[:1] == ("elem",) and container_of(base[1]) in holders)
            case _:
                return False


@lru_cache(ASKED)
def has_file(item: Term, holders: frozenset[Term]) -> bool:
    """Whether what is put in a container is the file, or something of which an element is."""
    return (
        item == PAIR
        or names_file(item, holders)
        or (
            item[:1] in (("build",), ("filled",))
            and any(isinstance(each, tuple) and has_file(each, holders) for each in item)
        )
    )


@lru_cache(ASKED)
def other_file(term: Term) -> Term | None:
    """The other file of the body that a term names, if it does."""
    while True:
        match term:
            case ("temp", _):
                return term
            case ("attr", tuple() as base, "name") | ("item", tuple() as base, ("const", "int", "1")):
                term = base
            case ("call", tuple() as func, (tuple() as only,)) if dotted(func) in SAME_PATH:
                term = only
            case ("call", ("attr", tuple() as base, str(name)), _) if name in SAME_METHODS:
                term = base
            case _:
                return None


@lru_cache(ASKED)
def container_of(source: Term) -> Term:
    """The container whose elements an expression goes over: `sorted(paths)`, `paths.values()`, `list(paths)`."""
    while True:
        match source:
            case ("call", ("attr", tuple() as base, str(name)), _) if name in _VIEWS:
                source = base
            case ("call", ("name", str(name)), (tuple() as first, *_)) if name in _ITERATING:
                source = first
            case _:
                return source


@lru_cache(ASKED)
def truth_of(cond: Term) -> bool | None:
    """What a condition is, where that is known: constants, and what names the file, which is never None."""
    match cond:
        case ("const", _, str(text)):
            return text not in _EMPTY
        case ("op", "not", tuple() as inner):
            known = truth_of(inner)
            return None if known is None else not known
        case ("op", str(operator), tuple() as left, tuple() as right):
            return _compared(operator, left, right)
        case ("path",) | ("handle",) | ("pair",) | ("lent",):
            return True
    return None


def _compared(operator: str, left: Term, right: Term) -> bool | None:
    if operator in ("is", "=="):
        return _are_equal(left, right)
    if left[:2] == right[:2] == ("const", "int"):
        one, other = int(str(left[2])), int(str(right[2]))
        return {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}.get(operator)
    return None


def _are_equal(left: Term, right: Term) -> bool | None:
    """Whether two values are the same, where that is known; constants of two types may be equal."""
    if left == right and left[0] in ("const", "path", "handle"):
        return True
    if NONE in (left, right):
        known = left[0] == right[0] == "const" or mentions(left) or mentions(right)
    else:
        known = left[:2] == right[:2] and left[0] == "const"
    return False if known else None


@lru_cache(ASKED)
def takes_missing(types: Term) -> bool | None:
    """Whether handlers of these types take a FileNotFoundError; None where not all of them are known."""
    kinds = [getattr(builtins, str(each[1]), None) for each in parts(types) if each[:1] == ("name",)]
    if any(isinstance(kind, type) and issubclass(FileNotFoundError, kind) for kind in kinds):
        return True
    return False if kinds and all(isinstance(kind, type) for kind in kinds) else None


def called_by(term: Term) -> Term:
    return term[1] if term[:1] == ("call",) and isinstance(term[1], tuple) else UNKNOWN


def argument_of(each: g.Argument, value: Term) -> Term:
    if each.keyword is not None:
        return ("kw", each.keyword, value)
    return ("star", each.star, value) if each.star else value


def item_of(base: Term, index: Term) -> Term:
    match base:
        case ("pair",):
            return FD if index == const(0) else PATH if index in (const(1), const(-1)) else UNKNOWN
        case ("seq", *items) if index[:2] == ("const", "int"):
            position = int(str(index[2]))
            return items[position] if -len(items) <= position < len(items) else UNKNOWN  # type: ignore[return-value]
        case ("build", "tuple" | "list", *items) if index[:2] == ("const", "int"):
            position = int(str(index[2]))
            if -len(items) <= position < len(items):
                return items[position]  # type: ignore[return-value]
    return cut(("item", base, index))


def made_by(shape: Shape, handed: object) -> Term:
    """What a creating call gives."""
    if handed is not None:
        return _of_value(handed)
    if shape is Shape.FD_AND_PATH:
        return PAIR
    if shape is Shape.PATH_FIRST:
        return ("seq", PATH, ("made", "what comes with it", ""))
    if shape in _HANDLES:
        return HANDLE
    return LENT if shape is Shape.DIRECTORY_HANDLE else PATH


def _of_value(value: object) -> Term:
    match value:
        case v.Ref(obj=v.TRACKED, role=role):
            return {v.Role.HANDLE: HANDLE, v.Role.FD: FD}.get(role, PATH)
        case v.Seq(items=items):
            return ("seq", *map(_of_value, items))
    return ("made", "handed", "of it")
