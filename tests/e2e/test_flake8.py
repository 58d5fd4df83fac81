"""The flake8 door: the real flake8, in a process of its own, with the installed plugin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LEAK = """\
import os
import tempfile


def handle(req):
    path = tempfile.mktemp()
    fd, path = tempfile.mkstemp()
    os.close(fd)
    process(req, path)
    os.remove(path)
"""
OPT_IN = """\
import tempfile


def read():
    handle = tempfile.NamedTemporaryFile()
    return handle.read()
"""


def flake8(folder: Path, *arguments: str, stdin: str | None = None) -> list[str]:
    """The TML lines of a run; fails on anything flake8 says on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "flake8", *arguments], cwd=folder, input=stdin, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if ": TML" in line]


def codes(lines: list[str]) -> list[str]:
    return [line.split(": ")[1].split()[0] for line in lines]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "leak.py").write_text(LEAK)
    (tmp_path / "optin.py").write_text(OPT_IN)
    return tmp_path


def test_flake8_knows_the_plugin(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--version"], capture_output=True, text=True, check=True
    )
    assert "tmpleak-lint: " in " ".join(done.stdout.split())


def test_on_by_default_codes_are_reported_on_one_line_each(project: Path) -> None:
    lines = flake8(project, "leak.py")
    assert codes(lines) == ["TML501", "TML103"]
    assert lines[0].startswith("leak.py:6:12: TML501 ")
    assert lines[1].startswith("leak.py:7:16: TML103 ")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), []),
        (("--extend-select", "TML401"), ["TML401"]),
        (("--select", "TML4"), ["TML401"]),
        (("--select", "TML"), ["TML401"]),
        (("--select", "TML1"), []),
    ],
)
def test_opt_in_codes_are_on_when_selected(
    project: Path, flags: tuple[str, ...], expected: list[str]
) -> None:
    assert codes(flake8(project, *flags, "optin.py")) == expected


def test_ignore_noqa_and_per_file_ignores_are_flake8s_own(project: Path) -> None:
    assert codes(flake8(project, "--extend-ignore", "TML5", "leak.py")) == ["TML103"]
    assert codes(flake8(project, "--per-file-ignores", "leak.py:TML1", "leak.py")) == ["TML501"]
    (project / "leak.py").write_text(LEAK.replace("mkstemp()", "mkstemp()  # noqa: TML103"))
    assert codes(flake8(project, "leak.py")) == ["TML501"]
    assert codes(flake8(project, "--disable-noqa", "leak.py")) == ["TML501", "TML103"]


def test_configuration_file_of_flake8_is_read(project: Path) -> None:
    (project / "setup.cfg").write_text("[flake8]\nextend-select = TML401\n")
    assert codes(flake8(project, "optin.py")) == ["TML401"]


def test_standard_input_is_checked_under_the_name_it_is_given(project: Path) -> None:
    lines = flake8(project, "--stdin-display-name", "sub/x.py", "-", stdin=LEAK)
    assert [line.split(":")[0] for line in lines] == ["sub/x.py"] * 2
    assert codes(flake8(project, "-", stdin=LEAK)) == ["TML501", "TML103"]


def test_several_processes_find_the_same(project: Path) -> None:
    for number in range(12):
        (project / f"copy{number}.py").write_text(LEAK)
    alone = flake8(project, "-j", "1", ".")
    assert len(alone) == 26
    assert sorted(flake8(project, "-j", "3", ".")) == sorted(alone)


def test_own_names_come_from_pyproject_and_from_options(project: Path) -> None:
    (project / "own.py").write_text(
        "import pkg.util\n\n\ndef f(x):\n"
        "    path = pkg.util.make_one()\n    work(path)\n    pkg.util.drop(path)\n"
    )
    assert flake8(project, "own.py") == []
    flags = ("--tmpleak-creators", "pkg.util.make_*", "--tmpleak-deleters", "pkg.util.drop")
    assert codes(flake8(project, *flags, "own.py")) == ["TML103"]
    (project / "pyproject.toml").write_text(
        '[tool.tmpleak-lint]\ncreators = ["pkg.util.make_*"]\ndeleters = ["pkg.util.drop"]\n'
    )
    assert codes(flake8(project, "own.py")) == ["TML103"]


def test_shipped_conventions_are_taken_in_by_name(project: Path) -> None:
    (project / "plugin.py").write_text(
        "import tempfile\n\n\ndef run(module):\n    module.run(tempfile.mkdtemp(dir=module.tmpdir))\n"
    )
    low = "--tmpleak-min-confidence=low"  # a scratch space of somebody else may be emptied
    assert codes(flake8(project, "plugin.py")) == []
    assert codes(flake8(project, low, "plugin.py")) == ["TML101"]
    assert flake8(project, low, "--tmpleak-conventions", "ansible", "plugin.py") == []
    (project / "pyproject.toml").write_text('[tool.tmpleak-lint]\nconventions = ["ansible"]\n')
    assert flake8(project, "plugin.py") == []


def test_bad_option_is_a_message_and_no_traceback(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--tmpleak-creators", "a..b", "leak.py"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "'a..b' is not a dotted name" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("processes", ["1", "2"])
def test_mistake_in_the_configuration_is_a_message_and_no_traceback(project: Path, processes: str) -> None:
    (project / "pyproject.toml").write_text('[tool.tmpleak-lint]\ncreatrs = ["a"]\n')
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "-j", processes, "leak.py", "optin.py"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert (
        "pyproject.toml: [tool.tmpleak-lint] has no option 'creatrs'; did you mean 'creators'?" in done.stdout
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_error_of_our_own_costs_only_the_file_it_was_at(project: Path) -> None:
    program = (
        "from flake8.main import cli\nfrom tmpleak_lint.session import Session\n"
        "real = Session.analyse\n"
        "def analyse(self, data, filename, *rest, **keywords):\n"
        "    if filename.endswith('optin.py'):\n        raise KeyError('x')\n"
        "    return real(self, data, filename, *rest, **keywords)\n"
        "Session.analyse = analyse\n"
        "cli.main(['-j', '1', '--select', 'TML', 'leak.py', 'optin.py'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert codes(done.stdout.splitlines()) == ["TML501", "TML103", "TML900"]
    assert done.stdout.splitlines()[-1].endswith("KeyError: 'x'")


def test_file_in_another_encoding_keeps_its_columns(project: Path) -> None:
    source = "# coding: latin-1\nimport tempfile\ntext = 'é'; path = tempfile.mktemp()\n"
    (project / "latin.py").write_bytes(source.encode("latin-1"))
    assert [line.split(" TML501")[0] for line in flake8(project, "latin.py") if "TML501" in line] == [
        "latin.py:3:20:"
    ]


def test_same_findings_as_the_command_line(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tmpleak_lint", ".", "--output-format", "concise", "--select", "TML", "-q"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = sorted(line for line in done.stdout.splitlines())
    assert ours
    theirs = flake8(project, "--select", "TML", ".")
    assert sorted(line.removeprefix("./") for line in theirs) == ours


def test_quiet_file_costs_a_bytes_test_and_no_libcst(project: Path) -> None:
    (project / "quiet.py").write_text("x = 1\n")
    program = (
        "import sys\nfrom flake8.main import cli\n"
        "status = cli.main(['-j', '1', '--select', 'TML', 'quiet.py'])\n"
        "assert status == 0\n"
        "assert 'tmpleak_lint.hosts.flake8_plugin' in sys.modules\n"
        "assert not {'libcst', 'tmpleak_lint.model', 'tmpleak_lint.session'} & set(sys.modules)\n"
        "cli.main(['-j', '1', '--select', 'TML', 'leak.py'])\n"
        "assert 'libcst' in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


CALLER = "from helper import make\n\n\ndef f():\n    work(make())\n"
GIVES = "import tempfile\n\n\ndef make():\n    return tempfile.mkdtemp()\n"
MANAGES = (
    "import atexit\nimport shutil\nimport tempfile\n\n\ndef make():\n    path = tempfile.mkdtemp()\n"
    "    atexit.register(shutil.rmtree, path)\n    return path\n"
)


def test_folder_of_a_cache_spares_the_analysis(project: Path) -> None:
    (project / "helper.py").write_text(GIVES)
    (project / "caller.py").write_text(CALLER)
    without = flake8(project, "-j", "1", ".")
    (project / ".tmpleak_cache").mkdir()
    assert codes([line for line in without if "caller.py" in line]) == ["TML101"]
    program = (
        "import sys\nfrom flake8.main import cli\n"
        "cli.main(['-j', '1', '.'])\nassert 'libcst' not in sys.modules\n"
    )
    flake8(project, "-j", "2", ".")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert [line for line in done.stdout.splitlines() if ": TML" in line] == without
    assert flake8(project, "--disable-noqa", ".") == without


def test_cache_holds_what_the_files_and_options_say_now(project: Path) -> None:
    (project / "helper.py").write_text(GIVES)
    (project / "caller.py").write_text(CALLER)
    (project / ".tmpleak_cache").mkdir()
    first = flake8(project, ".")
    assert flake8(project, "--extend-select", "TML4", ".") != first
    (project / "helper.py").write_text(MANAGES)
    assert [line for line in flake8(project, ".") if "caller.py" in line] == []
    (project / "helper.py").write_text(GIVES)
    assert flake8(project, ".") == first
    other = flake8(project, "--stdin-display-name", "./leak.py", "-", stdin="\n" + LEAK)
    assert codes(other) == ["TML501", "TML103"]
    assert other != [line for line in first if "leak.py" in line]
    assert flake8(project, ".") == first


@pytest.mark.parametrize("row", [0, 1, 2, 3])
def test_comment_on_any_row_of_a_spread_call_counts(project: Path, row: int) -> None:
    call = ["    folder = tempfile.mkdtemp(", '        prefix="x",', '        suffix="y",', "    )"]
    call[row] += "  # noqa: TML101"
    source = "\n".join(["import tempfile", "", "", "def f():", *call, "    work(folder)", ""])
    (project / "spread.py").write_text(source)
    assert flake8(project, "spread.py") == []
    assert codes(flake8(project, "--disable-noqa", "spread.py")) == ["TML101"]
    (project / "other.py").write_text(source.replace("TML101", "TML102"))
    assert codes(flake8(project, "other.py")) == ["TML101"]
    (project / "after.py").write_text(
        source.replace("  # noqa: TML101", "").replace("work(folder)", "work(folder)  # noqa")
    )
    assert codes(flake8(project, "after.py")) == ["TML101"]
