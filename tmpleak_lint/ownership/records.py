"""What travels together through an exploration, as one record each."""

from __future__ import annotations

from typing import NamedTuple

from tmpleak_lint.flow.graph import Node
from tmpleak_lint.ownership.state import Args, Keywords
from tmpleak_lint.ownership.values import Value


class Call(NamedTuple):
    """A call, or a reading of an attribute (which calls a property): the temporary `dest` gets what it gives;
    `name` is the dotted name or the attribute that is called, "" where neither is known."""

    node: Node
    dest: int
    args: Args = ()
    keywords: Keywords = ()
    name: str = ""

    @property
    def everything(self) -> list[Value]:
        """All that is passed, by position and by keyword."""
        return [*self.args, *(value for _, value in self.keywords)]

    def named(self, name: str) -> Call:
        return self._replace(name=name)
