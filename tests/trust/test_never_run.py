"""What is checked is never imported and never run, through whatever door it comes.

A folder holds a module for every name that Python, this package and its dependencies could look for. Each leaves a mark
when it is run and ends the process. The folder is the working directory, and what is checked.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import MEASURING, without

LEAK = "import tempfile\n\n\ndef f(use):\n    path = tempfile.mkdtemp()\n    use(path)\n"
OTHERS = (
    "libcst", "flake8", "pygls", "lsprotocol", "cattrs", "attr", "attrs", "mccabe", "pycodestyle",
    "pyflakes", "distributed",
    "watchfiles", "shtab", "sitecustomize", "usercustomize", "conftest", "setup", "tests", "helper", "numpy", "click",
)  # fmt: skip
SCRIPTS = Path(sys.executable).parent
FILES = 8  # enough for worker processes


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    folder = tmp_path / "trap"
    folder.mkdir()
    mark = tmp_path / "ran"
    for name in {*sys.stdlib_module_names, *OTHERS}:
        spring = f"open({str(mark)!r}, 'a').write({name!r} + ' ')\nraise SystemExit(99)\n"
        (folder / f"{name}.py").write_text(spring + LEAK * (name == "argparse"))
    for number in range(FILES):
        text = f"import helper\nfrom libcst import x\n{LEAK}\n\nraise SystemExit(open({str(mark)!r}, 'a'))\n"
        (folder / f"leak{number}.py").write_text(text)
    (folder / "pyproject.toml").write_text("[tool.tmpleak-lint]\n")
    return folder


def run(folder: Path, *command: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = without("PYTHONPATH", "PYTHONSAFEPATH", *MEASURING)
    return subprocess.run(
        command, cwd=folder, env=environment, input=given, capture_output=True, timeout=120, check=False
    )


def ran(folder: Path) -> str:
    mark = folder.parent / "ran"
    return mark.read_text() if mark.exists() else ""


def program(name: str) -> str:
    found = shutil.which(name, path=str(SCRIPTS))
    if found is None:
        pytest.skip(f"{name} is not installed beside this Python")
    return found


def of_python(folder: Path) -> set[str]:
    """What Python itself has imported when it comes to the package that `-m` names: only its own `-P` can keep it from
    taking these from the working directory."""
    (folder / "bare").mkdir(exist_ok=True)
    (folder / "bare" / "__init__.py").write_text("import sys\nprint(*sys.modules)\n")
    told = run(folder, sys.executable, "-m", "bare").stdout.decode()
    return {name.partition(".")[0] for name in told.split()}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--no-cache", "--jobs", "2", "."),
        ("--cache-dir", "kept", "--jobs", "1", "--select", "TML", "."),
        ("--diff", "--unsafe-fixes", "--jobs", "2", "."),
        ("--output-format", "sarif", "leak0.py"),
        ("explain", "leak0.py:7"),
        ("simulate", "leak0.py:7", "--html", "page.html"),
        ("rules",),
        ("completions", "bash"),
    ],
    ids=" ".join,
)
def test_program_runs_nothing_of_the_folder_that_it_is_started_in(
    trap: Path, arguments: tuple[str, ...]
) -> None:
    done = run(trap, program("tmpleak-lint"), *arguments)
    assert ran(trap) == ""
    assert done.returncode in (0, 1), done.stderr.decode()
    assert done.stdout


@pytest.mark.parametrize(
    "arguments", [("--no-cache", "--jobs", "2", "."), ("explain", "leak0.py:7"), ("rules",)], ids=" ".join
)
def test_started_as_a_module_it_runs_nothing_of_the_folder_either(
    trap: Path, arguments: tuple[str, ...]
) -> None:
    for name in of_python(trap.parent):
        (trap / f"{name}.py").unlink(missing_ok=True)
    done = run(trap, sys.executable, "-m", "tmpleak_lint", *arguments)
    assert ran(trap) == ""
    assert done.returncode in (0, 1), done.stderr.decode()
    assert done.stdout


def test_with_safe_path_not_even_python_runs_anything(trap: Path) -> None:
    done = run(trap, sys.executable, "-P", "-m", "tmpleak_lint", "--no-cache", ".")
    assert (done.returncode, ran(trap)) == (1, "")


def test_the_trap_springs(trap: Path) -> None:
    """Else none of the others says anything."""
    assert not of_python(trap.parent) & {
        "typing",
        "argparse",
        "tempfile",
        "json",
        "libcst",
        "dataclasses",
        "shutil",
    }
    for name in of_python(trap.parent):
        (trap / f"{name}.py").unlink(missing_ok=True)
    run(trap, sys.executable, "-c", "import argparse, tmpleak_lint.cli.check")
    assert ran(trap) == "argparse "


def test_started_workers_run_nothing_of_the_folder(trap: Path, tmp_path: Path) -> None:
    """As on macOS and Windows, where a worker is a new Python that looks for `multiprocessing` first."""
    starter = tmp_path / "starter.py"
    starter.write_text(
        "import sys\nfrom tmpleak_lint.run import crew\nfrom tmpleak_lint.cli import main\n"
        "if __name__ == '__main__':\n    crew.START = 'spawn'\n    sys.exit(main(sys.argv[1:]))\n"
    )
    done = run(
        trap, sys.executable, "-P", str(starter), "--no-cache", "--jobs", "2", "--output-format", "json", "."
    )
    assert ran(trap) == ""
    assert done.returncode == 1, done.stderr.decode()
    assert len(json.loads(done.stdout)) >= FILES


def test_flake8_with_the_plugin_runs_nothing_of_the_folder(trap: Path) -> None:
    done = run(
        trap, program("flake8"), "--isolated", "--select", "TML", "leak0.py", "leak1.py", "argparse.py"
    )
    assert ran(trap) == ""
    assert done.stdout.count(b"TML") >= 3, done.stderr.decode()


def test_server_runs_nothing_of_the_folder(trap: Path) -> None:
    pytest.importorskip("pygls")
    uri = (trap / "leak0.py").as_uri()
    talk = (
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": trap.as_uri(), "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {
            "method": "textDocument/didOpen",
            "params": {
                "textDocument": {
                    "uri": uri, "languageId": "python", "version": 1, "text": (trap / "leak0.py").read_text(),
                }
            },
        },
        {"id": 2, "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": uri}}},
    )  # fmt: skip
    framed = b""
    for message in talk:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        framed += b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    with subprocess.Popen(
        [program("tmpleak-lint"), "server"],
        cwd=trap,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        try:
            server.stdin.write(framed)
            server.stdin.flush()
            heard = b""
            while b'"TML1' not in heard:
                part = os.read(server.stdout.fileno(), 65536)
                assert part, "the server ended"
                heard += part
        finally:
            server.kill()
    assert ran(trap) == ""
