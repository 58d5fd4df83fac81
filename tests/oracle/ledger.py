"""Who owns which temporary file and which descriptor, while a program runs.

In: events from the world (created, descriptor closed, function entered, left with a value, yielded). Out:
what stayed on disk or open without having been handed over, by line of the program.

An obligation belongs to the function call that created the file. When that call returns a value the file's
path can be reached from, it passes to the calling function of the program (its line is then the line of
that call), or is handed over for good when the caller is outside the program. Nothing else moves it: what
is stored on an instance or in a module is judged by whether the file is gone once the owner has been
closed.
"""

from __future__ import annotations

import os
import pathlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False, slots=True)
class Call:
    """One running or finished call of a function of the program."""

    function: str
    caller: Call | None
    line: int  # of the call, in the caller


@dataclass(eq=False, slots=True)
class Made:
    """A file or directory that the program created."""

    path: str
    line: int
    owner: Call | None
    serial: int
    real: bool = True  # False for `mktemp`: a name, until something makes the file
    handed_over: bool = False


class Descriptor(int):
    """What `mkstemp` gives back: a real descriptor that knows which file it was opened for."""

    made: Made
    line: int
    owner: Call | None
    closed: bool  # by `os.close`, or taken over by a file object
    handed_over: bool
    file: Any  # a weak reference to the file object that took it over, or None


class Carrier:
    """A value of the outside world that was built from others (`app.Report(path)`): it carries them away."""

    parts: tuple[Any, ...] = ()


@dataclass(slots=True)
class Ledger:
    """The books of one run."""

    made: list[Made] = field(default_factory=list)
    by_path: dict[str, Made] = field(default_factory=dict)
    descriptors: list[Descriptor] = field(default_factory=list)
    stack: list[Call] = field(default_factory=list)

    @property
    def current(self) -> Call | None:
        return self.stack[-1] if self.stack else None

    def create(self, path: str, line: int, *, real: bool = True) -> Made:
        made = Made(path, line, self.current, len(self.made) + 1, real)
        self.made.append(made)
        self.by_path[path] = made
        return made

    def open_descriptor(self, number: int, made: Made) -> Descriptor:
        descriptor = Descriptor(number)
        descriptor.made, descriptor.line, descriptor.owner = made, made.line, made.owner
        descriptor.closed = descriptor.handed_over = False
        descriptor.file = None
        self.descriptors.append(descriptor)
        return descriptor

    def leave(self, call: Call, value: object, receiver: object = None) -> None:
        """`call` returned `value`: what can be reached from it passes to the caller.

        What `receiver`, the object whose method it was, has itself stays with that object.
        """
        found, carried = reachable(value, self.by_path)
        kept = {id(item) for item in reachable(receiver, self.by_path)[0]}
        for item in found:
            if item.owner is not call or id(item) in kept:
                continue
            if call.caller is None or id(item) in carried:
                item.handed_over = True
            else:
                item.owner, item.line = call.caller, call.line

    def give_away(self, value: object) -> None:
        """`value` went to somebody outside (a plain generator's yield, a list of the caller)."""
        for item in reachable(value, self.by_path)[0]:
            item.handed_over = True

    def left_on_disk(self) -> list[Made]:
        """Files that are still there and that nobody was given, neither themselves nor a directory above."""
        given = [made.path for made in self.made if made.handed_over]
        return [
            made
            for made in self.made
            if not made.handed_over
            and os.path.lexists(made.path)
            and not any(made.path.startswith(path + os.sep) for path in given)
        ]

    def left_open(self) -> list[Descriptor]:
        return [item for item in self.descriptors if not (item.closed or item.handed_over)]


def reachable(value: object, by_path: dict[str, Made]) -> tuple[list[Made | Descriptor], set[int]]:
    """Files and descriptors that a holder of `value` can reach, and the ids of those inside a carrier."""
    reached: list[Made | Descriptor] = []
    carried: set[int] = set()

    def visit(item: object, depth: int, through: bool) -> None:
        found: Made | Descriptor | None = None
        if isinstance(item, Descriptor):
            found = item
        elif isinstance(item, str):
            found = by_path.get(item)
        elif isinstance(item, bytes):
            found = by_path.get(os.fsdecode(item))
        elif isinstance(item, pathlib.PurePath):
            found = by_path.get(str(item))
        if found is not None:
            reached.append(found)
            if through:
                carried.add(id(found))
            return
        if depth == 0:
            return
        if isinstance(item, (list, tuple, set, frozenset)):
            for part in item:
                visit(part, depth - 1, through)
        elif isinstance(item, dict):
            for part in (*item, *item.values()):
                visit(part, depth - 1, through)
        elif isinstance(item, Carrier):
            for part in item.parts:
                visit(part, depth - 1, True)
        elif hasattr(item, "tracked_name"):
            visit(item.tracked_name, depth - 1, through)
        elif type(item).__module__ == "program":
            for part in vars(item).values():
                visit(part, depth - 1, through)

    visit(value, 4, False)
    return reached, carried
