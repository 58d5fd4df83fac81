"""What travels together through an exploration, as one record each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tmpleak_lint.analysis.domain.state import Args, Keywords
from tmpleak_lint.analysis.domain.values import UNKNOWN, Klass, Value, renamed
from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.model import Span


class Call(NamedTuple):
    """A call, or a reading of an attribute (which calls a property): the temporary `dest` gets what it gives;
    `name` is the dotted name or the attribute that is called, "" where neither is known; `func` what is called, in a
    call that creates."""

    node: Node
    dest: int
    args: Args = ()
    keywords: Keywords = ()
    name: str = ""
    func: Value = UNKNOWN

    def named(self, name: str) -> Call:
        """The same call of what has this name."""  # `_replace` is slower, and each call is named
        return Call(self.node, self.dest, self.args, self.keywords, name, self.func)

    def renamed(self, names: Mapping[object, object]) -> Call:
        """The same call, with other names for containers and objects in what is passed."""
        if not names:
            return self
        return self._replace(args=renamed(self.args, names), keywords=renamed(self.keywords, names))

    @property
    def everything(self) -> list[Value]:
        """All that is passed, by position and by keyword."""
        return [*self.args, *(value for _, value in self.keywords)]


class Passed(NamedTuple):
    """What is passed to a callable, by position and by name."""

    args: Args = ()
    keywords: Keywords = ()


class Body(NamedTuple):
    """A function's, class's or module's code, with where it stands: `owner` is the class of a method."""

    module: Module
    code: Code
    owner: Klass | None

    def with_nested(self) -> Iterator[Body]:
        """A body and those that stand in it, each before what stands in that."""
        work = [self]
        while work:
            one = work.pop()
            yield one
            module = one.module
            inside = [Body(module, inner, None) for inner in one.code.nested]
            for shape in one.code.classes:
                klass = Klass(module.key, shape.qualname, shape)
                inside += [Body(module, method, klass) for method in shape.methods.values()]
            work += reversed(inside)


@dataclass(frozen=True, slots=True)
class Options:
    """How to walk: `quiet`, cleanup code in which only raise, assert and await count; `loud`, the finally
    bodies whose calls do count (no deletion stands there); `atoms`, the conditions worth remembering; `strict`, as
    one reads who lets nothing pass: cleanup code and set-ups fail as well, and an `rmdir` does; `done`, the body that
    has made the file already, where others of its object are asked what they do with it: it isn't carried out again;
    `owned`, they are asked that, and it may be while they run that their object gets it."""

    quiet: bool = False
    loud: frozenset[Span] = frozenset()
    atoms: frozenset[Value] = frozenset()
    strict: bool = False
    done: Code | None = None
    owned: bool = False


Mode = Literal["plain", "fixture", "manager", "coroutine", "service"]


class Task(NamedTuple):
    """What an exploration is to find out: what becomes of the file that `tracked` makes (None: of one that the
    state it starts in has already), of all that the sites of a body make. `mode` says what a yield means there
    (see `summaries.mode_of`)."""

    body: Body
    sites: tuple[Site, ...]
    obligation: Obligation
    tracked: Site | None = None
    options: Options = Options()
    mode: Mode = "plain"
