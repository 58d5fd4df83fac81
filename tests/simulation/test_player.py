"""The terminal's picture: two runs beside or above each other, no line wider than the terminal, keys that steer it."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import zip_longest

import pytest

from tests.simulation.programs import example
from tmpleak_lint.reporting.text import width
from tmpleak_lint.simulation import text as cells
from tmpleak_lint.simulation.compare import Case, play, programs_under
from tmpleak_lint.simulation.engine import NoStore, Run, Settings
from tmpleak_lint.simulation.keys import Key
from tmpleak_lint.simulation.player import SIDE_BY_SIDE, Screen, animate
from tmpleak_lint.simulation.program import SourceLine
from tmpleak_lint.simulation.scratch import scratch
from tmpleak_lint.simulation.strategies import named
from tmpleak_lint.simulation.telling import Teller
from tmpleak_lint.simulation.text import cut

WIDE = "日本語テキスト" * 20
BOTH = [named("as-written"), named("try-finally")]
MANY = Settings(requests=60, failure_ppm=300_000)


def drawn(case: Case, settings: Settings, columns: int, rows: int = 60) -> list[list[str]]:
    """Every frame of both runs as lines."""
    screen = Screen([case], settings, BOTH, (columns, rows), color=False, keyboard=True)
    runs = [Run(programs_under([case], each), settings, NoStore()).frames() for each in BOTH]
    frames, last = [], []
    for both in zip_longest(*runs):
        last = [frame or last[number] for number, frame in enumerate(both)]
        screen.take(last)
        frames.append(screen.draw())
    return frames


@pytest.mark.parametrize("columns", [40, 61, 89, 90, 120])
def test_no_line_is_wider_than_the_terminal_whatever_its_script(columns: int) -> None:
    case = example("TML103")
    program = replace(
        case.program,
        source=tuple(SourceLine(line.number, f"    x = '{WIDE}'") for line in case.program.source),
        nodes=tuple(replace(node, label=f"{WIDE}()") for node in case.program.nodes),
    )
    frames = drawn(replace(case, program=program), MANY, columns)
    assert max(width(line) for lines in frames for line in lines) < columns
    assert len({len(lines) for lines in frames}) == 1, "or the next frame would not cover it"


@pytest.mark.parametrize("rows", [24, 30, 50])
@pytest.mark.parametrize("columns", [80, 120])
def test_no_frame_is_higher_than_the_terminal(columns: int, rows: int) -> None:
    frames = drawn(example("TML103"), MANY, columns, rows)
    assert max(map(len, frames)) < rows
    assert "space: pause" in frames[-1][-1]


def test_the_two_stand_beside_each_other_or_one_above_the_other() -> None:
    wide, narrow = (
        drawn(example("TML103"), MANY, columns)[30] for columns in (SIDE_BY_SIDE, SIDE_BY_SIDE - 1)
    )
    assert any("as written" in line and "try / finally" in line for line in wide[1:])
    assert not any("as written" in line and "try / finally" in line for line in narrow[1:])
    for lines in (wide, narrow):
        text = " ".join(lines)
        assert "process(request, path)" in text and "finally:" in text
        assert "ORPHAN" in text and "so line 14 never ran: its file stays." in text


def test_the_head_line_has_the_score() -> None:
    frames = drawn(example("TML103"), MANY, 120)
    played = [Run(programs_under([example("TML103")], each), MANY, NoStore()) for each in BOTH]
    for one in played:
        assert list(one.frames())
    left = [one.outcome().counts.orphans for one in played]
    assert left[0] > left[1] == 0
    assert frames[-1][0] == f"request 60 of 60, left behind: as written {left[0]}, try / finally 0"


class Played:
    """A keyboard on which these keys are pressed, one at each wait."""

    listening = True

    def __init__(self, *pressed: Key | None) -> None:
        self.pressed = list(pressed)
        self.waited: list[float | None] = []

    def wait(self, seconds: float | None) -> Key | None:
        self.waited.append(seconds)
        return self.pressed.pop(0) if self.pressed else None


def frames_shown(keyboard: Played, settings: Settings = MANY) -> tuple[int, str]:
    """How many frames are shown to somebody who presses these keys, and what in all."""
    stream = io.StringIO()
    animate([example("TML103")], settings, BOTH, stream, keyboard, 1000, (100, 50), False)
    text = stream.getvalue()
    return text.count("\x1b[J"), text


def test_space_pauses_and_goes_on_and_an_arrow_makes_a_step() -> None:
    keyboard = Played(None, Key.PAUSE, Key.STEP, Key.STEP, Key.PAUSE)
    frames_shown(keyboard)
    # Two frames pass; space: it waits for a key; two steps, each with a wait of its own; space: time passes again.
    assert [seconds is None for seconds in keyboard.waited[:6]] == [False, False, True, True, True, False]


def test_q_ends_it_at_once() -> None:
    frames, text = frames_shown(Played(None, None, Key.END))
    assert frames == 4, "three frames, the last of them once more as what stays"
    assert text.endswith("\x1b[?25h")
    frames, _ = frames_shown(Played(Key.PAUSE, Key.END))
    assert frames == 2


def test_it_skips_ahead_once_it_is_full() -> None:
    ticks = len(drawn(example("TML103"), replace(MANY, requests=240), 100))
    frames, text = frames_shown(Played(), replace(MANY, requests=240))
    assert 20 < frames < ticks / 2
    assert "request 240 of 240, left behind: as written 12, try / finally 0" in text


def test_what_is_told_names_the_step_that_failed_and_the_line_that_was_skipped() -> None:
    told = {code: said(example(code)) for code in ("TML103", "TML104", "TML101", "TML108", "TML301")}
    assert told["TML103"].endswith(
        "failed at process(request, path) in line 13, so line 14 never ran: its file stays."
    )
    assert "left past line 11, without a failure: its file stays." in told["TML104"]
    assert told["TML108"] == "Request 1 is served, and nothing deletes what it made: its directory stays."
    assert told["TML301"].endswith("its descriptor stays open.")


def said(case: Case) -> str:
    """What is told of the first orphan."""
    settings = Settings()
    teller = Teller([case.program], settings.slots)
    with scratch(1) as place:
        for frame in play([case], settings, named("as-written"), place):
            teller.watch(frame)
            if teller.first_orphan is not None:
                return teller.said
    return ""


def test_width_is_that_of_the_reports() -> None:
    for text in ("abc", WIDE, "e\u0301"):
        assert cells.width(text) == width(text)


def test_cut_counts_cells() -> None:
    assert cut("abc", 2) == "ab"
    assert cut("日本", 3) == "日"
    assert cut("e\u0301e\u0301", 1) == "e\u0301"
    assert cut("short", 80) == "short"
