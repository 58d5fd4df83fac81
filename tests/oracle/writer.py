"""The pen of the grammar: lines with indentation, fresh names, the constructs used so far, the dice.

In: a `random.Random` (Hypothesis hands in one of its own, which it can shrink). Out: the text of one
program.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class File:
    """A temporary file or directory in scope: the expression for its path, and what may be done with it."""

    path: str
    directory: bool = False
    wrapped: bool = False  # `path` is a pathlib.Path
    descriptor: str | None = None  # an open one, whose closing is still to be written
    filled: bool = False  # a directory that something is made in: `rmdir` would be wrong


@dataclass(frozen=True, slots=True)
class Context:
    """Where a statement stands: what it may use and how it may leave."""

    kind: str = "function"  # of the function around, as in `instrument.kind_of`
    files: tuple[File, ...] = ()
    depth: int = 0
    loop: bool = False
    must_yield: str | None = None  # the `yield` that exactly one of the following statements has to be
    may_return: bool = True

    @property
    def asynchronous(self) -> bool:
        return self.kind in ("coroutine", "asyncmanager", "asyncgenerator")

    def deeper(self, **changes: object) -> Context:
        return replace(self, depth=self.depth + 1, **changes)  # type: ignore[arg-type]

    def owning(self, *files: File) -> Context:
        return replace(self, files=(*self.files, *files))


@dataclass(slots=True)
class Writer:
    """Collects the lines of one function or module."""

    dice: random.Random
    lifecycle: Callable[[Writer, Context], None]  # writes a whole lifecycle; blocks nest them
    lines: list[str] = field(default_factory=list)
    indent: int = 0
    tags: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, None] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """A compound statement; an empty body becomes `pass`."""
        self.line(head)
        self.indent += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.indent -= 1

    def fresh(self, stem: str) -> str:
        self.counts[stem] = self.counts.get(stem, 0) + 1
        return f"{stem}{self.counts[stem]}"

    def parameter(self, name: str) -> str:
        """Use a parameter of the function, adding it to the signature."""
        self.parameters[name] = None
        return name

    def tag(self, *names: str) -> None:
        self.tags.update(names)

    def chance(self, percent: int) -> bool:
        return self.dice.randrange(100) < percent

    def pick(self, options: Sequence[T]) -> T:
        return options[self.dice.randrange(len(options))]

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """One of the options, each with its weight."""
        place = self.dice.randrange(sum(weight for weight, _ in options))
        for weight, option in options:
            place -= weight
            if place < 0:
                return option
        raise AssertionError("weights add up")
