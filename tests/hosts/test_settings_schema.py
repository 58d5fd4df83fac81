"""The schema of the settings says of a table what the check of the settings says of it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.metadata import entry_points

import jsonschema
import pytest

from tests.test_settings import EVERYTHING
from tmpleak_lint.hosts.settings_schema import schema
from tmpleak_lint.settings import OPTIONS, SettingsError, check_table, toml_value

WRONG = (
    'selects = ["TML1"]',
    'select = "TML1"',
    'select = ["E501"]',
    "jobs = 0",
    'jobs = "many"',
    "force-exclude = 1",
    'output-format = "xml"',
    'target-version = "3.6"',
    'target-version = "2.7"',
    'creators = ["not a name"]',
    'exclude = [" "]',
    'baseline = ""',
    'conventions = ["django"]',
    'per-file-ignores = ["tests"]',
    'per-file-ignores = { "tests/*" = "TML1" }',
)


@pytest.fixture(scope="module")
def valid() -> Callable[[object], bool]:
    checker = jsonschema.Draft7Validator
    checker.check_schema(schema())
    return checker(schema()).is_valid


def test_what_may_be_written_is_valid(valid: Callable[[object], bool]) -> None:
    table = tomllib.loads(EVERYTHING)["tool"]["tmpleak-lint"]
    assert set(table) == set(schema()["properties"]) == {option.key for option in OPTIONS}
    assert valid(table)
    assert valid({})


@pytest.mark.parametrize("line", WRONG)
def test_what_is_refused_is_not_valid(line: str, valid: Callable[[object], bool]) -> None:
    table = tomllib.loads(line)
    with pytest.raises(SettingsError):
        check_table(table, "pyproject.toml")
    assert not valid(table)


def test_defaults_are_valid_and_those_of_the_table() -> None:
    for option in OPTIONS:
        said = schema()["properties"][option.key]
        if "default" in said:
            assert tomllib.loads(f"x = {toml_value(option)}")["x"] == said["default"]
            assert jsonschema.Draft7Validator(said).is_valid(said["default"])


def test_it_is_a_plugin_of_validate_pyproject() -> None:
    (plugin,) = entry_points(group="validate_pyproject.tool_schema", name="tmpleak-lint")
    assert plugin.load()("tmpleak-lint") == schema()
