"""The kinds of unknown values that are told apart: which unknown is which.

A symbol stands for what nothing is known of but where it comes from; two that come from the same are the same unknown.
`values.UNKNOWN` is the one that equals nothing, not even itself made again. As other values, symbols are immutable, of
bounded size, and of equal ones there is one object.
"""

from __future__ import annotations

from dataclasses import dataclass

from tmpleak_lint.analysis.domain.values import Compound, Sym, Value
from tmpleak_lint.bounds import PATHS_BELOW


class _Named:
    """What has its name in the source."""

    __slots__ = ()
    name: str

    @property
    def text(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Param(_Named, Sym, metaclass=Compound):
    """What a body is given for a parameter."""

    qualname: str
    name: str


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class FreeName(_Named, Sym, metaclass=Compound):
    """What a name from around the body holds."""

    name: str


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class ModuleName(_Named, Sym, metaclass=Compound):
    """What a name means in a module that nowhere binds it."""

    module: str
    name: str


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Produced(Sym, metaclass=Compound):
    """What an operation gives; `ident` names that."""

    ident: object


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Element(Sym, metaclass=Compound):
    """What a loop takes from something unknown; `ident` names the operation."""

    ident: object


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Before(Sym, metaclass=Compound):
    """What an operation gave in an earlier round of a loop, told apart as the file hangs on it."""

    of: Sym


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Met(Sym, metaclass=Compound):
    """What a name or temporary holds where ways have met on which it held one thing and another."""

    node: int
    name: str | int


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Called(Sym, metaclass=Compound):
    """What a callable gives that always gives the same for the same."""

    name: str
    given: tuple[object, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class CalledOn(Sym, metaclass=Compound):
    """What a method gives that always gives the same for the same."""

    base: Value
    name: str
    given: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Existence(Sym, metaclass=Compound):
    """Whether something is there, asked at an operation (`at` is None where it says the same everywhere)."""

    of: object
    at: object


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Said(Sym, metaclass=Compound):
    """Whether a path has one of these texts in it, or at its beginning or end: what was asked."""

    asked: str
    path: Value
    texts: tuple[Value, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Below(Sym, metaclass=Compound):
    """What lies right in a directory that nothing is known of; `name` None for something below it, whatever it is."""

    base: Sym
    name: str | None


def below(base: Sym, name: str | None) -> Sym:
    """The path of this name below an unknown one, over however many directories; far down they aren't told apart."""
    depth, upper = 0, base
    while isinstance(upper, Below):
        depth, upper = depth + 1, upper.base
    parts = name.replace("\\", "/").split("/") if name is not None else [None]
    if depth + len(parts) > PATHS_BELOW or (isinstance(base, Below) and base.name is None):
        return Below(upper, None)
    for part in parts:
        base = Below(base, part)
    return base


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class OpenedBy(Sym, metaclass=Compound):
    """The path that a file object was opened by."""

    path: Value


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Flags(Sym, metaclass=Compound):
    """Flags of a call joined by `|`, by name."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class OfContext(Sym, metaclass=Compound):
    """What a context variable has, the same for all that asks in its context."""

    variable: Value


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Locals(Sym, metaclass=Compound):
    """The names of the body itself, as `locals()` gives them."""


SYMBOLS = frozenset({Sym, *Sym.__subclasses__()})


def name_of(symbol: Sym) -> str:
    """What an unknown value goes by: the name that it has, or that of what gives it; "" for neither."""
    match symbol:
        case Called(name=name) | CalledOn(name=name):
            return name
    return symbol.text
