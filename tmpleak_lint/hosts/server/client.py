"""The other end: what it can do, how it is told things, what it is asked for.

In: the capabilities that `initialize` brought. Out: answers about them, by the names of the protocol in snake case.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from tmpleak_lint.hosts.server.diagnostics import Shows


class Client:
    """The editor, as far as it is known; before `initialize` it can do nothing."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._capabilities = types.ClientCapabilities()
        self._complaints: set[str] = set()

    def introduce(self, capabilities: types.ClientCapabilities) -> None:
        self._capabilities = capabilities

    def get(self, path: str) -> Any:
        """The capability at a dotted path, None where it is not spoken of."""
        found: Any = self._capabilities
        for name in path.split("."):
            found = getattr(found, name, None)
        return found

    def has(self, path: str) -> bool:
        return bool(self.get(path))

    @property
    def pulls(self) -> bool:
        """Whether it asks for the diagnostics of a text by itself."""
        return self.has("text_document.diagnostic")

    @property
    def shows(self) -> Shows:
        """What it shows of a diagnostic; one that pulls them shows everything."""
        published = "text_document.publish_diagnostics"
        return Shows(
            related=self.pulls or self.has(f"{published}.related_information"),
            unnecessary=self.pulls or self.has(f"{published}.tag_support"),
            links=self.pulls or self.has(f"{published}.code_description_support"),
        )

    # Saying something

    def say(self, text: str, kind: types.MessageType) -> None:
        self._server.window_show_message(types.ShowMessageParams(kind, text))

    def complain(self, text: str) -> None:
        """Say what can't be used, once until the settings change."""
        if text not in self._complaints:
            self._complaints.add(text)
            self.say(f"tmpleak-lint: {text}", types.MessageType.Warning)

    def forget_complaints(self) -> None:
        """The settings have changed: what is still wrong may be said again."""
        self._complaints.clear()


def plain(value: Any) -> Any:
    """A value of any shape as dicts and lists; pygls gives objects in their place."""
    if hasattr(value, "_asdict"):
        return {key: plain(each) for key, each in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else value
