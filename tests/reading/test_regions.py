"""A body that is parsed alone is the same body, in the same place, as in its whole file."""

from __future__ import annotations

import tempfile as stdlib_module
from pathlib import Path

import pytest

from tests.reading.whole import calls_of, calls_outside_defs, describe, function_of_whole_file
from tmpleak_lint.model import Finding
from tmpleak_lint.reading.regions import SourceModule, Unreadable
from tmpleak_lint.session import Session

FILES = {
    "functions": '''\
"""A module."""
import tempfile

def first(a, *, b=2):
    path = tempfile.mkdtemp()
    return path


async def second(a):
    async with a as b:
        await b(a)
    # a comment at the end of the body

  # a comment that stands left of the body
    return [c async for c in a]
def third(): pass
def fourth(a): return a(1); print(a)
''',
    "methods": '''\
class Outer(Base):
    """Text."""
    x = make(1)

    def method(self, a):
        def inner(b):
            return b(a)
        return inner(a)

    class Inner:
        y = make(2)
        @property
        def size(self):
            return len(self.parts())
        z = make(3)

        @size.setter
        def size(self, value):
            self.parts(value)

    def last(self): return self.method(lambda: 1)
    w = make(4)
''',
    "decorated": """\
@one
@two(
    3,
    name="x",
)
def decorated(
    a=1,
    b=2,
):
    return a(b)

class Kept:
    @staticmethod
    # a comment between
    @other.one(1)

    def method(a):
        return a()
""",
    "conditional": """\
import sys
if sys.platform == "win32":
    def f(a):
        return a(1)
elif sys.version_info > (3, 12):
    def f(a):
        return a(2)
else:
    def f(a):
        return a(3)
try:
    import fast
except ImportError:
    def g(a):
        with a() as b:
            return b()
else:
  class Odd:
     def h(self):
        return self.g()
finally:
    done()
match sys.platform:
    case "linux":
        def k(a):
            return a()
""",
    "overloads": """\
from typing import overload

@overload
def f(a: int) -> int: ...
@overload
def f(a: str) -> str: ...
def f(a):
    return g(a)
""",
    "strings over lines": """\
def f(a):
    text = '''
first column
    and not \\
  ''' + a(1)
    return a('''
x''')
def g(a):
    return a(\"\"\"end of the file\"\"\")
class C:
    '''
def not_a_def():
    pass
'''
    def h(self): return self('''
''')
""",
    "tabs": """\
class C:
\tdef f(self):
\t\tif self:
\t\t\treturn self.g()

\tx = make()
\tdef g(self):
\t    return h()
""",
    "wide characters": """\
def f(a):
    naïve, 名 = a('é'), '🎉'; a(naïve, 名)
    return a('ü')  # ß
x = make('🎉'); y = make()
""",
    "class in a function": """\
def outer(a):
    class Inner(a):
        x = a()
        def method(self):
            return self.x()
    @a
    class Other: pass
    return Inner()
""",
    "continued lines": """\
def f(a,
      b): return a(
  b
)
class C(
    Base,
): x = make(); y = make()
class D:
    def f(self): return \\
        self.g()
    z = [make(i)
for i in range(3)]
""",
    "no newline at the end": "def f(a):\n    return a()",
}
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", FILES)
def test_function_alone_is_the_function_of_the_whole_file(name: str, end: str) -> None:
    data = FILES[name].replace("\n", ENDS[end]).encode()
    module = SourceModule(data, "x.py")
    assert module.skeleton.defs
    for qualname, known in module.skeleton.defs.items():
        alone = module.function(qualname)
        assert alone is not None
        assert describe(alone) == describe(function_of_whole_file(data, known)), qualname


@pytest.mark.parametrize("inserted", ["", "import os\n\n"])
@pytest.mark.parametrize("name", FILES)
def test_def_that_moved_is_what_it_would_be_parsed_there(name: str, inserted: str) -> None:
    old, new = FILES[name].encode(), (inserted + FILES[name]).encode()
    before = SourceModule(old, "x.py")
    alone, moved = SourceModule(new, "x.py"), SourceModule(new, "x.py", before=before)
    for qualname in alone.skeleton.defs:
        expected, found = alone.function(qualname), moved.function(qualname)
        assert expected is not None
        assert found is not None
        assert describe(found) == describe(expected), qualname
        assert found is not before.function(qualname)


def test_def_that_changed_is_parsed_anew() -> None:
    before = SourceModule(b"def f():\n    return 1\n\n\ndef g():\n    return 1\n", "x.py")
    data = b"def f():\n    return 2\n\n\ndef g(): pass\n"
    after = SourceModule(data, "x.py", before=before)
    for qualname in ("f", "g"):
        code = after.function(qualname)
        assert code is not None
        expected = SourceModule(data, "x.py").function(qualname)
        assert expected is not None
        assert describe(code) == describe(expected)


@pytest.mark.parametrize("name", FILES)
def test_calls_of_module_and_class_bodies_stand_where_ast_sees_them(name: str) -> None:
    data = FILES[name].encode()
    module = SourceModule(data, "x.py")
    assert calls_of(module.module_body) == calls_outside_defs(data, None)
    for qualname, shape in module.skeleton.classes.items():
        body = module.class_body(qualname)
        assert body is not None
        assert calls_of(body) == calls_outside_defs(data, shape.name), qualname


def test_regions_of_a_real_module_equal_the_whole_file() -> None:
    data = Path(stdlib_module.__file__).read_bytes()
    module = SourceModule(data, "tempfile.py")
    assert len(module.skeleton.defs) > 50
    for qualname in (
        "mkstemp",
        "NamedTemporaryFile",
        "TemporaryDirectory._rmtree",
        "SpooledTemporaryFile.__exit__",
    ):
        alone = module.function(qualname)
        assert alone is not None
        known = module.skeleton.defs[qualname]
        assert describe(alone) == describe(function_of_whole_file(data, known)), qualname


def test_definitions_of_one_name_are_all_kept_and_the_last_one_rules() -> None:
    skeleton = SourceModule(FILES["overloads"].encode(), "x.py").skeleton
    assert sorted(skeleton.defs) == ["f", "f@3", "f@5"]
    assert skeleton.defs["f"].first_row == 7
    properties = SourceModule(FILES["methods"].encode(), "x.py").skeleton
    assert [d.first_row for d in properties.ordered_defs() if d.name == "size"] == [12, 17]


def test_names_that_are_not_there_give_no_body() -> None:
    module = SourceModule(b"x = 1\n", "x.py")
    assert module.function("f") is None
    assert module.class_body("C") is None


LEAK = "import tempfile\n{before}def f(a):\n{inside}    a(tempfile.mkdtemp())\n"
MARK = b"\xef\xbb\xbf"
ENCODED = {
    "utf-8": ("# ü🎉\n", "", b"", "utf-8"),
    "byte order mark": ("", "", MARK, "utf-8"),
    "byte order mark and comment": ("", "", MARK + b"# coding: utf-8\n", "utf-8"),
    "latin-1": ("s = 'ü'\n", "", b"# -*- coding: latin-1 -*-\n", "latin-1"),
    "cp1251 on the second line": (
        "s = 'ж'\n",
        "",
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1251 :\n",
        "cp1251",
    ),
    "form feed between": ("\f\n", "", b"", "utf-8"),
    "form feed before def": ("\f", "", b"", "utf-8"),
    "form feed in the body": ("", "\f    pass\n  \f    pass\n", b"", "utf-8"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_finding_stands_on_its_row_and_column_in_code_points(name: str) -> None:
    before, inside, head, encoding = ENCODED[name]
    text = LEAK.format(before=before, inside=inside)
    (finding,) = leaks(head + text.encode(encoding))
    row = (head.decode("utf-8-sig") + text)[: -len("    a(tempfile.mkdtemp())\n")].count("\n") + 1
    assert (finding.code, finding.span.start.row, finding.span.start.column) == ("TML101", row, 7)


def test_form_feed_in_front_of_a_method_does_not_hide_it() -> None:
    source = "import tempfile\n\fclass C:\n\f    def f(self):\n        self(tempfile.mkdtemp())\n"
    assert told(leaks(source.encode())) == [(4, "TML101")]


# -- what can't be parsed ----------------------------------------------------------------------------

CREATES = "import tempfile\ndef f(a):\n    a(tempfile.mkdtemp())\n"
UNREADABLE = {
    "null byte": (CREATES.encode() + b"x = '\0'\n", 4, "line 4 holds a null character"),
    "not utf-8": (CREATES.encode() + b"x = '\xfc'\n", 4, "line 4 is not valid utf-8"),
    "unknown encoding": (b"# coding: klingon\n" + CREATES.encode(), 1, "unknown encoding 'klingon'"),
    "syntax error": ((CREATES + "x = = 1\n").encode(), 4, "invalid syntax"),
    "indentation": ((CREATES + "   x = 1\n").encode(), 4, "invalid syntax"),
    "python 2": ((CREATES + "print 'x'\n").encode(), 4, "invalid syntax"),
    "string without end": ((CREATES + "x = '''\n").encode(), 4, "unterminated triple-quoted string"),
    "brackets 250 deep": ((CREATES + "x = " + "(" * 250 + ")" * 250).encode(), 4, "200 nested brackets"),
    "brackets hidden from a count": (
        (CREATES + "type X = int\n# " + ")" * 2000 + "\nx = " + "(" * 1500 + ")" * 1500).encode(), 6, "too deeply",
    ),
    "brackets in an f-string": ((CREATES + "x = f'{" + "(" * 250 + "1" + ")" * 250 + "}'").encode(), 4, "200 nested"),
}  # fmt: skip


def test_signs_within_each_other_are_parsed_or_told() -> None:
    """How many a Python takes hangs on its version: 3.13 takes these."""
    (finding,) = leaks((CREATES + "x = " + "-" * 5000 + "1").encode())
    assert finding.code == "TML101" or (finding.code, finding.span.start.row) == ("TML900", 1)
    assert finding.code == "TML101" or "too deeply" in finding.message


@pytest.mark.parametrize("name", UNREADABLE)
def test_file_that_cannot_be_parsed_is_told_with_row_and_reason(name: str) -> None:
    data, row, reason = UNREADABLE[name]
    (finding,) = leaks(data)
    assert (finding.code, finding.span.start.row) == ("TML900", row)
    assert reason in finding.message


BODIES = {
    "operators": "    x = " + "a + " * 1100 + "a\n",
    "operators, ands": "    x = " + "a and " * 1100 + "a\n",
    "operators between calls": "    x = " + "a(b) + " * 1100 + "a\n",
    "choices between calls": "    x = " + "a(b) if c[d] else " * 1100 + "a\n",
    "negations": "    x = " + "not " * 1100 + "a\n",
    "signs": "    x = " + "-" * 1100 + "a\n",
    "powers": "    x = a" + " ** a" * 1100 + "\n",
    "functions in functions": "    x = " + "lambda a, b={}: " * 1100 + "a\n",
    "operators over many rows": "    x = (" + "a(b)\n+ " * 1100 + "a)\n",
    "operators over rows that go on": "    x = " + "a(b) \\\n+ " * 1100 + "a\n",
    "strings side by side, in which something stands": "    x = (" + "f'{a}'\n" * 5000 + ")\n",
    "alternatives of an if": "    if a: pass\n" + "    elif a: pass\n" * 5000,
    "fields of a text": "    x = f'" + "{a}" * 20_000 + "'\n",
    "fields far down in a text": "    x = f'" + "b " * 300_000 + "{a}" * 4_000 + "'\n",
    "alternatives": "    match a:\n        case " + "1 | " * 1100 + "1: pass\n",
}


@pytest.mark.parametrize("name", BODIES)
def test_body_beyond_the_bounds_is_told_and_the_others_are_analysed(name: str) -> None:
    source = CREATES + "def g(a):\n    a(tempfile.mkdtemp())\n" + BODIES[name]
    found = leaks(source.encode())
    assert {f.code for f in found if f.span.start.row >= 4} == {"TML900"}
    assert told(found)[0] == (3, "TML101")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("alternatives of an if", "more than 3,000 elif in a row"),
        ("strings side by side, in which something stands", "refused by libcst (expected"),
        ("fields of a text", "more than 50,000 tokens in one body"),
        ("fields far down in a text", "more than 2,000,000,000 fields times characters in one f-string"),
    ],
)
def test_what_python_takes_is_not_called_invalid(name: str, reason: str) -> None:
    (finding,) = leaks((CREATES + "def g(a):\n    a(tempfile.mkdtemp())\n" + BODIES[name]).encode())[1:]
    assert reason in finding.message
    assert "invalid" not in finding.message


def test_file_of_too_many_tokens_is_judged_body_by_body() -> None:
    large = "def large(a):\n    a(tempfile.mkdtemp())\n" + "    a(1, b)\n" * 70_000
    found = leaks((CREATES + large + "def g(a):\n    a(tempfile.mkdtemp())\n").encode())
    assert [(finding.code, finding.function) for finding in found] == [
        ("TML101", "f"),
        ("TML900", ""),
        ("TML101", "g"),
    ]
    assert "more than 50,000 tokens in one body" in found[1].message


def test_file_of_too_many_tokens_outside_of_bodies_says_so() -> None:
    (finding,) = leaks((CREATES + "x = [1, x]\n" * 70_000).encode())
    assert (finding.code, finding.span.start.row) == ("TML900", 1)
    assert "more than 400,000 tokens in one file" in finding.message


WITHIN = {
    "strings side by side": "    x = (" + "'a'\n" * 5000 + ")\n",
    "operators": "    x = " + "a + " * 990 + "a\n",
    "brackets": "    x = " + "[" * 190 + "]" * 190 + "\n",
    "brackets in a string": "    x = '" + "()" * 500 + "'\n",
    "a long list": "    x = [" + "1, " * 5000 + "]\n",
    "a long chain of elifs": "    if a: pass\n" + "    elif a: pass\n" * 500,
    "elifs up to the bound": "    if a: pass\n" + "    elif a: pass\n" * 2_990,
    "choices in each other": "    x = a" + " if a else a" * 990 + "\n",
    "calls of what was called": "    x = a" + "()" * 990 + "\n",
    "attributes of attributes": "    x = a" + ".b" * 990 + "\n",
    "negations": "    x = " + "not " * 990 + "a\n",
    "powers": "    x = a" + " ** a" * 990 + "\n",
    "functions in functions": "    x = " + "lambda: " * 990 + "a\n",
    "functions side by side": "    x = [" + "lambda a, b: -a, " * 1100 + "]\n",
    "sums side by side": "    use(" + "a + b, " * 1100 + "a)\n",
    "sums in rows": "    use(a + b - c(d))\n" * 1100,
    "brackets and dashes in texts": "    x = '" + "(-a " * 1100 + "'  # " + "[+b " * 1100 + "\n",
    "texts with holes side by side": "    x = (" + "f'{a}'\n" * 990 + ")\n",
}


@pytest.mark.parametrize("name", WITHIN)
def test_long_and_deep_bodies_within_the_bounds_are_analysed(name: str) -> None:
    assert told(leaks((CREATES + WITHIN[name]).encode())) == [(3, "TML101")]


@pytest.mark.parametrize(
    ("link", "per_link"),
    [(".a", 1), ("[0]", 1), ("(p)", 1), (".m(p)", 2), ("\n    .m('.')", 2), (".a[0](p)", 3)],
)
def test_attributes_calls_and_items_in_a_row_have_a_bound(link: str, per_link: int) -> None:
    def body(count: int) -> bytes:
        chain = link * count
        return f"{CREATES}def g(p, q):\n    x = (q{chain})\n\n\ndef h():\n    use(mkdtemp())\n".encode()

    beyond = "more than 1,000 attributes, calls and items of each other"
    within = SourceModule(body(150 // per_link), "x.py")
    assert within.function("g") is not None
    too_far = SourceModule(body(1000 // per_link + 1), "x.py")
    with pytest.raises(Unreadable, match=beyond):
        too_far.function("g")
    assert too_far.function("h") is not None


def test_what_only_stands_in_a_row_is_no_chain() -> None:
    rows = (
        "    a.b.c(d)[e].f()\n" * 400
        + "    use("
        + "a.b, " * 1200
        + "a.b)\n"
        + "    x = ["
        + "(a, b), " * 1200
        + "]\n"
    )
    module = SourceModule((CREATES + "def g(a, b):\n" + rows).encode(), "x.py")
    assert module.function("g") is not None


def test_refusal_of_a_body_is_remembered() -> None:
    module = SourceModule(("def f(a):\n" + BODIES["operators"]).encode(), "x.py")
    with pytest.raises(Unreadable) as first:
        module.function("f")
    with pytest.raises(Unreadable) as second:
        module.function("f")
    assert first.value is second.value
    assert (first.value.row, first.value.reason) == (2, "more than 1000 operators in a row")


def leaks(data: bytes) -> list[Finding]:
    return Session().analyse(data, "x.py", on_disk=False).findings


def told(found: list[Finding]) -> list[tuple[int, str]]:
    return [(finding.span.start.row, finding.code) for finding in found]
