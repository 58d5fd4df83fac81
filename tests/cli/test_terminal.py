"""What the terminal is asked, and the progress bar."""

from __future__ import annotations

import io

import pytest

from tmpleak_lint.cli.terminal import Progress, can_draw, can_link, wants_color


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "stream", "environment", "expected"),
    [
        ("auto", Terminal(), {}, True),
        ("auto", io.StringIO(), {}, False),
        ("auto", Terminal(), {"NO_COLOR": "1"}, False),
        ("auto", Terminal(), {"NO_COLOR": ""}, True),
        ("auto", Terminal(), {"TERM": "dumb"}, False),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1"}, True),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1"}, True),
        ("never", Terminal(), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_color(choice: str, stream: io.StringIO, environment: dict[str, str], expected: bool) -> None:
    assert wants_color(choice, stream, environment) is expected


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {}, False),
        (Terminal(), {"TERM_PROGRAM": "vscode"}, True),
        (io.StringIO(), {"TERM_PROGRAM": "vscode"}, False),
        (Terminal(), {"VTE_VERSION": "4900"}, False),
        (Terminal(), {"VTE_VERSION": "6003"}, True),
        (Terminal(), {"WT_SESSION": "x", "TERM": "dumb"}, False),
    ],
)
def test_links(stream: io.StringIO, environment: dict[str, str], expected: bool) -> None:
    assert can_link(stream, environment) is expected


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", True), ("utf-16", True), ("ascii", False), ("latin-1", False), ("cp1252", False)],
)
def test_lines_are_drawn_where_the_encoding_has_them(encoding: str, expected: bool) -> None:
    assert can_draw(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) is expected


def ticking(monkeypatch: pytest.MonkeyPatch, *times: float) -> None:
    clock = iter(times)
    monkeypatch.setattr("time.monotonic", lambda: next(clock))


def test_bar_appears_after_a_second_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    ticking(monkeypatch, 0.0, 0.9, 1.1, 1.15, 1.3)
    stream = Terminal()
    bar = Progress(stream, wanted=True)
    bar(1, 4)
    assert stream.getvalue() == ""
    for done in (2, 3, 4):
        bar(done, 4)
    drawn = stream.getvalue()
    assert drawn == f"\r[{'#' * 15}{'.' * 15}]  50 %\r[{'#' * 30}] 100 %"
    bar.clear()
    blank = stream.getvalue()[len(drawn) :]
    assert set(blank) == {"\r", " "}
    assert len(blank.strip("\r")) >= len(drawn.split("\r")[-1])


@pytest.mark.parametrize(("stream", "wanted"), [(io.StringIO(), True), (Terminal(), False)])
def test_no_bar_off_a_terminal_or_when_quiet(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, wanted: bool
) -> None:
    ticking(monkeypatch, 0.0, 5.0, 9.0)
    bar = Progress(stream, wanted)
    bar(1, 2)
    bar.clear()
    assert stream.getvalue() == ""
