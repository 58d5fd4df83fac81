"""What counts as the deletion of a file: now, registered for later, of what lies in it, of others beside it.

Bodies of one function in which the file is `folder`, made in line 1, and what the proof of a fix says of two versions.
"""

from __future__ import annotations

import pytest

from tests.fixing.pairs import GONE, MADE, cases, guarded, pairs, said_of, together

HELPERS = """
import asyncio
import functools
import unittest

kept = None
limit = 1


def drop(path):
    shutil.rmtree(path)


def drop_default(path=kept):
    shutil.rmtree(path)


def drop_if(path):
    if os.path.isdir(path):
        shutil.rmtree(path)


def drop_loudly(path):
    print("going")
    shutil.rmtree(path)


def drop_and_count(path):
    shutil.rmtree(path)
    known.append(1)


def drop_and_tell(path):
    shutil.rmtree(path)
    return path


def drop_and_say(path):
    return shutil.rmtree(path)


def drop_by_helper(path):
    drop(path)


def drop_by_local_import(path):
    import shutil as s
    from shutil import rmtree

    rmtree(path)


def drop_by_unknown(path):
    unknown_drop(path)


def drop_by_helper_of_attribute(path):
    drop(path.name)


def drop_and_keep_name(path):
    name = path
    shutil.rmtree(path)


def drop_two(path, more):
    shutil.rmtree(path)
    shutil.rmtree(more)


def drop_second(path, more):
    shutil.rmtree(more)


def drop_as_path(path):
    pathlib.Path(path).rmdir()


def drop_attribute(path):
    shutil.rmtree(path.name)


def drop_from(registry, path):
    registry.remove(path)


async def drop_async(path):
    shutil.rmtree(path)


def drop_slowly(path):
    yield shutil.rmtree(path)
"""

DELETIONS = cases("deletions", "What counts as its deletion, in place of the one that was there.")
REGISTERED = pairs("deletions", "What is registered to delete it.")
IN_TESTS = pairs("deletions", "What a test registers.")
IN_IT = pairs("deletions", "What is deleted in a directory, and whether it is empty.")
BESIDE = pairs("deletions", "Other files that are deleted along the way.")


@pytest.mark.parametrize("deletion", DELETIONS)
def test_deletion_in_place_of_the_one_that_was_there(deletion: str) -> None:
    old, new = f"{MADE}target.go()\n{GONE}", guarded("target.go()\n", gone=f"{deletion}\n")
    assert said_of(old, new, HELPERS) == DELETIONS[deletion]


ALL = together(REGISTERED, IN_IT, BESIDE)


@pytest.mark.parametrize("pair", ALL)
def test_deletion(pair: tuple[str, str]) -> None:
    assert said_of(*pair, HELPERS) == ALL[pair]


@pytest.mark.parametrize("pair", IN_TESTS)
def test_deletion_in_a_test(pair: tuple[str, str]) -> None:
    own = "def f(self, target, other):", "class T(unittest.TestCase):"
    assert said_of(*pair, HELPERS, *own) == IN_TESTS[pair]
