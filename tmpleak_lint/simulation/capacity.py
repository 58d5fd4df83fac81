"""How long a leak can go on: the day the bytes or the inodes run out, and what a reaper changes.

In: a `Load` (rates, sizes, the volume) in exact fractions. Out: a `Capacity` with exact results in closed
form, and a curve, hour by hour, from a recurrence that does not know the closed form (the tests compare the
two). Orphans come at an even pace; what else the volume holds, and anything that grows or shrinks beside
them, is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

HOURS = 24
BYTES_PER_INODE = 16_384  # mke2fs makes one inode for each 16 KiB of an ext4 volume unless told otherwise
STORM_FACTOR = 3
STORM_HOURS = 1
CURVE_POINTS = 48
MOST_STRIDES = 20_000


@dataclass(frozen=True, slots=True)
class Load:
    """What comes in and what is there. Rates are per day, sizes in bytes, `reaper_days` None without a
    reaper.

    `per_failure` and `per_success`: orphans that one failing or succeeding request leaves on average (1 and
    0 for code that deletes on the happy path). `inodes_each`: 1 for a file, 2 for a directory with a file
    in it.
    """

    requests: Fraction
    failure_share: Fraction
    file_size: int
    volume: int
    inodes: int | None = None
    reaper_days: Fraction | None = None
    per_failure: Fraction = Fraction(1)
    per_success: Fraction = Fraction(0)
    inodes_each: int = 1

    @property
    def inodes_there(self) -> int:
        return self.inodes if self.inodes is not None else self.volume // BYTES_PER_INODE


@dataclass(frozen=True, slots=True)
class Capacity:
    """What comes of a load. Days are counted from an empty volume; None means never.

    `first`: which runs out first (`bytes`, `inodes` or None). `steady`: orphans that a reaper leaves
    standing. `storm_orphans`: the extra orphans of an hour at three times the failures; `storm_days`: how
    much sooner the volume is full for it; `storm_peak`: the most orphans standing at once with the reaper,
    storm included; `storm_survives`: whether volume and inodes hold that peak.
    """

    orphans_a_day: Fraction
    bytes_a_day: Fraction
    bytes_out: Fraction | None
    inodes_out: Fraction | None
    first: str | None
    steady: Fraction | None
    steady_fits: bool | None
    storm_orphans: Fraction
    storm_days: Fraction | None
    storm_peak: Fraction | None
    storm_survives: bool | None


@dataclass(frozen=True, slots=True)
class Point:
    """Orphans standing at the end of `hour`: as it is, with the reaper, and with a storm in the middle."""

    hour: int
    plain: Fraction
    reaped: Fraction | None
    storm: Fraction


def compute(load: Load) -> Capacity:
    """The closed form."""
    daily = orphans_a_day(load, load.failure_share)
    steady = daily * load.reaper_days if load.reaper_days is not None else None
    steady_fits = None if steady is None else _fits(load, steady)
    reaches = steady is None or not steady_fits
    bytes_out = _days(Fraction(load.volume), daily * load.file_size)
    inodes_out = _days(Fraction(load.inodes_there), daily * load.inodes_each)
    if steady is not None:
        # Below its age limit the reaper takes nothing: what fills up before that, fills up as without it.
        bytes_out = bytes_out if steady * load.file_size > load.volume else None
        inodes_out = inodes_out if steady * load.inodes_each > load.inodes_there else None
    outs = [(days, name) for days, name in ((bytes_out, "bytes"), (inodes_out, "inodes")) if days is not None]
    storm_orphans = (_hourly_storm(load) - daily / HOURS) * STORM_HOURS
    storm_peak = (
        None if steady is None or load.reaper_days is None else _storm_peak(load, steady, storm_orphans)
    )
    return Capacity(
        orphans_a_day=daily,
        bytes_a_day=daily * load.file_size,
        bytes_out=bytes_out,
        inodes_out=inodes_out,
        first=min(outs)[1] if outs else None,
        steady=steady,
        steady_fits=steady_fits,
        storm_orphans=storm_orphans,
        storm_days=storm_orphans / daily if daily and reaches else None,
        storm_peak=storm_peak,
        storm_survives=None if storm_peak is None else _fits(load, storm_peak),
    )


def orphans_a_day(load: Load, failure_share: Fraction) -> Fraction:
    """Orphans left in a day when `failure_share` of the requests fail."""
    return load.requests * (failure_share * load.per_failure + (1 - failure_share) * load.per_success)


def curve(load: Load) -> tuple[Point, ...]:
    """Hour by hour until the volume is full (30 days where it never is), thinned to at most 49 points; where that is
    years away, several hours at a time.

    A recurrence: each hour adds its orphans, the reaper takes the hours that are older than its limit. With
    the reaper, an hour that is only partly over the limit counts for the part that is left.
    """
    result = compute(load)
    outs = [days for days in (result.bytes_out, result.inodes_out) if days is not None]
    horizon = min(outs) if outs else Fraction(30)
    hours = max(1, -int(-horizon * HOURS // 1))  # rounded up
    stride = -(-hours // MOST_STRIDES)
    hours = -(-hours // stride) * stride
    ordinary = orphans_a_day(load, load.failure_share) / HOURS
    storm_hour = hours // 2
    wanted = {
        round(Fraction(hours // stride * index, CURVE_POINTS)) * stride for index in range(CURVE_POINTS + 1)
    }
    points = [Point(0, Fraction(0), None if load.reaper_days is None else Fraction(0), Fraction(0))]
    plain = storm = Fraction(0)
    for hour in range(stride, hours + 1, stride):
        plain += ordinary * stride
        storm += ordinary * stride
        if hour - stride <= storm_hour < hour:
            storm += (_hourly_storm(load) - ordinary) * STORM_HOURS
        if hour in wanted:
            points.append(Point(hour, plain, _standing(load, ordinary, hour), storm))
    assert all(one.hour < two.hour for one, two in pairwise(points))
    return tuple(points)


def _standing(load: Load, ordinary: Fraction, hour: int) -> Fraction | None:
    """With the reaper: what was left in the last `reaper_days`, added up hour by hour from now back."""
    if load.reaper_days is None:
        return None
    window = load.reaper_days * HOURS
    standing = Fraction(0)
    for age in range(hour):
        part = min(Fraction(1), window - age)
        if part <= 0:
            break
        standing += ordinary * part
    return standing


def _days(room: Fraction, daily: Fraction) -> Fraction | None:
    return room / daily if daily else None


def _fits(load: Load, orphans: Fraction) -> bool:
    return orphans * load.file_size <= load.volume and orphans * load.inodes_each <= load.inodes_there


def _hourly_storm(load: Load) -> Fraction:
    share = min(Fraction(1), load.failure_share * STORM_FACTOR)
    return orphans_a_day(load, share) / HOURS


def _storm_peak(load: Load, steady: Fraction, extra: Fraction) -> Fraction:
    """The storm's files all stand together unless the reaper's limit is shorter than the storm."""
    assert load.reaper_days is not None
    part = min(Fraction(1), load.reaper_days * HOURS / STORM_HOURS)
    return steady + extra * part
