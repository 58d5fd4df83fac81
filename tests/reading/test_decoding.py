"""Bytes to text as Python reads source."""

from __future__ import annotations

import io
import tokenize

import pytest

from tmpleak_lint.reading.decoding import Undecodable, decode, encode, source_encoding, source_lines


@pytest.mark.parametrize(
    "data",
    [
        b"x = 1\n",
        b"",
        b"\xef\xbb\xbfx = 1\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n",
        b"\n# coding=koi8-r\nx = '\xc1'\n",
        b"x = 1\n# coding: latin-1\ny = '\xc3\xa9'\n",
        b"\f# coding: iso-8859-15\nx = '\xa4'\n",
        b"# coding: UTF_8\nx = '\xc3\xa9'\n",
        b"# coding: latin-1\r\nx = '\xe9'\r\n",
        b"'''\n# coding: latin-1\n\xc3\xa9'''\n",
    ],
)
def test_text_is_what_python_reads(data: bytes) -> None:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    assert decode(data) == data.decode(encoding)


@pytest.mark.parametrize(
    ("data", "reason", "row"),
    [
        (b"x = 1\n\ny = '\xff'\n", "line 3 is not valid utf-8", 3),
        (b"a\r\nb\rc\xff", "line 3 is not valid utf-8", 3),
        (b"# coding: nonsense\n", "unknown encoding 'nonsense'", 1),
        (b"# coding: rot13\n", "unknown encoding 'rot13'", 1),
        (b"# coding: punycode\n-" + b"a" * 10_000_000, "the encoding 'punycode' is for domain names", 1),
        (b"# coding: IDNA_\n", "the encoding 'IDNA_' is for domain names", 1),
        (b"x\n\0", "line 2 holds a null character", 2),
    ],
)
def test_reason_and_row_are_told(data: bytes, reason: str, row: int) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(data)
    assert (str(caught.value), caught.value.row) == (reason, row)


def test_lines_end_where_the_language_ends_them() -> None:
    assert source_lines("a\r\nb\rc\fd\u2028e\x85f\ng") == ["a", "b", "c\fd\u2028e\x85f", "g"]


@pytest.mark.parametrize(
    "text", ["x = 'é'\n", "# coding: latin-1\nx = 'é'\n", "# coding: latin-1\nx = '€'\n", "# coding: what\n"]
)
def test_encoded_text_keeps_its_code_points(text: str) -> None:
    data = encode(text)
    if source_encoding(data) == "latin-1" and "€" in text:
        assert data == text.encode("utf-8")
    elif "what" not in text:
        assert decode(data) == text
    else:
        with pytest.raises(Undecodable):
            decode(data)


def test_text_in_an_encoding_for_domain_names_is_not_brought_into_it() -> None:
    text = "# coding: punycode\n" + "é" * 1_000_000
    assert encode(text) == text.encode("utf-8")
