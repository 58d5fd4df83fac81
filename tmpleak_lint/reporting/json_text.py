"""JSON that every reader takes: ASCII, without half of a surrogate pair, without a command for the CI system.

In: plain values, in which file names and source may hold such halves (a name that is not UTF-8, a notebook).
Out: a document. Many parsers refuse a whole document for one half, so each becomes U+FFFD.
"""

from __future__ import annotations

import json
import re

from tmpleak_lint.logs import defused_json

_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..|.)")
_REPLACEMENT = "\\ufffd"


def json_text(value: object, indent: int) -> str:
    """Return `value` as a JSON document that ends in a line end."""
    return defused_json(_ESCAPE.sub(_whole, json.dumps(value, indent=indent))) + "\n"


def _whole(found: re.Match[str]) -> str:
    escape = found[0]
    is_half = len(escape) == len(_REPLACEMENT) and escape[2] in "dD" and escape[3] in "89abcdefABCDEF"
    return _REPLACEMENT if is_half else escape
