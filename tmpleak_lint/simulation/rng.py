"""The one source of chance: a 32-bit integer generator, the same in Python and in the page's JavaScript.

In: a seed and the number of a request. Out: a stream of integers. Each request has a stream of its own, so
that it meets the same fate under every strategy. Only integer arithmetic below 2**53 is used, which
JavaScript's numbers hold exactly. Not for secrets: the stream is predictable by design.
"""

from __future__ import annotations

MASK = 0xFFFFFFFF
GOLDEN = 0x9E3779B9  # 2**32 divided by the golden ratio: successive multiples spread evenly


def mix(value: int) -> int:
    """Scramble 32 bits: every input bit reaches every output bit (MurmurHash3's finalizer)."""
    value &= MASK
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & MASK
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & MASK
    return value ^ (value >> 16)


class Stream:
    """The draws of one request: a counter that walks in golden steps, scrambled at each draw."""

    __slots__ = ("_state",)

    def __init__(self, seed: int, number: int) -> None:
        self._state = mix(seed ^ mix(number + GOLDEN))

    def draw(self) -> int:
        """The next integer, 0 <= n < 2**32."""
        self._state = (self._state + GOLDEN) & MASK
        return mix(self._state)

    def below(self, bound: int) -> int:
        """The next integer, 0 <= n < bound; `bound` is at most 2**20."""
        return (self.draw() * bound) >> 32
