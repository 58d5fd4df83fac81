"""The outline of a neighbour, from a text without bodies, is the outline of its whole text."""

from __future__ import annotations

import sysconfig
import textwrap
from pathlib import Path

import pytest

from tmpleak_lint.reading.bodiless import (
    hardest_formatted,
    with_fields_alone,
    without_bodies,
    without_strings,
)
from tmpleak_lint.reading.decoding import decode
from tmpleak_lint.reading.regions import SourceModule, Unreadable
from tmpleak_lint.reading.skeleton import outline

LIBRARY = Path(sysconfig.get_path("stdlib"))
OURS = Path(__file__).parents[2] / "tmpleak_lint"
FILES = [
    *sorted(OURS.rglob("*.py")),
    *sorted(LIBRARY.glob("*.py")),
    *sorted((LIBRARY / "asyncio").glob("*.py")),
]


def test_the_library_and_this_project_have_the_same_outline_either_way() -> None:
    compared = 0
    for path in FILES:
        text = decode(path.read_bytes())
        reduced = without_bodies(text)
        if reduced is not None:
            assert outline(reduced) == outline(text), path
            assert reduced.count("\n") == text.count("\n")
            compared += 1
    assert compared > 250


SAME = {
    "a string that ends left of its body": '''
        def f():
            text = """
        not code: def g():
        """
            return text

        def h(): ...
        ''',
    "brackets that close at the margin": """
        class C:
            def f(self):
                return g(
        1,
        )

            def g(self): return 1; x = 2
        """,
    "a header over several lines, with defaults that have colons": """
        @decorated(lambda x: x)
        async def f(
            a: dict[str, int] = {1: 2},  # a comment: with a colon
            b=lambda: 0,
        ) -> "x: y":
            pass
        Z = 1
        """,
    "a body on the header's line, and one over a continued line": """
        def f(a): return a
        def g(a): return a + \\
        1
        def h(a):
            return a + \\
        2
        X = 3
        """,
    "comments at the margin belong to nobody": """
        def f():
            x = 1
        # here
            return x
        # there
        Y = 2
        """,
    "nested defs and classes are part of the body": """
        def f():
            class C:
                def g(self):
                    return 1
            return C

        class D(f()):
            x = 1
            if x:
                def g(self):
                    def h():
                        pass
                    return h
            else:
                def g(self):
                    pass
            def k(self): ...
        """,
    "the last line of the file is part of the body": "def f():\n    return (\n        1)",
    "what only looks like a def": """
        x = "def f():"
        undef = default = 1
        y = [
            "def g():",
        ]
        """,
}


@pytest.mark.parametrize("case", SAME)
def test_outline_is_the_same(case: str) -> None:
    text = textwrap.dedent(SAME[case])
    reduced = without_bodies(text)
    assert reduced is not None
    assert outline(reduced) == outline(text)


def test_bodies_are_gone() -> None:
    text = "def f():\n    one()\n    two()\nX = 1\n"
    assert without_bodies(text) == "def f():\n\n pass\nX = 1\n"


def test_parameters_are_gone_and_decorators_are_not() -> None:
    text = "@d(1)\nasync  def f(\n    a: int = 1,  # one\n    *b,\n) -> dict[str, int]:\n    one()\nX = 1\n"
    assert without_bodies(text) == "@d(1)\nasync  def f():\n\n\n\n pass\nX = 1\n"
    short = "def g(a): return a\n"
    assert without_bodies(short) == short


@pytest.mark.parametrize(
    "text", ["def f():\n\treturn 1\n", "def f(\n", "def f()\n    return 1\n", "def f():\n", "x = 1\r\n"]
)
def test_what_lines_do_not_tell_is_left_to_ast(text: str) -> None:
    assert without_bodies(text) is None


def test_a_neighbour_is_read_though_a_body_is_broken() -> None:
    data = b"def broken():\n    return (\n\ndef whole():\n    return 1\n"
    with pytest.raises(Unreadable):
        SourceModule(data, "own.py")
    text = b"def broken():\n    return 1 +\n\ndef whole():\n    return 1\n"
    neighbour = SourceModule(text, "near.py", neighbour=True)
    assert list(neighbour.skeleton.defs) == ["broken", "whole"]
    assert neighbour.function("whole") is not None
    with pytest.raises(Unreadable):
        neighbour.function("broken")
    with pytest.raises(Unreadable):
        SourceModule(b"x = (\n" + text, "near.py", neighbour=True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = f'a{b}c{{d}}{e:{w}}' # f{x}\n", "x = f0 {b} {e:{w}} \n"),
        ("x = rf'{ {1: 2}[y] }', 'a{b}'\n", "x = rf0 { {1: 2}[y] }, 0\n"),
        ('x = f"""{a}\n{{{b}}}"""\n', "x = f0 {a} {b}}\n\x01\n"),
        ("x = f'{{' + f'{a'\n", "x = f0 + f0 {a'\n"),
    ],
)
def test_what_stands_in_the_braces_of_an_f_string_is_code(text: str, code: str) -> None:
    found = with_fields_alone(text)
    assert found == code
    assert found.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ['"""' + '\\"""' * 9, '"' + '\\"' * 9])
def test_a_string_that_is_not_closed_is_one(text: str) -> None:
    assert without_strings(f"x = {text}").startswith("x = 0")
    assert without_strings(f"x = {text}").count("0") == 1


def test_the_hardest_f_string_is_that_of_most_fields_and_characters() -> None:
    assert hardest_formatted("x = f'{a}{b}', f'{a}', '{}{}{}{}'") == 4 * len("'{}{}{}{}'")  # whatever it is
    assert hardest_formatted("x = 1") == 0
