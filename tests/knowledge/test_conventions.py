"""Shipped conventions: what the files hold, and that they stand beside the user's own names."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from tmpleak_lint import check_source, worth
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.knowledge import conventions
from tmpleak_lint.settings import CONVENTIONS, KNOWLEDGE, OPTIONS, Settings, SettingsError, show

LEAK = """\
import tempfile


def run(module):
    folder = tempfile.mkdtemp(dir=module.{})
    module.work(folder)
"""

ALL = Settings(min_confidence="low")


def codes(attribute: str, settings: Settings) -> list[str]:
    return [finding.code for finding in check_source(LEAK.format(attribute), settings=settings).findings]


def test_names_to_choose_from_are_the_files_that_are_shipped() -> None:
    assert sorted(CONVENTIONS) == sorted(path.stem for path in conventions.FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", CONVENTIONS)
def test_file_holds_own_names_and_nothing_else(name: str) -> None:
    document = tomllib.loads((conventions.FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    table = document.pop("tool").pop("tmpleak-lint")
    assert document == {}
    assert set(table) <= {option.key for option in OPTIONS if option.group == KNOWLEDGE} - {"conventions"}
    assert any(conventions.read(name).values())


def test_conventions_count_beside_the_users_own_names() -> None:
    own = ("*.scratch",)
    assert codes("tmpdir", ALL) == codes("scratch", ALL) == ["TML101"]
    both = replace(ALL, managed_directories=own, conventions=("ansible",))
    assert codes("tmpdir", both) == codes("scratch", both) == []
    assert codes("elsewhere", both) == ["TML101"]
    joined = conventions.own_names(both)["managed_directories"]
    assert joined[: len(own)] == own
    assert set(joined) == {*own, *conventions.read("ansible")["managed_directories"]}


def test_creators_of_a_convention_decide_which_files_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ansible.toml").write_text('[tool.tmpleak-lint]\ncreators = ["acme.make_scratch"]\n')
    monkeypatch.setattr(conventions, "FOLDER", tmp_path)
    settings = Settings(conventions=("ansible",), jobs=77)
    conventions.own_names.cache_clear()
    try:
        assert worth.own_creators(settings) == (b"make_scratch",)
        source = "import acme\n\n\ndef f():\n    use(acme.make_scratch())\n"
        assert [finding.code for finding in check_source(source, settings=settings).findings] == ["TML101"]
        assert check_source(source).findings == ()
    finally:
        conventions.own_names.cache_clear()


def test_configuration_names_conventions_and_says_which_there_are(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.tmpleak-lint]\nconventions = ["ansible"]\n')
    settings = SettingsFinder().of_folder(str(tmp_path))
    assert settings.conventions == ("ansible",)
    assert 'conventions = ["ansible"]' in show(settings)
    assert SettingsFinder({"conventions": ()}).of_folder(str(tmp_path)).conventions == ()
    file.write_text('[tool.tmpleak-lint]\nconventions = ["Ansible"]\n')
    with pytest.raises(SettingsError, match=r"conventions: 'Ansible' is not one of ansible; did you mean"):
        SettingsFinder().of_folder(str(tmp_path))
