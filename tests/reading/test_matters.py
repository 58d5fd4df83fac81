"""The bytes test: a no is final, so it may only be said where nothing can create a temp file."""

from __future__ import annotations

import tempfile

import pytest

from tmpleak_lint.knowledge.model import Creates
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.reading.matters import CREATOR_NAMES, could_leave, could_matter


@pytest.mark.parametrize(
    "name", [name for name in tempfile.__all__ if name.startswith("mk") or "Temp" in name]
)
def test_every_creator_of_tempfile_matters(name: str) -> None:
    assert could_matter(f"from tempfile import {name}\n".encode())
    assert could_matter(f"import tempfile as t; t.{name}()\n".encode())


def test_every_creator_of_the_tables_matters() -> None:
    names = SHIPPED.tails(Creates)
    assert len(names) >= 5
    for name in names:
        assert could_matter(f"{name}()\n".encode())


@pytest.mark.parametrize(
    "data", [b"", b"import os\n", b"import tempfile\n", b"template = temperature()\n", b"\xff\xfe\0"]
)
def test_file_without_a_creator_does_not_matter(data: bytes) -> None:
    assert not could_matter(data)


def test_names_are_found_wherever_they_stand_and_whatever_is_around() -> None:
    assert could_matter(b"\xef\xbb\xbf# mkdtemp")
    assert could_matter(b"\xff\0\xfeNamedTemporaryFile\0")
    assert could_matter(b"x = 1\r\ny = SpooledTemporaryFile()")


def test_names_that_the_user_adds_matter() -> None:
    assert not could_matter(b"make_scratch()\n")
    assert could_matter(b"make_scratch()\n", [b"make_scratch"])


@pytest.mark.parametrize("data", [b"open('/tmp/x', 'w')", b"tempfile.gettempdir()", b"os.environ['TMPDIR']"])
def test_paths_made_by_hand_matter_only_when_asked_for(data: bytes) -> None:
    assert not could_matter(data)
    assert could_matter(data, handmade=True)


def test_only_utf_16_can_hide_a_name_and_python_does_not_read_it() -> None:
    data = "import tempfile\ntempfile.mkdtemp()\n".encode("utf-16")
    assert not could_matter(data)
    with pytest.raises(SyntaxError):
        compile(data, "x.py", "exec")


def test_every_creator_is_searched_for() -> None:
    assert all(could_matter(b"x = " + name + b"()\n") for name in CREATOR_NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "tempfile.mkstemp()",
        "make = tempfile.mkdtemp",
        "self.mktemp()",
        "tempfile.NamedTemporaryFile(delete=False)",
        'NamedTemporaryFile(suffix=")", delete=False)',
        "NamedTemporaryFile('w', encoding=pick(a, (b, c)),\n    delete = keep)",
        "NamedTemporaryFile('w', -1, None, None, '', '', None, False)",
        "NamedTemporaryFile(**options)",
        "tempfile.NamedTemporaryFile().name",
        "(tempfile.TemporaryDirectory()).name",
        "make = tempfile.TemporaryDirectory",
        "from tempfile import NamedTemporaryFile as make\nmake(delete=False)",
        "from tempfile import (\n    NamedTemporaryFile as make,\n)\nmake(delete=False)",
        "from tempfile import TemporaryDirectory\nclasses = [TemporaryDirectory]",
        "work = TemporaryDirectory()\nwork._finalizer.detach()",
        "out = NamedTemporaryFile()\nout.delete = False",
        "TemporaryDirectory(dir=unfinished(",
    ],
)
def test_what_could_leave_a_file_is_looked_at(text: str) -> None:
    assert could_leave(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import tempfile\nwith tempfile.TemporaryDirectory() as work:\n    use(work)\n",
        "with tempfile.NamedTemporaryFile('w', suffix=f(x, (1, 2)), dir=')') as out: ...",
        "from tempfile import TemporaryDirectory\nwith TemporaryDirectory(prefix='(') as work: ...",
        "from tempfile import (\n    NamedTemporaryFile,\n    TemporaryDirectory,\n)\nTemporaryDirectory()",
        "tmp_path_factory.mktemp('data')\ntmpdir_factory.mktemp('data')",
        "out = SpooledTemporaryFile(max_size=10)\nprint(out.name)",
    ],
)
def test_handles_that_delete_their_own_are_not(text: str) -> None:
    assert not could_leave(text.encode())


def test_every_creator_could_leave_a_file() -> None:
    assert all(could_leave(b"make = " + name) for name in CREATOR_NAMES)
