"""What turns text into code, or starts a program, stands in the package where it is known to be harmless, and nowhere
else: a new use has to be looked at, and named here with the reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "tmpleak_lint"
DOORS = {
    "eval", "exec", "compile", "__import__", "importlib.import_module", "import_module", "runpy.run_path",
    "importlib.util.spec_from_file_location", "runpy.run_module", "os.system", "os.popen", "subprocess.run",
    "subprocess.Popen", "subprocess.call", "subprocess.check_output", "subprocess.check_call", "pickle.load",
    "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "pickle.loads", "marshal.load",
    "marshal.loads",
    "shelve.open", "yaml.load", "ast.literal_eval", "multiprocessing.get_context", "socket.socket",
    "urllib.request.urlopen", "webbrowser.open",
}  # fmt: skip
KNOWN = {
    ("__init__.py", "import_module"): "names of this package, out of a table",
    ("reporting/__init__.py", "import_module"): "names of this package, out of a table",
    ("cli/__init__.py", "import_module"): "names of this package, out of a table",
    ("cli/completions.py", "import_module"): "names of this package, out of a table",
    ("flow/literals.py", "ast.literal_eval"): "literals of the source: values, nothing is called",
    ("fixing/comparing/meaning.py", "ast.literal_eval"): "literals of the source: values, nothing is called",
    ("suppression/since.py", "subprocess.run"): "git, without a shell; see test_git.py",
    (
        "fixing/leftovers.py",
        "subprocess.Popen",
    ): "this Python, isolated, with a constant program; names are its input",
    ("hosts/server/lanes.py", "asyncio.create_subprocess_exec"): "this program, as a worker",
    (
        "hosts/server/pages.py",
        "asyncio.create_subprocess_exec",
    ): "this program, without a shell",
    ("hosts/server/lanes.py", "pickle.loads"): "the pipe to our own worker",
    ("hosts/server/worker.py", "pickle.loads"): "the pipe from the server that started it",
    ("run/crew.py", "multiprocessing.get_context"): "this program, as workers",
}


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
        elif isinstance(node, ast.keyword) and node.arg == "shell":
            yield "shell="


def test_every_door_is_known() -> None:
    found = {
        (file.relative_to(PACKAGE).as_posix(), name)
        for file in PACKAGE.rglob("*.py")
        for name in calls(ast.parse(file.read_text(encoding="utf-8")))
        if name in DOORS or name == "shell="
    }
    assert found == set(KNOWN)
