"""`# noqa`: agreement with flake8 on what is silenced, what is unused, and where new comments go."""

from __future__ import annotations

import ast
import tokenize
from io import StringIO

import pytest
from flake8.processor import FileProcessor
from flake8.violation import Violation
from hypothesis import given
from hypothesis import strategies as st

from tests.hand_made import at, finding
from tmpleak_lint.model import Location
from tmpleak_lint.suppression.noqa import NoqaError, add_noqa, noqa_row, read_directives, split_by_noqa


def found_in(source, text="mk(", code="TML101", occurrence=1, whole=None):
    span = at(source, whole or text, occurrence)
    return finding(span, code=code)


def is_silent(source, **which):
    return bool(split_by_noqa([found_in(source, **which)], source, "a.py").suppressed)


def flake8_silences(source, row, code="TML101"):
    class Options:
        hang_closing = disable_noqa = False
        indent_size = 4
        max_line_length = 79
        max_doc_length = None
        verbose = 0
        stdin_display_name = "stdin"

    processor = FileProcessor("a.py", Options(), lines=source.splitlines(keepends=True))
    if processor.should_ignore_file():
        return True
    line = processor.noqa_line_for(row)
    return Violation(code, "a.py", row, 1, "", line).is_inline_ignored(disable_noqa=False)


LINES = [
    "x = mk()",
    "x = mk()  # noqa",
    "x = mk()  # NoQA",
    "x = mk()  # noqa: TML101",
    "x = mk()  # noqa:TML101",
    "x = mk()  # noqa: TML1",
    "x = mk()  # noqa: E501,TML1",
    "x = mk()  # noqa: E501, TML101",
    "x = mk()  # noqa: E501 TML101",
    "x = mk()  # noqa: E501",
    "x = mk()  # noqa: TML2",
    "x = mk()  # noqa : TML2",
    "x = mk()  # noqa: TML",
    "x = mk()  # noqa: because",
    "x = mk()  # noqa: TML2 because",
    "x = mk()  # noqa: TML101 kept for the child",
    "x = mk()  #noqa",
    "x = mk()  # nosec # noqa: TML101",
    "x = mk('# noqa')",
    "x = mk('# noqa: E501')  # noqa",
    "x = mk('''\n''')  # noqa",
    "x = mk('''\n# noqa\n''')",
    "x = \\\n    mk()  # noqa: TML101",
    "x = mk(\n    1,\n)  # type: ignore",
    "# flake8: noqa\nx = mk()",
    "  # flake8: noqa\nx = mk()",
    "# flake8=NOQA\nx = mk()",
    "x = mk()  # flake8: noqa",
]


@pytest.mark.parametrize("source", LINES)
def test_comment_silences_what_flake8_silences(source):
    row = at(source, "mk(").start.row
    assert is_silent(source + "\n") == flake8_silences(source + "\n", row)


PIECES = ["# noqa", ":", " ", ",", "TML101", "TML2", "E5", "x", "#", "\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=8))
def test_any_comment_silences_what_flake8_silences(parts):
    source = "x = mk()  #" + "".join(parts).replace("\n", "\n#") + "\n"
    assert is_silent(source) == flake8_silences(source, 1)


def test_comment_on_any_line_of_the_call_counts():
    source = "x = mk(\n    1,\n{})\n"
    for row in range(3):
        lines = source.format("").splitlines()
        lines[row] += "  # noqa: TML101"
        text = "\n".join(lines) + "\n"
        call = finding(at(text, text[text.index("mk(") : text.index(")") + 1]), code="TML101")
        assert split_by_noqa([call], text, "a.py").suppressed == (call,)
    after = "x = mk(\n    1,\n)\ny = 1  # noqa: TML101\n"
    call = finding(at(after, "mk(\n    1,\n)"), code="TML101")
    assert split_by_noqa([call], after, "a.py").kept == (call,)


@pytest.mark.parametrize("rows", [1, 40, 49, 50, 51, 52, 300])
def test_comment_behind_a_long_string_speaks_for_all_its_rows(rows):
    lines = "\n" * rows
    source = f"x = mk(), '''{lines}'''  # noqa: TML101\ny = mk()\n"
    first, second = found_in(source), found_in(source, occurrence=2)
    split = split_by_noqa([first, second], source, "a.py")
    assert (split.suppressed, split.kept, split.unused) == ((first,), (second,), ())


def test_codes_may_be_written_in_lower_case():
    assert is_silent("x = mk()  # noqa: tml101\n")


def test_file_level_comment_with_codes_silences_only_those():
    source = "# flake8: noqa: TML2\nx = mk()\n"
    assert is_silent(source, code="TML203")
    assert not is_silent(source, code="TML101")
    assert is_silent("x = 1\n# flake8: noqa: TML\nx = mk()\n")


def test_unreadable_tokens_fall_back_to_single_lines():
    source = "x = mk()  # noqa\ny = (\n"
    assert is_silent(source)
    assert not is_silent("x = mk()\ny = '''  # noqa\n")


def test_unused_codes_of_ours_are_told_and_others_left_alone():
    source = "a = 1  # noqa: TML101\nb = mk()  # noqa: TML101, TML2, E501\nc = 1  # noqa\n"
    source += "d = '# noqa: TML1'\n"
    split = split_by_noqa([found_in(source)], source, "a.py")
    assert [(unused.location, unused.codes) for unused in split.unused] == [
        (Location(1, 8), ("TML101",)),
        (Location(2, 11), ("TML2",)),
    ]


def test_file_without_findings_still_tells_unused_codes():
    (unused,) = split_by_noqa([], "a = 1  # noqa: TML101\n", "a.py").unused
    assert (unused.filename, unused.codes) == ("a.py", ("TML101",))
    assert split_by_noqa([], "a = 1  # noqa: E501\n", "a.py").unused == ()


# Adding comments


def applied(source, edits):
    lines = source.splitlines(keepends=True)
    for edit in edits:
        assert edit.span.start.row == edit.span.end.row
        line = lines[edit.span.start.row - 1]
        start, end = edit.span.start.column - 1, edit.span.end.column - 1
        lines[edit.span.start.row - 1] = line[:start] + edit.content + line[end:]
    return "".join(lines)


def silenced(source, *findings, reason=""):
    addition = add_noqa(findings or [found_in(source)], source, reason)
    assert addition.unplaced == ()
    return applied(source, addition.edits)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = mk()\n", "x = mk()  # noqa: TML101\n"),
        ("x = mk()", "x = mk()  # noqa: TML101"),
        ("x = mk()   \r\ny = 1\r\n", "x = mk()  # noqa: TML101\r\ny = 1\r\n"),
        ("x = mk()  # why\n", "x = mk()  # why  # noqa: TML101\n"),
        ("x = mk()  # noqa: E501\n", "x = mk()  # noqa: E501, TML101\n"),
        ("x = mk()  # noqa: E501,W291 long\n", "x = mk()  # noqa: E501,W291,TML101 long\n"),
        ("x = mk()  # noqa:E501 # type: ignore\n", "x = mk()  # noqa:E501, TML101 # type: ignore\n"),
        ("x = \\\n  mk()\n", "x = \\\n  mk()  # noqa: TML101\n"),
        ("x = mk() + \\\n  2\n", "x = mk() + \\\n  2  # noqa: TML101\n"),
        ("x = mk('''\n  a\n''')\n", "x = mk('''\n  a\n''')  # noqa: TML101\n"),
        ("x = mk(\n  1,\n)\n", "x = mk(  # noqa: TML101\n  1,\n)\n"),
        ("x = f'''\n{mk()}\n'''\n", "x = f'''\n{mk()}\n'''  # noqa: TML101\n"),
        ("f('''\n''', mk(\n1), '''\n''')\n", "f('''\n''', mk(  # noqa: TML101\n1), '''\n''')\n"),
    ],
)
def test_comment_lands_where_it_counts(before, after):
    assert silenced(before) == after
    assert split_by_noqa([found_in(after)], after, "a.py").kept == ()
    assert flake8_silences(after, at(after, "mk(").start.row)


def test_two_codes_on_one_line_share_a_comment():
    source = "x = mk()\n"
    codes = [found_in(source, code=code) for code in ("TML301", "TML101", "TML101")]
    assert silenced(source, *codes) == "x = mk()  # noqa: TML101, TML301\n"


def test_reason_follows_the_codes():
    assert silenced("x = mk()\n", reason="kept for the child") == (
        "x = mk()  # noqa: TML101 kept for the child\n"
    )


@pytest.mark.parametrize("reason", ["two\nlines", "\x1b[31m", "a\rb"])
def test_reason_must_be_one_printable_line(reason):
    with pytest.raises(NoqaError):
        add_noqa([found_in("mk()")], "mk()", reason)


def test_adding_twice_changes_nothing_more():
    once = silenced("x = mk()\n")
    assert split_by_noqa([found_in(once)], once, "a.py").kept == ()


def test_comment_that_would_not_count_is_not_added():
    source = "x = mk('# noqa: E501')\ny = mk(2)\n"
    first, second = found_in(source), found_in(source, occurrence=2)
    addition = add_noqa([first, second], source)
    assert applied(source, addition.edits) == "x = mk('# noqa: E501')\ny = mk(2)  # noqa: TML101\n"
    assert addition.unplaced == (first,)


def test_text_that_cannot_be_read_is_left_alone():
    source = "x = mk()\ny = (\n"
    addition = add_noqa([found_in(source)], source)
    assert addition.edits == ()
    assert len(addition.unplaced) == 1


def test_row_for_a_comment_is_that_of_the_call_or_its_continuation():
    source = "x = 1\ny = mk(\n1)\nz = mk('''\n''')\n"
    assert noqa_row(found_in(source), source) == 2
    assert noqa_row(found_in(source, occurrence=2), source) == 5
    source = "x = f'''\n{mk()}\n'''\n"
    assert noqa_row(found_in(source), source) == 3


STATEMENTS = [
    "x = mk()",
    "x = mk(  # why",
    "    1)",
    "s = '''# noqa: E1",
    "''' + mk()",
    "if mk(): pass  # noqa: W1",
    "y = mk() \\",
    "  + mk()",
    "@mk()",
    "def f(): mk()",
    's = f"""{mk()}',
    "  # noqa: E2 {mk()",
    '} text"""',
]


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_added_comments_change_no_code_and_silence_everything(statements, newline):
    source = newline.join(statements) + newline
    try:
        tree = ast.dump(ast.parse(source))
        list(tokenize.generate_tokens(StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError):
        return
    calls = [found_in(source, occurrence=number + 1, text="mk()") for number in range(source.count("mk()"))]
    pending = split_by_noqa(calls, source, "a.py").kept
    addition = add_noqa(pending, source)
    edited = applied(source, addition.edits)
    assert ast.dump(ast.parse(edited)) == tree
    assert split_by_noqa(pending, edited, "a.py").kept == addition.unplaced


def test_directives_know_strings_from_comments():
    inline = read_directives("x = '# noqa: E1'\ny = 1  # noqa: E1\n")
    assert [directive.is_comment for directive in inline] == [False, True]
