"""What is open in the editor: texts, and notebooks made of cells.

In: the protocol's notifications. Out: for each a `Snapshot`, which is what a job looks at. Not handled: what a
language is called: whoever opens a text says by opening it here that it is Python.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from tmpleak_lint.files import read_file
from tmpleak_lint.hosts.server.text import UTF_16, edited
from tmpleak_lint.reading.decoding import encode, source_lines

_CELL_TYPES = {types.NotebookCellKind.Markup: "markdown", types.NotebookCellKind.Code: "code"}


@dataclass(frozen=True)
class Snapshot:
    """A text or notebook as it was at some moment.

    `uri` is that of the whole notebook. `name` is the file's, or the URI where it is no file (`on_disk` False).
    `cells` are the URIs of a notebook's cells in their order, `texts` what stands in each document.
    """

    uri: str
    name: str
    on_disk: bool
    version: int
    data: bytes
    texts: dict[str, str]
    cells: tuple[str, ...] = ()

    @property
    def is_notebook(self) -> bool:
        return self.uri not in self.texts

    @cached_property
    def lines(self) -> dict[str, Sequence[str]]:
        """The lines of each document."""
        return {uri: source_lines(text) for uri, text in self.texts.items()}

    def document_of(self, cell: int | None) -> str:
        """The URI of the document that the rows of a finding count in."""
        return self.uri if cell is None else self.cells[cell - 1]

    @cached_property
    def is_saved(self) -> bool:
        """Whether the disk holds the same."""
        try:
            return self.on_disk and read_file(self.name) == self.data
        except OSError:
            return False


@dataclass(slots=True)
class _Text:
    text: str
    version: int
    notebook: str | None = None


@dataclass(slots=True)
class _Notebook:
    version: int
    cells: list[types.NotebookCell]


@dataclass
class Documents:
    """The open documents; `encoding` is the one that positions were agreed to count in."""

    encoding: str = UTF_16
    _texts: dict[str, _Text] = field(default_factory=dict)
    _notebooks: dict[str, _Notebook] = field(default_factory=dict)

    # What the editor tells

    def open(self, document: types.TextDocumentItem, notebook: str | None = None) -> None:
        self._texts[document.uri] = _Text(document.text, document.version, notebook)

    def change(
        self,
        document: types.VersionedTextDocumentIdentifier,
        changes: Sequence[types.TextDocumentContentChangeEvent],
    ) -> None:
        """Make the changes one after the other: each speaks of the text that the ones before it left."""
        known = self._texts[document.uri]
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                known.text = edited(known.text, change.range, change.text, self.encoding)
            else:
                known.text = change.text
        known.version = document.version

    def close(self, uri: str) -> None:
        self._texts.pop(uri, None)

    def open_notebook(self, params: types.DidOpenNotebookDocumentParams) -> None:
        notebook = params.notebook_document
        self._notebooks[notebook.uri] = _Notebook(notebook.version, list(notebook.cells))
        for cell in params.cell_text_documents:
            self.open(cell, notebook.uri)

    def change_notebook(self, params: types.DidChangeNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        notebook = self._notebooks[uri]
        notebook.version = params.notebook_document.version
        cells = params.change.cells
        if cells is None:
            return
        if cells.structure is not None:
            array = cells.structure.array
            notebook.cells[array.start : array.start + array.delete_count] = array.cells or ()
            for opened in cells.structure.did_open or ():
                self.open(opened, uri)
            for closed in cells.structure.did_close or ():
                self.close(closed.uri)
        changed = {cell.document: cell for cell in cells.data or ()}
        notebook.cells = [changed.get(cell.document, cell) for cell in notebook.cells]
        for content in cells.text_content or ():
            self.change(content.document, content.changes)

    def close_notebook(self, uri: str) -> None:
        for cell in [cell for cell, text in self._texts.items() if text.notebook == uri]:
            del self._texts[cell]
        self._notebooks.pop(uri, None)

    # What the others ask

    def whole(self, uri: str) -> str | None:
        """The URI of the notebook for one of its cells, of a text itself for a text; None for what isn't open."""
        if uri in self._notebooks:
            return uri
        known = self._texts.get(uri)
        return None if known is None else known.notebook or uri

    def is_notebook(self, uri: str) -> bool:
        return uri in self._notebooks

    def uris(self) -> list[str]:
        """Every open text and notebook."""
        return [*(uri for uri, text in self._texts.items() if text.notebook is None), *self._notebooks]

    def version(self, uri: str) -> int | None:
        """The version of a text or notebook, None when it is not open any more."""
        known = self._texts.get(uri) or self._notebooks.get(uri)
        return None if known is None else known.version

    def snapshot(self, uri: str) -> Snapshot:
        """A text or notebook as it is now; a cell's URI gives its notebook. Raises KeyError for what isn't open."""
        whole = self.whole(uri)
        if whole is None:
            raise KeyError(uri)
        path = to_fs_path(whole)
        name, on_disk = (whole, False) if path is None else (path, True)
        if whole not in self._notebooks:
            known = self._texts[whole]
            return Snapshot(whole, name, on_disk, known.version, encode(known.text), {whole: known.text})
        notebook = self._notebooks[whole]
        cells = tuple(cell.document for cell in notebook.cells)
        texts = {cell: self._texts[cell].text for cell in cells if cell in self._texts}
        if not name.endswith(".ipynb"):
            name += ".ipynb"  # an untitled one
        return Snapshot(whole, name, on_disk, notebook.version, _as_file(notebook, texts), texts, cells)

    def unsaved(self, but: str) -> tuple[tuple[str, bytes], ...]:
        """Path and bytes of the open texts that stand otherwise on the disk: what neighbours are read from."""
        return tuple(
            (snapshot.name, snapshot.data)
            for uri in self.uris()
            if uri != but and uri not in self._notebooks
            for snapshot in (self.snapshot(uri),)
            if snapshot.on_disk and not snapshot.is_saved
        )

    def has_open(self, path: str) -> bool:
        """Whether a file is open, under whatever spelling of its URI."""
        paths = (to_fs_path(uri) for uri in self.uris())
        return any(same(path) == same(each) for each in paths if each is not None)


def same(path: str) -> str:
    """A path as it compares: the same for all spellings of one name."""
    return os.path.normcase(os.path.normpath(path))


def uri_of(path: str) -> str:
    """The URI of a file."""
    return str(from_fs_path(path))


def _as_file(notebook: _Notebook, texts: dict[str, str]) -> bytes:
    """The notebook as it would be saved, as far as code is concerned."""
    cells = [
        {"cell_type": _CELL_TYPES[types.NotebookCellKind(cell.kind)], "source": texts.get(cell.document, "")}
        for cell in notebook.cells
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
