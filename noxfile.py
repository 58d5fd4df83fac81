"""Every task by its name: `nox --list`.

Each session makes its own environment. Inside one that has the extra `test` installed, `nox --no-venv -s NAME` uses
that one, as `.ci/run` does.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PACKAGE = "tmpleak_lint"
RELEASE = re.compile(r"(rev: |/tmpleak-lint@)v[0-9][0-9a-z.]*")

nox.options.sessions = ["lint", "types", "tests", "docs", "package"]
nox.options.error_on_missing_interpreters = False


def installed(session: nox.Session, *arguments: str) -> None:
    """Install into the session's own environment; an outer one that is used instead has what it needs."""
    if session.virtualenv.is_sandboxed:
        session.install(*arguments)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The test suite on every core; arguments go to pytest."""
    installed(session, "-e", ".[test]")
    session.run("pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The suite with the oldest version of each dependency that pyproject.toml allows.

    Only those of the package itself: what tests and site are made with is taken as it comes.
    """
    session.install("uv", "-e", ".[test]")
    session.run("uv", "pip", "install", "--resolution", "lowest-direct", "-e", ".", "--reinstall")
    session.run("pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)


@nox.session(python=PYTHONS[-1])
def highest(session: nox.Session) -> None:
    """The suite with the newest version of everything, pre-releases included."""
    session.install("--pre", "--upgrade", "-e", ".[test]")
    session.run("pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """What the suite runs of the package, and which branches, room by room; programs that tests start included."""
    installed(session, "-e", ".[test]")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)
    session.run("coverage", "combine")
    session.run("coverage", "json", "-q")
    session.run("python", "-m", "benchmarks.covered", "coverage.json")


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, its formatter, and nothing written twice."""
    installed(session, "-e", ".[test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("pylint", "--disable=all", "--enable=duplicate-code", PACKAGE)


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict."""
    installed(session, "-e", ".[test]")
    session.run("mypy", "--strict")


@nox.session
def docs(session: nox.Session) -> None:
    """The site, warnings as errors; `nox -s docs -- links` follows the links to other sites, too."""
    installed(session, "-e", ".[docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "docs", "docs/_build")
    if session.posargs == ["links"]:
        session.run("sphinx-build", "-b", "linkcheck", "-q", "docs", "docs/_build/links")


@nox.session
def package(session: nox.Session) -> None:
    """Wheel and sdist, whether an index takes them, and whether the wheel alone finds a leak."""
    installed(session, "build", "twine")
    out = Path(session.create_tmp()) / "dist"
    shutil.rmtree(out, ignore_errors=True)
    session.run(sys.executable, "-m", "build", "--outdir", str(out), external=True)
    files = sorted(map(str, out.iterdir()))
    session.run("twine", "check", "--strict", *files)
    (wheel,) = (file for file in files if file.endswith(".whl"))
    session.run(sys.executable, "-m", "venv", "--clear", str(out / "venv"), external=True)
    scripts = out / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    session.run(str(scripts / "python"), "-m", "pip", "install", "-q", wheel, external=True)
    program = str(scripts / "tmpleak-lint")
    session.run(program, "check", "--isolated", "-q", "fixtures/holding", external=True)
    session.run(program, "--isolated", "-q", "fixtures/leaky", external=True, success_codes=[1], silent=True)
    _by_tools(session, out, wheel)


def _by_tools(session: nox.Session, out: Path, wheel: str) -> None:
    """The wheel as pipx and uv install and run it, each in folders of its own."""
    python = out / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    session.run(str(python / "python"), "-m", "pip", "install", "-q", "pipx", "uv", external=True)
    homes = {
        "PIPX_HOME": "pipx",
        "PIPX_BIN_DIR": "pipx-bin",
        "PIPX_MAN_DIR": "pipx-man",
        "UV_CACHE_DIR": "uv-cache",
    }
    homes |= {"UV_TOOL_DIR": "uv-tools", "UV_TOOL_BIN_DIR": "uv-bin"}
    env = {name: str(out / folder) for name, folder in homes.items()}
    pipx, uv = str(python / "pipx"), str(python / "uv")
    check = ("tmpleak-lint", "--isolated", "-q", "fixtures/holding")
    for runner in (
        (pipx, "run", "--spec", wheel, *check),
        (pipx, "install", wheel),
        (uv, "tool", "run", "--from", wheel, *check),  # what uvx is short for
        (uv, "tool", "install", wheel),
    ):
        session.run(*runner, env=env, external=True)
    for folder in ("pipx-bin", "uv-bin"):
        session.run(str(out / folder / check[0]), *check[1:], env=env, external=True)


@nox.session(venv_backend="none")
def release_names(session: nox.Session) -> None:
    """Let pages (`rev:`, `uses:`) and the VS Code extension name the version of `tmpleak_lint/__init__.py`."""
    text = Path(PACKAGE, "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    assert found is not None
    for page in [Path("README.md"), *Path("docs").rglob("*.md")]:
        before = page.read_text(encoding="utf-8")
        after = RELEASE.sub(rf"\g<1>v{found[1]}", before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            session.log(f"{page}: v{found[1]}")
    manifest = Path("editors/vscode/package.json")
    lines = manifest.read_text(encoding="utf-8")
    manifest.write_text(
        re.sub(r'("version": )"[^"]+"', rf'\g<1>"{found[1]}"', lines, count=1), encoding="utf-8"
    )
