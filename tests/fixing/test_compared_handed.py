"""Who was handed the file, and what is held against deleting it for that: what the proof of a fix says, body by body.

Each table holds bodies of one function in which the file is `folder`, made in line 1, and what is said of deleting it:
in a `finally`, where nothing or the last line has deleted it, or only where the body fails.
"""

from __future__ import annotations

import pytest

from tests.fixing.pairs import (
    GONE,
    MADE,
    cases,
    comparison,
    guarded,
    of_deletion_that_held_at_the_end,
    of_deletion_where_it_fails,
    of_new_deletion,
    said_of,
    together,
    weighed,
)
from tmpleak_lint.knowledge.table import Knowledge

MADE_FROM_IT = "shown: what is returned was made from it, and may still need it"
HELPERS = """
import asyncio
import functools
import logging
from concurrent import futures

kept = None
known = []
table = {}


class Wrong(Exception):
    pass


class wrong(Exception):
    pass


class Store:
    def keep_it(self, path):
        self.path = path

    def look_at(self, path):
        print(1)


def store_in_list(path):
    known.append(path)


def store_in_table(path):
    table["a"] = path


def store_globally(path):
    global kept
    kept = path


def store_in_pair(path, target):
    target.a, target.b = 1, path


def store_in_own(path):
    mine = []
    mine.append(path)


def store_size(path):
    known.append(len(path))


def store_in_container(path):
    known.append([path, {"a": path}])


def store_then_fail(path):
    known.append(path)
    path.go()


def fail_then_store(path):
    path.go()
    known.append(path)


def store_each(*paths):
    known.extend(paths)


def store_named(*, path=None, other=None):
    known.append(path)


def store_other(*, path=None, other=None):
    known.append(other)


def store_rest(first, **rest):
    known.append(rest)


def store_second(first, second):
    known.append(second)


def start_it(path):
    threading.Thread(target=print, args=(path,)).start()


def start_and_wait(path):
    thread = subprocess.Popen(["a", path])
    thread.wait()


def start_and_wait_sometimes(path, really):
    thread = subprocess.Popen(["a", path])
    if really:
        thread.wait()


def start_and_wait_a_while(path):
    thread = subprocess.Popen(["a", path])
    thread.wait(5)


def start_within(path):
    with subprocess.Popen(["a", path]) as run:
        pass


def run_it(command):
    subprocess.run(command, shell=True)


def give_nothing(path):
    path.go()


def give_truth(path):
    if path is None:
        return False
    return not path.go() or (isinstance(path, str) and len(path), path in known)


def give_at_times(path):
    if path is None:
        return 0
    return path.go()


def give_text(path):
    return str(path.go())


async def give_nothing_later(path):
    path.go()


def give_each(path):
    yield path.go()


@functools.wraps
def give_wrapped(path):
    path.go()


def give_what_has_it(path):
    def inner():
        return path

    known.append(inner)


class Copier:
    def copy(self, path):
        path.go()

    def to_be_written(self, path):
        raise NotImplementedError

    def do_nothing(self, path):
        pass  # whoever inherits may do more


def run_other(command):
    subprocess.run("ls", shell=True)


def check_sum(path):
    return open(path).read()


def size_or_none(path):
    if path is None:
        return None
    found = open(path).read()
    return found


def found_out(path):
    return path == "a"


def not_so(path):
    return not path.ok


def lines_of(path):
    return open(path)


def any_of(path):
    found = open(path).read()
    found = path
    return found


def die(message):
    sys.exit(message)


def die_sometimes(message, really):
    if really:
        sys.exit(message)


def plain(path):
    return len(path)


def kept_one():
    global kept
    if kept is None:
        kept = Store()
    return kept


def known_one():
    return known[0]


def get_new():
    new = Store()
    return new


def make_error(path):
    return Wrong(f"see {path}")


def make_sure(path):
    if not path.ok:
        raise Wrong(f"see {path}")


def make_sure_by_helper(path):
    'It has the message first.'
    if path:
        message = f"see {path}"
        make_sure(message)


def make_sure_and_read(path):
    make_sure(path)
    with open(path) as f:
        return f.read()


def fail_with(path):
    raise Wrong("a", path)


async def go_on(path):
    pass
"""
METHOD = "def f(self, target, other):"
OWNER = """class C(Base):
    def keep_it(self, p):
        self.p = p

    def look(self, p):
        print(1)
"""

STARTED = cases("handed", "What goes on with it when the call is over.")
REGISTERED = cases("handed", "What is called with it when something has ended.")
KEPT = cases("handed", "What has it from then on.")
IN_CONTAINERS = cases("handed", "What is put in a container of the body, and where that goes.")
TOLD = cases("handed", "What tells people of it.")
RAISED = cases("handed", "What an exception says of it, or has.")
RETURNED = cases("handed", "What the caller gets.")
BY_HELPERS = cases("handed", "What functions of the project do with it.")
AT_THE_END = cases("handed", "What is no matter, where the last line deletes it.")
IN_METHODS = cases("handed", "What an object does with it.")
IN_METHODS_AT_THE_END = cases("handed", "The same, where the last line deletes it.")
IN_COROUTINES = cases("handed", "What a loop goes on with.")
WHERE_IT_FAILS = cases("handed", "What is held against deleting it where the body fails, and nowhere else.")
WHERE_A_METHOD_FAILS = cases("handed", "The same in a method.")
WHERE_A_CONSTRUCTOR_FAILS = cases("handed", "The same in a method that gives the object.")
REBOUND = cases("handed", "What a function within binds anew.")

NEW = together(STARTED, REGISTERED, KEPT, IN_CONTAINERS, TOLD, RAISED, RETURNED, BY_HELPERS, REBOUND)


@pytest.mark.parametrize("body", NEW)
def test_new_deletion(body: str) -> None:
    assert of_new_deletion(body, HELPERS) == NEW[body]


@pytest.mark.parametrize("body", AT_THE_END)
def test_deletion_that_held_at_the_end(body: str) -> None:
    assert of_deletion_that_held_at_the_end(body, HELPERS) == AT_THE_END[body]


@pytest.mark.parametrize("body", WHERE_IT_FAILS)
def test_deletion_where_it_fails(body: str) -> None:
    assert of_deletion_where_it_fails(body, HELPERS) == WHERE_IT_FAILS[body]


@pytest.mark.parametrize("declared", ["global folder\n", "nonlocal folder\n"])
def test_name_of_the_module_may_be_bound_by_its_other_functions(declared: str) -> None:
    """So it may by those around."""
    before = "def again():\n    global folder\n    folder = 1\n"
    said = "would run, where it didn't, and what it names may be something else by then"
    old, new = f"{declared}{MADE}again()\n", declared + guarded("again()\n")
    assert weighed(comparison(old, new, before)).endswith(said)
    assert said not in weighed(comparison(old, new, "def again():\n    global other\n    other = 1\n"))


@pytest.mark.parametrize(
    ("header", "owner"),
    [("def test_f(target, other):", ""), (METHOD, "class C(unittest.TestCase):")],
)
def test_what_an_assertion_says_in_a_test_is_for_who_looks_for_an_error(header: str, owner: str) -> None:
    assert of_new_deletion('assert other, f"see {folder}"', "import unittest", header, owner) == "the same"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("os.path.exists(folder)", "no: another value would be returned"),
        ("os.path.isdir(other)", "the same"),
        ("os.path.basename(folder)", "the same"),
    ],
)
def test_who_asks_whether_it_is_there_hears_something_else(asked: str, said: str) -> None:
    before = f"{MADE}try:\n    other.go()\nexcept ValueError:\n"
    old, new = (f"{before}{gone}    return {asked}\n" for gone in ("", f"    {GONE}"))
    told = weighed(comparison(old, new, "import os"))
    assert told.replace(MADE_FROM_IT, "the same") == said


MOVING = "def use():\n    with f(1, 2) as lent:\n        shutil.move(lent, 'a')\n        lent.go()\n"
LENIENT = "shutil.rmtree(folder, ignore_errors=True)\n"


@pytest.mark.parametrize(
    ("before", "lent", "gone", "said"),
    [
        (MOVING, "folder", GONE, "no: another exception would be raised"),
        (MOVING, "folder", LENIENT, "the same"),
        (MOVING, "1", GONE, "the same"),
        (MOVING.replace("move", "copytree"), "folder", GONE, "the same"),
        (MOVING.replace("f(1", "g(1"), "folder", GONE, "the same"),
        (MOVING.replace("move(lent", "move(other"), "folder", GONE, "the same"),
        ("for each in g:\n    os.rename(each, 1)\nf(1, 2)", "folder", GONE, "the same"),
        (
            "def use():\n    g = f(1, 2)\n    for each in g:\n        os.rename(each, 'a')\n",
            "folder",
            GONE,
            "no: another exception would be raised",
        ),
        (
            "def use(g):\n    each = next(f(1, 2))\n    os.rmdir(each)\n",
            "folder",
            GONE,
            "no: another exception would be raised",
        ),
        ("def test_use(f):\n    f.rename('a')\n", "folder", GONE, "no: another exception would be raised"),
        ("def test_use(g):\n    g.rename('a')\n", "folder", GONE, "the same"),
    ],
)
def test_what_is_lent_may_be_taken_away(before: str, lent: str, gone: str, said: str) -> None:
    """Then a deletion that bears no absence hides what has gone wrong."""
    body = f"yield {lent}\n"
    assert said_of(f"{MADE}{body}{gone}", guarded(body, gone=gone), before) == said


@pytest.mark.parametrize("body", IN_METHODS)
def test_new_deletion_in_a_method(body: str) -> None:
    assert of_new_deletion(body, HELPERS, METHOD, OWNER) == IN_METHODS[body]


@pytest.mark.parametrize("body", IN_METHODS_AT_THE_END)
def test_deletion_at_the_end_of_a_method(body: str) -> None:
    said = of_deletion_that_held_at_the_end(body, HELPERS, METHOD, "class C(Base):")
    assert said == IN_METHODS_AT_THE_END[body]


@pytest.mark.parametrize("body", WHERE_A_METHOD_FAILS)
def test_deletion_where_a_method_fails(body: str) -> None:
    assert of_deletion_where_it_fails(body, HELPERS, METHOD, "class C(Base):") == WHERE_A_METHOD_FAILS[body]


@pytest.mark.parametrize("method", ["__init__", "__enter__", "setUp"])
@pytest.mark.parametrize("body", WHERE_A_CONSTRUCTOR_FAILS)
def test_deletion_where_a_constructor_fails(body: str, method: str) -> None:
    header = f"def {method}(self, target, other):"
    said = of_deletion_where_it_fails(body, HELPERS, header, "class C(Base):")
    assert said == WHERE_A_CONSTRUCTOR_FAILS[body]


@pytest.mark.parametrize("body", IN_COROUTINES)
def test_new_deletion_in_a_coroutine(body: str) -> None:
    assert of_new_deletion(body, HELPERS, "async def f(target, other):") == IN_COROUTINES[body]


@pytest.mark.parametrize(
    ("body", "ends_well", "deleted_before"),
    [
        ("target.go()", True, False),
        ("raise ValueError", False, False),
        ("sys.exit(1)", True, True),  # the old deletion isn't come to there
        ("if other:\n    raise ValueError", True, False),
    ],
)
def test_new_deletion_may_be_where_all_goes_well(body: str, ends_well: bool, deleted_before: bool) -> None:
    """The columns: whether the new deletion is where all goes well, where nothing was deleted before and where the last
    line did so."""
    found = comparison(f"{MADE}{body}\n", guarded(f"{body}\n"))
    assert found.ends_well is ends_well
    assert comparison(f"{MADE}{body}\n{GONE}", guarded(f"{body}\n")).ends_well is deleted_before


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("target.adopt(folder)\n", "no: line 2 keeps it, and would be left with what is deleted"),
        ("target.adopt(other)\n", "the same"),
        ("target.adopt(len(folder))\n", "the same"),
        ("target.adopts(folder)\n", "the same"),
        ("keeper.adopt(folder)\n", "no: line 2 keeps it, and would be left with what is deleted"),
        ("adopt(folder)\n", "the same"),
    ],
)
def test_what_the_settings_say_takes_it_over(body: str, said: str) -> None:
    knowledge = Knowledge(takes_ownership=("*.adopt",))
    found = comparison(f"{MADE}{body}", guarded(body), "import keeper\n", knowledge=knowledge)
    assert weighed(found, 6) == said


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("target.zap(folder)\n", "the same"),
        ("target.zap(other)\n", "no: `target.zap(other)` would run, where it didn't"),
        ("target.zap()\n", "no: `target.zap()` would run, where it didn't"),
        ("other.zapped(folder)\n", "no: `other.zapped(folder)` would run, where it didn't"),
    ],
)
def test_what_the_settings_say_deletes_it(gone: str, said: str) -> None:
    new = guarded("target.go()\n", gone=gone)
    found = comparison(f"{MADE}target.go()\n{GONE}", new, knowledge=Knowledge(deleters=("*.zap",)))
    assert weighed(found) == said


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("x", "the same"),
        ("x.name", MADE_FROM_IT),
        ("None", MADE_FROM_IT),
        ("other()", MADE_FROM_IT),
    ],
)
def test_what_is_returned_where_it_is_deleted_may_be_returned_elsewhere(returned: str, said: str) -> None:
    """What the code returns once it has deleted the file doesn't need it."""
    body = f"x = other(folder)\nif target:\n    {GONE}    return {returned}\nreturn x\n"
    assert weighed(comparison(MADE + body, guarded(body.replace(f"    {GONE}", "")))) == said
