"""What is known of a text goes to one with a fix in it only as far as it holds there: no proposal shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmpleak_lint.analysis.domain.values import Func
from tmpleak_lint.analysis.verdict import carrying
from tmpleak_lint.analysis.verdict.carrying import Carried
from tmpleak_lint.engine import examine
from tmpleak_lint.fixes import fix_bytes, with_fixes
from tmpleak_lint.fixing.edits import Moved
from tmpleak_lint.fixing.showing import untouched_bodies
from tmpleak_lint.fixing.source import Source
from tmpleak_lint.model import Edit, Finding, Location, Span
from tmpleak_lint.session import Session
from tmpleak_lint.settings import Settings

LEAKY = Path(__file__).parents[2] / "fixtures" / "leaky"
FIXTURES = sorted(
    path for path in LEAKY.glob("*.py") if path.stem != "half_written"
)  # that one can't be parsed

CODE = """import os
import shutil
import tempfile


def first(data):
    path = make(data)
    check(data)
    os.unlink(path)


def make(data):
    descriptor, path = tempfile.mkstemp()
    os.close(descriptor)
    return path


def of_first(data):
    first(data)
    return tempfile.mkdtemp()


def aside():
    folder = tempfile.mkdtemp()
    return lambda: folder


alias = first


def by_another_name(data):
    alias(data)
    return tempfile.mkdtemp()
"""
FIXED = CODE.replace(
    "    check(data)\n    os.unlink(path)\n",
    "    try:\n        check(data)\n    finally:\n        os.unlink(path)\n",
)


def carried_over(old: str, new: str) -> dict[str, Carried]:
    """What a session that knows one text goes on with for another one."""
    session = Session(Settings(base="."))
    was = session.analyse(old.encode(), "app.py", on_disk=False)
    now = session.fork().analyse(new.encode(), "app.py", on_disk=False, within=frozenset())
    assert was.module is not None
    assert now.module is not None
    untouched = untouched_bodies(was.module, now.module)
    carrying.carry_over(was.project, was.module, now.project, now.module, untouched.names, untouched.words)
    names = [known.qualname for known in now.module.source.skeleton.ordered_defs()]
    found = {name: carrying.carried(now.project, Func(now.module.key, name)) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def proposals(text: str) -> tuple[Finding, ...]:
    settings = Settings(base=".", min_confidence="low")
    session = Session(settings)
    report = examine(text.encode(), "app.py", settings, on_disk=False, session=session).report
    return with_fixes(report, text.encode(), settings, on_disk=False, session=session).findings


def test_what_a_helper_hands_over_is_known_where_it_stands_now() -> None:
    carried = carried_over(CODE, FIXED)
    assert [handed.created[0].span.start.row for handed in carried["make"].handed] == [15]


def test_who_may_call_what_was_changed_is_asked_anew() -> None:
    assert set(carried_over(CODE, FIXED)) == {"make"}


def test_whom_the_change_calls_no_more_is_asked_anew() -> None:
    assert "make" not in carried_over(CODE, FIXED.replace("path = make(data)", "path = '/tmp/known'", 1))


def test_nothing_is_known_where_the_module_itself_was_changed() -> None:
    assert not carried_over(CODE, FIXED.replace("alias = first", "alias = make"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_no_proposal_shows_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text(encoding="utf-8")
    found = proposals(text)
    repaired = fix_bytes(text.encode(), "app.py", Settings(base="."), unsafe=True, on_disk=False).data
    monkeypatch.setattr(carrying, "carry_over", lambda *_: None)
    assert proposals(text) == found
    assert fix_bytes(text.encode(), "app.py", Settings(base="."), unsafe=True, on_disk=False).data == repaired


def test_what_each_way_does_with_the_file_is_counted_and_not_every_set_of_it() -> None:
    logged = "".join(f"    if options.wants_{n}():\n        log({n}, path)\n" for n in range(14))
    text = (
        f"import os, tempfile\n\ndef f(options):\n    path = tempfile.mkdtemp()\n{logged}    os.rmdir(path)\n"
    )
    (found,) = proposals(text)
    assert found.fix is not None
    assert "too many ways" not in found.fix.because


def test_where_places_stand_after_edits() -> None:
    def at(start: int, end: int, content: str) -> Edit:
        return Edit(content, Span(Location(1, start), Location(1, end)))

    moved = Moved(Source(b"abcdefgh\n"), [at(7, 7, ""), at(5, 7, "x"), at(2, 2, "+++")])
    assert [moved(Location(1, column)) for column in range(1, 9)] == [0, 4, 5, 6, 7, None, 8, 9]
