"""Step by step: what both versions of a body do, and what only one of them does.

Bodies of one function, and what the proof of a fix says of two versions.
"""

from __future__ import annotations

import pytest

from tests.fixing.pairs import GONE, MADE, comparison, guarded, pairs, said_of, weighed
from tmpleak_lint.fixing.comparing import lockstep

HELPERS = """
import asyncio

kept = None
limit = 1


def make_two():
    return tempfile.mkdtemp(), 1


def make_other():
    return 1, tempfile.mkdtemp()


def make_pair():
    return tempfile.mkstemp()


def make_handle():
    return tempfile.NamedTemporaryFile(delete=False)
"""

DESCRIPTORS = pairs("steps", "A file with a descriptor.")
ABOUT_DESCRIPTORS = pairs("steps", "The descriptor itself, which is to be closed.")
HANDLES = pairs("steps", "A file object.")
STEPS = pairs("steps", "What both do, and what only one does.")
STEPS_OF_COROUTINES = pairs("steps", "The same in coroutines.")


@pytest.mark.parametrize("pair", STEPS)
def test_steps(pair: tuple[str, str]) -> None:
    assert said_of(*pair, HELPERS) == STEPS[pair]


@pytest.mark.parametrize("pair", STEPS_OF_COROUTINES)
def test_steps_of_coroutines(pair: tuple[str, str]) -> None:
    assert said_of(*pair, HELPERS, "async def f(target, other):") == STEPS_OF_COROUTINES[pair]


@pytest.mark.parametrize("pair", DESCRIPTORS)
def test_steps_with_a_descriptor(pair: tuple[str, str]) -> None:
    assert said_of(*pair, HELPERS, aliases="path") == DESCRIPTORS[pair]


@pytest.mark.parametrize("pair", ABOUT_DESCRIPTORS)
def test_closing_a_descriptor(pair: tuple[str, str]) -> None:
    assert said_of(*pair, HELPERS, aliases="path", descriptor=True) == ABOUT_DESCRIPTORS[pair]


@pytest.mark.parametrize("pair", HANDLES)
def test_steps_with_a_file_object(pair: tuple[str, str]) -> None:
    assert said_of(*pair, HELPERS, aliases="h") == HANDLES[pair]


def test_a_variable_that_some_function_binds_is_no_constant() -> None:
    bound = "kept = None\n\n\ndef bind():\n    global kept\n    kept = 1\n"
    old = f"{MADE}if kept:\n    target.go()\n{GONE}"
    other = f"{MADE}if kept:\n    target.look()\n{GONE}"
    assert said_of(old, other, bound) != "the same"
    assert said_of(old, old, bound) == "the same"


@pytest.mark.parametrize(
    ("body", "gone", "said"),
    [
        ("target.go()\n", "", "shown: too many ways to compare"),
        ("if other:\n    target.go()\n", GONE, "shown: too many ways to compare"),
    ],
)
def test_too_many_ways(body: str, gone: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockstep, "COMPARED_PAIRS", 1)
    found = comparison(f"{MADE}{body}{gone}", guarded(body))
    assert weighed(found) == said
    assert not found.is_in_step
