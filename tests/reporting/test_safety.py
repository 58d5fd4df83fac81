"""No text from a file may move the cursor, forge a line or reorder what is printed, in any format."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.hand_made import context, finding, run_of
from tmpleak_lint.model import Event, FileReport, Location, Span, Step
from tmpleak_lint.reporting import FORMATS, RunReport
from tmpleak_lint.reporting.json_text import json_text
from tmpleak_lint.reporting.text import git_quoted, visible, visible_lines, width
from tmpleak_lint.suppression.baseline import Entry
from tmpleak_lint.suppression.noqa import UnusedNoqa

ANYTHING = st.text(alphabet=st.characters(), max_size=30)
NASTY = "\x1b[2J\x1b]8;;http://x\x07\r\n::error::forged\u202e\u2028\x85\x9b31m\udcff\x00\ufffe<&]]>"
TEXT_FORMATS = ("full", "concise", "github", "junit")


@given(ANYTHING)
def test_visible_text_holds_no_hidden_character(text):
    shown = visible(text)
    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert visible(shown) == shown
    assert width(shown) >= 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("a\tb\n", "a␉b␊"),
        ("\x1b[31m", "␛[31m"),
        ("\x7f\x9b", "␡<U+009B>"),
        ("\u202egnp.py", "<U+202E>gnp.py"),
        ("\udcff", "<0xFF>"),
        ("\u200d\u2028", "<U+200D><U+2028>"),
    ],
)
def test_hidden_characters_are_named(text, shown):
    assert visible(text) == shown


def test_lines_are_made_visible_with_their_ends_and_tabs():
    assert visible_lines("\ta\x1b[2J\r\nb\rc\u2028\n") == "\ta␛[2J\r\nb␍c<U+2028>\n"


@pytest.mark.parametrize(
    ("name", "quoted"),
    [("a b/é.py", "a b/é.py"), ('a"\n.py', '"a\\"\\n.py"'), ("\udcff\u202e.py", '"\\377\\342\\200\\256.py"')],
)
def test_names_are_quoted_as_git_does(name, quoted):
    assert git_quoted(name) == quoted


def test_width_counts_cells():
    assert width("ab") == 2
    assert width("漢字") == 4
    assert width("e\u0301") == 1


def nasty_run():
    span = Span(Location(1, 1), Location(1, 5))
    steps = [Step(NASTY, span, Event.CREATED, NASTY), Step("/project/b.py", span, Event.LEFT_BEHIND, NASTY)]
    found = finding(span, steps, message=NASTY, filename=NASTY, function=NASTY, fix_refused=NASTY, name=NASTY)
    return RunReport(
        (FileReport(NASTY, (found,), notes=(NASTY,)),),
        1,
        "1",
        unused_noqa=(UnusedNoqa(NASTY, Location(1, 1), (NASTY,)),),
        stale_baseline=(Entry(NASTY, NASTY, NASTY, NASTY),),
    )


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_text_formats_print_no_control_character_but_line_ends(name):
    drawn = FORMATS[name](nasty_run(), context({NASTY: NASTY, "/project/b.py": NASTY}))
    rest = drawn.replace("\n", "")
    assert not {unicodedata.category(sign) for sign in rest} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not any(line.startswith("::error::forged") for line in drawn.splitlines())
    drawn.encode("utf-8")


@pytest.mark.parametrize("name", ["full", "concise"])
def test_colour_adds_only_its_own_sequences(name):
    run = nasty_run()
    coloured = FORMATS[name](run, context({NASTY: NASTY}, color=True))
    plain = FORMATS[name](run, context({NASTY: NASTY}))
    parts = coloured.split("\x1b[")
    assert parts[0] + "".join(part.split("m", 1)[1] for part in parts[1:]) == plain


@pytest.mark.parametrize("name", ["json", "gitlab", "sarif"])
def test_json_formats_stay_one_ascii_document(name):
    drawn = FORMATS[name](nasty_run(), context({NASTY: NASTY}))
    assert drawn.isascii()
    assert json.loads(drawn)
    assert not any("\ud800" <= sign <= "\udfff" for sign in str(json.loads(drawn)))


@given(
    st.text(
        alphabet=st.sampled_from(["\\", "u", "d", "8", "0", "\ud83d", "\ude00", "\udcff", "\U0001f600", "é"])
    )
)
def test_json_keeps_every_text_but_halves_of_surrogate_pairs(text):
    whole = re.sub("[\ud800-\udfff]", "\ufffd", text)
    assume(
        not re.search("\ud83d[\ude00\udcff]", text)
    )  # two halves that stand together are one character for JSON
    assert json.loads(json_text([text], 1)) == [whole]


@pytest.mark.parametrize("name", ["full", "concise"])
@pytest.mark.parametrize("start", ["::error file=x::", "##vso[task.complete]"])
def test_name_of_a_file_is_no_command_for_a_ci_system(name, start):
    path = f"/project/{start}.py"
    span = Span(Location(1, 1), Location(1, 2))
    run = RunReport(
        (FileReport(path, (finding(span, filename=path),), notes=("odd",)),),
        1,
        "1",
        unused_noqa=(UnusedNoqa(path, Location(1, 1), ("TML101",)),),
        stale_baseline=(Entry(f"{start}.py", "TML101", "f", "0"),),
    )
    drawn = FORMATS[name](run, context({path: "x"}))
    assert drawn.count(f"./{visible(start)}.py:") == 4
    assert "##vso[" not in drawn
    assert not any(line.lstrip().startswith(start) for line in drawn.splitlines())


@given(ANYTHING)
def test_junit_is_well_formed_whatever_it_quotes(text):
    span = Span(Location(1, 1), Location(1, 2))
    found = finding(span, message=text, function=text, filename=f"/project/{text}")
    root = ElementTree.fromstring(FORMATS["junit"](run_of(found), context()).encode("utf-8"))
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None and failure.text is not None
