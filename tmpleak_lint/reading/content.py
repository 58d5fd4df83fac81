"""What stands for what is found at a path, where only a change of it matters: a digest, or one of these words.

In: bytes. Out: a short text that is another one when the bytes are.
"""

from __future__ import annotations

import hashlib

Found = str | None

NO_FILE: Found = None  # nothing is there, or no file
A_FILE: Found = ""  # a file is there, whatever it holds
SOMETHING: Found = "*"  # a file or folder is there
NOTHING: Found = "!"


def digest_of(data: bytes) -> str:
    """What stands for the content of a file."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
