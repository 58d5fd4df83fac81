"""The second cheap question: does a file use a helper of its project that makes temp files?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tmpleak_lint import engine, worth
from tmpleak_lint.engine import check_source
from tmpleak_lint.reading.matters import could_matter
from tmpleak_lint.reading.neighbours import Neighbours
from tmpleak_lint.run import check_paths
from tmpleak_lint.session import Session
from tmpleak_lint.settings import Settings

UTIL = """\
import tempfile


def make():
    return tempfile.mkdtemp()


async def wrapped():
    return make()


@decorated
def innocent():
    return 1


class Owner:
    def __init__(self):
        self.path = tempfile.mkdtemp()

    def scratch(self):
        return tempfile.mkdtemp()

    def quiet(self):
        return self.path


class Bare:
    make = staticmethod(tempfile.mkdtemp)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "pkg"
    (package / "sub").mkdir(parents=True)
    for name, text in {
        "__init__.py": "from .util import make as create\n",
        "util.py": UTIL,
        "sub/__init__.py": "",
        "quiet.py": "def innocent():\n    return 1\n",
        "loop.py": "from .pool import thing\n",
        "pool.py": "from .loop import thing\n",
        "gate.py": "from .util import Owner, innocent, make as build\n",
    }.items():
        (package / name).write_text(text)
    return tmp_path


def uses(path: Path, text: str) -> bool:
    neighbours = Neighbours(could_matter)
    path.write_text(text)
    neighbours.note(str(path), text.encode(), could_matter(text.encode()))
    return bool(neighbours.makers_used(str(path)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from .util import make\n", True),
        ("from pkg.util import make\n", True),
        ("from .util import wrapped as w\n", True),
        ("from .util import (\n    innocent,  # make\n    make,\n)\n", True),
        ("def f():\n    from .util import innocent, make\n", True),
        ("from . import util\nutil.make()\n", True),
        ("import pkg.util\npkg.util.make()\n", True),
        ("import os, pkg.util as u\nu.make()\n", True),
        ("from .util import *\nmake()\n", True),
        ("from . import create\n", True),
        ("from pkg import create\n", True),
        ("import pkg\npkg.create()\n", True),
        ("import pkg as p\np.create()\n", True),
        ("from . import gate\ngate.build()\n", True),
        ("from .gate import *\nbuild()\n", True),
        ("from . import gate\ngate.Owner().scratch()\n", True),
        ("import pkg\npkg.innocent()\n", False),
        ("from . import gate\ngate.innocent()\n", False),
        ("from . import gate\ngate.Owner()\n", False),
        ("from .util import innocent\n", False),
        ("from .util import Owner\n", False),
        ("from . import util\nutil.innocent()\n", False),
        ("from .quiet import innocent\n", False),
        ("from .loop import thing\n", False),
        ("from os import path\nimport util\n", False),
        ("from ...... import make\n", False),
        ("# nothing to import make from\n", False),
        ("from .missing import make\n", False),
    ],
)
def test_imports_of_makers_are_seen(project: Path, text: str, expected: bool) -> None:
    assert uses(project / "pkg" / "user.py", text) is expected


def test_imports_count_from_the_package_of_the_file(project: Path) -> None:
    inner = project / "pkg" / "sub" / "user.py"
    assert uses(inner, "from ..util import make\n")
    assert uses(inner, "from pkg.util import make\n")
    assert not uses(inner, "from .util import make\n")
    assert not uses(project / "script.py", "from util import make\n")
    assert uses(project / "script.py", "from pkg.util import make\n")


CALLER = """\
import shutil
from pkg.util import make


def f(x):
    d = make()
    x.run(d)
    shutil.rmtree(d)
"""


def test_one_file_a_folder_and_a_text_with_a_name_agree(project: Path) -> None:
    caller = project / "pkg" / "caller.py"
    caller.write_text(CALLER)
    alone = [report for report in check_paths([caller]) if report.findings]
    together = [report for report in check_paths([project / "pkg"]) if report.filename == str(caller)]
    assert [finding.code for report in alone for finding in report.findings] == ["TML103"]
    assert together == alone
    assert check_source(CALLER, caller) == alone[0]
    assert check_source(CALLER).findings == ()


MAKERS = """\
import shutil
import tempfile


def given():
    return tempfile.mkdtemp()


def deleted(work):
    d = tempfile.mkdtemp()
    try:
        return work(d)
    finally:
        shutil.rmtree(d)


def mentioned(work):
    return deleted(work)
"""


@pytest.mark.parametrize(
    ("text", "select", "enough"),
    [
        ("from makers import given\n", (), True),
        ("from makers import deleted\n", (), False),
        ("from makers import mentioned\n", (), False),
        ("from makers import mentioned, given\n", (), True),
        ("from makers import deleted\n", ("TML401",), True),
    ],
)
def test_a_maker_matters_that_hands_its_file_over(
    tmp_path: Path, text: str, select: tuple[str, ...], enough: bool
) -> None:
    (tmp_path / "makers.py").write_text(MAKERS)
    settings = Settings(base=str(tmp_path), select=select) if select else Settings(base=str(tmp_path))
    neighbours = worth.new_neighbours(settings)
    makers = worth.reason_to_look(text.encode(), str(tmp_path / "user.py"), settings, neighbours)
    assert makers
    assert engine.is_reason_enough(makers, Session(), settings) is enough


def test_a_maker_that_cannot_be_asked_matters(tmp_path: Path) -> None:
    broken = "import tempfile\ndef given():\n    return tempfile.mkdtemp()\nx = (\n"
    (tmp_path / "makers.py").write_text(broken)
    settings = Settings(base=str(tmp_path))
    makers = frozenset({(str(tmp_path / "makers.py"), "given")})
    assert engine.is_reason_enough(makers, Session(), settings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "from .util import Owner\n\n\nclass Heir(Owner):\n    def go(self):\n        self.scratch()\n",
            True,
        ),
        ("from .util import Owner\n\n\nOwner().scratch()\n", True),
        ("from . import util\n\n\nutil.Owner().scratch()\n", True),
        ("from .util import Owner\n\n\nOwner().quiet()\n", False),
        ("from .util import innocent\n\n\nthing.scratch()\n", False),
    ],
)
def test_methods_that_make_temp_files_are_asked_for_by_class_and_name(
    project: Path, text: str, expected: bool
) -> None:
    assert uses(project / "pkg" / "user.py", text) is expected


def test_heir_in_another_module_that_loses_what_an_inherited_helper_makes(tmp_path: Path) -> None:
    base = "import os\nimport tempfile\n\n\nclass Shell:\n    def scratch(self):\n"
    base += "        fd, name = tempfile.mkstemp()\n        os.close(fd)\n        return name\n"
    (tmp_path / "base.py").write_text(base)
    heir = "from base import Shell\n\n\nclass Parser(Shell):\n    def convert(self, source):\n"
    heir += "        sound = f'{self.scratch()}.wav'\n        self.run(source, sound)\n        return sound\n"
    (tmp_path / "heir.py").write_text(heir)
    (found,) = check_source(heir, tmp_path / "heir.py").findings
    assert (found.code, found.span.start.row) == ("TML101", 6)
    deletes = heir.replace("f'{self.scratch()}.wav'", "self.scratch()")
    assert not check_source(deletes, tmp_path / "heir.py").findings
