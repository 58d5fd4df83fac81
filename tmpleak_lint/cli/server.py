"""`tmpleak-lint server`: the language server, for editors.

In: the Language Server Protocol on standard input. Out: the same on standard output. Exit status as the protocol asks
for: 0 when the editor said goodbye, 1 when it was just gone, 2 when the extra `lsp` isn't installed.
"""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.cli import UsageError
from tmpleak_lint.cli.parser import Parser


def main(arguments: Sequence[str]) -> int:
    """Serve until the editor ends the session."""
    parser().parse_args(arguments)
    try:
        import pygls  # noqa: F401
    except ImportError:
        raise UsageError("the server needs pygls: pip install 'tmpleak-lint[lsp]'") from None
    from tmpleak_lint.hosts.server.app import serve

    return serve()


def parser() -> Parser:
    """The parser of `tmpleak-lint server`."""
    own = Parser(
        prog="tmpleak-lint server",
        description="Talk the Language Server Protocol over the standard streams; editors start this.",
        epilog="Needs the extra lsp: pip install 'tmpleak-lint[lsp]'. Settings of editors: docs, in your editor.",
        allow_abbrev=False,
    )
    own.add_argument("--stdio", action="store_true", help="accepted; there is no other way to talk")
    return own
