"""What a called body can't come to is set aside: it is as it was after the call, and equal calls are walked once."""

from __future__ import annotations

import textwrap

import pytest

from tests.analysis.test_inheriting import project_of
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute, Contents, GlobalName, Ident
from tmpleak_lint.analysis.domain.reach import set_aside
from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import Ref, Role

FILE = Ref(v.TRACKED, Role.PATH)
JOB = v.Klass("app", "Job")
GIVEN, WITHIN, OTHER, IN_MODULE = (v.Box(Ident("f", 0, number)) for number in range(4))
OBJECT = v.Inst(JOB, Ident("f", 0, 7))
STACK = v.Object("stack", Ident("f", 0, 8))


def caller() -> State:
    state = State({"mine": OTHER})
    state.fill(GIVEN, ((None, WITHIN),))
    state.fill(WITHIN, ((None, FILE),))
    state.fill(OTHER, ((None, FILE),))
    state.fill(IN_MODULE, ((None, FILE),))
    state.put(GlobalName("made"), IN_MODULE)
    state.put(Attribute("self", "path"), FILE)
    state.put(Attribute(OBJECT.ident, "path"), FILE)
    state.fill(v.WAITING, ((None, v.NONE),))
    state.leave_open(OTHER)
    state.note_entered(STACK)
    return state


def test_what_arguments_and_everybody_can_come_to_is_seen_and_nothing_else() -> None:
    seed = caller().seen_by_callee()
    seed["given"] = GIVEN
    aside = set_aside(seed)
    assert aside is not None
    assert {*aside.slots} == {Contents(OTHER), Attribute(OBJECT.ident, "path")}
    assert (aside.open, aside.entered) == ({OTHER}, {STACK})
    assert {*seed.heap.slots} == {*caller().heap.slots} - {*aside.slots}
    assert not seed.heap.open
    assert not seed.heap.entered


@pytest.mark.parametrize(
    "given", [v.Seq((OBJECT,)), v.Func("app", "Job.run", bound=OBJECT), v.Member(OBJECT, "path")]
)
def test_what_a_value_is_made_of_is_seen(given: v.Value) -> None:
    seed = caller().seen_by_callee()
    seed["given"] = given
    set_aside(seed)
    assert seed.attribute(OBJECT.ident, "path") == FILE


def test_it_is_there_after_the_call_as_it_was() -> None:
    before, after = caller(), caller()
    seed = before.seen_by_callee()
    aside = set_aside(seed)
    seed.put(Attribute("self", "path"), v.NONE)
    after.take_heap(*seed.given_back(), aside)
    before.put(Attribute("self", "path"), v.NONE)
    assert after == before
    assert after.is_open(OTHER)
    assert after.has_entered(STACK)


def test_a_call_that_changes_nothing_leaves_the_heap() -> None:
    before, after = caller(), caller()
    after.take_heap(None, after.file, set_aside(before.seen_by_callee()))
    assert after == before


HELPER = """
    import os, tempfile

    def show(path):
        for line in open(path):
            print(line)

    def f():
        d = tempfile.mkdtemp()
        names = []
        show(d)
        {first}
        show(d)
        {then}
        show(d)
        os.rmdir(d)
"""


def walked(**lines: str) -> int:
    """How many walks of called bodies an analysis takes."""
    project, _ = project_of(textwrap.dedent(HELPER).format(**lines))
    return sum(map(len, project.walked.values()))


def test_calls_that_can_come_to_the_same_are_walked_once() -> None:
    assert walked(first="names.append(d)", then="names.append([d])") == walked(first="pass", then="pass") > 0
