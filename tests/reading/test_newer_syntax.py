"""What this Python's `ast` refuses and libcst reads is analysed all the same, from a skeleton that is the same."""

from __future__ import annotations

import dataclasses
import sysconfig
from pathlib import Path

import pytest

from tmpleak_lint.reading.decoding import decode
from tmpleak_lint.reading.newer_syntax import outline_with_libcst
from tmpleak_lint.reading.regions import SourceModule
from tmpleak_lint.reading.skeleton import Skeleton, outline
from tmpleak_lint.session import Session

NAMES = """
    _bootsubprocess abc argparse bisect calendar cmd code codeop colorsys contextlib copy copyreg csv dis enum
    filecmp fnmatch functools getpass gettext glob gzip heapq imghdr inspect keyword linecache mimetypes netrc
    nturl2path opcode operator os pathlib platform pprint queue quopri random sched shelve shutil socket
    sre_constants string struct subprocess tempfile textwrap threading timeit token trace tty types uuid
    warnings weakref zipapp
"""
LIBRARY = Path(sysconfig.get_path("stdlib"))
FILES = [path for path in (LIBRARY / f"{name}.py" for name in NAMES.split()) if path.is_file()]


def test_there_are_files_to_compare() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_skeletons_by_ast_and_by_libcst_are_equal(path: Path) -> None:
    text = decode(path.read_bytes())
    by_libcst = outline_with_libcst(text)
    assert by_libcst is not None
    assert_same(by_libcst, outline(text))


SAME = {
    "methods": """
class A(Base, other.Mixin, Generic[T], make(1), metaclass=M):
    close: int = 1
    name = 'x'
    def f(self): pass
    stop = f
    @property
    def g(self): pass
    @g.setter
    def g(self, value): pass
    class B:
        def h(self): pass
""",
    "imports": """
import a, b.c, d.e as f
from . import g
from ..h import i as j, k
from l.m import *
try:
    import n
except ImportError:
    n = None
if x:
    import o
elif y:
    import p
else:
    import q
while x:
    import r
else:
    import s
with t:
    import u
match v:
    case 1:
        import w
""",
    "bindings": """
A = 1
B = C = "x"
D, (E, [F]) = 1, (2, [3])
G: int = 2
H: int
A = 2
A += 1
I = J.k
L = A
""",
    "defs": """
@a.b(c)
@d
async def f(): pass
if x:
    def g(): pass
else:
    def g():
        def inner(): pass
for i in y:
    def h(): pass
""",
}


@pytest.mark.parametrize("name", SAME)
def test_skeletons_of_small_sources_are_equal(name: str) -> None:
    by_libcst = outline_with_libcst(SAME[name])
    assert by_libcst is not None
    assert_same(by_libcst, outline(SAME[name]))


NEWER = {
    "type statement": "type Path[T] = list[T]\n",
    "type parameters": "def head[T](xs: list[T]) -> T:\n    return xs[0]\nclass Box[T]: pass\n",
    "default of a type parameter": "class Box[T = int]: pass\n",
    "quotes inside an f-string": "x = f'{d['key']}'\n",
    "backslash inside an f-string": "x = f'{chr(10) + \"\\n\"}'\n",
    "except without parentheses": "try:\n    pass\nexcept A, B:\n    pass\n",
    "template string": "x = t'{y}'\n",
}
BODY = """\
import os, tempfile
def leaking(work):
    path = tempfile.mkdtemp()
    work(path)
    os.rmdir(path)
class Keeper:
    def start(self):
        self.path = tempfile.mkdtemp()
"""
EXPECTED = [(3, "TML103"), (8, "TML108")]


@pytest.mark.parametrize("name", NEWER)
def test_file_in_newer_syntax_is_analysed(name: str) -> None:
    assert outline_with_libcst(BODY + NEWER[name]) is not None
    found = Session().analyse((BODY + NEWER[name]).encode(), "x.py", on_disk=False).findings
    assert [(f.span.start.row, f.code) for f in found] == EXPECTED


def test_newer_syntax_inside_the_function_itself() -> None:
    source = """\
import os, tempfile
def leaking[T](work: T) -> T:
    path = tempfile.mkdtemp()
    try:
        work(f"{path + "/x"}")
    except KeyError, ValueError:
        os.rmdir(path)
        raise
    os.rmdir(path)
"""
    (finding,) = Session().analyse(source.encode(), "x.py", on_disk=False).findings
    assert (finding.span.start.row, finding.code) == (3, "TML202")


def test_newer_syntax_with_form_feeds() -> None:
    source = "type X = int\n\fimport tempfile\n\f\n\fdef f(a):\n    a(tempfile.mkdtemp())\n"
    (finding,) = Session().analyse(source.encode(), "x.py", on_disk=False).findings
    assert (finding.span.start.row, finding.code) == (5, "TML101")


def test_what_neither_parser_reads_has_no_skeleton() -> None:
    assert outline_with_libcst("x = = 1\n") is None


def test_file_that_ast_reads_is_not_parsed_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str) -> Skeleton | None:
        raise AssertionError("the whole file went through libcst")

    monkeypatch.setattr("tmpleak_lint.reading.newer_syntax.outline_with_libcst", refuse)
    module = SourceModule(BODY.encode(), "x.py")
    assert module.function("leaking") is not None


def assert_same(by_libcst: Skeleton, by_ast: Skeleton) -> None:
    """All but the values of constants is equal; libcst's side reads a few more of those (negative numbers)."""
    ours, theirs = dataclasses.asdict(by_libcst), dataclasses.asdict(by_ast)
    assert ours["constants"].items() >= theirs["constants"].items()
    for plain in (ours, theirs):
        del plain["constants"]
        for shape in plain["classes"].values():
            shape["attributes"] = sorted(shape["attributes"])
    assert ours == theirs
