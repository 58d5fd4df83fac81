"""Fixed programs, run: a fix changes nothing but what stays behind. The long run is `python -m benchmarks.fixes`."""

from __future__ import annotations

from benchmarks.fixes import StrictWorld, trial
from tests.oracle.world import World

SEED, PROGRAMS = 20261123, 60


def test_no_fix_is_wrong_and_most_leaks_are_fixed() -> None:
    with World() as world, StrictWorld() as strict:
        worlds = (world, strict)
        trials = [made for number in range(PROGRAMS) if (made := trial(worlds, SEED, number)) is not None]
    wrong = [(made.number, made.rewrites, made.note) for made in trials if "wrong" in (made.safe, made.both)]
    assert wrong == []
    assert len(trials) > PROGRAMS / 3
    assert sum(made.both == "fixed" for made in trials) >= 0.85 * len(trials)
    assert sum(made.safe == "fixed" for made in trials) >= 0.6 * len(trials)


def test_no_fix_is_wrong_where_much_could_be_harmed() -> None:
    """Deliveries, completions, what is kept, told or read later: 0 wrong, and not because nothing is fixed."""
    with World() as world, StrictWorld() as strict:
        drawn = (trial((world, strict), SEED, number, hazards=True) for number in range(PROGRAMS))
        trials = [made for made in drawn if made is not None]
    wrong = [(made.number, made.rewrites, made.note) for made in trials if "wrong" in (made.safe, made.both)]
    assert wrong == []
    assert sum(made.both == "fixed" for made in trials) >= 0.6 * len(trials)
