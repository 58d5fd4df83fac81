"""States: forks share what neither wrote to, equal states have equal keys, callees see heap and typestate alone."""

from __future__ import annotations

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute, Contents, GlobalName
from tmpleak_lint.analysis.domain.state import Cursor, Decider, Snapshot, Stands, State, seed
from tmpleak_lint.analysis.domain.values import Ref, Role

FILE = Ref(v.TRACKED, Role.PATH)
BOX = v.Box("made here")
OWN = v.Member(v.Inst(v.Klass("app", "Job"), "self"), "keep")


def full() -> State:
    """A state with something in each of its parts."""
    state = State({"path": FILE, 3: v.TRUE})
    state.fill(BOX, ((None, FILE),))
    state.leave_open(BOX)
    state.put(Attribute("self", "path"), FILE)
    state.put(GlobalName("made"), BOX)
    state.changing().enclosing["outer"] = v.NONE
    state.become(Stands.LIVE)
    state.manage(frozenset({2}))
    state.follow_word_of(Decider.OWN)
    state.frame = state.frame._replace(lost=4, lent=True)
    state.flight, state.result = v.Flight("OSError"), FILE
    state.assume(OWN, True)
    state.assume(symbols.Param("job", "flag"), False)
    state.advance(7, Cursor(position=1))
    return state


def test_what_one_fork_writes_the_other_does_not_see() -> None:
    before, untouched = full(), full().key()
    after = before.fork()
    assert after == before
    after["path"] = v.NONE
    after.fill(BOX, ())
    after.close_up(BOX)
    after.drop(Attribute("self", "path"))
    after.become(Stands.GONE)
    after.assume(OWN, False)
    after.advance(7, Cursor())
    after.flight = None
    assert before.key() == untouched
    assert before.fork().attribute("self", "path") == FILE
    assert after.known(BOX) == ()
    assert not after.is_open(BOX)
    assert not after.cursors


def test_the_first_of_two_forks_can_write_as_well() -> None:
    before = full()
    after = before.fork()
    before.put(GlobalName("made"), v.NONE)
    assert after.global_name("made") == BOX


def test_a_key_tells_every_part() -> None:
    known = full().key()

    def differs(change: object) -> bool:
        assert callable(change)
        state = full()
        change(state)
        return state.key() != known

    assert differs(lambda s: s.pop("path"))
    assert differs(lambda s: s.put(Contents(BOX), ()))
    assert differs(lambda s: s.close_up(BOX))
    assert differs(lambda s: s.note_entered(v.Object("stack", 1)))
    assert differs(lambda s: s.become(Stands.NAMED))
    assert differs(lambda s: s.let_go())
    assert differs(lambda s: s.assume(OWN, False))
    assert differs(lambda s: s.advance(7, Cursor(position=2)))
    assert differs(lambda s: setattr(s, "flight", None))
    assert differs(lambda s: setattr(s, "result", None))
    assert not differs(lambda s: s.note_entered(v.Object("stack", 1), entered=False))


def test_a_callee_sees_heap_and_typestate_and_what_is_known_of_the_object() -> None:
    caller = full()
    callee = caller.seen_by_callee()
    assert dict(callee) == {}
    assert callee.heap.key == caller.heap.key
    assert callee.file == caller.file
    assert callee.assumed == {OWN: True}
    assert (callee.flight, callee.result, callee.frame, callee.cursors) == (None, None, State().frame, {})
    callee.put(Attribute("self", "path"), v.NONE)
    assert caller.attribute("self", "path") == FILE


def test_what_a_callee_left_is_there_afterwards_names_of_the_caller_among_them() -> None:
    caller = State({"outer": v.NONE})
    callee = caller.seen_by_callee()
    callee.changing().enclosing["outer"] = FILE
    callee.put(Attribute("self", "path"), FILE)
    callee.become(Stands.LIVE)
    caller.take_heap(*callee.given_back())
    assert caller["outer"] == caller.attribute("self", "path") == FILE
    assert not caller.heap.enclosing
    assert caller.file.stands is Stands.LIVE


def test_a_question_does_not_hang_on_the_order_in_which_its_state_was_written() -> None:
    slots = {Attribute("self", name): FILE for name in "abc"}
    one, other = Snapshot(seed(slots)), Snapshot(seed(dict(reversed(slots.items()))))
    assert one == other
    assert hash(one) == hash(other)
    assert [*one.state.heap.slots] == [*other.state.heap.slots]


def test_another_note_of_a_kind_takes_the_place_of_the_first() -> None:
    state = State()
    state.note(v.Const(1))
    state.note(FILE)
    state.note(v.Const(2))
    assert state.noted(v.Const) == v.Const(2)
    assert state.noted(Ref) == FILE
    assert state.noted(v.Sym) is None
