"""Settings: what may be written, where it is found, and what is said of mistakes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tmpleak_lint.configuration import SettingsFinder, lowest_python, read_pyproject, target_for
from tmpleak_lint.reporting import FORMATS
from tmpleak_lint.settings import BY_KEY, OPTIONS, OUTPUT_FORMATS, Settings, SettingsError, check_flag, show

EVERYTHING = """
[project]
requires-python = ">=3.9"
[tool.tmpleak-lint]
select = ["TML1", "tml301"]
extend-select = ["TML4"]
ignore = ["TML105"]
min-confidence = "low"
per-file-ignores = { "tests/*" = ["TML1"], "a b.py" = [] }
exclude = ["gen"]
extend-exclude = ["*_pb2.py"]
force-exclude = true
respect-gitignore = false
target-version = "py312"
jobs = 2
cache-dir = ".cache"
output-format = "concise"
baseline = "known.json"
extend-safe-fixes = ["TML101"]
extend-unsafe-fixes = ["TML2"]
creators = ["pkg.util.make_*"]
deleters = ["pkg.util.drop"]
takes-ownership = ["*.register"]
benign-calls = ["pkg.log.*"]
never-returns = ["pkg.die"]
suppressing-context-managers = ["pkg.quiet"]
managed-directories = ["*.tmpdir"]
conventions = ["ansible"]
"""


def write(folder: Path, text: str) -> str:
    path = folder / "pyproject.toml"
    path.write_text(text)
    return str(path)


def read(folder: Path, table: str) -> Settings:
    settings = read_pyproject(write(folder, f"[tool.tmpleak-lint]\n{table}\n"))
    assert settings is not None
    return settings


def test_every_option_can_be_written_and_shown_again(tmp_path: Path) -> None:
    settings = read_pyproject(write(tmp_path, EVERYTHING))
    assert settings is not None
    assert settings.select == ("TML1", "TML301")
    assert settings.target_version == "3.12"
    assert settings.per_file_ignores == (("tests/*", ("TML1",)), ("a b.py", ()))
    defaults = Settings()
    assert [o.key for o in OPTIONS if getattr(settings, o.field) == getattr(defaults, o.field)] == []
    shown = tomllib.loads(show(settings))["tool"]["tmpleak-lint"]
    assert set(shown) == set(BY_KEY)
    (tmp_path / "again").mkdir()
    again = read_pyproject(write(tmp_path / "again", show(settings)))
    assert again is not None
    assert all(getattr(again, o.field) == getattr(settings, o.field) for o in OPTIONS)


def test_file_that_may_not_be_read_is_an_error_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, EVERYTHING)

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tmpleak_lint.configuration.read_file", refuse)
    with pytest.raises(SettingsError, match=r"pyproject\.toml: Permission denied"):
        read_pyproject(path)
    assert read_pyproject(str(tmp_path / "none" / "pyproject.toml")) is None


def test_shown_defaults_are_valid_toml_and_the_defaults() -> None:
    shown = tomllib.loads(show(Settings()))["tool"]["tmpleak-lint"]
    assert shown["output-format"] == "full"
    assert shown["per-file-ignores"] == {}


def test_shown_settings_hold_no_control_characters_and_read_the_same() -> None:
    nasty = 'a\x7f\x1b\n\u202e\u2028\x9b\U000e0001 é\\"'
    shown = show(Settings(exclude=(nasty,), source=nasty))
    assert all(line.isprintable() for line in shown.splitlines())
    assert tomllib.loads(shown)["tool"]["tmpleak-lint"]["exclude"] == [nasty]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('selct = ["TML1"]', "no option 'selct'; did you mean 'select'?"),
        ("extend_select = []", "no option 'extend_select'; did you mean 'extend-select'?"),
        ("wibble = 1", "no option 'wibble'"),
        ('select = "TML1"', "select: expected a list of strings"),
        ("select = [1]", "select: expected a list of strings"),
        ('ignore = ["E501"]', "ignore: 'E501' is not a code or prefix"),
        ("force-exclude = 1", "force-exclude: expected true or false"),
        ('output-format = "jsn"', "did you mean 'json'?"),
        ("jobs = 0", "jobs: expected a whole number from 1"),
        ("jobs = true", "jobs: expected a whole number from 1"),
        ('target-version = "2.7"', "target-version: '2.7' is not a Python version"),
        ('creators = ["make temp"]', "creators: 'make temp' is not a dotted name"),
        ('creators = ["a..b"]', "creators: 'a..b' is not a dotted name"),
        ('exclude = [""]', "exclude: a pattern is empty"),
        ('per-file-ignores = ["a:TML1"', "not valid TOML"),
        ("per-file-ignores = { a = 1 }", "per-file-ignores: expected a list of strings"),
        ("baseline = 3", "baseline: expected a file name"),
        ('baseline = "a\\u0000b"', "baseline: expected a file name"),
        ('cache-dir = "a\\u0000b"', "cache-dir: expected a file name"),
    ],
)
def test_mistake_is_named_with_file_and_key(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, table)
    assert message in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_table_that_is_no_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not a table"):
        read_pyproject(write(tmp_path, "[tool]\ntmpleak-lint = 3\n"))


@pytest.mark.parametrize("key", ["a." * 100_000 + "b = 1", "x = " + "[" * 5_000 + "]" * 5_000])
def test_document_without_end_is_refused(tmp_path, key):
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.tmpleak-lint]\n{key}\n")
    with pytest.raises(SettingsError, match="nested too deeply for settings"):
        read_pyproject(str(path))
    path.write_text(f"[tool.other]\n{key}\n")
    assert read_pyproject(str(path)) is None


def test_broken_file_that_does_not_speak_of_us_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, "[[[ broken")
    assert read_pyproject(path) is None
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_pyproject(path, required=True)


def test_named_configuration_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        SettingsFinder(config=str(tmp_path / "none.toml"))


def test_nearest_file_wins_and_isolation_reads_none(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    write(tmp_path, '[tool.tmpleak-lint]\nignore = ["TML1"]\n')
    write(inner, '[tool.tmpleak-lint]\nselect = ["TML2"]\n')
    near = SettingsFinder().of_folder(str(inner))
    assert (near.select, near.ignore) == (("TML2",), ())
    assert SettingsFinder().of_folder(str(tmp_path)).ignore == ("TML1",)
    assert SettingsFinder(isolated=True).of_folder(str(inner)).select == ()
    named = SettingsFinder(config=str(tmp_path / "pyproject.toml")).of_folder(str(inner))
    assert named.ignore == ("TML1",)


def test_flags_win_over_every_file(tmp_path: Path) -> None:
    write(tmp_path, '[tool.tmpleak-lint]\nignore = ["TML1"]\njobs = 3\n')
    settings = SettingsFinder({"ignore": ("TML2",)}).of_folder(str(tmp_path))
    assert (settings.ignore, settings.jobs) == (("TML2",), 3)


def test_flag_takes_a_comma_list_and_names_itself_in_errors() -> None:
    assert check_flag(BY_KEY["select"], "TML1, tml301,") == ("TML1", "TML301")
    assert check_flag(BY_KEY["per-file-ignores"], "a/*:TML1,a/*:TML2,b:TML3") == (
        ("a/*", ("TML1", "TML2")),
        ("b", ("TML3",)),
    )
    with pytest.raises(SettingsError, match=r"^--jobs: expected"):
        check_flag(BY_KEY["jobs"], "many")
    with pytest.raises(SettingsError, match=r"^--per-file-ignores: 'a' is not of the form"):
        check_flag(BY_KEY["per-file-ignores"], "a")


@pytest.mark.parametrize(
    ("requires", "lowest"),
    [
        (">=3.9", "3.9"),
        (">=3.9,<4", "3.9"),
        ("<4,>=3.12.1", "3.12"),
        ("~=3.10", "3.10"),
        ("==3.11.*", "3.11"),
        (">3.9", "3.10"),
        (">3.9.1", "3.9"),
        (">=3.5", "3.7"),
        ("^3.8", "3.8"),
        ("~3.9", "3.9"),
        (">=2.7,!=3.0.*,!=3.1.*", "3.7"),
        (">=2.7,<4", "3.7"),
        ("<4", None),
        (">=3." + "9" * 5_000, None),
        (">=3." + "9" * 5_000 + ",>=3.12", "3.12"),
        ("", None),
    ],
)
def test_lower_bound_of_requires_python(requires: str, lowest: str | None) -> None:
    assert lowest_python(requires) == lowest


def test_target_version_comes_from_requires_python_of_the_nearest_file_that_states_it(tmp_path: Path) -> None:
    inner = tmp_path / "inner" / "deeper"
    inner.mkdir(parents=True)
    write(tmp_path, '[project]\nrequires-python = ">=3.13"\n')
    write(inner.parent, "[[[ broken")
    assert target_for(Settings(), str(inner)) == (3, 13)
    assert target_for(Settings(target_version="3.8"), str(inner)) == (3, 8)


@pytest.mark.parametrize(
    ("name", "text", "target"),
    [
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.8"\n', (3, 8)),
        ("pyproject.toml", '[tool.poetry]\ndependencies = "3.8"\n', (3, 10)),
        ("setup.cfg", "[options]\npython_requires = >=3.9\npackages = find:\n", (3, 9)),
        ("setup.cfg", "[options]\n# python_requires = >=3.9\n", (3, 10)),
        ("setup.py", "setup(name='x', python_requires='>=3.8, <4')\n", (3, 8)),
        ("setup.py", "setup(name='x', python_requires=REQUIRED)\n", (3, 10)),
        ("setup.py", "raise SystemExit(1)\npython_requires = '>=2.7'\n", (3, 7)),
    ],
)
def test_older_files_state_the_target_version(
    tmp_path: Path, name: str, text: str, target: tuple[int, int]
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    write(tmp_path, '[project]\nrequires-python = ">=3.10"\n')
    (inner / name).write_text(text, encoding="utf-8")
    assert target_for(Settings(), str(inner)) == target


def test_commas_in_braces_belong_to_the_pattern() -> None:
    assert check_flag(BY_KEY["per-file-ignores"], "{a,b}.py:TML1, c.py:TML2,{d,e}:TML3") == (
        ("{a,b}.py", ("TML1",)),
        ("c.py", ("TML2",)),
        ("{d,e}", ("TML3",)),
    )


def test_every_report_format_can_be_configured() -> None:
    assert set(OUTPUT_FORMATS) == set(FORMATS)


def test_every_option_has_help_and_expects_something() -> None:
    assert [option.key for option in OPTIONS if not option.help or not option.kind.expects] == []
