"""What the name of a callee says of it, where nothing else is known.

Comes in: a dotted name, and what its receiver is called. Goes out: whether it is named after deleting, and after
nothing else. Not handled: what a name in a module stands for.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tmpleak_lint.knowledge.words import BESIDE_DELETING, CONTAINER_WORDS, DELETING_WORDS, FILE_SYSTEM_WORDS

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+")


@lru_cache(maxsize=4096)  # a body asks for the same few names again and again
def words_of(name: str) -> frozenset[str]:
    """The words that the last part of a dotted name is made of.

    >>> sorted(words_of("fileutils.deleteIfExists"))
    ['delete', 'exists', 'if']
    """
    return frozenset(word.lower() for word in _WORDS.findall(name.rpartition(".")[2]))


def words_in(text: str) -> frozenset[str]:
    """The words of a message.

    >>> sorted(words_in("Profile saved to: "))
    ['profile', 'saved', 'to']
    """
    return frozenset(word.lower() for word in re.findall(r"[A-Za-z]+", text))


def says_delete(name: str, receiver: str | None = None) -> bool:
    """Whether a function is named after deleting, and after nothing else; `receiver`: what the object is called whose
    method it is, None for a function.

    >>> says_delete("rm_rf"), says_delete("remove_background"), says_delete("remove", "seen")
    (True, False, False)
    """
    words = words_of(name)
    if not words & DELETING_WORDS or words - DELETING_WORDS - BESIDE_DELETING:
        return False
    if receiver is None or len(words) > 1 or not words & CONTAINER_WORDS:
        return words != {"clean"}
    return bool(words_of(receiver) & FILE_SYSTEM_WORDS)
