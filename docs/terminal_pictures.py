"""Makes the pictures of the terminal for README and docs, each from a real run.

Usage: python docs/terminal_pictures.py [NAME...]    (in an environment with the extra `test` installed)
Writes docs/_static/terminal-*.svg. The programs run in a temp directory that holds a copy of the fixtures; what
they print is drawn as it is, colours included.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tmpleak_lint.reporting.text import width as cells

HERE = Path(__file__).parent
PROJECT = HERE.parent
OUT = HERE / "_static"
COLUMNS = 100
CELL, ROW, MARGIN, BAR = 8.4, 19, 16, 30
MOST_BYTES = 60_000
GROUND = "#161b22"
FAINT = 0.75
NO_BREAK = "\u00a0"  # blanks that no viewer folds into one

INK = {"": "#d6deeb", "30": "#8b949e", "31": "#ff7b72", "32": "#7ee787", "33": "#f2cc60", "34": "#6cb6ff"} | {
    "35": "#d2a8ff",
    "36": "#76e3ea",
    "37": "#f0f3f6",
    "90": "#8b949e",
}
_ESCAPE = re.compile(r"\x1b\[([0-9;]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[A-HJKSThl]")


@dataclass(frozen=True, slots=True)
class Style:
    """How a stretch of text looks."""

    ink: str = ""
    bold: bool = False
    faint: bool = False

    def after(self, codes: str) -> Style:
        """The style that the numbers of an escape sequence lead to."""
        style = self
        for code in codes.split(";"):
            if code in ("", "0"):
                style = Style()
            elif code == "1":
                style = Style(style.ink, True, style.faint)
            elif code == "2":
                style = Style(style.ink, style.bold, True)
            elif code in INK:
                style = Style(code, style.bold, style.faint)
        return style


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: the command as it is shown, and what really runs to get its output."""

    name: str
    shown: str
    play: Callable[[Path], str]


def stretches(text: str) -> Iterator[list[tuple[Style, str]]]:
    """Each line of coloured text, as stretches of one style; lines too long for the terminal are wrapped at a blank."""
    style = Style()
    for line in text.rstrip("\n").split("\n"):
        parts: list[tuple[Style, str]] = []
        at = column = 0
        for match in [*_ESCAPE.finditer(line), None]:
            piece = line[at : match.start() if match else len(line)]
            while piece:
                room = COLUMNS - column
                if cells(piece) > room and (cut := piece.rfind(" ", 0, room) + 1 or room * (not column)):
                    parts.append((style, piece[:cut]))
                    piece = piece[cut:]
                elif cells(piece) <= room:
                    parts.append((style, piece))
                    column += cells(piece)
                    break
                yield parts
                parts, column = [], 0
            if match:
                at = match.end()
                style = style.after(match[1]) if match[1] is not None else style
        yield parts


def drawing(title: str, text: str) -> str:
    """The terminal with this text in it, as SVG."""
    lines = list(stretches(text))
    width = round(COLUMNS * CELL + 2 * MARGIN)
    height = len(lines) * ROW + BAR + MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>',
        *(f'<circle cx="{18 + 16 * n}" cy="15" r="5" fill="#30363d"/>' for n in range(3)),
        '<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="14">',
    ]
    for number, line in enumerate(lines):
        column = 0
        for style, part in line:
            wide = cells(part)
            if part.strip():
                out.append(_text(style, part, column, BAR + 14 + number * ROW, wide))
            column += wide
    return "\n".join([*out, "</g>", "</svg>", ""])


def _text(style: Style, part: str, column: int, y: int, wide: int) -> str:
    lead = len(part) - len(part.lstrip(" "))
    bare = part.strip(" ")
    words = escape(bare, quote=False).replace(" ", NO_BREAK)
    looks = ' font-weight="bold"' if style.bold else ""
    looks += f' opacity="{FAINT}"' if style.faint else ""
    length = f"{(wide - (len(part) - len(bare))) * CELL:.1f}"
    return (
        f'<text x="{MARGIN + (column + lead) * CELL:.1f}" y="{y}" fill="{INK[style.ink]}"{looks} '
        f'textLength="{length}" lengthAdjust="spacingAndGlyphs">{words}</text>'
    )


# What is played


def run(folder: Path, command: str, **environment: str) -> str:
    """What a command prints, standard error included, in a terminal of 100 columns."""
    bin_folder = str(Path(sys.executable).parent)
    done = subprocess.run(
        shlex.split(command), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        env={**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "COLUMNS": str(COLUMNS),
             "FORCE_COLOR": "1", "TERM": "xterm-256color", **environment},
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def same(command: str) -> Callable[[Path], str]:
    """Runs what is shown."""
    return lambda folder: run(folder, command)


def commit(folder: Path) -> str:
    """A commit stopped by the hook of the published files, which are those of this repository's last commit."""
    repository, store = folder / "repository", folder / "store"
    published = folder / "published"
    quiet = {"PRE_COMMIT_HOME": str(store), "PRE_COMMIT_COLOR": "always"}
    git = "git -c user.name=you -c user.email=you@example.org -c advice.detachedHead=false"
    run(folder, f"git clone --quiet {PROJECT} {published}")
    revision = run(published, "git rev-parse HEAD").strip()
    repository.mkdir()
    (repository / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {published}\n  rev: {revision}\n  hooks:\n  - id: tmpleak-lint\n"
    )
    shutil.copy(folder / "fixtures/leaky/image_resize.py", repository / "resize.py")
    text = (repository / "resize.py").read_text()
    (repository / "resize.py").write_text(text[: text.index("\ndef convert_or_quit")].rstrip() + "\n")
    run(repository, "git init --quiet")
    run(repository, "pre-commit install --install-hooks", **quiet)
    run(repository, f"{git} add resize.py .pre-commit-config.yaml")
    printed = run(repository, f"{git} commit -m thumbnails", **quiet)
    return "\n".join(line for line in printed.splitlines() if not line.startswith("["))


def action(folder: Path) -> str:
    """The step of action.yml that checks, run as a runner runs it."""
    import yaml  # type: ignore[import-untyped]

    steps = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    (script,) = [step["run"] for step in steps if step["name"] == "Run tmpleak-lint"]
    bin_folder = folder / "runner/tmpleak-lint/bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "tmpleak-lint").symlink_to(Path(sys.executable).parent / "tmpleak-lint")
    inputs = {"TMPLEAK_PATHS": RESIZE, "TMPLEAK_ARGS": SOME, "TMPLEAK_SARIF": ""}
    return run(folder, shlex.join(["bash", "-c", script]), RUNNER_TEMP=str(folder / "runner"), **inputs)


RESIZE, SOME = "fixtures/leaky/image_resize.py", "--select TML2,TML3"
SCENES = (
    Scene("check", "tmpleak-lint fixtures/leaky/download_service.py --select TML202,TML302",
          same("tmpleak-lint fixtures/leaky/download_service.py --select TML202,TML302")),
    Scene("diff", "tmpleak-lint --diff fixtures/leaky/request_handler.py",
          same("tmpleak-lint --diff fixtures/leaky/request_handler.py")),
    Scene("flake8", "flake8 --select TML fixtures/leaky/image_resize.py fixtures/leaky/local_socket.py",
          same("flake8 --color always --select TML fixtures/leaky/image_resize.py fixtures/leaky/local_socket.py")),
    Scene("pre-commit", "git commit -m thumbnails", commit),
    Scene("github", f"tmpleak-lint check --output-format github {SOME} {RESIZE}", action),
    Scene("gitlab", "tmpleak-lint fixtures/leaky/local_socket.py --output-format gitlab",
          same("tmpleak-lint fixtures/leaky/local_socket.py --output-format gitlab --quiet")),
    Scene("junit", "tmpleak-lint fixtures/leaky/local_socket.py --output-format junit",
          same("tmpleak-lint fixtures/leaky/local_socket.py --output-format junit --quiet")),
    Scene("explain", "tmpleak-lint explain fixtures/leaky/request_handler.py:21",
          same("tmpleak-lint explain --color always fixtures/leaky/request_handler.py:21")),
)  # fmt: skip


def main(names: list[str]) -> None:
    """Play every scene (or those named) and write its picture."""
    unknown = set(names) - {scene.name for scene in SCENES}
    if unknown:
        raise SystemExit(f"no picture is called {', '.join(sorted(unknown))}")
    for scene in SCENES:
        if names and scene.name not in names:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copytree(PROJECT / "fixtures", folder / "fixtures")
            printed = scene.play(folder)
        svg = drawing(scene.shown, f"\x1b[1m$ {scene.shown}\x1b[0m\n{printed}")
        if len(svg) > MOST_BYTES:
            raise SystemExit(f"{scene.name}: {len(svg):,} bytes are too many for a picture in the repository")
        (OUT / f"terminal-{scene.name}.svg").write_text(svg, encoding="utf-8")
        print(f"{scene.name}: {len(svg):,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
