"""A code such as TML103 in running text becomes a link to the page of its rule.

In: the resolved tree of a page. Out: the same tree with references. Code, headings and links stay as they are, and a
page does not link to itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from tmpleak_lint.rules import RULES

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_CODE = re.compile(r"(TML\d{3})")
_LEFT_ALONE = (nodes.literal, nodes.literal_block, nodes.reference, nodes.title, nodes.FixedTextElement)


class RuleLinks(SphinxPostTransform):
    """Puts the links in once everything else is resolved."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_kwargs: Any) -> None:
        here = self.env.docname
        for text in list(self.document.findall(nodes.Text)):
            parts = _CODE.split(text.astext())
            if len(parts) > 1 and not _is_left_alone(text):
                text.parent.replace(text, [self._linked(part, here) for part in parts if part])

    def _linked(self, part: str, here: str) -> nodes.Node:
        if part not in RULES or here == f"rules/{part}":
            return nodes.Text(part)
        uri = self.app.builder.get_relative_uri(here, f"rules/{part}")
        return nodes.reference("", part, internal=True, refuri=uri, reftitle=RULES[part].name)


def _is_left_alone(text: nodes.Text) -> bool:
    parent = text.parent
    while parent is not None:
        if isinstance(parent, _LEFT_ALONE):
            return True
        parent = parent.parent
    return False


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_post_transform(RuleLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
