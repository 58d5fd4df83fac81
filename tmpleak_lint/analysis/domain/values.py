"""What a name or temporary may hold, as far as temp files care.

One file is followed at a time: the *tracked* one. `Ref(TRACKED, ...)` is that very file; `Ref(n, ...)` with
n > 0 is the latest file from the n-th other creation site; `Ref(MANAGED, ...)` a file that is known to be
cleaned up elsewhere. All values are immutable and hashable: they are parts of the states that the walk
compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tmpleak_lint.flow.graph import ClassShape, Code

TRACKED = 0
MANAGED = -1
STRANGER = 1 << 20  # what another round of a loop made: no site has this number


class Role(StrEnum):
    """How a value relates to the file."""

    PATH = "path"  # a string or path object that names it
    HANDLE = "handle"  # a file object (or directory object) with .name
    FD = "fd"  # the raw descriptor
    CHILD = "child"  # a path below it
    SIBLING = "sibling"  # a path made from its name, next to it
    PARENT = "parent"  # the directory it lies in
    TEXT = "text"  # a string that contains its path
    COMMAND = "command"  # a shell command that deletes it
    WRAP = "wrap"  # an object built from it


@dataclass(frozen=True, slots=True)
class Const:
    value: object


@dataclass(frozen=True, slots=True)
class Sym:
    """Unknown, but the same unknown wherever the key is the same. `None` is anonymous."""

    key: object = None


UNKNOWN = Sym(None)


@dataclass(frozen=True, slots=True)
class Ref:
    obj: int
    role: Role


@dataclass(frozen=True, slots=True)
class Seq:
    """An immutable sequence with known items."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A mutable container made in this walk; what it holds stands in the heap under `Contents(box)`."""

    ident: object
    kind: str = "list"


@dataclass(frozen=True, slots=True)
class Dotted:
    """A module, function or class outside the project, or a builtin, by its qualified name."""

    name: str


@dataclass(frozen=True, slots=True)
class Global:
    """A module-level variable of the project."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """Attribute `attr` of something whose attributes aren't followed, or a method of it."""

    base: Value
    attr: str


@dataclass(frozen=True, slots=True)
class Item:
    """An element of something unknown."""

    base: Value
    index: object


@dataclass(frozen=True, slots=True)
class Func:
    """A function of the project. `code` is given for nested functions and lambdas, `bound` for methods."""

    module: str
    qualname: str
    code: Code | None = None
    bound: Value | None = None


@dataclass(frozen=True, slots=True)
class Klass:
    module: str
    qualname: str
    shape: ClassShape | None = None


@dataclass(frozen=True, slots=True)
class Inst:
    """An instance of a class of the project; its attributes stand in the heap under `Attribute(ident, name)`."""

    klass: Klass
    ident: object


@dataclass(frozen=True, slots=True)
class Object:
    """An object of the standard library that matters: kind is file, stack, suppress, expecter, benign.

    data: for suppress and expecter the names of the exceptions; for file the descriptor it owns, if any.
    """

    kind: str
    ident: object
    data: tuple[object, ...] = ()

    def first(self, otherwise: Value) -> Value:
        """What it was made from."""
        return self.data[0] if self.data and isinstance(self.data[0], Value) else otherwise


@dataclass(frozen=True, slots=True)
class Partial:
    """A call that is prepared, not made: functools.partial, a lambda-free registrar, a coroutine or
    generator."""

    func: Value
    args: tuple[Value, ...]
    kind: str = "partial"
    keywords: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison that can't be decided, comparable with itself when made again."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Flight:
    """An exception: exactly this class, or (not exact) it or any subclass."""

    name: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Iteration:
    """An iterator over a known sequence or box; the position stands in the state."""

    source: Value
    ident: int


Value = (
    Const | Sym | Ref | Seq | Box | Dotted | Global | Member | Item | Func | Klass | Inst | Object | Partial
    | Test | Flight | Iteration
)  # fmt: skip


def text_of(value: object) -> str:
    """A value's dotted text as it reads in the source, as far as that is known ("" where it isn't)."""
    match value:
        case Dotted(name=name) | Global(name=name):
            return name
        case Member(base=base, attr=attr):
            head = text_of(base)
            return f"{head}.{attr}" if head else f"?.{attr}"
        case Sym(key=tuple() as key) if key and key[0] in ("param", "free", "global"):
            return str(key[-1])
        case Inst():
            return "self"
        case Item(base=base):
            return text_of(base)
    return ""


NONE = Const(None)
TRUE = Const(True)
FALSE = Const(False)
