"""The drawing of a finding's path: what is shown, where the carets point, and in which order."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.hand_made import at, context, finding, run_of, step
from tmpleak_lint.model import Applicability, Event, FileReport, Fix, Location, Span, Step
from tmpleak_lint.reporting import DRAWING, FORMATS, RunReport
from tmpleak_lint.reporting.excerpt import excerpt
from tmpleak_lint.reporting.text import width
from tmpleak_lint.rules import RULES

APP = "/project/app.py"
HELPERS = "/project/lib/helpers.py"
SOURCE = '''\
import os

def handle(request):
    """Answer."""
    path = make_temp(request)
    process(path)
    os.remove(path)

'''
TRAP = finding(
    at(SOURCE, "make_temp(request)"),
    [
        step(SOURCE, "make_temp(request)", "created", "created here"),
        step(SOURCE, "process(path)", "risky", "this call can raise"),
        step(SOURCE, "process(path)", "left-behind", "left behind: the deletion is skipped"),
    ],
)


def full(*findings, sources=None, **changes):
    return FORMATS["full"](run_of(*findings), context(sources or {APP: SOURCE}, **changes))


LONG = "the file from NamedTemporaryFile() stays when `store.settings(watermark)` (line 51) can raise before the try"


def test_headline_is_wrapped_at_words_and_no_line_of_it_is_longer_than_a_hundred_cells():
    for changes in ({}, {"color": True}, {"width": 200}, {"color": True, "links": True}, {"width": 70}):
        shown = full(replace(TRAP, message=LONG), **changes)
        plain = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\", "", shown)
        head = plain.partition("\n     │")[0].split("\n")
        assert len(head) > 1
        assert all(width(line) <= min(changes.get("width", 100), 100) for line in head)
        assert all(line.startswith("    ") for line in head[1:])
        assert " ".join(line.strip() for line in head) == f"app.py:5:12: TML103 {LONG}"
    assert f"TML103 {LONG}\n" in FORMATS["concise"](
        run_of(replace(TRAP, message=LONG)), context({APP: SOURCE})
    )


def test_path_is_drawn_from_creation_to_loss():
    assert full(TRAP) == (
        "app.py:5:12: TML103 `path` stays on disk\n"
        "     │\n"
        "   3 │     def handle(request):\n"
        '   4 │         """Answer."""\n'
        "   5 │ ╭──     path = make_temp(request)\n"
        "     │ │              ^^^^^^^^^^^^^^^^^^ created here\n"
        "   6 │ ├─▶     process(path)\n"
        "     │ │       ^^^^^^^^^^^^^ this call can raise\n"
        "     │ ╰─▶     left behind: the deletion is skipped\n"
        "   7 │         os.remove(path)\n"
        "     │\n"
        "     = help: the last line is not reached after an exception: "
        "delete it in a `finally:` that begins\n"
        "             right after the creation\n"
        "     = rule: tmpleak-lint explain TML103\n"
        "\n"
    )


def test_ascii_drawing_holds_nothing_but_ascii():
    drawn = full(TRAP, unicode=False)
    assert drawn.isascii()
    assert "   5 | ,--     path = make_temp(request)\n" in drawn
    assert "     | `->     left behind" in drawn


def test_end_of_the_function_is_told_below_its_last_line():
    source = "def f():\n    path = mk()\n    use(path)  # why\n"
    steps = [step(source, "mk()", "created", "created"), step(source, "", "left-behind", "f ends here")]
    end = Location(3, 14)
    steps[1] = replace(steps[1], span=Span(end, end))
    assert full(finding(at(source, "mk()"), steps), sources={APP: source}).splitlines()[5:7] == [
        "   3 │ │       use(path)  # why",
        "     │ ╰─▶     f ends here",
    ]


def test_step_in_another_function_of_the_file_comes_with_its_def():
    source = "def mk():\n    return mkstemp()\n\ndef f():\n    path = mk()\n    use(path)\n"
    found = finding(
        at(source, "mk()", 2),
        [
            step(source, "mkstemp()", "created", "created here"),
            step(source, "mk()", "handed-over", "handed over", occurrence=2),
            step(source, "use(path)", "left-behind", "left behind"),
        ],
    )
    lines = full(found, sources={APP: source}).splitlines()
    assert lines[1] == "    --> app.py:2:12"
    assert [line for line in lines if "def " in line] == ["   1 │     def mk():", "   4 │ │   def f():"]


def test_creation_in_a_helper_gets_its_own_frame_and_the_rail_goes_on():
    helpers = "def make_temp(request):\n    fd, path = mkstemp()\n    return path\n"
    found = finding(
        at(SOURCE, "make_temp(request)"),
        [
            step(helpers, "mkstemp()", "created", "created here", HELPERS),
            step(SOURCE, "make_temp(request)", "handed-over", "handed to this caller"),
            step(SOURCE, "process(path)", "left-behind", "left behind"),
        ],
    )
    lines = full(found, sources={APP: SOURCE, HELPERS: helpers}).splitlines()
    assert lines[0] == "app.py:5:12: TML103 `path` stays on disk"
    assert lines[1] == "    --> lib/helpers.py:2:16"
    second = lines.index("    --> app.py:5:12")
    assert lines[second - 1] == lines[second + 1] == "     │ │"
    assert "   5 │ ├─▶     path = make_temp(request)" in lines[second:]
    assert "     │ │              ------------------ handed to this caller" in lines[second:]


def test_step_back_up_in_a_loop_begins_a_new_frame():
    source = "def f():\n    for name in names:\n        path = mk()\n        use(path)\n"
    found = finding(
        at(source, "mk()"),
        [
            step(source, "mk()", "created", "created here"),
            step(source, "use(path)", "leaves", "the loop goes on"),
            step(source, "mk()", "left-behind", "rebound in the next round"),
        ],
    )
    drawn = full(found, sources={APP: source})
    assert drawn.count("path = mk()") == 2
    assert drawn.index("created here") < drawn.index("the loop goes on") < drawn.index("rebound")
    assert "    --> app.py:3:16\n" in drawn


def test_far_lines_are_skipped_and_near_ones_shown():
    filler = "".join(f"    a{number} = {number}\n" for number in range(20))
    source = f"def f():\n    p = mk()\n    b = 1\n    use(p)\n{filler}    leave(p)\n"
    found = finding(
        at(source, "mk()"),
        [
            step(source, "mk()", "created", "created here"),
            step(source, "use(p)", "risky", "can raise"),
            step(source, "leave(p)", "left-behind", "left behind"),
        ],
    )
    drawn = full(found, sources={APP: source})
    assert "   3 │ │       b = 1\n" in drawn
    assert " ... │ │\n" in drawn
    assert "a10" not in drawn


def test_carets_stand_under_wide_characters_and_tabs():
    source = 'def f():\n\tname = "日本"; path = mk()\n'
    found = finding(at(source, "mk()"), [step(source, "mk()", "created", "created here")])
    lines = full(found, sources={APP: source}).splitlines()
    code = next(line for line in lines if "mk()" in line)
    carets = next(line for line in lines if "^" in line)
    assert "\t" not in code
    assert width(code[: code.index("mk()")]) == width(carets[: carets.index("^")])
    assert carets.count("^") == 4


def test_long_line_is_cut_on_both_sides_of_the_span():
    source = "x = [" + "1, " * 400 + "mk()" + ", 2" * 400 + "]\n"
    found = finding(at(source, "mk()"), [step(source, "mk()", "created", "created here")])
    lines = full(found, sources={APP: source}, width=80).splitlines()
    code = next(line for line in lines if "mk()" in line)
    carets = next(line for line in lines if "^" in line)
    assert width(code) <= 80
    assert code.count("…") == 2
    assert code.index("mk()") == carets.index("^^^^")


@given(
    st.text(alphabet="ab\té漢\u0301\x1b", max_size=300),
    st.integers(1, 310),
    st.integers(0, 40),
    st.integers(10, 90),
)
def test_excerpt_keeps_to_its_room_and_shows_the_first_column(line, first, length, room):
    shown = excerpt(line, first, first + length, room)
    assert width(shown.text) <= room
    assert 0 <= shown.start < shown.end <= room + 1
    if first <= len(line.rstrip()) and line[first - 1] in "ab":
        cell = 0
        for sign in shown.text:
            if cell == shown.start and width(sign):
                assert sign == line[first - 1]
                break
            cell += width(sign)
        else:
            raise AssertionError("the first column isn't shown")


PLACES = st.builds(Location, st.integers(1, 12), st.integers(1, 40))
STEPS = st.lists(
    st.builds(
        lambda name, start, end, event: (name, Span(start, end), event),
        st.sampled_from([APP, HELPERS, "/project/unreadable.py"]),
        PLACES,
        PLACES,
        st.sampled_from([event for event in Event if event is not Event.LOST_TOO]),  # told in words
    ),
    max_size=6,
)


@given(STEPS, st.integers(1, 120), st.booleans())
def test_every_step_is_drawn_once_and_in_order_wherever_it_points(places, columns, unicode):
    steps = [Step(name, span, event, f"step{number}.") for number, (name, span, event) in enumerate(places)]
    found = finding(at(SOURCE, "make_temp(request)"), steps)
    drawn = full(found, sources={APP: SOURCE, HELPERS: "\tshort\n\n漢字\n"}, width=columns, unicode=unicode)
    numbers = [int(number) for number in re.findall(r"step(\d+)\.", drawn)]
    expected = list(range(len(steps)))
    only_unreadable = len(steps) == 1 and steps[0].filename.endswith("unreadable.py")
    assert numbers == ([] if only_unreadable else expected)
    assert not any(line != line.rstrip() for line in drawn.splitlines())


@given(STEPS, st.integers(20, 60))
def test_signs_beyond_ascii_are_the_ones_that_are_asked_for(places, columns):
    steps = [Step(name, span, event, "words") for name, span, event in places]
    drawn = full(finding(at(SOURCE, "make_temp(request)"), steps), width=columns)
    assert {sign for sign in drawn if not sign.isascii()} <= set(DRAWING)


def test_long_words_go_below_the_carets_and_wrap():
    words = "left behind " + "because of a long story " * 8
    found = finding(
        at(SOURCE, "make_temp(request)"),
        [
            step(SOURCE, "make_temp(request)", "created", "created here"),
            step(SOURCE, "process(path)", "left-behind", words.strip()),
        ],
    )
    drawn = full(found, width=70)
    frame = [line for line in drawn.splitlines() if "│" in line]
    assert all(width(line) <= 70 for line in frame)
    shown = re.sub(r"\s+", " ", " ".join(line.split("│", 1)[1] for line in frame))
    assert words.strip() in shown


def test_words_move_left_before_they_wrap():
    source = "value = call(" + "a, " * 15 + "mk())\n"
    words = "created here, and this takes most of the line"
    lines = full(
        finding(at(source, "mk()"), [step(source, "mk()", "created", words)]), sources={APP: source}, width=70
    ).splitlines()
    (line,) = (line for line in lines if words in line)
    assert width(line) == 70


def test_finding_without_steps_shows_its_line_alone():
    drawn = full(finding(at(SOURCE, "make_temp(request)"), code="TML501"))
    assert "   5 │     path = make_temp(request)\n     │            ^^^^^^^^^^^^^^^^^^\n" in drawn
    assert "╭" not in drawn


def test_unreadable_source_leaves_the_words():
    drawn = full(finding(Span(Location(1, 1), Location(1, 1)), code="TML900"), sources={"other": ""})
    assert drawn.splitlines()[0] == "app.py:1:1: TML900 `path` stays on disk"
    assert "│" not in drawn
    drawn = full(TRAP, sources={"other": ""})
    assert "created here" in drawn and "left behind: the deletion is skipped" in drawn


def test_fix_line_says_how_to_apply_it():
    def shown(applicability):
        return full(finding(TRAP.span, TRAP.steps, fix=Fix(applicability, "Use a `finally:`", ())))

    assert "= help: Use a `finally:` (--fix)\n" in shown(Applicability.SAFE)
    assert "= help: Use a `finally:` (--fix --unsafe-fixes)\n" in shown(Applicability.UNSAFE)
    assert "= help: Use a `finally:` (--diff shows it)\n" in shown(Applicability.DISPLAY)


def test_every_rule_has_a_hint():
    assert all(rule.hint for rule in RULES.values())


def test_second_frame_of_a_function_does_not_repeat_its_def():
    source = "def f():\n    for name in names:\n        path = mk()\n"
    steps = [step(source, "mk()", "created", "created"), step(source, "for", "left-behind", "rebound")]
    assert full(finding(at(source, "mk()"), steps), sources={APP: source}).count("def f():") == 1


def test_def_is_found_above_its_own_parameters_and_nested_blocks():
    source = "class C:\n    async def f(\n        self,\n    ):\n        if self:\n            p = mk()\n"
    drawn = full(finding(at(source, "mk()"), [step(source, "mk()", "created", "c")]), sources={APP: source})
    assert "   2 │     async def f(\n" in drawn
    assert "class C" not in drawn


def test_refusal_of_a_fix_is_given_with_its_reason():
    drawn = full(finding(TRAP.span, TRAP.steps, fix_refused="the name escapes"))
    assert "= note: no automatic fix: the name escapes\n" in drawn


def test_colour_changes_nothing_but_colour():
    assert re.sub(r"\x1b\[[0-9;]*m", "", full(TRAP, color=True)) == full(TRAP)
    assert "\x1b[" not in full(TRAP)


def test_link_wraps_the_place_and_escapes_the_path():
    found = finding(TRAP.span, filename="/project/a b;.py")
    drawn = full(found, links=True)
    assert drawn.startswith("\x1b]8;;file:///project/a%20b%3B.py\x1b\\a b;.py:5:12\x1b]8;;\x1b\\: TML103")


def test_notebook_place_names_the_cell():
    found = finding(TRAP.span, filename="/project/book.ipynb", cell=3)
    assert full(found).startswith("book.ipynb:cell 3:5:12: TML103")


def test_one_blank_line_follows_each_block():
    drawn = full(TRAP, TRAP)
    assert drawn.count("\n\n") == 2
    assert drawn.endswith("\n\n")
    assert "\n\n\n" not in drawn


def test_empty_run_prints_nothing():
    for name in ("full", "concise", "github"):
        assert FORMATS[name](RunReport((FileReport(APP),), 1, "1"), context()) == ""
