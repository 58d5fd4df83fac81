"""From bytes to text, as Python itself reads source; and what is said of a file that cannot be read.

In: the bytes of a source file. Out: its text (byte order mark gone, line ends as they are), the same text cut
into lines as the language cuts them, or a TML900 finding with the reason.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from tmpleak_lint.model import Finding, Location, Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_NOT_CODE = re.compile(rb"^[ \t\f]*(?:[#\r\n]|$)")
# Made for names of a few letters: of a longer text they take the square of its length.
_OF_DOMAINS = frozenset({"punycode", "idna"})


class Undecodable(Exception):
    """The bytes are not text in the encoding that the file declares; the text of the error says why.

    `row` is where the first wrong byte stands, 1 when that is not known.
    """

    def __init__(self, reason: str, row: int = 1) -> None:
        super().__init__(reason)
        self.row = row


def source_encoding(data: bytes) -> str:
    """Name of the encoding a source file is in, by its byte order mark or PEP 263 comment, else utf-8."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    first, _, rest = data[:4096].replace(b"\r\n", b"\n").replace(b"\r", b"\n").partition(b"\n")
    match = _COOKIE.match(first)
    if match is None and _NOT_CODE.match(first):
        match = _COOKIE.match(rest.partition(b"\n")[0])
    if match is None:
        return "utf-8"
    name = match[1].decode("ascii", "replace")
    return "utf-8" if name.lower().replace("_", "-") in {"utf-8", "utf8"} else name


def _is_of_domains(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name in _OF_DOMAINS  # it has many spellings
    except LookupError:
        return False


def decode(data: bytes) -> str:
    """The text of a source file. Raises `Undecodable`."""
    encoding = source_encoding(data)
    if _is_of_domains(encoding):
        raise Undecodable(f"the encoding {encoding!r} is for domain names")
    try:
        text = data.decode(encoding)
    except LookupError:
        raise Undecodable(f"unknown encoding {encoding!r}") from None
    except UnicodeDecodeError as error:
        row = len(_LINE_END.split(data[: error.start].decode("latin-1")))
        raise Undecodable(f"line {row} is not valid {error.encoding}", row) from None
    except (UnicodeError, ValueError) as error:
        raise Undecodable(f"not valid {encoding}: {error}") from None
    if "\0" in text:
        row = len(_LINE_END.split(text[: text.index("\0")]))
        raise Undecodable(f"line {row} holds a null character", row)
    return text


def encode(text: str) -> bytes:
    """Bytes that `decode` turns into `text` again, in the encoding that the text declares if it can be."""
    data = text.encode("utf-8", "surrogatepass")
    encoding = source_encoding(data)
    if encoding == "utf-8" or _is_of_domains(encoding):
        return data
    try:
        return text.encode(encoding)
    except (LookupError, UnicodeError):  # a wrong declaration: decode() will say what is wrong with it
        return data


def source_lines(text: str) -> list[str]:
    """Lines without their ends. Only what ends a line for Python counts (not form feeds or U+2028)."""
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def unanalysable(
    filename: str, reason: str, row: int = 1, column: int = 1, cell: int | None = None
) -> Finding:
    """The TML900 finding of a file that could not be read, decoded or parsed."""
    place = Location(row, column)
    return Finding(
        code="TML900",
        name="unanalysable",
        message=f"not analysed: {reason}",
        filename=filename,
        span=Span(place, place),
        function="",
        tier=None,
        steps=(),
        noqa_rows=(row, row),
        cell=cell,
    )


def internal_error(error: Exception) -> str:
    """What is said of an error of our own: its innermost line and its text."""
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"internal error, please report it: {place}: {type(error).__name__}: {error}"
