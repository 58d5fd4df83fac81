# ruff: noqa: PTH118
"""The folders of the workspace, and which settings hold in each.

In: the folders that are open, the editor's settings for each. Out: for a document its options and its `Choice`. The
innermost folder that a document lies in decides; the settings without a folder hold for the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pygls.uris import to_fs_path

from tmpleak_lint.hosts.server.jobs import Choice
from tmpleak_lint.hosts.server.options import ON_TYPE, EditorOptions, read_options


class Folders:
    """`listed` gives the URIs of the folders that are open at the moment."""

    def __init__(self, listed: Callable[[], Iterable[str]]) -> None:
        self._listed = listed
        self._options: dict[str | None, EditorOptions] = {None: EditorOptions()}

    def uris(self) -> list[str]:
        """The URIs of the folders, the outer ones first."""
        return sorted(self._listed(), key=len)

    def take_settings(self, sections: Mapping[str | None, object]) -> list[str]:
        """Settings for the folders, and under None for what lies in none; gives what is wrong with them."""
        self._options = {None: EditorOptions()}
        complaints: dict[str, None] = {}
        for scope, section in sections.items():
            self._options[scope], wrong = read_options(section)
            complaints.update(dict.fromkeys(wrong))
        return list(complaints)

    def options(self, uri: str) -> EditorOptions:
        """The options of a document."""
        return self._options_in(self._around(uri))

    def choice(self, uri: str) -> Choice:
        """Where the settings of a document come from."""
        return self._choice_in(self._around(uri))

    def looks_while_typing(self, uri: str) -> bool:
        return self.options(uri).run == ON_TYPE

    def enabled(self) -> dict[str, Choice]:
        """The paths of the folders in which something is to be shown."""
        wanted = [uri for uri in self.uris() if self._options_in(uri).enable]
        return {path: self._choice_in(uri) for uri in wanted if (path := to_fs_path(uri)) is not None}

    def _around(self, uri: str) -> str | None:
        path = to_fs_path(uri)
        if path is None:
            return None
        context = [each for each in self.uris() if Path(path).is_relative_to(to_fs_path(each) or os.devnull)]
        return context[-1] if context else None

    def _options_in(self, folder: str | None) -> EditorOptions:
        return self._options.get(folder, self._options[None])

    def _choice_in(self, folder: str | None) -> Choice:
        options = self._options_in(folder)
        configuration = options.configuration
        if configuration is not None and folder is not None:
            configuration = os.path.join(to_fs_path(folder) or "", configuration)
        return Choice(configuration, options.overrides)
