"""Code with very many ways, put side by side: values that have nothing to do with the file are taken together.

Fourteen conditions that are asked one after the other, each of which binds a variable anew, make 16,384 ways.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.fixing.pairs import GONE, MADE, guarded, of_new_deletion, said_of

COUNT = 14
TOO_MANY = "too many ways"


def ways(last: str = "", value: str = "target.at({0})", first: str = "other") -> str:
    """The conditions, what is called with all of the variables, and what follows."""
    asked = (f"x{i} = {first}\nif target.asks({i}):\n    x{i} = {value.format(i)}\n" for i in range(COUNT))
    given = ", ".join(f"x{i}" for i in range(COUNT))
    return f"{''.join(asked)}target.go(folder, {given})\n{last}"


@pytest.mark.parametrize("value", ["target.at({0})", "other.strip({0})"])
def test_all_of_them_are_gone(value: str) -> None:
    assert of_new_deletion(ways(value=value)) == "the same"


def test_what_is_found_out_about_them_is_asked_of_both_again() -> None:
    asked = "".join(f"if x{i} == 3:\n    target.see({i})\n" for i in range(COUNT))
    assert of_new_deletion(ways(asked)) == "the same"


def test_what_attributes_hold_is_taken_together() -> None:
    body = "".join(f"if target.asks({i}):\n    target.a{i} = {i}\n" for i in range(COUNT))
    assert of_new_deletion(f"{body}target.go(folder)\n") == "the same"


def test_deletion_that_is_there_is_seen_on_all_of_them() -> None:
    assert said_of(f"{MADE}{ways()}{GONE}", guarded(ways())) == "the same"


def test_flags_are_kept_apart() -> None:
    body = f"done = False\n{ways()}done = True\n"
    new = f"{MADE}try:\n{textwrap.indent(body, '    ')}finally:\n    {GONE}"
    assert said_of(f"{MADE}{body}if done:\n    {GONE}", new) == "the same"


def test_call_that_is_left_out_is_seen() -> None:
    said = said_of(f"{MADE}{ways('target.done()')}\n", guarded(ways()))
    assert said.startswith("no:") and "would not run any more" in said


def test_another_of_the_values_is_another_value() -> None:
    said = said_of(f"{MADE}{ways('target.give(x13)')}\n", guarded(f"{ways('target.give(x12)')}\n"))
    assert said.startswith("no:") and "would run in place of" in said


@pytest.mark.parametrize("last", ["x13.path = folder", "x13.submit(target.late, folder)"])
@pytest.mark.parametrize("value", ["target.at({0})", "other.strip({0})"])
def test_what_has_the_file_is_somebody_elses(last: str, value: str) -> None:
    said = of_new_deletion(ways(last, value))
    assert said.startswith("no:") or TOO_MANY in said


def test_what_hangs_on_the_file_is_not_taken_together() -> None:
    said = of_new_deletion(ways("return x13", "target.at(folder, {0})"))
    assert "is returned" in said or TOO_MANY in said
