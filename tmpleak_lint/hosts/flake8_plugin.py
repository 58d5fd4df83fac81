# ruff: noqa: PTH100, PTH112, PTH120
"""The flake8 plugin: the same findings, printed, selected and silenced by flake8.

In: what flake8 hands a plugin (the tree, which is not used; the file's name; its lines). Out: rows, columns
and messages on one line. The bytes test comes before anything is imported, as flake8 runs every installed
plugin on every file whatever is selected.

From the project's `[tool.tmpleak-lint]` only the user's own names (`creators` and the like), `min-confidence` and where
a cache may be (`remembered`) are taken: which codes count, in which files, and `# noqa` are flake8's to decide. flake8
knows one row of a finding; so a comment on another row of the creating call, or at one of several callers that lose
what one call creates, is heeded here, unless `--disable-noqa`. As flake8 leaves codes out afterwards, such a creation
has one finding for each code. Not handled: files that do not parse (flake8 reports E999 and asks no plugin).
"""

from __future__ import annotations

import ast
import gc
import os
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tmpleak_lint import __version__
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.settings import KNOWLEDGE, OPTIONS, Settings, SettingsError
from tmpleak_lint.worth import new_neighbours, reason_to_look

if TYPE_CHECKING:
    import argparse

    from tmpleak_lint.hosts.remembered import Remembered
    from tmpleak_lint.model import Finding
    from tmpleak_lint.reading.neighbours import Maker, Neighbours
    from tmpleak_lint.session import Session

NO_FILE = ("-", "stdin")
_TAKEN = tuple(option for option in OPTIONS if option.group == KNOWLEDGE or option.key == "min-confidence")


class TmpleakPlugin:
    """What flake8 finds under the entry point `TML`."""

    name: ClassVar[str] = "tmpleak-lint"
    version: ClassVar[str] = __version__
    _given: ClassVar[_Given]

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        self._filename = filename
        self._lines = lines

    @classmethod
    def add_options(cls, parser: Any) -> None:
        """Register the options with flake8's OptionManager, and the opt-in codes as ignored by default."""
        from tmpleak_lint.rules import RULES

        parser.extend_default_ignore([rule.code for rule in RULES.values() if not rule.default_on])
        parser.add_option(
            "--tmpleak-config",
            metavar="FILE",
            parse_from_config=True,
            normalize_paths=True,
            help="take your own names from this pyproject.toml, not from the nearest one of each file",
        )
        for option in _TAKEN:
            parser.add_option(
                f"--tmpleak-{option.key}",
                metavar=option.kind.metavar,
                parse_from_config=True,
                comma_separated_list=option.kind.many,
                help=f"{option.help} (as {option.key} in [tool.tmpleak-lint])",
            )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Keep what the options state; flake8 calls this in each process before it checks files there."""
        cls._given = _Given(options)

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """Yield row, column from 0, message and plugin for each finding."""
        text = "".join(self._lines)
        settings = self._given.settings_of(self._filename)
        on_disk = self._filename not in NO_FILE
        path = os.path.abspath(self._filename) if on_disk else None
        data = text.encode("utf-8", "surrogatepass")
        makers = reason_to_look(data, path, settings, self._given.neighbours_of(settings))
        if makers is None:
            return
        from tmpleak_lint.creations import told_once
        from tmpleak_lint.engine import is_sure_enough
        from tmpleak_lint.reading.decoding import encode

        found = self._found_before_comments(encode(text), path, makers, settings)
        if found and not self._given.disable_noqa:
            from tmpleak_lint.suppression.noqa import split_by_noqa

            found = split_by_noqa(list(found), text, self._filename).kept
        sure = (finding for finding in found if is_sure_enough(finding, settings))
        for finding in told_once(sure, by_code=True):
            start = finding.span.start
            message = " ".join(finding.message.split())
            yield start.row, start.column - 1, f"{finding.code} {message}", type(self)

    def _found_before_comments(
        self, data: bytes, path: str | None, makers: frozenset[Maker], settings: Settings
    ) -> Sequence[Finding]:
        """The findings of the file: those of an earlier run where its project has a folder for them and nothing has
        changed that they hang on."""
        session = self._given.session
        remembered = self._given.remembered(settings) if path is not None else None
        if remembered is not None and path is not None:
            from tmpleak_lint.hosts.remembered import is_on_disk
            from tmpleak_lint.reading.discovery import SourceFile

            if is_on_disk(path, data):
                file = SourceFile(self._filename, path, settings)
                known = remembered.of(file, makers)
                if known is not None:
                    return known
                session.noting = True
                session.noted()
                found, is_whole = _found(data, self._filename, makers, settings, session, on_disk=True)
                if is_whole:
                    remembered.keep(file, found, session.noted())
                return found
        return _found(data, self._filename, makers, settings, session, on_disk=path is not None)[0]


def _found(
    data: bytes,
    filename: str,
    makers: frozenset[Maker],
    settings: Settings,
    session: Session,
    *,
    on_disk: bool,
) -> tuple[Sequence[Finding], bool]:
    """The findings of one file, and whether that is all of them. An error of our own is a TML900: the other files and
    plugins go on."""
    from tmpleak_lint.engine import is_reason_enough
    from tmpleak_lint.run.batches import without_collector

    _set_aside()
    try:
        with (
            without_collector()
        ):  # flake8 leaves it on, and libcst's import and trees set it off again and again
            if not is_reason_enough(makers, session, settings):
                return (), True
            return session.analyse(data, filename, settings, on_disk=on_disk).findings, True
    except RecursionError:
        reason = "nested too deeply"
    except Exception as error:
        from tmpleak_lint.reading.decoding import internal_error

        reason = internal_error(error)
    from tmpleak_lint.reading.decoding import unanalysable

    return [unanalysable(filename, reason)], False


@cache
def _set_aside() -> None:
    """Load the analysis, and spare flake8's collector of cyclic garbage the thousands of classes and tables that it is
    made of: it would go over them after every few files, which costs more than what is done here."""
    from tmpleak_lint.run.batches import without_collector
    from tmpleak_lint.session import load_analysis

    with without_collector():
        load_analysis()
    gc.freeze()


def _refused(error: Exception) -> Exception:
    """What flake8 prints as one line and ends with, in whatever process it is raised."""
    from flake8.exceptions import ExecutionError  # type: ignore[import-untyped]

    refused: Exception = ExecutionError(f"tmpleak-lint: {error}")
    return refused


class _Given:
    """The options of one flake8 process, and what the files of the same settings share in it."""

    def __init__(self, options: argparse.Namespace) -> None:
        from tmpleak_lint.rules import RULES

        chosen = (*(options.select or ()), *(options.extend_select or ()))
        self.disable_noqa = bool(options.disable_noqa)
        self._neighbours: dict[Settings, Neighbours] = {}
        self._remembered: dict[str, Remembered | None] = {}
        try:
            stated = {
                option.field: option.kind.check(value)
                for option in _TAKEN
                if (value := getattr(options, f"tmpleak_{option.field}"))
            }
            asked = tuple(c for c, rule in RULES.items() if not rule.default_on and c.startswith(chosen))
            if asked:
                stated["extend_select"] = asked  # opt-in codes are looked for only when asked
            self._finder = SettingsFinder(stated, options.tmpleak_config)
        except (SettingsError, ValueError) as error:
            raise _refused(error) from None

    @cached_property
    def session(self) -> Session:
        """What is known of the files that were analysed; few runs get so far."""
        from tmpleak_lint.session import Session

        return Session()

    def remembered(self, settings: Settings) -> Remembered | None:
        """What earlier runs have found out; None where the project has no folder for that."""
        folder = settings.cache_folder()
        if folder not in self._remembered:
            if os.path.isdir(folder):
                from tmpleak_lint.hosts.remembered import Remembered

                self._remembered[folder] = Remembered(folder)
            else:
                self._remembered[folder] = None
        return self._remembered[folder]

    def settings_of(self, filename: str) -> Settings:
        """The settings of the file's folder; of the working directory for text from standard input."""
        try:
            return self._finder.of_folder(os.path.dirname(filename) or os.curdir)
        except SettingsError as error:
            raise _refused(error) from None

    def neighbours_of(self, settings: Settings) -> Neighbours:
        """Who knows the imports of the files of these settings."""
        if settings not in self._neighbours:
            self._neighbours[settings] = new_neighbours(settings)
        return self._neighbours[settings]
