"""A session: what a verdict hangs on, what a change undoes, and that nothing it has learned shows in an answer."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from tmpleak_lint import session as sessions
from tmpleak_lint.reading.content import digest_of
from tmpleak_lint.session import Analysis, Session
from tmpleak_lint.settings import Settings

MAIN = "from .helper import make\n\n\ndef f():\n    path = make()\n    print(path)\n"
GIVES = "import tempfile\n\n\ndef make():\n    return tempfile.mkdtemp()\n"
MANAGES = (
    "import atexit, shutil, tempfile\n\n\ndef make():\n    path = tempfile.mkdtemp()\n"
    "    atexit.register(shutil.rmtree, path)\n    return path\n"
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "main.py").write_text(MAIN)
    (folder / "helper.py").write_text(GIVES)
    (folder / "other.py").write_text("import tempfile\n\n\ndef g():\n    print(tempfile.mkdtemp())\n")
    return folder


def analysed(session: Session, path: Path) -> Analysis:
    return session.analyse(path.read_bytes(), str(path))


def codes(session: Session, path: Path) -> list[str]:
    return [finding.code for finding in analysed(session, path).findings]


def test_reads_name_every_file_that_the_verdict_hangs_on(package: Path) -> None:
    reads = analysed(Session(), package / "main.py").reads
    assert reads[str(package / "main.py")] == digest_of(MAIN.encode())
    assert reads[str(package / "helper.py")] == digest_of(GIVES.encode())
    assert reads[str(package / "__init__.py")] == ""  # that it is there was enough
    assert reads[str(package.parent / "__init__.py")] is None
    assert str(package / "other.py") not in reads


def test_reads_are_the_same_for_who_comes_second(package: Path) -> None:
    session = Session()
    first = analysed(session, package / "main.py").reads
    assert analysed(session, package / "main.py").reads == first
    analysed(session, package / "other.py")
    assert analysed(session, package / "main.py").reads == first
    fresh = Session()
    analysed(fresh, package / "helper.py")
    assert analysed(fresh, package / "main.py").reads == first


def test_a_file_that_was_looked_for_in_vain_is_among_them(package: Path) -> None:
    (package / "helper.py").unlink()
    session = Session()
    analysis = analysed(session, package / "main.py")
    assert analysis.findings == ()
    assert analysis.reads[str(package / "helper.py")] is None
    assert analysis.reads[str(package / "helper" / "__init__.py")] is None
    (package / "helper.py").write_text(GIVES)
    assert codes(session, package / "main.py") == []  # nobody has told the session
    session.changed(str(package / "helper.py"))
    assert codes(session, package / "main.py") == ["TML101"]


def test_change_undoes_what_was_read_from_the_file_and_nothing_else(package: Path) -> None:
    session = Session()
    assert codes(session, package / "main.py") == ["TML101"]
    other = analysed(session, package / "other.py")
    (package / "helper.py").write_text(MANAGES)
    session.changed(str(package / "helper.py"))
    assert codes(session, package / "main.py") == []
    again = analysed(session, package / "other.py")
    assert again.reported[0].verdict is other.reported[0].verdict
    (package / "helper.py").write_text(GIVES)
    session.changed(str(package / "helper.py"))
    assert codes(session, package / "main.py") == ["TML101"]


def test_a_new_init_file_moves_the_roots_of_imports(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "outer" / "helper.py").write_text(GIVES)
    (inner / "__init__.py").write_text("")
    (inner / "main.py").write_text(MAIN.replace(".helper", "helper"))
    session = Session()
    assert codes(session, inner / "main.py") == ["TML101"]
    (tmp_path / "outer" / "__init__.py").write_text("")
    session.changed(str(tmp_path / "outer" / "__init__.py"))
    assert codes(session, inner / "main.py") == codes(Session(), inner / "main.py") == []


def test_open_text_stands_for_its_file_until_it_is_closed(package: Path) -> None:
    session = Session()
    session.opened(str(package / "helper.py"), MANAGES.encode())
    session.opened(str(package / "new.py"), GIVES.encode())
    assert codes(session, package / "main.py") == []
    importing = MAIN.replace(".helper", ".new").encode()
    assert len(session.analyse(importing, str(package / "main.py")).findings) == 1
    session.let_go()
    assert codes(session, package / "main.py") == []
    for name in ("helper.py", "new.py"):
        session.changed(str(package / name))
    assert codes(session, package / "main.py") == ["TML101"]
    assert session.analyse(importing, str(package / "main.py")).findings == ()


def test_what_is_tried_in_a_fork_changes_nothing_here(package: Path) -> None:
    session = Session()
    before = analysed(session, package / "main.py")
    fork = session.fork()
    assert fork.analyse(MANAGES.encode(), str(package / "helper.py")).findings == ()
    assert codes(fork, package / "main.py") == []
    assert analysed(session, package / "main.py").reported[0].verdict is before.reported[0].verdict


def test_judged_holds_what_is_met_as_well(tmp_path: Path) -> None:
    code = (
        "import os, tempfile\n\n\ndef f():\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    print(path)\n"
        "\n\ndef g():\n    with tempfile.TemporaryFile() as file:\n        print(file)\n"
    )
    judged = Session().analyse(code.encode(), "app.py", on_disk=False).judged
    told = [
        (one.span.start.row, one.verdict.obligation.value, one.finding.code if one.finding else "")
        for one in judged
        if one.verdict is not None
    ]
    assert told == [(5, "name", "TML101"), (5, "descriptor", ""), (11, "handle", "")]


def test_findings_are_under_the_name_that_was_given(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(package)
    session = Session()
    analysed(session, package / "main.py")
    (finding,) = session.analyse(Path("main.py").read_bytes(), "main.py").findings
    assert finding.filename == "main.py"
    helper = str(package / "helper.py")
    assert {step.filename for step in finding.steps} == {"main.py", helper}
    session.analyse(Path("helper.py").read_bytes(), "helper.py")
    (again,) = session.analyse(Path("main.py").read_bytes(), "main.py").findings
    assert again == finding


def test_text_that_cannot_be_parsed_is_one_finding() -> None:
    analysis = Session().analyse(b"import tempfile\nx = (\n", "app.py", on_disk=False)
    assert [(finding.code, finding.span.start.row) for finding in analysis.findings] == [("TML900", 2)]
    assert analysis.module is None and analysis.judged == () and analysis.reported == ()


def test_codes_that_are_asked_for_besides_change_nothing_for_others() -> None:
    code = b"import tempfile\n\n\ndef f():\n    file = tempfile.TemporaryFile()\n    print(file)\n"
    session = Session(Settings())
    assert session.analyse(code, "app.py", on_disk=False).findings == ()
    asked = session.analyse(code, "app.py", on_disk=False, opt_in=("TML401",))
    assert [finding.code for finding in asked.findings] == ["TML401"]
    assert session.analyse(code, "app.py", on_disk=False).findings == ()


def test_memory_does_not_grow_with_the_packages(tmp_path: Path) -> None:
    session = Session()
    sizes = []
    for number in range(40):
        folder = tmp_path / f"p{number}"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "helper.py").write_text(GIVES)
        (folder / "main.py").write_text(MAIN)
        assert codes(session, folder / "main.py") == ["TML101"]
        gc.collect()
        sizes.append(sys.getallocatedblocks())
    assert sizes[-1] - sizes[9] < (sizes[9] - sizes[0]) / 2 + 4_000


def test_memory_is_bounded_inside_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "helper.py").write_text(GIVES)
    body = MAIN.partition("\n\n\n")[2]
    text = MAIN.partition("\n\n\n")[0] + "".join(f"\n\n\n{body.replace('f()', f'f{n}()')}" for n in range(20))
    for number in range(30):
        (tmp_path / f"main{number}.py").write_text(text)

    def most(bound: int) -> int:
        monkeypatch.setattr(sessions, "BLOCKS", bound)
        session = Session()
        floor = sys.getallocatedblocks()
        sizes = []
        for number in range(30):
            assert codes(session, tmp_path / f"main{number}.py") == ["TML101"] * 20
            sizes.append(sys.getallocatedblocks() - floor)
        return max(sizes)

    unbounded = most(sys.maxsize)
    assert most(unbounded // 6) < unbounded / 2
