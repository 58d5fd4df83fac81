"""The steps of an analysis grow as the program does; where they don't, a budget ends them, and what it cuts is said.

Steps are counted, not seconds: these tests say the same on every machine.
"""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from benchmarks import growth
from benchmarks.growth import FAMILIES, Program
from tmpleak_lint.analysis.domain.heap import Held
from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import Value
from tmpleak_lint.analysis.queries import answers
from tmpleak_lint.analysis.verdict import report
from tmpleak_lint.bounds import BODY_STEPS, FILE_STEPS, MOST_HELD, SHARED_STEPS, WALK_PRICE
from tmpleak_lint.model import Finding
from tmpleak_lint.session import Session
from tmpleak_lint.settings import Settings

LINEAR: dict[str, tuple[Program, int]] = {
    "functions": (growth.functions, 40),
    "chain": (growth.chain, 40),
    "lines": (growth.lines, 200),
    "alternatives": (growth.alternatives, 100),
    "branches": (growth.branches, 100),
    "calls": (growth.calls, 200),
    "entries": (growth.entries, 400),
    "one_line": (growth.one_line, 200),
    "classes": (growth.classes, 40),
    "itself": (growth.itself, 20),
    "cases": (growth.cases, 50),
    "compared": (growth.compared, 100),
    "assertions": (growth.assertions, 50),
    "kept": (growth.kept, 50),
    "displays": (growth.displays, 100),
    "fields": (growth.fields, 200),
    "texts": (growth.texts, 100),
    "wide": (growth.wide, 100),
    "blocks": (growth.blocks, 40),
    "states": (growth.states, 40),
    "variables": (growth.variables, 30),
}


def analysed(source: str, select: str = "TML") -> tuple[tuple[Finding, ...], int]:
    """The findings of a program, and the steps that its analysis took."""
    session = Session(Settings(base="/", select=(select,)))
    analysis = session.analyse(source.encode(), "program.py", on_disk=False)
    return analysis.findings, analysis.project.answers.worked


def calls_made(source: str, select: str = "TML") -> int:
    """How many calls of functions in Python the analysis of a program takes."""
    counted = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal counted
        counted += event == "call"

    analysed(source, select)  # what is imported and read once is there
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        analysed(source, select)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("family", LINEAR)
def test_twice_the_program_takes_twice_the_steps(family: str) -> None:
    program, size = LINEAR[family]
    (small, few), (large, many) = analysed(program(size)), analysed(program(2 * size))
    assert few > 0
    assert many <= 2.2 * few
    assert "TML900" not in {each.code for each in (*small, *large)}


@pytest.mark.parametrize(
    "family",
    [
        *("lines", "calls", "branches", "alternatives", "methods", "functions", "cases", "compared"),
        *("assertions", "kept", "displays", "texts", "wide", "blocks", "variables", "classes"),
        *("rebound", "elements", "popped", "rejoined", "exceptions"),
    ],
)
def test_twice_the_program_takes_twice_the_calls(family: str) -> None:
    """Of whatever looks at a body, and takes no steps of the exploration."""
    # Methods that call each other get as deep as is followed at about a hundred: a step, and they go on as before.
    size = {"methods": 40, "functions": 30, "variables": 30, "exceptions": 12}.get(family, 100)
    few, many = (calls_made(FAMILIES[family][0](n)) for n in (size, 2 * size))
    assert many <= 2.4 * few


def test_a_path_that_is_joined_on_and_on_is_not_nested_too_deeply() -> None:
    assert {each.code for each in analysed(growth.rejoined(400))[0]} == {"TML103"}


@pytest.mark.parametrize("family", ["registered", "callbacks"])
def test_what_comes_before_a_file_is_walked_once_for_all_that_are_made_behind_it(family: str) -> None:
    program = FAMILIES[family][0]
    few, many = (calls_made(program(n), "TML1") for n in (40, 80))
    assert many <= 2.4 * few
    (_, steps), (_, twice) = analysed(program(40), "TML1"), analysed(program(80), "TML1")
    assert twice <= 3.2 * steps  # each still has its body looked through, and its state copied


def test_where_a_walk_begins_behind_a_join_it_knows_what_was_seen_there() -> None:
    """What leads back to the head of the loop, where no file could be made, has been walked before."""

    def steps(lines: int) -> int:
        before = "".join(f"        use(x, {number})\n" for number in range(lines))
        made = "".join(
            f"        try:\n            p{each} = tempfile.mkdtemp()\n        except OSError:\n"
            f"            continue\n        shutil.rmtree(p{each})\n"
            for each in range(2)
        )
        return analysed(f"{growth.HEAD}def f(x):\n    while x():\n{before}{made}", "TML1")[1]

    assert steps(80) - steps(40) <= 40 * 22  # 25 where it is walked again


def test_walks_that_are_over_keep_no_states_of_their_joins() -> None:
    session = Session(Settings(base="/", select=("TML1",)))
    analysis = session.analyse(growth.branches(20).encode(), "program.py", on_disk=False)
    walks = [each.verdict.explorer for each in analysis.judged if each.verdict is not None]
    assert walks
    assert not any(walk.joins._seen or walk.joins._arrived for walk in walks)


@pytest.mark.parametrize("family", ["creations", "attributes", "container", "module"])
def test_what_grows_faster_is_ended_by_a_budget_and_says_so(family: str) -> None:
    program, sizes = FAMILIES[family]
    size = {"creations": 300}.get(family, sizes[-1])
    alone = "\n\ndef alone():\n    z = tempfile.mkdtemp()\n    use(z)\n"
    found, steps = analysed(program(size) + alone, "TML1")
    assert steps <= max(BODY_STEPS, FILE_STEPS, SHARED_STEPS) + 2 * WALK_PRICE
    beyond = [each for each in found if each.code == "TML900"]
    assert beyond
    assert all("steps" in each.message for each in beyond)
    assert [each.code for each in found if each.function == "alone"] == ["TML101"]


@pytest.mark.parametrize("family", ["clique", "ring"])
def test_functions_that_all_call_each_other_are_judged_for_what_they_make_themselves(
    monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    monkeypatch.setattr(answers, "CIRCLE_STEPS", 4_000)
    alone = "\n\ndef alone():\n    z = tempfile.mkdtemp()\n    use(z)\n"
    source = FAMILIES[family][0](8) + alone
    found, _ = analysed(source, "TML1")
    beyond = {each.message for each in found if each.code == "TML900"}
    why = "and what it calls hang on each other, and take more than 4,000 steps together: not all of its files and"
    assert len(beyond) == 8
    assert all(why in each for each in beyond)
    own = {each.function for each in found if each.code != "TML900"}
    assert own == {"alone", *(f"f{number}" for number in range(8) if family == "clique")}
    parts = source.split("\n\n\n")
    other = "\n\n\n".join((parts[0], *reversed(parts[1:])))
    again, _ = analysed(other, "TML1")
    assert {(each.code, each.function) for each in again} == {(each.code, each.function) for each in found}


def test_small_functions_that_all_call_each_other_aren_t_walked_in_every_order() -> None:
    few, some = analysed(growth.clique(4), "TML1"), analysed(growth.clique(8), "TML1")
    assert some[1] <= 10 * few[1]  # four times as many calls, of bodies twice as long
    assert "TML900" not in {each.code for each in some[0]}
    assert {each.function for each in some[0]} == {f"f{number}" for number in range(8)}


def test_properties_that_read_each_other_are_not_walked_anew_for_every_attribute() -> None:
    few, many = analysed(growth.kept_properties(8)), analysed(growth.kept_properties(16))
    assert 0 < many[1] <= 3.2 * few[1]  # twice as many attributes, in a `close` twice as long
    assert few[0] == many[0] == ()


def test_a_circle_of_kept_properties_is_judged_within_its_budget() -> None:
    session = Session(Settings(base="/", select=("TML",)))
    analysis = session.analyse(growth.kept_properties(90).encode(), "program.py", on_disk=False)
    assert analysis.findings == ()
    assert len(analysis.judged) == 90
    # 148,000 where what fills an attribute is asked first.
    assert 0 < analysis.project.answers.worked <= 60_000


def test_a_budget_cuts_at_the_same_place_every_time() -> None:
    source = growth.creations(300)
    first, again = analysed(source, "TML1"), analysed(source, "TML1")
    assert first == again
    assert {each.code for each in first[0]} > {"TML900"}


def test_a_body_whose_study_never_settles_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "import tempfile\n\n\ndef even(n):\n    return tempfile.mkdtemp() if n == 0 else odd(n - 1)\n\n\n"
        "def odd(n):\n    return even(n - 1)\n\n\ndef alone():\n    use(tempfile.mkdtemp())\n"
    )
    assert [(one.code, one.function) for one in analysed(source, "TML1")[0]] == [("TML101", "alone")]
    monkeypatch.setattr(answers, "CHANGES", 0)
    beyond, found = analysed(source, "TML1")[0]
    assert (beyond.code, beyond.span.start.row, found.code) == ("TML900", 4, "TML101")
    assert "rounds: not all of its files and descriptors are judged" in beyond.message


def test_what_differs_in_unknowns_alone_is_walked_on_once_more_at_most() -> None:
    def program(n: int) -> str:
        ways = "".join(f"    elif a == {i}:\n        b = make({i})\n" for i in range(n))
        tail = "    use(p, b)\n" * 60
        return f"{growth.HEAD}def f(a):\n    p = tempfile.mkdtemp()\n    if a:\n        b = a\n{ways}{tail}"

    few, many = (analysed(program(n), "TML1")[1] for n in (3, 12))
    assert many <= 2 * few


@pytest.mark.parametrize("end", ["", "    shutil.rmtree(p)\n"], ids=["nobody deletes", "deleted too late"])
def test_what_a_leak_says_is_asked_of_each_operation_once(end: str) -> None:
    def uses(n: int) -> str:
        made = "".join(f"    use{number}(p)\n" for number in range(n))
        return f"{growth.HEAD}def f():\n    p = tempfile.mkdtemp()\n{made}{end}"

    few, many = (calls_made(uses(n)) for n in (40, 80))  # as many ways lead out of it
    assert many <= 2.5 * few


def test_a_list_that_is_full_is_not_sorted_for_each_thing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[int] = []
    fill = State.fill

    def counted(self: State, container: Value, held: Held) -> None:
        filled.append(len(held))
        fill(self, container, held)

    monkeypatch.setattr(State, "fill", counted)
    found, _ = analysed(growth.container(MOST_HELD + 30), "TML1")
    assert len(found) == MOST_HELD + 29  # all but the last: it is what the loop deletes first
    whole = [held for held in filled if held >= MOST_HELD]
    assert (
        len(whole) <= 31
    )  # what is followed comes once, in each of the walks for those that find the list full


def test_who_asks_further_of_a_file_that_is_judged_runs_into_no_budget_of_the_file() -> None:
    session = Session(Settings(base="/", select=("TML",)))
    analysis = session.analyse(growth.creations(3).encode(), "program.py", on_disk=False)
    answers = analysis.project.answers
    answers.spend(10 * FILE_STEPS)
    assert len(analysis.judged) >= 3


def test_what_light_bodies_leave_over_goes_to_the_heavy_one(monkeypatch: pytest.MonkeyPatch) -> None:
    light = "".join(f"def light{number}():\n    return {number}\n\n\n" for number in range(40))
    heavy = "def heavy(x):\n" + "".join(
        f"    p{each} = tempfile.mkdtemp()\n    x.use(p{each})\n" for each in range(6)
    )
    source = f"import tempfile\n\n\n{light}{heavy}"
    found, steps = analysed(source)
    monkeypatch.setattr(report, "FILE_STEPS", steps // 2)
    monkeypatch.setattr(report, "SHARED_STEPS", 2 * steps)
    assert analysed(source)[0] == found
    monkeypatch.setattr(report, "SHARINGS", 1)  # an equal share alone doesn't do
    assert "TML900" in {each.code for each in analysed(source)[0]}


def test_what_a_helper_takes_is_paid_by_the_body_that_calls_it() -> None:
    def price(lines: int) -> int:
        used = "".join(f"    use(p, {i})\n" for i in range(lines))
        helper = f"{growth.HEAD}def work(p):\n{used}    shutil.rmtree(p)\n\n\n"
        session = Session(Settings(base="/", select=("TML1",)))
        analysis = session.analyse(
            f"{helper}def f():\n    work(tempfile.mkdtemp())\n".encode(), "x.py", on_disk=False
        )
        (found,) = [each.verdict for each in analysis.judged if each.verdict is not None]
        return found.explorer.price

    assert price(40) - price(1) == 39 * 5  # steps for each row
