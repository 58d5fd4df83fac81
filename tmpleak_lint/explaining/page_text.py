"""A rule's page as a terminal shows it: bold headings, code set off, paragraphs as wide as the terminal.

In: the page in Markdown and a `RenderContext`. Out: text ending in a newline. Only what the pages of the rules use
is handled: headings, paragraphs, lists, fenced code, `code` and links.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from tmpleak_lint.reporting import RenderContext
from tmpleak_lint.reporting.paint import Paint
from tmpleak_lint.reporting.text import visible

_WIDEST = 100
_FENCE = re.compile(r"```(?:\w+ ?(?P<kind>\w*).*)?")
_ITEM = re.compile(r"(?P<mark>(?:[-*]|\d+\.) )")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_CODE = re.compile(r"`([^`]+)`")
_SIDES = {"leaking": ("left", "leaks"), "holding": ("help", "holds"), "fixed": ("help", "fixed")}


def page_text(page: str, context: RenderContext) -> str:
    """The whole page."""
    return "".join(f"{line}\n" for line in _lines(page, context))


def _lines(page: str, context: RenderContext) -> Iterator[str]:
    paint = Paint(context)
    paragraph: list[str] = []
    fence: str | None = None
    for line in [*page.splitlines(), ""]:
        opened = _FENCE.fullmatch(line)
        if fence is not None:
            if opened is not None:
                fence = None
                continue
            yield f"{paint(_SIDES.get(fence, ('rail', ''))[0], '  |')} {paint('plain', line)}".rstrip()
            continue
        if paragraph and (not line or opened is not None or line.startswith("#") or _ITEM.match(line)):
            yield from _filled(paragraph, context)
            paragraph = []
        if opened is not None:
            fence = opened["kind"] or ""
            style, said = _SIDES.get(fence, ("rail", ""))
            if said:
                yield paint(style, f"  {said}")
        elif line.startswith("#"):
            yield paint("message", line.lstrip("# "))
        elif line:
            paragraph.append(line.strip())
        else:
            yield ""


def _filled(paragraph: list[str], context: RenderContext) -> Iterator[str]:
    room = min(context.width, _WIDEST)
    text = _LINK.sub(lambda link: f"{link[1]} ({link[2]})", " ".join(paragraph))
    item = _ITEM.match(text)
    hanging = " " * len(item["mark"]) if item is not None else ""
    filled = textwrap.wrap(
        visible(text), room, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )
    if not context.color:
        yield from filled
        return
    # What stands in backticks may go over the end of a line: painted over the whole, then cut again.
    painted = _CODE.sub(lambda code: "\n".join(_painted(code[1], Paint(context))), "\n".join(filled))
    yield from painted.split("\n")


def _painted(code: str, paint: Paint) -> Iterator[str]:
    for part in code.split("\n"):
        indent = part[: len(part) - len(part.lstrip())]
        yield indent + paint("calm", part.lstrip())
