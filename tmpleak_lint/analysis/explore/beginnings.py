"""What the walks of one body have in common: all that comes before their files are made.

Comes in: a walk that has come to the call that makes its file, with no other way left to follow. Goes out: where the
walk for a file that is made further on begins, so that a body with n files in a row isn't walked from its entry for
each of them. Only what any such walk would have seen itself is shared: no other file's making was passed that this one
is, and no way was left out, or taken, that it would have taken, or left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import Value
from tmpleak_lint.analysis.explore.joins import Joins
from tmpleak_lint.analysis.explore.trace import Trace
from tmpleak_lint.model import Span


@dataclass(slots=True)
class Passed:
    """What a walk has come by so far: nodes that make files, and where ways lead that it took up or left out. `alone`:
    it has seen nothing that hangs on which file is followed."""

    makers: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    alone: bool = True

    def copy(self) -> Passed:
        """The same, to go on from."""
        return Passed(set(self.makers), set(self.taken), set(self.left), self.alone)

    def serves(self, nodes: frozenset[int], towards: Sequence[int]) -> bool:
        """Whether a walk for the file that is made at these nodes would have come here in the same way; `towards` says
        from which nodes they can be reached."""
        return (
            self.makers.isdisjoint(nodes)
            and all(towards[each] for each in self.taken)
            and not any(towards[each] for each in self.left)
        )


@dataclass(frozen=True, slots=True)
class Beginning:
    """A walk in front of the node `index`, in the segment `item`: its only state, and all that it has noted."""

    index: int
    state: State
    item: int
    trace: Trace
    tested: Mapping[Value, set[Span]]
    asked: Mapping[Value, set[tuple[int, bool]]]
    joins: Joins
    coroutines: frozenset[int]
    outside: Mapping[str, Value]
    passed: Passed


# By all that a walk hangs on besides the file that it follows.
Beginnings = dict[object, Beginning]
