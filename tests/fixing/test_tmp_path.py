"""pytest's `tmp_path` in place of what a test or fixture makes: for one thing alone, of what pytest alone runs.

Each program is a module of tests; with all fixes, unsafe ones too, its tests pass as before.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tmpleak_lint.fixes import fix_bytes
from tmpleak_lint.settings import Settings

HEAD = "import os\nimport tempfile\n\nimport pytest\n\n\n"
TAKEN = {
    "a test": """
def test_stores():
    place = tempfile.mkdtemp()
    os.mkdir(os.path.join(place, "store"))
    assert os.listdir(place) == ["store"]
""",
    "a method": """
class TestStore:
    def test_stores(self, monkeypatch):
        place = tempfile.mkdtemp()
        os.mkdir(os.path.join(place, "store"))
""",
    "a fixture": """
@pytest.fixture
def place():
    return tempfile.mkdtemp()


def test_stores(place):
    os.mkdir(os.path.join(place, "store"))
""",
    "a test beside one that has it": """
def test_stores():
    place = tempfile.mkdtemp()
    os.mkdir(os.path.join(place, "store"))


def test_other(tmp_path):
    assert os.listdir(tmp_path) == []
""",
}
LEFT = {
    "another test calls it": """
def test_stores():
    place = tempfile.mkdtemp()
    os.mkdir(os.path.join(place, "store"))


def test_twice():
    test_stores()
    test_stores()
""",
    "a list of checks": """
def test_stores():
    place = tempfile.mkdtemp()
    os.mkdir(os.path.join(place, "store"))


CHECKS = [test_stores]


def test_all():
    for check in CHECKS:
        check()
""",
    "as a program": """
def test_stores():
    place = tempfile.mkdtemp()
    os.mkdir(os.path.join(place, "store"))


if __name__ == "__main__":
    test_stores()
""",
    "by a class that inherits": """
class TestStore:
    def test_stores(self):
        place = tempfile.mkdtemp()
        os.mkdir(os.path.join(place, "store"))


class TestLargeStore(TestStore):
    def test_stores(self):
        super().test_stores()
""",
    "mixed into another framework's": """
import unittest


class Stores:
    def test_stores(self):
        place = tempfile.mkdtemp()
        os.mkdir(os.path.join(place, "store"))


class StoreTest(Stores, unittest.TestCase):
    pass
""",
    "in a loop": """
def test_stores():
    while True:
        place = tempfile.mkdtemp()
        os.mkdir(os.path.join(place, "store"))
        if len(place) % 2 == len(os.listdir(place)) - 1 or place:
            break
""",
    "twice": """
def test_stores():
    one = tempfile.mkdtemp()
    other = tempfile.mkdtemp()
    os.mkdir(os.path.join(one, "store"))
    os.mkdir(os.path.join(other, "store"))
""",
    "it has tmpdir": """
def test_stores(tmpdir):
    place = tempfile.mkdtemp()
    os.mkdir(os.path.join(place, "store"))
    assert tmpdir.listdir() == []
""",
    "its fixture has it": """
@pytest.fixture
def config(tmp_path):
    (tmp_path / "config").mkdir()


@pytest.fixture
def configured(config):
    pass


def test_stores(configured):
    place = tempfile.mkdtemp()
    assert os.listdir(place) == []
""",
    "a fixture has it that nobody need ask for": """
@pytest.fixture(autouse=True)
def config(tmp_path):
    (tmp_path / "config").mkdir()


def test_stores():
    place = tempfile.mkdtemp()
    assert os.listdir(place) == []
""",
    "a fixture of a mark has it": """
@pytest.fixture
def config(tmp_path):
    (tmp_path / "config").mkdir()


@pytest.mark.usefixtures("config")
class TestStore:
    def test_stores(self):
        place = tempfile.mkdtemp()
        assert os.listdir(place) == []
""",
    "two fixtures of a test": """
@pytest.fixture
def left():
    return tempfile.mkdtemp()


@pytest.fixture
def right():
    return tempfile.mkdtemp()


def test_stores(left, right):
    os.mkdir(os.path.join(left, "store"))
    assert os.listdir(right) == []
""",
    "a fixture, and a test that has it": """
@pytest.fixture
def place():
    return tempfile.mkdtemp()


def test_stores(place, tmp_path):
    os.mkdir(os.path.join(place, "store"))
    assert os.listdir(tmp_path) == []
""",
    "it looks into the directory for temporary files": """
def test_stores():
    before = len(os.listdir(tempfile.gettempdir()))
    descriptor, place = tempfile.mkstemp()
    os.close(descriptor)
    assert len(os.listdir(tempfile.gettempdir())) == before + 1
""",
}


def fixed(text: str, folder: Path) -> str:
    path = folder / "test_store.py"
    path.write_text(HEAD + text.lstrip("\n"))
    settings = Settings(base=str(folder), min_confidence="low")
    return fix_bytes(path.read_bytes(), str(path), settings, unsafe=True, on_disk=True).data.decode()


def takes_it(text: str) -> int:
    return text.count("tmp_path")


@pytest.mark.parametrize("name", TAKEN)
def test_is_taken_by_what_pytest_alone_runs(name: str, tmp_path: Path) -> None:
    assert takes_it(fixed(TAKEN[name], tmp_path)) > takes_it(TAKEN[name])


@pytest.mark.parametrize("name", LEFT)
def test_is_left_where_it_is_shared_or_asked_for_by_others(name: str, tmp_path: Path) -> None:
    made = fixed(LEFT[name], tmp_path)
    assert takes_it(made) == takes_it(LEFT[name]), made


def test_conftest_above_is_asked(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "conftest.py").write_text(
        "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef config(tmp_path):\n    (tmp_path / 'c').mkdir()\n"
    )
    assert not takes_it(fixed(TAKEN["a test"], tmp_path))


def test_tests_pass_as_before(tmp_path: Path) -> None:
    for number, text in enumerate({**TAKEN, **LEFT}.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "test_store.py").write_text(fixed(text, folder))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
