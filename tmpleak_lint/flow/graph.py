"""The control-flow graph of one body of code: operations with normal, branch and exceptional edges.

Comes in: nothing (these are the values). Goes out: what `flow.build` makes and `analysis` explores.

An operation reads and writes *temporaries* (small integers, one per value that an expression computes)
and *names* (strings). Every node has up to three ways on:

    next   the operation went well (for a branch: the condition holds)
    alt    the other way (branch: it doesn't hold; loop: exhausted; with-exit: the exception is swallowed)
    exc    the operation raised; the state that travels is the one *before* it

Which operations really raise is not decided here: the graph gives every operation that can run foreign
code an `exc` edge and leaves it to the knowledge tables whether it is walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from tmpleak_lint.model import Span

Temp = int
NO_EDGE = -1


@dataclass(frozen=True, slots=True)
class Const:
    dest: Temp
    value: object


@dataclass(frozen=True, slots=True)
class Load:
    dest: Temp
    name: str


@dataclass(frozen=True, slots=True)
class Store:
    name: str
    src: Temp


@dataclass(frozen=True, slots=True)
class Forget:
    """`del name`, and the end of `except ... as name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Move:
    dest: Temp
    src: Temp


@dataclass(frozen=True, slots=True)
class GetAttr:
    dest: Temp
    obj: Temp
    attr: str


@dataclass(frozen=True, slots=True)
class SetAttr:
    obj: Temp
    attr: str
    src: Temp


@dataclass(frozen=True, slots=True)
class GetItem:
    dest: Temp
    obj: Temp
    index: Temp


@dataclass(frozen=True, slots=True)
class SetItem:
    obj: Temp
    index: Temp
    src: Temp


@dataclass(frozen=True, slots=True)
class Remove:
    """`del obj.attr` (attr given) or `del obj[index]`."""

    obj: Temp
    attr: str | None


Display = Literal["tuple", "list", "set", "dict", "slice"]


@dataclass(frozen=True, slots=True)
class Build:
    """A display: `kind` is tuple, list, set, dict or slice; `starred` are the positions of starred items."""

    dest: Temp
    kind: Display
    items: tuple[Temp, ...]
    keys: tuple[Temp, ...] = ()
    starred: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Add:
    """A comprehension adds one element to the container it builds."""

    container: Temp
    item: Temp


@dataclass(frozen=True, slots=True)
class Text:
    """An f-string: literal pieces and the temporaries of its fields, in order."""

    dest: Temp
    parts: tuple[str | Temp, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    dest: Temp
    operator: str
    left: Temp
    right: Temp


@dataclass(frozen=True, slots=True)
class Compare:
    dest: Temp
    operator: str
    left: Temp
    right: Temp


@dataclass(frozen=True, slots=True)
class Not:
    dest: Temp
    src: Temp


@dataclass(frozen=True, slots=True)
class Unpack:
    """`a, *b = src`: `star` is the position of the starred target or None."""

    src: Temp
    dests: tuple[Temp, ...]
    star: int | None


@dataclass(frozen=True, slots=True)
class Argument:
    value: Temp
    keyword: str | None = None
    star: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    dest: Temp
    func: Temp
    args: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    cond: Temp


@dataclass(frozen=True, slots=True)
class Choice:
    """A branch whose condition isn't a value of the program (does the pattern match?)."""

    what: str


@dataclass(frozen=True, slots=True)
class Iterate:
    """`iter(src)`; `nonempty` when the source is a literal with at least one element."""

    dest: Temp
    src: Temp
    nonempty: bool
    awaits: bool


@dataclass(frozen=True, slots=True)
class Next:
    """One more element into `dest` (next), or exhausted (alt)."""

    dest: Temp
    iterator: Temp
    awaits: bool


@dataclass(frozen=True, slots=True)
class Enter:
    dest: Temp
    manager: Temp
    awaits: bool


@dataclass(frozen=True, slots=True)
class Leave:
    """`__exit__`: with an exception in flight (`error`) the alt edge is the way on when it is swallowed."""

    manager: Temp
    error: Temp | None
    awaits: bool


@dataclass(frozen=True, slots=True)
class Raise:
    """`said`: the message of an assertion."""

    src: Temp
    cause: Literal["raise", "assert"] = "raise"
    said: Temp | None = None


@dataclass(frozen=True, slots=True)
class Reraise:
    error: Temp


@dataclass(frozen=True, slots=True)
class Caught:
    """Entry of a handler, finally copy or with-exit copy: the exception in flight goes to `dest`."""

    dest: Temp


@dataclass(frozen=True, slots=True)
class Catches:
    """Does the exception in `error` match `types`? None is a bare except, which has no alt edge."""

    error: Temp
    types: Temp | None


@dataclass(frozen=True, slots=True)
class Await:
    dest: Temp
    src: Temp


@dataclass(frozen=True, slots=True)
class Yield:
    dest: Temp
    src: Temp
    delegates: bool


@dataclass(frozen=True, slots=True)
class Return:
    src: Temp


@dataclass(frozen=True, slots=True)
class Jump:
    """`break` or `continue`; without `what`, an endless loop that does nothing."""

    what: Literal["break", "continue", ""] = ""


@dataclass(frozen=True, slots=True)
class MakeFunction:
    """`defaults`: the parameters whose defaults are no literals, with what they are where the function is made."""

    dest: Temp
    code: Code
    defaults: tuple[tuple[str, Temp], ...] = ()


@dataclass(frozen=True, slots=True)
class MakeClass:
    dest: Temp
    shape: ClassShape


@dataclass(frozen=True, slots=True)
class Import:
    """`dest` is bound to `module` (and `attr` of it, which may be `*`); `level` counts the leading dots."""

    dest: Temp
    module: str
    attr: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Exit:
    """The end: `raised` is the temporary of the exception in flight, None when the code ends normally."""

    raised: bool


Op = (
    Const | Load | Store | Forget | Move | GetAttr | SetAttr | GetItem | SetItem | Remove | Build | Add | Text
    | Binary | Compare | Not | Unpack | Call | Branch | Choice | Iterate | Next | Enter | Leave | Raise
    | Reraise | Caught | Catches | Await | Yield | Return | Jump | MakeFunction | MakeClass | Import | Exit
)  # fmt: skip


class Kind(StrEnum):
    FUNCTION = "function"
    LAMBDA = "lambda"
    CLASS = "class"
    MODULE = "module"


@dataclass(slots=True)
class Node:
    """One operation and its ways on; `place` is where it stands in the nesting of statements, `index` its number
    in the body."""

    op: Op
    span: Span
    next: int = NO_EDGE
    alt: int = NO_EDGE
    exc: int = NO_EDGE
    place: Place | None = None
    index: int = NO_EDGE

    def places(self) -> Iterator[Place]:
        """Where it stands, innermost first."""
        return self.place.outward() if self.place is not None else iter(())

    @property
    def is_handled(self) -> bool:
        """Whether some handler stands around it."""
        return any(place.kind == "try" and place.handlers for place in self.places())

    def reckoned(self, kinds: tuple[str, ...]) -> str | None:
        """Which of these exceptions a handler around it names: who wrote that says that it can be raised there."""
        for place in self.places():
            named = [kind for kind in kinds if place.kind == "try" and kind in place.handlers]
            if named:
                return named[0]
        return None


Clause = Literal["try", "handler", "finally", "else", "with", "loop", "if"]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where in the nesting of try, with and loops an operation stands (innermost first).

    `kind`: try stands for its body, if for a case of match as well. `outer` is the enclosing place. `span` is that of
    the whole statement. A finally body that is copied for several ways out has one Place per copy. `handlers` are, for
    a try or handler, the dotted names its except clauses list ("" for a bare one).
    """

    kind: Clause
    span: Span
    outer: Place | None
    handlers: tuple[str, ...] = ()

    def outward(self) -> Iterator[Place]:
        """This place, the one around it, and so on."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.outer

    def is_of(self, node: Node) -> bool:
        """Whether this is the block of the `with` whose manager a node enters or leaves."""
        return (
            self.kind == "with"
            and self.outer == node.place
            and self.span.start <= node.span.start <= self.span.end
        )


Passed = Literal["pos", "kw", "*", "**"]


@dataclass(frozen=True, slots=True)
class Param:
    name: str
    kind: Passed
    default: object | None = None
    has_default: bool = False
    default_name: str = ""  # dotted text of a default that is a name


@dataclass(slots=True, eq=False, repr=False)
class Code:
    """One body: its parameters, its nodes (0 is the entry), and what it binds.

    `result` is the temporary that holds what the body returns when it comes to its normal exit;
    `tail` lists the last statements, last first, as (first row, last row, kind of statement);
    `tested` the names that some condition reads.
    """

    name: str
    qualname: str
    kind: Kind
    span: Span
    params: tuple[Param, ...] = ()
    nodes: list[Node] = field(default_factory=list)
    exit_ok: int = NO_EDGE
    exit_error: int = NO_EDGE
    local_names: frozenset[str] = frozenset()
    global_names: frozenset[str] = frozenset()
    nonlocal_names: frozenset[str] = frozenset()
    decorators: tuple[str, ...] = ()
    is_async: bool = False
    is_generator: bool = False
    nested: tuple[Code, ...] = ()
    classes: tuple[ClassShape, ...] = ()
    tail: tuple[tuple[int, int, str], ...] = ()
    tested: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<{self.kind} {self.qualname} at {self.span.start.row}:{self.span.start.column}>"

    result: Temp = 0


@dataclass(slots=True, eq=False, repr=False)
class ClassShape:
    """A class statement: bases as dotted text, its own body, and the methods in it."""

    name: str
    qualname: str
    span: Span
    bases: tuple[str, ...]
    body: Code | None
    methods: dict[str, Code] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<class {self.qualname} at {self.span.start.row}:{self.span.start.column}>"
