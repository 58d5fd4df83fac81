"""What a name or temporary holds, as far as two versions of a body can be compared by it.

A term is a nested tuple: `("const", type, text)`, `("name", dotted)` (of the module or the world), `("param", name)`,
`("free", name)`, `("fn", qualname)`, `("attr", base, name)`, `("item", base, index)`, `("elem", source)`,
`("call", func, arguments)` for calls without effects, `("op", operator, ...)`, `("build", kind, ...)`, `("made", ...)`
for what a visible operation gave: equal in both versions where both came to it together. The file itself is `PATH`,
`HANDLE` or `FD`. Terms deeper than `COMPARED_TERMS` are cut, so that a loop has finitely many.
"""

from __future__ import annotations

from collections.abc import Iterator

from tmpleak_lint.bounds import COMPARED_TERMS
from tmpleak_lint.knowledge.model import PATH as PATHS
from tmpleak_lint.knowledge.model import Collects, Derives, Handling, Holds, Model, Reads, Relation
from tmpleak_lint.knowledge.table import SHIPPED, TABLE


def _is_same(row: Model) -> bool:
    derives = row.effect(Derives)
    return derives is not None and derives.relation is Relation.SAME


SAME_PATH = frozenset(row.name for row in TABLE.values() if _is_same(row) and not row.name.startswith(PATHS))
SAME_METHODS = frozenset(row.tail for row in TABLE.values() if _is_same(row) and row.name.startswith(PATHS))
Term = tuple[object, ...]
PATH: Term = ("path",)
HANDLE: Term = ("handle",)
FD: Term = ("fd",)
PAIR: Term = ("pair",)  # what mkstemp gives
LENT: Term = ("lent",)  # a TemporaryDirectory before it is entered
OURS = frozenset({PATH, HANDLE, FD, PAIR, LENT})
NONE: Term = ("const", "NoneType", "None")
_CUT: Term = ("...",)
_READS = SHIPPED.tails(Reads)
_LAZY = SHIPPED.tails_where(Reads, lambda reads: reads.lazily)
_VIEWS = SHIPPED.tails_where(
    Holds, lambda holds: holds.how in (Handling.VIEWS, Handling.PAIRS, Handling.KEYS)
)
_ITERATING = SHIPPED.tails_where(Collects, lambda collects: collects.relists or collects.numbered)


def const(value: object) -> Term:
    return ("const", type(value).__name__, repr(value))


def cut(term: Term, depth: int = COMPARED_TERMS) -> Term:
    """The term without what lies deeper than the bound; what the file is stays in sight."""
    if depth == 0:
        inside = next((each for each in parts(term) if each in OURS), None)
        return ("...", inside) if inside is not None else _CUT
    if not any(isinstance(each, tuple) for each in term):
        return term
    return tuple(cut(each, depth - 1) if isinstance(each, tuple) else each for each in term)


def parts(term: Term) -> Iterator[Term]:
    """A term and all that it is made of."""
    yield term
    for each in term:
        if isinstance(each, tuple):
            yield from parts(each)


def mentions(term: Term) -> bool:
    """Whether the file's path, handle or descriptor is part of a term."""
    return any(each in OURS for each in parts(term))


def holds(term: Term) -> bool:
    """Whether a term is the file, or an object that was built around its path."""
    return any(each in OURS or (each[:1] == ("made",) and each[-1] == "built") for each in parts(term))


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


def is_derived(term: Term) -> bool:
    """Whether a term is made from the file, be it by a call that was given it, and may hold something of it."""
    if term in OURS or (term[:1] == ("made",) and term[-1] in ("of it", "built")):
        return True
    match term:
        case ("call", tuple() as func, *given) if tail(func) in _READS:
            return tail(func) in _LAZY and any(
                is_plainly(each) for each in _arguments(given) if each != HANDLE
            )
    return any(isinstance(each, tuple) and is_derived(each) for each in term)


def _arguments(given: list[object]) -> tuple[Term, ...]:
    return given[0] if given and isinstance(given[0], tuple) else ()


def is_plainly(argument: Term) -> bool:
    """Whether an argument is the path or handle itself, not a text that tells it."""
    value = argument[2] if argument[:1] == ("kw",) else argument
    return isinstance(value, tuple) and names_file(value, frozenset())


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
    match func:
        case ("name", str(name)):
            return name
        case ("attr", tuple() as base, str(name)):
            head = dotted(base)
            return f"{head}.{name}" if head else ""
    return ""


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


def names_file(term: Term, holders: frozenset[Term]) -> bool:
    """Whether a term names the very file: its path under any type, its handle, or an element of what holds it."""
    while True:
        match term:
            case ("path",) | ("handle",) | ("lent",):
                return True
            case ("attr", tuple() as base, "name") if base in (HANDLE, LENT) or base[:1] == ("elem",):
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
