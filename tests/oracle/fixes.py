"""Is a fix right? Both versions of a program run under every plan of either.

In: the source text before and after. Out: `FixJudgement`. A fix is wrong when the two differ in what an
outsider sees (result, exception type, calls made, files delivered) or when more creations leak than before.
It is complete when nothing leaks any more. Leaks are counted, not matched by line: lines differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracle.runner import Difference, Truth, explore, same_behaviour
from tests.oracle.world import World


@dataclass(frozen=True, slots=True)
class FixJudgement:
    before: Truth
    after: Truth
    differences: tuple[Difference, ...]

    @property
    def wrong(self) -> bool:
        return bool(self.differences) or len(self.after.files) > len(self.before.files)

    @property
    def complete(self) -> bool:
        """Nothing is left behind any more, neither files nor descriptors."""
        return not self.wrong and not self.after.files and not self.after.descriptors


def judge_fix(world: World, before: str, after: str) -> FixJudgement:
    """Run both versions. Raises `OracleGap` when either uses something the oracle has no model of."""
    return FixJudgement(
        explore(world, before), explore(world, after), tuple(same_behaviour(world, before, after))
    )
