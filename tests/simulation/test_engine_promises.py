"""What a simulated run promises: counts that add up, one fate under every strategy, one answer a seed."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.simulation.programs import (
    early_return,
    example,
    handed_over,
    happy_path,
    loop_rebinds,
    random_program,
)
from tmpleak_lint.simulation.compare import Case, chosen, compare, correlate, programs_under
from tmpleak_lint.simulation.engine import End, Hold, Run, Settings, run
from tmpleak_lint.simulation.program import Program, Resource
from tmpleak_lint.simulation.scratch import scratch
from tmpleak_lint.simulation.strategies import DEFAULT, named

ROOMY = Settings(requests=1000, slots=20_000)
LEAKY = [happy_path(), early_return(), loop_rebinds(), handed_over(), happy_path(Resource.DIRECTORY)]


def left(program: Program, settings: Settings) -> int:
    counts = run([program], settings).counts
    return counts.orphans + counts.descriptors


def test_every_request_ends_once() -> None:
    for program in LEAKY:
        counts = run([program], Settings()).counts
        assert counts.served + counts.failed + counts.rejected == 240


def test_orphans_match_failures_exactly_on_the_happy_path_pattern() -> None:
    correlation = correlate([happy_path()], Settings())
    assert correlation.exact
    assert correlation.r == pytest.approx(1.0)
    assert correlation.faulted[0] == 0 and correlation.faulted[-1] > 200


def test_early_return_leaks_without_any_failure() -> None:
    counts = run([early_return()], replace(ROOMY, failure_ppm=0)).counts
    assert counts.failed == 0
    assert 400 < counts.orphans < 600


def test_rebinding_orphans_the_earlier_file() -> None:
    counts = run([loop_rebinds()], replace(ROOMY, failure_ppm=0)).counts
    assert counts.orphans > 300


def test_handed_over_files_are_the_receivers() -> None:
    counts = run([handed_over()], replace(ROOMY, failure_ppm=0)).counts
    assert (counts.orphans, counts.served) == (0, 1000)
    assert run([handed_over()], ROOMY).counts.orphans == run([handed_over()], ROOMY).counts.failed > 0


def test_a_request_meets_the_same_fate_under_every_cleanup_that_keeps_its_steps() -> None:
    case = example("TML103")
    programs = {
        name: programs_under([case], named(name))
        for name in ("as-written", "last-line", "try-finally", "with")
    }
    outcomes = {name: run(walked, ROOMY) for name, walked in programs.items()}
    fates = {outcome.ends for outcome in outcomes.values()}
    assert len(fates) == 1 and End.FAILED in fates.pop()


def test_a_reaper_bounds_the_orphans_and_takes_none_in_use_when_patient() -> None:
    counts = run([happy_path()], replace(ROOMY, reaper_age=30)).counts
    assert counts.reaped > 50 and counts.orphans < 10 and counts.reaped_in_use == 0


def test_an_eager_reaper_breaks_requests_that_were_fine() -> None:
    fine = run([happy_path()], replace(ROOMY, failure_ppm=0)).counts
    eager = run([happy_path()], replace(ROOMY, failure_ppm=0, reaper_age=1)).counts
    assert fine.failed == 0
    assert eager.reaped_in_use > 0 and eager.failed == 1000


def test_a_full_directory_turns_away_requests_that_the_other_cleanup_serves() -> None:
    case = example("TML103")
    (row, kept) = compare([case], Settings(), chosen(["as-written", "try-finally"], [case]))
    outcome = row.outcome
    assert outcome.counts.orphans == 12
    assert outcome.broke is not None and outcome.peak == 12
    both = zip(outcome.ends, kept.outcome.ends, strict=True)
    assert row.valid == sum(one is End.REJECTED and two is End.SERVED for one, two in both) > 100
    assert row.valid < outcome.counts.rejected, "those that fail anyway are not among them"
    assert f"{row.valid} of them valid" in row.story
    assert kept.valid == 0


def test_where_every_request_fails_anyway_none_that_is_turned_away_is_valid() -> None:
    case = example("TML204")
    (row,) = compare([case], Settings(), chosen(["as-written"], [case]))
    assert row.outcome.counts.rejected > 0 == row.valid


def test_without_a_cleanup_that_holds_valid_is_what_a_larger_directory_would_serve() -> None:
    cases = [Case(happy_path())]
    (row,) = compare(cases, Settings(), chosen(["as-written"], cases))
    roomy = run([happy_path()], replace(Settings(), slots=10_000)).ends
    ends = row.outcome.ends
    assert row.valid == sum(
        one is End.REJECTED and two is End.SERVED for one, two in zip(ends, roomy, strict=True)
    )
    assert row.valid > 0


def test_failure_rate_is_met_and_zero_means_none() -> None:
    counts = run([happy_path()], replace(ROOMY, failure_ppm=200_000)).counts
    assert 160 < counts.failed < 240
    assert run([happy_path()], replace(ROOMY, failure_ppm=0)).counts.failed == 0
    assert run([happy_path()], replace(ROOMY, failure_ppm=1_000_000)).counts.failed == 1000


def test_fail_at_chooses_the_step() -> None:
    at_return = replace(ROOMY, failure_ppm=500_000, fail_at=("make_temp()",))
    counts = run([happy_path()], at_return).counts
    assert counts.failed > 400 and counts.orphans == 0, "a creation that fails leaves nothing"


def test_programs_played_together_take_turns() -> None:
    outcome = run([happy_path(), early_return()], replace(ROOMY, requests=200))
    assert len(outcome.by_program) == 2 and all(outcome.by_program)
    assert sum(outcome.by_program) == outcome.counts.orphaned


def test_descriptors_fill_their_own_table() -> None:
    both = [happy_path(Resource.DESCRIPTOR), happy_path()]
    counts = run(both, replace(ROOMY, failure_ppm=500_000)).counts
    assert counts.descriptors > 200 and counts.orphans > 200
    reaped = run([happy_path(Resource.DESCRIPTOR)], replace(ROOMY, reaper_age=10)).counts
    assert reaped.reaped == 0, "a reaper can't close the descriptors of a living process"


def test_same_seed_same_rows_and_another_seed_others() -> None:
    cases = [Case(happy_path())]
    every = chosen(DEFAULT, cases)
    settings = Settings(reaper_age=30)
    assert compare(cases, settings, every) == compare(cases, settings, every)
    assert compare(cases, settings, every) != compare(cases, replace(settings, seed=2), every)


def test_the_disk_agrees_with_the_model_for_any_graph() -> None:
    """`compare` counts what is really there and raises when the model says otherwise."""
    chance = random.Random(7)
    for _ in range(12):
        cases = [Case(random_program(chance)) for _ in range(2)]
        settings = Settings(requests=60, failure_ppm=300_000, seed=chance.getrandbits(32), reaper_age=25)
        rows = compare(cases, settings, chosen(["as-written", "as-written+reaper"], cases))
        assert all(sum(getattr(row.outcome.counts, end) for end in End) == 60 for row in rows)


def test_frames_show_what_the_outcome_counts() -> None:
    settings = Settings(requests=50, failure_ppm=300_000)
    with scratch(1) as place:
        played = Run([happy_path()], settings, place)
        frames = list(played.frames())
        ends = [lane.end for frame in frames for lane in frame.lanes if lane is not None and lane.end]
        counts = played.outcome().counts
        assert len(ends) == 50
        assert ends.count(End.FAILED) == counts.failed > 0
        assert sum(slot.hold is Hold.ORPHAN for slot in frames[-1].slots) == counts.orphans == place.names()
        assert all(len(frame.slots) <= 12 for frame in frames)


def test_loops_that_only_an_exception_leaves_come_to_an_end() -> None:
    chance = random.Random(3)
    for _ in range(30):
        program = random_program(chance)
        outcome = run([program], Settings(requests=20, failure_ppm=0, slots=100_000))
        assert outcome.counts.served + outcome.counts.failed == 20


def test_unknown_strategy_is_named() -> None:
    with pytest.raises(ValueError, match="no strategy is called 'hope'"):
        named("hope")
    assert named("reaper").name == "as-written+reaper"
