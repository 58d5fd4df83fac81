"""Lines and characters are counted as was agreed on: in units of UTF-16, 8 or 32, lines as the protocol ends them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from lsprotocol import types

from tests.hosts.server import vscode
from tests.hosts.server.editor import connected, played
from tmpleak_lint.hosts.server.text import edited, location_of, position_of, rows_with_ends, units
from tmpleak_lint.model import Location
from tmpleak_lint.reading.decoding import source_lines

CELL = "🎈é = 'ß'; "
SOURCE = "import tempfile\n\n\ndef f():\n    name = '🎈ß'; path = tempfile.mkdtemp(); use(path, name)\n"
BEFORE = SOURCE.split("\n")[4].partition("tempfile.")[0]


@pytest.mark.parametrize(
    ("asked", "encoding"),
    [
        (["utf-16"], "utf-16"),
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-32"], "utf-32"),
        (["latin-1"], "utf-16"),
        ([], "utf-16"),
    ],
)
def test_columns_are_in_the_units_that_were_agreed_on(
    tmp_path: Path, asked: list[str], encoding: str
) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(SOURCE, encoding="utf-8")
        params = vscode.initialize([tmp_path], encodings=asked)
        if not asked:
            del params["capabilities"]["general"]
        async with connected(params) as editor:
            assert editor.capabilities["positionEncoding"] == encoding
            uri = editor.open(file)
            (shown,) = await editor.published(uri)
            width = {
                "utf-8": 5,
                "utf-16": 2,
                "utf-32": 1,
            }  # what the two odd characters take more than one each
            start = len(BEFORE) - 2 + {"utf-8": 6, "utf-16": 3, "utf-32": 2}[encoding]
            assert shown["range"]["start"] == {"line": 4, "character": start}
            assert width[encoding]
            # An edit behind those characters lands where it is meant to.
            editor.edit(uri, ((4, start), (4, start + len("tempfile.mkdtemp")), "tempfile.gettempdir"))
            await editor.shown(uri, [])

    played(story())


def test_form_feeds_and_odd_separators_end_no_line(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        text = "import tempfile\n\f\nodd = '\x85 \u2028 \x1c'\n" + SOURCE.partition("\n")[2]
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri = editor.open(file, text)
            (shown,) = await editor.published(uri)
            line = shown["range"]["start"]["line"]
            assert line == 6
            editor.edit(uri, ((line, 0), (line + 1, 0), "    pass\n"))
            await editor.shown(uri, [])

    played(story())


def test_line_ends_of_every_kind_are_kept_and_counted(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            for end in ("\r\n", "\r"):
                uri = editor.open(tmp_path / f"app{len(end)}.py", SOURCE.replace("\n", end))
                (shown,) = await editor.published(uri)
                assert shown["range"]["start"]["line"] == 4
                editor.edit(uri, ((4, 0), (5, 0), f"    pass{end}"))
                await editor.shown(uri, [])

    played(story())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_random_edits_leave_what_the_same_edits_of_a_list_leave(encoding: str) -> None:
    """Against a model: a list of characters, whose places are counted anew each time."""
    draw = random.Random(encoding)
    pieces = ["a", "ß", "🎈", "\n", "\r\n", "\f", "\u2028", "é", "xy", "\r"]
    text = ""
    for _ in range(400):
        lines = source_lines(text)
        begin, end = sorted(draw.randrange(len(text) + 1) for _ in range(2))
        begin, end = (_outside_line_ends(text, at) for at in (begin, end))
        places = [_place(text, at, encoding) for at in (begin, end)]
        new = "".join(draw.choices(pieces, k=draw.randrange(4)))
        assert [location_of(lines, place, encoding) for place in places] == [
            _location(text, at) for at in (begin, end)
        ]
        assert [position_of(lines, _location(text, at), encoding) for at in (begin, end)] == places
        expected = text[:begin] + new + text[end:]
        text = edited(text, types.Range(*places), new, encoding)
        assert text == expected
        assert "".join(rows_with_ends(text)) == text


def _outside_line_ends(text: str, at: int) -> int:
    return at - 1 if text[at - 1 : at + 1] == "\r\n" else at


def _place(text: str, at: int, encoding: str) -> types.Position:
    lines = source_lines(text[:at])
    return types.Position(len(lines) - 1, units(lines[-1], encoding))


def _location(text: str, at: int) -> Location:
    lines = source_lines(text[:at])
    return Location(len(lines), len(lines[-1]) + 1)


def test_places_beyond_the_end_count_as_the_end() -> None:
    assert edited("ab\ncd", types.Range(types.Position(0, 9), types.Position(7, 0)), "!", "utf-16") == "ab!"
    assert location_of(["ab"], types.Position(4, 0), "utf-16") == Location(1, 3)
    assert location_of(["🎈"], types.Position(0, 1), "utf-16") == Location(1, 1)
    assert position_of(["ab"], Location(2, 1), "utf-16") == types.Position(0, 2)
