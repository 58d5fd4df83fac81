"""The same program, written otherwise: blank lines, form feeds, lines that go on behind a backslash, semicolons.

In: a source of chance and a program. Out: a text with the same statements in the same order. Python may refuse one that
was drawn badly (a string that goes over lines was cut): who wants valid ones asks `ast`.
"""

from __future__ import annotations

import random

WAYS = (
    "feed first", "feed alone", "feed inside", "backslash alone", "backslash indented", "backslash anywhere",
    "comment on", "blanks", "feed and comment", "semicolon", "split", "tabs",
)  # fmt: skip


def laid_out(chance: random.Random, text: str, share: float = 0.4) -> str:
    """A program with so large a share of its lines written otherwise."""
    out: list[str] = []
    for line in text.split("\n"):
        bare = line.lstrip()
        indent = line[: len(line) - len(bare)]
        way = chance.choice(WAYS) if chance.random() < share else ""
        if way == "feed first":
            line = "\f" + line
        elif way == "feed alone":
            out.append(chance.choice(("\f", "  \f", "\f  ", "    \f    ")))
        elif way == "feed inside":
            line = f"{indent}\f{indent}{bare}"
        elif way == "backslash alone":
            out.append("\\")
        elif way == "backslash indented":
            out.append(indent + "\\")
        elif way == "backslash anywhere":
            out.append(" " * chance.randrange(9) + "\\")
        elif way == "comment on":
            out.append(indent + "# goes on? \\")
        elif way == "blanks":
            out.append(" " * chance.randrange(12))
        elif way == "feed and comment":
            out.append("\f# a comment")
        elif way == "semicolon" and bare and not bare.endswith(":"):
            line += ";"
        elif way == "split" and " " in bare:
            at = line.rindex(" ")
            line = f"{line[:at]} \\\n{' ' * chance.randrange(6)}{line[at:]}"
        elif way == "tabs" and len(indent) % 8 == 0:
            line = "\t" * (len(indent) // 8) + bare
        out.append(line)
    return "\n".join(out) + chance.choice(("\n", "", " \\\n", "\n\f", "\n    \f\n"))
