"""The baseline: findings that were there when the tool was adopted, and are not reported again.

In: a JSON file and the fingerprints of a run. Out: the findings split in two, the entries that match
nothing any more, and the bytes of the next baseline. A baseline can only shrink: `shrunk` never adds,
only `recreated` does. Entries stand one a line in a fixed order, so that two branches that both remove
entries merge.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tmpleak_lint.files import read_file
from tmpleak_lint.model import Finding
from tmpleak_lint.suppression.names import relative

VERSION = 1


class BaselineError(Exception):
    """A baseline that can't be used; the text names the file and the line."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One known finding. All but the fingerprint is there for the reader."""

    path: str
    code: str
    function: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known findings by fingerprint."""

    entries: Mapping[str, Entry]

    def split(self, findings: Mapping[Finding, str]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return the findings (given with their fingerprints) that are new, and those that are known."""
        new = tuple(finding for finding, fingerprint in findings.items() if fingerprint not in self.entries)
        known = tuple(finding for finding, fingerprint in findings.items() if fingerprint in self.entries)
        return new, known

    def stale(
        self, matched: Collection[str], is_checked: Callable[[str], bool], is_selected: Callable[[str], bool]
    ) -> tuple[Entry, ...]:
        """Return the entries that no finding matched though they should have been looked at.

        `matched` are the fingerprints of all findings of the run; `is_checked` tells by its path below
        the project whether a file was checked or is gone; `is_selected` whether a code was on. Entries
        of files and codes that this run didn't look at are not stale.
        """
        return tuple(
            entry
            for fingerprint, entry in sorted(self.entries.items(), key=lambda item: item[1])
            if fingerprint not in matched and is_checked(entry.path) and is_selected(entry.code)
        )

    def shrunk(self, stale: Iterable[Entry]) -> Baseline:
        """Return the baseline without `stale`."""
        gone = {entry.fingerprint for entry in stale}
        return Baseline({key: entry for key, entry in self.entries.items() if key not in gone})


def recreated(findings: Mapping[Finding, str], root: Path) -> Baseline:
    """Return a new baseline that knows all of `findings`, given with their fingerprints."""
    return Baseline(
        {
            fingerprint: Entry(relative(finding.filename, root), finding.code, finding.function, fingerprint)
            for finding, fingerprint in findings.items()
        }
    )


def dump(baseline: Baseline) -> bytes:
    """Return the file's bytes: ASCII, one entry a line, ordered by path, code and function."""
    lines = [json.dumps(asdict(entry)) for entry in sorted(baseline.entries.values())]
    entries = ",\n".join(f"    {line}" for line in lines)
    body = f"[\n{entries}\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "entries": {body}\n}}\n'.encode("ascii")


def load(path: Path) -> Baseline:
    """Read a baseline; raises `BaselineError`."""
    try:
        text = read_file(path).decode("utf-8")
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BaselineError(f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}") from error
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise BaselineError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise BaselineError(f"{path}:1: is nested too deeply for a baseline") from error
    except ValueError as error:  # a number of thousands of digits
        raise BaselineError(f"{path}:1: is no baseline: {error}") from error
    return Baseline({entry.fingerprint: entry for entry in _entries(content, path, text)})


def _entries(content: Any, path: Path, text: str) -> list[Entry]:
    if not isinstance(content, dict) or not isinstance(content.get("entries"), list):
        raise BaselineError(f'{path}:1: is not a baseline: it has no list "entries"')
    if content.get("version") != VERSION:
        line = _line_of(text, '"version"')
        raise BaselineError(
            f"{path}:{line}: version {content.get('version')!r} is not known, only {VERSION} is"
        )
    names = ("path", "code", "function", "fingerprint")
    entries = []
    for number, raw in enumerate(content["entries"], 1):
        if not isinstance(raw, dict) or any(not isinstance(raw.get(name), str) for name in names):
            line = _line_of(text, json.dumps(raw))
            raise BaselineError(f"{path}:{line}: entry {number} needs the texts {', '.join(names)}")
        entries.append(Entry(**{name: raw[name] for name in names}))
    return entries


def _line_of(text: str, part: str) -> int:
    """Return the row of `part` in `text`; 1 when the file was laid out by another program."""
    return text.count("\n", 0, max(text.find(part), 0)) + 1
