"""What a module or class keeps for whoever asks next: it outlives a test, and an object that puts something there.

Comes in: the text of a function, and how it names what it puts something into (`_CACHE`, `Base._folder`). Goes out:
whether others are given that again: by its name, or since the function looks there first.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tmpleak_lint.fixing.comparing.trees import words_in
from tmpleak_lint.knowledge.words import CACHE_WORDS

_REMEMBERED = 1 << 10


@lru_cache(_REMEMBERED)
def is_cache(text: str, name: str) -> bool:
    """Whether a text takes something back out of what has this name, or the name says that it is for that: what is in
    the environment of the process is for everybody, and no cache."""
    if name.endswith("environ"):
        return False
    return bool(words_in(name) & CACHE_WORDS) or looks_up(text, name)


@lru_cache(_REMEMBERED)
def looks_up(text: str, name: str) -> bool:
    """Whether a text asks what has this name, or one of its elements, for what is there already."""
    own = rf"(?<![\w.]){re.escape(name)}\b"
    asked = (
        rf"\bin\s+{own}",
        rf"{own}\.(?:get|setdefault)\(",
        rf"{own}\s+is\s+(?:not\s+)?None\b",
        rf"\b(?:if|while|or|and|not)\s+{own}\s*(?::|or\b|and\b|$)",
        rf"=\s*{own}(?:\[[^]\n]*\])?\s*$",
    )
    return any(re.search(each, text, re.MULTILINE) is not None for each in asked)
