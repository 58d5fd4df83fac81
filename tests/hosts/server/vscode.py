"""What VS Code says when it starts a server: the parameters of `initialize` as its client library sends them.

Written after what vscode-languageclient 9 sends, with the parts left out that are about what this server doesn't do.
`LEAN` is the other end: a client that can do next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_TAGS = {"valueSet": [1, 2]}
_KINDS = ["", "quickfix", "refactor", "refactor.extract", "refactor.inline", "refactor.rewrite", "source",
          "source.organizeImports"]  # fmt: skip

WORKSPACE: dict[str, Any] = {
    "applyEdit": True,
    "workspaceEdit": {
        "documentChanges": True,
        "resourceOperations": ["create", "rename", "delete"],
        "failureHandling": "textOnlyTransactional",
        "normalizesLineEndings": True,
        "changeAnnotationSupport": {"groupsOnLabel": True},
    },
    "configuration": True,
    "didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True},
    "codeLens": {"refreshSupport": True},
    "executeCommand": {"dynamicRegistration": True},
    "didChangeConfiguration": {"dynamicRegistration": True},
    "workspaceFolders": True,
    "foldingRange": {"refreshSupport": True},
    "diagnostics": {"refreshSupport": True},
}
TEXT_DOCUMENT: dict[str, Any] = {
    "publishDiagnostics": {
        "relatedInformation": True,
        "versionSupport": False,
        "tagSupport": _TAGS,
        "codeDescriptionSupport": True,
        "dataSupport": True,
    },
    "synchronization": {
        "dynamicRegistration": True,
        "willSave": True,
        "willSaveWaitUntil": True,
        "didSave": True,
    },
    "hover": {"dynamicRegistration": True, "contentFormat": ["markdown", "plaintext"]},
    "codeAction": {
        "dynamicRegistration": True,
        "isPreferredSupport": True,
        "disabledSupport": True,
        "dataSupport": True,
        "resolveSupport": {"properties": ["edit"]},
        "codeActionLiteralSupport": {"codeActionKind": {"valueSet": _KINDS}},
        "honorsChangeAnnotations": True,
    },
}
PULL = {"dynamicRegistration": True, "relatedDocumentSupport": False}


def initialize(
    folders: Sequence[Path], *, pull: bool = False, encodings: Sequence[str] = ("utf-16",), **options: Any
) -> dict[str, Any]:
    """The parameters of `initialize` for a workspace with these folders."""
    text_document = {**TEXT_DOCUMENT, "diagnostic": PULL} if pull else TEXT_DOCUMENT
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": "Visual Studio Code", "version": "1.96.2"},
        "locale": "en",
        "rootPath": str(folders[0]) if folders else None,
        "rootUri": folders[0].as_uri() if folders else None,
        "capabilities": {
            "workspace": WORKSPACE,
            "textDocument": text_document,
            "window": {
                "showMessage": {"messageActionItem": {"additionalPropertiesSupport": True}},
                "showDocument": {"support": True},
                "workDoneProgress": True,
            },
            "general": {
                "staleRequestSupport": {"cancel": True, "retryOnContentModified": []},
                "regularExpressions": {"engine": "ECMAScript", "version": "ES2020"},
                "markdown": {"parser": "marked", "version": "1.1.0"},
                "positionEncodings": list(encodings),
            },
            "notebookDocument": {
                "synchronization": {"dynamicRegistration": True, "executionSummarySupport": True}
            },
        },
        "initializationOptions": options,
        "trace": "off",
        "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name} for folder in folders] or None,
    }


def lean(folder: Path) -> dict[str, Any]:
    """The parameters of a client that can do next to nothing."""
    return {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}
