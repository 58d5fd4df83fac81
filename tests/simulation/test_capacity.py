"""Capacity is exact: the closed form, the hourly recurrence and the numbers in the docs agree."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tmpleak_lint.simulation import units
from tmpleak_lint.simulation.capacity import Load, compute, curve
from tmpleak_lint.simulation.report import capacity_json, capacity_text, descriptors_json, descriptors_text

LOAD = Load(Fraction(100_000), Fraction(2, 100), 300_000, 50 * 10**9)


def test_the_quoted_example_takes_83_days_not_two_weeks() -> None:
    result = compute(LOAD)
    assert result.orphans_a_day == 2000
    assert result.bytes_out == Fraction(50 * 10**9, 2000 * 300_000)
    assert round(float(result.bytes_out), 1) == 83.3
    two_weeks = compute(replace(LOAD, file_size=1_800_000)).bytes_out
    assert two_weeks is not None and 13.5 < two_weeks < 14


def test_inodes_come_first_for_small_files() -> None:
    small = replace(LOAD, file_size=100, inodes=65_536)
    assert compute(small).first == "inodes"
    assert compute(small).inodes_out == Fraction(65_536, 2000)
    assert compute(replace(small, inodes_each=2)).inodes_out == Fraction(65_536, 4000)


def test_reaper_keeps_what_comes_within_its_limit() -> None:
    result = compute(replace(LOAD, reaper_days=Fraction(6, 24)))
    assert result.steady == 500 and result.steady_fits
    assert (result.bytes_out, result.inodes_out, result.first) == (None, None, None)
    slow = compute(replace(LOAD, reaper_days=Fraction(100)))
    assert slow.steady_fits is False and slow.bytes_out == compute(LOAD).bytes_out


def test_an_hour_of_triple_failures_costs_two_more_hours() -> None:
    result = compute(LOAD)
    assert result.storm_orphans == Fraction(2000, 24) * 2
    assert result.storm_days == Fraction(2, 24)
    assert compute(replace(LOAD, failure_share=Fraction(1, 2))).storm_orphans == Fraction(50_000, 24)


def test_no_failures_never_full() -> None:
    result = compute(replace(LOAD, failure_share=Fraction(0)))
    assert (result.bytes_out, result.inodes_out, result.first, result.storm_days) == (None, None, None, None)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 10**6),
    st.integers(0, 100),
    st.integers(1, 10**7),
    st.integers(10**6, 10**11),
    st.none() | st.fractions(Fraction(1, 48), 60, max_denominator=48),
)
def test_recurrence_equals_closed_form(
    requests: int, percent: int, size: int, volume: int, reaper: Fraction | None
) -> None:
    load = Load(Fraction(requests), Fraction(percent, 100), size, volume, reaper_days=reaper)
    result = compute(load)
    for point in curve(load):
        days = Fraction(point.hour, 24)
        assert point.plain == result.orphans_a_day * days
        if reaper is not None:
            assert point.reaped == result.orphans_a_day * min(days, reaper)
        assert point.storm - point.plain in (0, result.storm_orphans)


def test_curve_ends_when_the_volume_is_full() -> None:
    last = curve(LOAD)[-1]
    assert (last.plain * 300_000) >= LOAD.volume > (last.plain - 2000) * 300_000
    assert len(curve(LOAD)) == 49


def test_table_and_json_say_the_same() -> None:
    load = replace(LOAD, reaper_days=Fraction(1, 4))
    text = capacity_text(load, compute(load), curve(load))
    assert "2,000, 600 MB" in text and "500 orphans stand at any time, 150 MB: fits" in text
    data = capacity_json(load, compute(load), curve(load))
    assert (data["orphans_a_day"], data["steady_orphans"], data["bytes_out_day"]) == (2000, 500, None)
    assert capacity_json(LOAD, compute(LOAD), curve(LOAD))["bytes_out_day"] == 83.333333


def test_what_never_runs_out_has_no_row_and_no_curve() -> None:
    for load, why in (
        (replace(LOAD, failure_share=Fraction(0)), "nothing is left behind"),
        (replace(LOAD, reaper_days=Fraction(1, 4)), "the reaper keeps up"),
    ):
        text = capacity_text(load, compute(load), curve(load))
        assert f"nothing: {why}" in text
        assert "never" not in text and "neither" not in text and "|" not in text


def test_what_runs_out_first_stands_first() -> None:
    few = replace(LOAD, inodes=10_000)
    rows = capacity_text(few, compute(few), curve(few)).splitlines()
    names = [row.partition("  ")[0] for row in rows]
    assert names.index("inodes run out") < names.index("bytes run out")


def test_one_of_a_thing_is_said_in_the_singular() -> None:
    load = replace(LOAD, requests=Fraction(1), failure_share=Fraction(1, 2), inodes=1, volume=10**6)
    text = capacity_text(load, compute(load), curve(load))
    assert "1 request a day, 50% fail, 1 orphan a failing request" in text
    assert "1 MB, 1 inode; files of" in text
    assert "after 2 days" in text


def test_years_are_said_and_the_curve_goes_all_the_way() -> None:
    load = replace(LOAD, requests=Fraction(50))
    text = capacity_text(load, compute(load), curve(load))
    assert "after 166,667 days (456 years)" in text
    points = curve(load)
    assert len(points) == 49 and points[-1].plain * load.file_size >= load.volume
    assert text.splitlines()[-1].endswith(f"|{'#' * 40}|")


def test_descriptors_fill_no_disk_but_the_limit_of_a_process() -> None:
    load = replace(LOAD, requests=Fraction(10), per_success=Fraction(1))
    text = descriptors_text(load)
    assert "10 requests a day" in text and "after 102 days: 1,024 open files" in text
    assert "inode" not in text and "GB" not in text
    assert descriptors_json(load)["open_files_out_day"] == 102.4
    none = replace(load, per_success=Fraction(0), per_failure=Fraction(0))
    assert descriptors_json(none)[
        "open_files_out_day"
    ] is None and "each descriptor is closed" in descriptors_text(none)


@pytest.mark.parametrize(
    ("requests", "share", "unit"), [(50, 2, "year"), (100_000, 2, "day"), (2_000_000, 30, "hour"), (3, 2, "")]
)
def test_times_of_the_curve_stand_under_their_unit(requests: int, share: int, unit: str) -> None:
    load = replace(LOAD, requests=Fraction(requests), failure_share=Fraction(share, 100))
    lines = capacity_text(load, compute(load), curve(load)).splitlines()
    heads = [line for line in lines if "whichever is tighter" in line]
    assert [line.split()[0] for line in heads] == ([unit] if unit else [])
    rows = lines[lines.index(heads[0]) + 1 :] if heads else []
    assert {line.index("|") for line in rows} <= {heads[0].index("used") + 5 for _ in rows}
    assert not any(float(line.split("%")[0].split()[1]) > 100 for line in rows)


def test_what_is_less_than_an_orphan_is_no_row_of_nothing() -> None:
    load = replace(LOAD, requests=Fraction(1))
    text = capacity_text(load, compute(load), curve(load))
    assert "orphans a day   0.02 (1 in 50 days)" in text
    assert "failures x3" not in text and "sooner" not in text and "more than 1,000 years" in text
    reaped = replace(load, reaper_days=Fraction(1, 4))
    assert "less than 1 orphan stands" in capacity_text(reaped, compute(reaped), curve(reaped))


def test_a_volume_that_is_full_at_once_is_not_full_sooner() -> None:
    load = replace(LOAD, requests=Fraction(10**12), reaper_days=Fraction(1, 4))
    text = capacity_text(load, compute(load), curve(load))
    assert "after less than a minute" in text and "does not fit" in text and "sooner" not in text


@pytest.mark.parametrize("cells", [60, 80, 100])
def test_the_table_stays_within_the_line(cells: int) -> None:
    lines = capacity_text(LOAD, compute(LOAD), curve(LOAD), cells).splitlines()
    assert max(map(len, lines)) <= max(cells, 59)
    assert not any(line.rstrip().endswith(("300", "50")) for line in lines)  # a number without its unit


def test_ticks_are_said_as_the_time_that_they_stand_for() -> None:
    assert [units.ticks(text) for text in ("30", "6h", "48min", "1d")] == [30, 30, 4, 120]
    assert [units.show_ticks(ticks) for ticks in (1, 5, 30, 31)] == [
        "12 minutes",
        "1 hour",
        "6 hours",
        "6.2 hours",
    ]
    with pytest.raises(units.BadUnit, match="a tick stands for 12 minutes"):
        units.ticks("7min")


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (units.rate_per_day, "100000/day", 100_000),
        (units.rate_per_day, "70/min", 100_800),
        (units.rate_per_day, "2.5k/h", 60_000),
        (units.rate_per_day, "3 / s", 259_200),
        (units.share, "2%", Fraction(1, 50)),
        (units.share, "0.02", Fraction(1, 50)),
        (units.share, "0", 0),
        (units.share, "100%", 1),
        (units.size, "300KB", 300_000),
        (units.size, "300 KiB", 307_200),
        (units.size, "1.8MB", 1_800_000),
        (units.size, "50gb", 50 * 10**9),
        (units.size, "512", 512),
        (units.seconds, "6h", 21_600),
        (units.seconds, "30 min", 1800),
        (units.seconds, "2d", 172_800),
        (units.count, "3_276_800", 3_276_800),
        (units.count, "3.2M", 3_200_000),
    ],
)
def test_units_are_read_exactly(read: object, text: str, value: object) -> None:
    assert read(text) == value  # type: ignore[operator]


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (units.rate_per_day, "100000", "not a rate"),
        (units.rate_per_day, "5/fortnight", "not a rate"),
        (units.rate_per_day, "5q/day", "unknown unit 'q'"),
        (units.share, "2", "write 2% for per cent"),
        (units.share, "130%", "more than 100%"),
        (units.share, "-1%", "not a share"),
        (units.share, "2 permille", "unknown unit"),
        (units.size, "big", "not a size"),
        (units.size, "3 parsec", "unknown unit 'parsec'"),
        (units.seconds, "6", "needs a unit"),
        (units.seconds, "0h", "longer than 0"),
        (units.count, "1.5", "not a whole number"),
        (units.count, "3x", "not a whole number"),
    ],
)
def test_bad_units_say_what_can_be_read(read: object, text: str, said: str) -> None:
    with pytest.raises(units.BadUnit, match=said):
        read(text)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (300_000, "300 KB"),
        (1_800_000, "1.8 MB"),
        (50 * 10**9, "50 GB"),
        (10**19, "10,000 PB"),
    ],
)
def test_sizes_are_shown_short(value: int, shown: str) -> None:
    assert units.show_size(value) == shown
