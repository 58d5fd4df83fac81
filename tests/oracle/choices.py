"""Every decision of one run, drawn from a plan and recorded.

In: a plan, which is the list of option numbers to take first (then always option 0, "nothing special"), or
a mapping from decision key to option for replaying on another version of the program. Out: the trail of
decisions taken, from which `alternatives` derives the plans that differ in one place. A fault counts against
the budget of faults a run; flags and loop counts are free. `every_plan` runs something under all of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Name = tuple[str, ...]  # what is decided: ("fault", "open"), ("truth", "flag", "true"), ...
Key = tuple[Name, int]  # and the how manieth time


@dataclass(frozen=True, slots=True)
class Decision:
    """One point where the run could have gone another way: `options` ways, `taken` was chosen."""

    key: Key
    options: int
    taken: int

    @property
    def price(self) -> int:
        """What any option but the first costs: only faults count against the budget."""
        return int(self.key[0][0] == "fault")


@dataclass(slots=True)
class Choices:
    """The decisions of one run; `replay` answers by key, otherwise `prefix` answers by position."""

    prefix: tuple[int, ...] = ()
    replay: Mapping[Key, int] | None = None
    trail: list[Decision] = field(default_factory=list)
    seen: dict[Name, int] = field(default_factory=dict)

    def take(self, name: Name, options: int) -> int:
        """The option to take at this decision; the same name asked again is another decision."""
        count = self.seen.get(name, 0)
        self.seen[name] = count + 1
        key = (name, count)
        if self.replay is not None:
            taken = self.replay.get(key, 0)
        else:
            place = len(self.trail)
            taken = self.prefix[place] if place < len(self.prefix) else 0
        taken = min(taken, options - 1)
        self.trail.append(Decision(key, options, taken))
        return taken

    def times(self, name: Name) -> int:
        """How often this name was asked so far in the run."""
        return self.seen.get(name, 0)

    def alternatives(self, fault_budget: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Plans that agree with this run up to one later place, each with its number of faults."""
        taken = tuple(decision.taken for decision in self.trail)
        spent = 0
        for place, decision in enumerate(self.trail):
            if place >= len(self.prefix) and spent + decision.price <= fault_budget:
                for option in range(1, decision.options):
                    yield spent + decision.price, (*taken[:place], option)
            spent += decision.price if decision.taken else 0

    def as_plan(self) -> dict[Key, int]:
        return {decision.key: decision.taken for decision in self.trail if decision.taken}


def every_plan(run: Callable[[Choices], object], faults: int, most: int) -> tuple[int, bool]:
    """Run under every plan with so many faults, those with few first; how many runs, and whether none was cut off."""
    waiting: list[tuple[int, int, tuple[int, ...]]] = [(0, 0, ())]
    serial = spent = 0
    while waiting and spent < most:
        choices = Choices(heapq.heappop(waiting)[2])
        run(choices)
        spent += 1
        for price, plan in choices.alternatives(faults):
            serial += 1
            heapq.heappush(waiting, (price, serial, plan))
    return spent, not waiting
