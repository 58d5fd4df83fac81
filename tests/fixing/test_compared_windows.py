"""What keeps Windows from deleting a file: somebody has it open, or nobody may write to it.

Bodies of one function in which the file is `path`, and what the proof of a fix says of two versions. Where the code
itself deletes what is open, as the last of them does, its author doesn't count Windows.
"""

from __future__ import annotations

import pytest

from tests.fixing.pairs import pairs, said_of

CLASSES = """
import cv2, dbm, sqlite3, zipfile


class Archive(zipfile.ZipFile):
    pass


class Reader:
    def __init__(self, path):
        self.file = open(path)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()


class Words:
    def __init__(self, path):
        with open(path) as file:
            self.text = file.read()
"""
REFUSED = pairs("windows", "What is open, or read-only, where it is deleted.")


@pytest.mark.parametrize("pair", REFUSED)
def test_what_windows_refuses_to_delete_is_told(pair: tuple[str, str]) -> None:
    assert said_of(*pair, CLASSES, aliases="path") == REFUSED[pair]
