"""`--since REF`: which lines changed since a git revision, and which findings that concerns.

In: a revision and a folder of a work tree. Out: `Changes`, asked about one finding at a time. The work
tree is compared, uncommitted changes included; `REF...` means since REF and HEAD parted. A file that
git doesn't track counts as changed throughout, a renamed file only where its text changed.

A finding counts when a row of the creating call or of a step of its path changed (whatever file the
step is in), or when lines between its first and last step were removed or replaced: what is gone may
have been the deletion. Lines merely added elsewhere on the way don't count. That a file can't be analysed
counts when anything in it changed.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tmpleak_lint.model import Finding
from tmpleak_lint.suppression.names import absolute, is_real_file

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_QUOTED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}

_UNANALYSABLE = "TML900"  # stands on one row, but any other may be what made the file unreadable
_OF_HOOKS = frozenset({"GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"})


class GitError(Exception):
    """git is missing, the folder is in no work tree, or the revision isn't known."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change, in rows of the new text: `first` to `last`; empty (last < first) for a mere removal,
    which then stands after row `last`. `removed` tells whether old lines went."""

    first: int
    last: int
    removed: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed below the work tree's `top`: hunks by absolute path, and which files git tracks."""

    top: str
    tracked: frozenset[str]
    hunks: Mapping[str, tuple[Hunk, ...]]

    def concerns(self, finding: Finding) -> bool:
        """Tell whether a finding counts."""
        here = self._of(finding.filename)
        if here is None:
            return True
        if finding.code == _UNANALYSABLE:
            return bool(here)
        call = (min(finding.span.start.row, finding.noqa_rows[0]), finding.noqa_rows[1])
        if _touched(here, *call):
            return True
        rows = list(call)
        for step in finding.steps:
            first, last = step.span.start.row, step.span.end.row
            there = self._of(step.filename)
            if there is None or _touched(there, first, last):
                return True
            if step.filename == finding.filename:
                rows += (first, last)
        return any(_removed_within(hunk, min(rows), max(rows)) for hunk in here)

    def _of(self, filename: str) -> tuple[Hunk, ...] | None:
        """Return the hunks of a file, None when all of it counts as changed."""
        if not is_real_file(filename):
            return None
        path = _in_tree(filename)
        return self.hunks.get(path, ()) if path in self.tracked else None


def changes_since(ref: str, folder: Path) -> Changes:
    """Ask git what changed in the work tree around `folder` since `ref`; raises `GitError`."""
    try:
        top = os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n"))
    except _GitFailed as error:
        raise GitError(f"--since {ref}: {folder} is in no git work tree ({error})") from error
    revision = _revision(ref, folder)
    root = Path(top).resolve().as_posix()
    try:
        names = _git(Path(root), "ls-files", "-z").split(b"\0")
        diff = _git(
            Path(root), "diff", "-U0", "-M", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative",
            "--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/", "--inter-hunk-context=0",
            "--text",  # of what `.gitattributes` calls binary, often notebooks, no lines are told without it
            revision, "--",
        )  # fmt: skip
    except _GitFailed as error:
        raise GitError(f"--since {ref}: git cannot compare: {error}") from error
    tracked = frozenset(f"{root}/{os.fsdecode(name)}" for name in names if name)
    hunks = {f"{root}/{name}": found for name, found in parse_diff(diff)}
    return Changes(root, tracked, hunks)


def parse_diff(diff: bytes) -> Iterator[tuple[str, tuple[Hunk, ...]]]:
    """Yield the new name and the hunks of every file in the output of `git diff -U0`."""
    name: str | None = None
    hunks: list[Hunk] = []
    lines = iter(diff.split(b"\n"))
    for line in lines:
        if line.startswith(b"diff --git "):
            if name is not None and hunks:
                yield name, tuple(hunks)
            name, hunks = None, []
        elif line.startswith(b"+++ "):
            name = _name(line[4:])
        elif found := _HUNK.match(line):
            old, start, new = int(found[1] or b"1"), int(found[2]), int(found[3] or b"1")
            first = start if new else start + 1
            hunks.append(Hunk(first, first + new - 1, old > 0))
            _skip_body(lines, old + new)
    if name is not None and hunks:
        yield name, tuple(hunks)


def _skip_body(lines: Iterator[bytes], count: int) -> None:
    """Read past the changed lines, which may look like headers."""
    while count:
        if not next(lines, b"").startswith(b"\\"):  # "\ No newline at end of file" is not counted
            count -= 1


def _name(field: bytes) -> str | None:
    field = field.removesuffix(b"\t")  # git ends names that hold a blank with a tab
    if field.startswith(b'"'):
        field = _QUOTED.sub(_unquoted, field[1:-1])
    return None if field == b"/dev/null" else os.fsdecode(field.removeprefix(b"b/"))


def _unquoted(found: re.Match[bytes]) -> bytes:
    sign = found[1]
    return bytes([int(sign, 8)]) if len(sign) == 3 else _ESCAPES.get(sign, sign)


def _touched(hunks: Sequence[Hunk], first: int, last: int) -> bool:
    return any(hunk.first <= last and first <= hunk.last for hunk in hunks)


def _removed_within(hunk: Hunk, first: int, last: int) -> bool:
    # a removal stands between the rows hunk.first - 1 and hunk.last + 1, both of which are still there
    return hunk.removed and hunk.first - 1 <= last and first <= hunk.last + 1


def _in_tree(filename: str) -> str:
    """Return the absolute name with links in its folders followed: git names files by their real folder."""
    path = Path(absolute(filename))
    return (path.parent.resolve() / path.name).as_posix()


class _GitFailed(Exception):
    """What git said on its standard error."""


def _revision(ref: str, folder: Path) -> str:
    parted = ref.removesuffix("...")
    commit = f"{parted}^{{commit}}"
    try:
        found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", commit)
        revision = os.fsdecode(found.strip())
        if parted != ref:
            revision = os.fsdecode(_git(folder, "merge-base", revision, "HEAD").strip())
    except _GitFailed as error:
        why = f": {error}" if str(error) else ""
        raise GitError(f"--since {ref}: git knows no such revision{why}") from error
    return revision


def _git(folder: Path, *arguments: str) -> bytes:
    # no optional locks: a linter only looks; no fsmonitor: the repository's own hooks are not run
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, check=False)
    except OSError as error:
        raise GitError(f"--since needs git, which could not be run: {error.strerror}") from error
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _GitFailed(lines[0] if lines else "")
    return done.stdout


def _environment() -> dict[str, str]:
    """Return the environment without what git hands to hooks: there GIT_DIR alone makes the current
    folder the top of the work tree. Where both are set, the user has put them apart on purpose."""
    if "GIT_WORK_TREE" in os.environ:
        return dict(os.environ)
    return {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
