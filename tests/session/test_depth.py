"""Long chains are ordinary input: functions that call, classes that inherit, modules that import in a ring."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmpleak_lint.session import Session

FUNCTIONS = 5_000
CLASSES = 300
MODULES = 300


def codes(text: str) -> list[str]:
    return [finding.code for finding in Session().analyse(text.encode(), "app.py", on_disk=False).findings]


def chain(length: int, last: str) -> str:
    """main makes a file and lends it to f0, each calls the next, `last` is the body of the last one."""
    defs = [f"def f{n}(path):\n    f{n + 1}(path)\n" for n in range(length)]
    return (
        "import os\nimport sys\nimport tempfile\n\n\ndef main():\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n"
        f"    f0(path)\n    os.remove(path)\n\n\n{''.join(defs)}def f{length}(path):\n    {last}\n"
    )


@pytest.mark.parametrize(
    ("last", "holds"),
    [("path", True), ("open(path).read()", False), ("sys.exit(2)", False), ("f0(path)", False)],
    ids=["harmless", "risky", "leaves", "circle"],
)
def test_what_the_last_of_thousands_does_is_known_of_the_first(last: str, holds: bool) -> None:
    found = codes(chain(FUNCTIONS, last))
    assert found == codes(chain(3, last))
    assert (found == []) == holds


def test_file_may_pass_through_thousands_that_return_it() -> None:
    defs = [f"def f{n}():\n    return f{n + 1}()\n" for n in range(FUNCTIONS)]
    text = "import tempfile\n\n\n" + "".join(defs)
    text += f"def f{FUNCTIONS}():\n    return tempfile.mkdtemp()\n\n\n"
    text += f"def near():\n    path = f{FUNCTIONS - 2}()\n    print(path)\n"
    assert codes(text) == ["TML101"]


@pytest.mark.parametrize("closes", [True, False])
def test_methods_are_found_hundreds_of_classes_up(closes: bool) -> None:
    first = "class C0:\n    def close(self):\n        " + ("shutil.rmtree(self.path)" if closes else "pass")
    classes = [f"class C{n}(C{n - 1}):\n    def m{n}(self):\n        return {n}\n" for n in range(1, CLASSES)]
    last = f"class Last(C{CLASSES - 1}):\n    def start(self):\n        self.path = tempfile.mkdtemp()\n"
    text = f"import shutil\nimport tempfile\n\n\n{first}\n\n\n" + "\n\n".join([*classes, last])
    assert codes(text) == ([] if closes else ["TML108"])


def test_classes_in_a_ring_are_no_trouble() -> None:
    ring = [f"class C{n}(C{(n + 1) % CLASSES}):\n    pass\n" for n in range(CLASSES)]
    last = "class Last(C7):\n    def start(self):\n        self.path = tempfile.mkdtemp()\n"
    assert codes("import tempfile\n\n\n" + "\n\n".join([*ring, last])) == ["TML108"]


@pytest.mark.parametrize("names", ["*", "make"])
def test_name_is_found_hundreds_of_modules_on_in_a_ring(tmp_path: Path, names: str) -> None:
    folder = tmp_path / "ring"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for number in range(MODULES):
        text = f"from .m{(number + 1) % MODULES} import {names}\n"
        if number == MODULES - 1:
            text = "from .m0 import *\nimport tempfile\n\n\ndef make():\n    return tempfile.mkdtemp()\n"
        (folder / f"m{number}.py").write_text(text)
    user = b"from .m0 import make, other\n\n\ndef f():\n    path = make()\n    other(path)\n"
    session = Session()
    found = session.analyse(user, str(folder / "user.py")).findings
    assert [finding.code for finding in found] == ["TML101"]
    assert session.analyse(user.replace(b".m0", b".m9"), str(folder / "user.py")).findings != ()
