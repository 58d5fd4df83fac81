"""Damage to a text, drawn by chance: lines, bytes, words, indentation, encodings, nesting.

In: a source of chance and the bytes of a file. Out: other bytes. Most are no Python any more.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

PIECES = (
    *(b"(", b")", b"[", b"{", b"'", b'"', b'"""', b"\\", b"\\\n", b":", b"@", b"=", b",", b"*", b";", b"$", b"?"),
    *(b"\x0c", b"\r", b"\x1a", b"\xc2\xa0", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"f'{", b"#"),
    *(b" await ", b" yield ", b" lambda: ", b"\nreturn\n", b"\nmatch x:\n", b" async ", b" del ", b" not "),
)  # fmt: skip
Damage = Callable[[random.Random, bytes], bytes]


def lines_gone(chance: random.Random, data: bytes) -> bytes:
    return b"".join(line for line in data.splitlines(True) if chance.random() > 0.1)


def lines_twice(chance: random.Random, data: bytes) -> bytes:
    return b"".join(line * chance.choice((1, 1, 1, 2)) for line in data.splitlines(True))


def lines_moved(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(True)
    for _ in range(5):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def indented_otherwise(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(True)
    for _ in range(3):
        at = chance.randrange(len(lines))
        lines[at] = chance.choice((b"", b" ", b"    ", b"\t", b"   \t")) + lines[at].lstrip(b" \t")
    return b"".join(lines)


def cut_off(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def other_bytes(chance: random.Random, data: bytes) -> bytes:
    damaged = bytearray(data)
    for _ in range(5):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def pieces_put_in(chance: random.Random, data: bytes) -> bytes:
    for _ in range(3):
        at = chance.randrange(len(data))
        data = data[:at] + chance.choice(PIECES) + data[at:]
    return data


def words_changed(chance: random.Random, data: bytes) -> bytes:
    words = re.findall(rb"\w+", data)
    for _ in range(5):
        match = chance.choice(list(re.finditer(rb"\w+", data)))
        data = data[: match.start()] + chance.choice(words) + data[match.end() :]
    return data


def null_inside(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + b"\0" + data[at:]


def line_ends_mixed(chance: random.Random, data: bytes) -> bytes:
    ends = (b"\n", b"\r\n", b"\r")
    return b"".join(line.rstrip(b"\r\n") + chance.choice(ends) for line in data.splitlines(True))


def lines_joined(chance: random.Random, data: bytes) -> bytes:
    return b"".join(line.rstrip(b"\n") if chance.random() < 0.05 else line for line in data.splitlines(True))


def nested_deeper(chance: random.Random, data: bytes) -> bytes:
    """One line, or a piece of one, within very many brackets, blocks or operators."""
    lines = data.splitlines(True) or [b"x"]
    at = chance.randrange(len(lines))
    depth = chance.choice((5, 50, 199, 201, 1_000, 5_000))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    text = lines[at].strip() or b"x"
    way = chance.randrange(5)
    if way == 0:
        made = b"(" * depth + text + b")" * depth
    elif way == 1:
        made = b"x = " + b"[" * depth + b"]" * chance.choice((depth, depth - 1))
    elif way == 2:
        made = b"x = " + b" + ".join([chance.choice((b"y", b"y(z)"))] * depth)
    elif way == 3:
        blocks = (indent + b" " * number + b"if x:" for number in range(min(depth, 120)))
        made = b"\n".join([*blocks, indent + b" " * min(depth, 120) + text])
    else:
        made = b"x = " + b"not " * depth + b"y"
    lines[at] = made + b"\n" if way == 3 else indent + made + b"\n"
    return b"".join(lines)


def encoded_otherwise(chance: random.Random, data: bytes) -> bytes:
    name = chance.choice(
        ("utf-8", "utf-16", "utf-32", "latin-1", "cp1252", "koi8-r", "utf-7", "ascii", "shift_jis", "x")
    )
    line = f"# -*- coding: {name} -*-\n".encode()
    text = data.decode("utf-8", "replace")
    try:
        encoded = text.encode(name, "replace")
    except LookupError:
        encoded = data
    return chance.choice((line + encoded, encoded, b"\xef\xbb\xbf" + line + encoded, line + data))


DAMAGES: tuple[Damage, ...] = (
    lines_gone, lines_twice, lines_moved, indented_otherwise, cut_off, other_bytes, pieces_put_in, words_changed,
    null_inside, line_ends_mixed, lines_joined, nested_deeper, encoded_otherwise,
)  # fmt: skip
