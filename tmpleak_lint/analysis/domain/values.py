"""What a name or temporary may hold, as far as temp files care.

One file is followed at a time: the *tracked* one. `Ref(TRACKED, ...)` is that very file; `Ref(n, ...)` with
n > 0 is the latest file from the n-th other creation site; `Ref(MANAGED, ...)` a file that is known to be
cleaned up elsewhere. All values are immutable, and of equal ones there is one object: they are parts of
the states that the walk compares.

A value that is made of others has bounded size: see `Compound`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Literal
from weakref import ref

from tmpleak_lint.bounds import LATELY_MADE, MOST_LEVELS, MOST_PARTS
from tmpleak_lint.flow.graph import ClassShape, Code, Display

TRACKED = 0
MANAGED = -1
UNTRACKED = 1 << 20  # what another round of a loop made: no site has this number
# From here on: what managers lend that they may leave behind, each by the number of its temporary.
LENT = 1 << 30

# `above` is what `super()` gives: the instance or class, and the class it is asked in; `given` what a caller passes,
# of which nothing is known but that it isn't None.
ObjectKind = Literal[
    "file", "stack", "closing", "suppress", "expecter", "future", "slice", "above", "given", "waiting"
]  # fmt: skip
PartialKind = Literal["partial", "manager", "generator", "coroutine"]


class Role(StrEnum):
    """How a value relates to the file."""

    PATH = "path"  # a string or path object that names it
    HANDLE = "handle"  # a file object (or directory object) with .name
    FD = "fd"  # the raw descriptor
    CHILD = "child"  # a path below it
    SIBLING = "sibling"  # a path made from its name, next to it
    STEM = "stem"  # its name without the end: with some ending it is the file again
    PARENT = "parent"  # the directory it lies in
    TEXT = "text"  # a string that contains its path
    COMMAND = "command"  # a shell command that deletes it
    WRAP = "wrap"  # an object built from it

    __hash__ = str.__hash__  # states are told apart by it again and again: the one of enumerations is slow


BESIDE = frozenset({Role.SIBLING, Role.STEM})


class Interned(type):
    """The type of the kinds of values: of equal ones there is one object as long as anybody has it.

    Values are hashed and compared at every place where ways meet, fifty times as often as they are made; an object is
    hashed and compared by where it lies. What can't be hashed is an object of its own.
    """

    _known: dict[tuple[object, ...], _Entry]
    _rest: tuple[object, ...]  # what stands for parts that aren't given

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        cls._known = {}
        cls._rest = ()

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            return cls._one_for(cls.made(args, kwargs))
        if len(args) < len(cls.__match_args__):  # type: ignore[attr-defined]
            cls._rest = cls._rest or tuple(part.default for part in fields(cls))  # type: ignore[arg-type]
            args += cls._rest[len(args) :]
        try:
            entry = cls._known.get(args)
        except TypeError:  # it can't be hashed
            return cls.made(args, {})
        found = entry() if entry is not None else None
        return found if found is not None else cls._one_for(cls.made(args, {}))

    def made(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Another object, that of an equal value or not."""
        return super().__call__(*args, **kwargs)

    def parts_of(cls, made: Any) -> tuple[object, ...]:
        """What equal values have in common."""
        return tuple([getattr(made, name) for name in cls.__match_args__])  # type: ignore[attr-defined]

    def _one_for(cls, made: Any) -> Any:
        """The one object of the values that are equal to this."""
        if type(made) is not cls:
            return made
        parts = cls.parts_of(made)
        entry = _Entry(made, _forget)
        entry.known, entry.parts = cls._known, parts
        try:
            known = cls._known.setdefault(parts, entry)
        except TypeError:
            return made
        if len(_lately_made) >= LATELY_MADE:
            _lately_made.clear()
        _lately_made.append(made)
        found = known()
        if found is not None:
            return found
        cls._known[parts] = entry  # the last one is just going
        return made


# Many a value is made, let go and made again: so many stay for a while.
_lately_made: list[object] = []


def let_go() -> None:
    """Keep no value any more that nobody has: what it is made of, bodies among them, goes with it."""
    _lately_made.clear()


class Exact(Interned):
    """Values that are told apart by the type of what they have, too: `1 == True`."""

    def __call__(cls, value: Any) -> Any:
        try:
            entry = cls._known.get((value.__class__, value))
        except TypeError:
            return cls.made((value,), {})
        found = entry() if entry is not None else None
        return found if found is not None else cls._one_for(cls.made((value,), {}))

    def parts_of(cls, made: Any) -> tuple[object, ...]:
        return (made.value.__class__, made.value)


class _Entry(ref):  # type: ignore[type-arg]
    """How a value is found by its parts, until nobody has it any more."""

    __slots__ = ("known", "parts")
    known: dict[tuple[object, ...], _Entry]
    parts: tuple[object, ...]


def _forget(entry: _Entry) -> None:
    if entry.known.get(entry.parts) is entry:
        del entry.known[entry.parts]


class Compound(Interned):
    """The type of the kinds of values that are made of others.

    `x = (x, x)` in a loop makes a value that has itself inside, twice as large each time. So one of more than
    `MOST_PARTS` values, or of values within each other more than `MOST_LEVELS` deep, comes into being as a plain
    sequence of the files and objects that it leads to, if it is a `Holder` and has any, and else as `UNKNOWN`.
    """

    def made(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        made = super().made(args, kwargs)
        given = (*args, *kwargs.values()) if kwargs else args
        parts, levels = _measured(given)
        if parts >= MOST_PARTS or levels >= MOST_LEVELS:
            return _what_it_leads_to(given) if issubclass(cls, Holder) else UNKNOWN
        object.__setattr__(made, "size", (parts + 1, levels + 1))
        return made


class Sized:
    """What a value of a compound kind knows of itself: the number of values that it is made of, and how deep they
    stand in each other."""

    __slots__ = ("size",)
    size: tuple[int, int]


class Holder(Sized):
    """A value of whose parts whoever gets it gets hold."""

    __slots__ = ()


def _measured(given: tuple[object, ...]) -> tuple[int, int]:
    """The number of values in these, as far as it matters, and how deep they stand in each other."""
    parts, levels = 0, 0
    for each in given:
        if isinstance(each, Sized):
            more, deep = each.size
        elif type(each) is tuple:
            more, deep = _measured(each)
        else:
            more, deep = 1, 0
        parts += more
        if deep > levels:
            levels = deep
        if parts >= MOST_PARTS:
            break
    return parts, levels


def _what_it_leads_to(given: tuple[object, ...]) -> Value:
    """What stands in the place of a value that would be too large."""
    found: dict[object, None] = {}
    for leaf in _leaves(given):
        found[leaf] = None
    # The file that is followed is among the first.
    kept = sorted(found, key=lambda leaf: not names_followed(leaf))
    return Seq(tuple(kept[: MOST_PARTS // 8])) if kept else UNKNOWN  # type: ignore[arg-type]


def _leaves(given: tuple[object, ...]) -> Iterator[object]:
    """The files, containers and objects in these values."""
    for each in given:
        match each:
            case tuple():
                yield from _leaves(each)
            case Ref() | Box():
                yield each
            case Inst(ident=ident) if type(ident) is not tuple:
                yield each
            case Object(data=()) | Func(bound=None, cells=()):
                yield each
            case Holder() | Iteration():
                yield from _leaves(tuple(getattr(each, part.name) for part in fields(each)))  # type: ignore[arg-type]


def names_followed(value: object) -> bool:
    """Whether a value has the tracked file in itself, or one that is cleaned up elsewhere."""
    if type(value) is Ref:
        return value.obj <= TRACKED
    if not isinstance(value, Holder | Iteration | tuple):
        return False  # nothing stands in it
    return any(isinstance(leaf, Ref) and leaf.obj <= TRACKED for leaf in _leaves((value,)))


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Const(metaclass=Exact):
    value: object


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Sym(Sized, metaclass=Compound):
    """Nothing is known of it; `domain/symbols.py` has the kinds that are the same unknown wherever their parts are."""

    @property
    def text(self) -> str:
        """The name that it has in the source, "" for none."""
        return ""

    @property
    def parts(self) -> tuple[object, ...]:
        return type(self).parts_of(self)


UNKNOWN = Sym()


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Ref(metaclass=Interned):
    obj: int
    role: Role


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Seq(Holder, metaclass=Compound):
    """An immutable sequence with known items."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Box(metaclass=Interned):
    """A mutable container made in this walk; what it holds stands in the heap under `Contents(box)`."""

    ident: object
    kind: Display = "list"


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Dotted(metaclass=Interned):
    """A module, function or class outside the project, or a builtin, by its qualified name."""

    name: str


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Global(metaclass=Interned):
    """A module-level variable of the project."""

    module: str
    name: str


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Member(Sized, metaclass=Compound):
    """Attribute `attr` of something whose attributes aren't followed, or a method of it."""

    base: Value
    attr: str


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Item(Sized, metaclass=Compound):
    """An element of something unknown."""

    base: Value
    index: object


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Func(Holder, metaclass=Compound):
    """A function of the project. `code` is given for nested functions and lambdas, `bound` for methods; `cells` are the
    variables of the body around it that have the file, once that body has ended."""

    module: str
    qualname: str
    code: Code | None = None
    bound: Value | None = None
    cells: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Klass(metaclass=Interned):
    module: str
    qualname: str
    shape: ClassShape | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Inst(Holder, metaclass=Compound):
    """An instance of a class of the project; its attributes stand in the heap under `Attribute(ident, name)`."""

    klass: Klass
    ident: object


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Object(Holder, metaclass=Compound):
    """An object of the standard library that matters, or one that is given.

    data: for suppress and expecter the names of the exceptions; for file the descriptor it owns, if any.
    """

    kind: ObjectKind
    ident: object
    data: tuple[object, ...] = ()

    def first(self, otherwise: Value) -> Value:
        """What it was made from."""
        return self.data[0] if self.data and isinstance(self.data[0], Value) else otherwise


WAITING = Object("waiting", None)  # holds what is to be called later, whatever it finds then


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Partial(Holder, metaclass=Compound):
    """A call that is prepared, not made: functools.partial, a lambda-free registrar, a coroutine or
    generator."""

    func: Value
    args: tuple[Value, ...]
    kind: PartialKind = "partial"
    keywords: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class OneOf(metaclass=Interned):
    """One of several callables, and it can't be told which: `rm = unlink if ... else rmtree`, an element of a table."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Test(Sized, metaclass=Compound):
    """A comparison that can't be decided, comparable with itself when made again."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Flight(metaclass=Interned):
    """An exception: exactly this class, or (not exact) it or any subclass."""

    name: str
    exact: bool = True


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Iteration(Sized, metaclass=Interned):
    """An iterator over a known sequence or box (never over another iterator); the position stands in the state."""

    source: Value
    ident: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", _measured((self.source,)))


Value = (
    Const | Sym | Ref | Seq | Box | Dotted | Global | Member | Item | Func | Klass | Inst | Object | Partial
    | OneOf | Test | Flight | Iteration
)  # fmt: skip


def one_of(values: Iterable[Value]) -> Value:
    """The one value that these are, or the choice between them; unknown where there are none."""
    options = tuple(dict.fromkeys(
        each for value in values for each in (value.options if isinstance(value, OneOf) else (value,))
    ))  # fmt: skip
    return options[0] if len(options) == 1 else OneOf(options) if options else UNKNOWN


def bound(
    func: Value, args: tuple[Value, ...], keywords: tuple[tuple[str, Value], ...], runner: str
) -> Partial:
    """A callable that has these arguments already, or is run by a runner when it is called."""
    return Partial(Dotted(runner), (func,)) if runner else Partial(func, args, "partial", keywords)


def text_of(value: object) -> str:
    """A value's dotted text as it reads in the source, as far as that is known ("" where it isn't)."""
    match value:
        case Dotted(name=name) | Global(name=name):
            return name
        case Member(base=base, attr=attr):
            head = text_of(base)
            return f"{head}.{attr}" if head else f"?.{attr}"
        case Sym():
            return value.text
        case Inst():
            return "self"
        case Item(base=base):
            return text_of(base)
    return ""


def idents_in(value: object) -> Iterator[object]:
    """The names of the containers and objects that a value is made of."""
    match value:
        case Box(ident=ident) | Inst(ident=ident):
            yield ident
        case Object(ident=ident, data=data):
            yield ident
            yield from idents_in(data)
        case Seq(items=parts) | Partial(args=parts) | (*parts,):
            for each in parts:
                yield from idents_in(each)
        case Member(base=base) | Item(base=base):
            yield from idents_in(base)
        case Func(bound=base, cells=cells):
            for each in (base, *(held for _, held in cells)):
                yield from idents_in(each)


# What has no names of containers and objects in it.
_NAMELESS = frozenset({Const, Ref, Dotted, Global, Klass, Test, Flight, type(None), str, int})


def renamed(value: Any, names: Mapping[object, object]) -> Any:
    """A value with other names for the containers and objects that it is made of."""
    if type(value) in _NAMELESS:
        return value
    match value:
        case Box(ident=ident, kind=kind):
            return Box(names[ident], kind) if ident in names else value
        case Inst(klass=klass, ident=ident):
            return Inst(klass, names[ident]) if ident in names else value
        case Object(kind=kind, ident=ident, data=data):
            return Object(kind, names.get(ident, ident), renamed(data, names))
        case Seq(items=parts):
            return Seq(renamed(parts, names))
        case Partial(args=parts):
            return replace(value, args=renamed(parts, names))
        case Member(base=base) | Item(base=base):
            return replace(value, base=renamed(base, names))
        case Func(bound=base, cells=cells) if base is not None or cells:
            return replace(value, bound=renamed(base, names), cells=renamed(cells, names))
        case Sym():
            return names.get(value, value)
        case tuple() if type(value) is tuple:
            return tuple(renamed(each, names) for each in value)
    return value


NONE = Const(None)
TRUE = Const(True)
FALSE = Const(False)
