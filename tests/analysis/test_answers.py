"""Questions that hang on each other: one answer whoever asks first, however deep, and nothing provisional is kept."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from tmpleak_lint.analysis.queries.answers import CHANGES, Answers
from tmpleak_lint.analysis.queries.questions import question

DEEP = 5_000


class Graph:
    """Numbers that lead to others; each is a file that whoever asks about it has read."""

    def __init__(self, ways: Mapping[int, Sequence[int]]) -> None:
        self.ways = ways
        self.answers = Answers()
        self.asked = 0

    @question(lambda number: frozenset())
    def reached(self, number: int) -> frozenset[int]:
        """All that can be reached from a number, itself included."""
        self.asked += 1
        self.answers.reads.add(str(number))
        return frozenset({number}).union(*(self.reached(each) for each in self.ways[number]))

    @question(lambda number: False)
    def leads_to_seven(self, number: int) -> bool:
        self.asked += 1
        return number == 7 or any(self.leads_to_seven(each) for each in self.ways[number])

    @question(lambda number: frozenset())
    def unfolded(self, number: int) -> frozenset[int]:
        """All that can be reached, each number's ways once the first one is known to lead to it."""
        self.asked += 1
        first = self.unfolded(0) if number else frozenset()
        ways = self.ways[number] if number in (0, *first) else ()
        return frozenset({number}).union(first, *(self.unfolded(each) for each in ways))

    @question(lambda number: frozenset())
    def in_pieces(self, number: int) -> frozenset[int]:
        """All that can be reached, what one asks of the others being a piece of its work."""
        return self.answers.piece(("beyond", number), lambda: self._beyond(number))

    def _beyond(self, number: int) -> frozenset[int]:
        self.asked += 1
        self.answers.reads.add(str(number))
        self.answers.spend(1)
        return frozenset({number}).union(*(self.in_pieces(each) for each in self.ways[number]))

    @question(lambda number: 0)
    def restless(self, number: int) -> int:
        """Never settles where it hangs on itself."""
        return 1 + sum(self.restless(each) for each in self.ways[number])

    @question(lambda number: 0)
    def refused(self, number: int) -> int:
        """Fails at the end of a way."""
        if not self.ways[number]:
            raise ValueError(number)
        try:
            return sum(self.refused(each) for each in self.ways[number])
        except ValueError:
            if number % 2:
                raise
            return number


def by_hand(ways: Mapping[int, Sequence[int]], start: int) -> frozenset[int]:
    seen: set[int] = set()
    work = [start]
    while work:
        number = work.pop()
        if number not in seen:
            seen.add(number)
            work += ways[number]
    return frozenset(seen)


@pytest.mark.parametrize("seed", range(40))
def test_order_of_questions_changes_no_answer(seed: int) -> None:
    draw = random.Random(seed)
    size = draw.randint(2, 30)
    ways = {n: [draw.randrange(size) for _ in range(draw.randint(0, 3))] for n in range(size)}
    expected = {n: by_hand(ways, n) for n in ways}
    for _ in range(4):
        graph = Graph(ways)
        order = draw.sample(sorted(ways), size)
        assert {n: graph.reached(n) for n in order} == expected


def test_answer_comes_with_all_that_it_was_read_from() -> None:
    draw = random.Random(5)
    ways = {n: [draw.randrange(30) for _ in range(draw.randint(0, 2))] for n in range(30)}
    graph = Graph(ways)
    for number in draw.sample(sorted(ways), 30):
        graph.answers.reads = set()
        graph.reached(number)
        assert {int(name) for name in graph.answers.reads} >= by_hand(ways, number)


@pytest.mark.parametrize("last", [[], [0]], ids=["chain", "circle"])
def test_thousands_in_a_row_are_answered_and_worked_out_a_few_times_each(last: list[int]) -> None:
    graph = Graph({**{n: [n + 1] for n in range(DEEP - 1)}, DEEP - 1: last})
    assert graph.leads_to_seven(0)
    assert graph.leads_to_seven(8) == bool(last)
    assert graph.asked <= 5 * DEEP


@pytest.mark.parametrize("seed", range(20))
def test_piece_of_work_is_as_new_as_what_it_is_told(seed: int) -> None:
    draw = random.Random(seed)
    size = draw.randint(2, 20)
    ways = {n: [draw.randrange(size) for _ in range(draw.randint(0, 3))] for n in range(size)}
    graph = Graph(ways)
    for number in draw.sample(sorted(ways), size):
        assert graph.in_pieces(number) == by_hand(ways, number)
        known = graph.answers.known_to(Graph.in_pieces)[(number,)]
        assert known.reads >= {str(each) for each in by_hand(ways, number)}
        assert known.price >= 1


def test_piece_of_work_is_done_once_and_paid_by_each_that_asks() -> None:
    graph = Graph({0: [], 1: []})
    told = []
    for _ in range(3):
        _, reads, price = graph.answers.watched(
            lambda: told.append(graph.answers.piece("nought", lambda: graph._beyond(0)))
        )
        assert reads == {"0"}
        assert price == 1
    assert told == [frozenset({0})] * 3
    assert graph.asked == 1
    graph.answers.forget({"0"})
    graph.answers.piece("nought", lambda: graph._beyond(0))
    assert graph.asked == 2


def test_circle_that_grows_asks_again_only_who_is_told_something_else() -> None:
    size = 14
    ways = {n: [n + 1] if n + 1 < size else [] for n in range(size)}
    graph = Graph(ways)
    assert graph.unfolded(0) == frozenset(ways)
    # Its rounds are as many as its members, and it is begun again with each that turns out to belong to it.
    assert graph.asked < 2 * size * size
    asked = graph.asked
    assert [graph.unfolded(n) for n in ways] == [frozenset(ways)] * size
    assert graph.asked == asked


def test_answer_that_never_settles_counts_as_unknown() -> None:
    assert [Graph({0: [1], 1: [0], 2: [0]}).restless(n) for n in (0, 1, 2)] == [0, 0, 1]
    assert Graph({0: []}).restless(0) == 1
    assert CHANGES < DEEP


def test_failure_is_told_to_who_asked_also_from_far_below() -> None:
    graph = Graph({**{n: [n + 1] for n in range(40)}, 40: [41], 41: []})
    assert graph.refused(0) == 40
    with pytest.raises(ValueError, match="41"):
        graph.refused(41)
    assert graph.refused(38) == 40


def test_work_that_was_given_a_provisional_answer_is_not_to_be_remembered() -> None:
    class Watching(Graph):
        def __init__(self) -> None:
            super().__init__({0: [1], 1: [0]})
            self.kept: dict[int, bool] = {}

        @question(lambda number: 0)
        def watched(self, number: int) -> int:
            other, reads, _ = self.answers.watched(lambda: self.watched(1 - number))
            self.kept[number] = reads is not None
            return min(other + 1, 3)

    graph = Watching()
    assert (graph.watched(0), graph.watched(1)) == (3, 3)
    assert graph.kept == {0: False, 1: False}
    _, reads, _ = graph.answers.watched(lambda: graph.watched(0))
    assert reads == frozenset()
