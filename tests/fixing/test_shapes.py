"""Programs of shapes that the oracle doesn't draw: fixed, they leave nothing behind, and ends are as they were.

Each is one leaking program with a `handle`, or a class of unittest.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.oracle.snippets import describe, explore
from tmpleak_lint.fixes import fix_bytes
from tmpleak_lint.fixing.repair import Repaired
from tmpleak_lint.model import Applicability
from tmpleak_lint.settings import Settings

HEAD = "import contextlib\nimport os\nimport shutil\nimport tempfile\nfrom pathlib import Path\n\n\n"
SHAPES = {
    "method": """
class Job:
    def run(self):
        self.path = tempfile.mkdtemp()
        work(self.path)
        shutil.rmtree(self.path)


def handle():
    Job().run()
""",
    "coroutine": """
async def fetch(url):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    await load(url, path)
    os.unlink(path)


async def handle():
    await fetch("a")
""",
    "with in with": """
def handle():
    with open(os.devnull) as one, open(os.devnull) as two:
        with contextlib.suppress(KeyError):
            work = tempfile.mkdtemp()
            merge(one, two, work)
            shutil.rmtree(work)
""",
    "for and else": """
def handle():
    for item in ("a", "b"):
        fd, path = tempfile.mkstemp()
        os.close(fd)
        if wanted(item, path):
            os.remove(path)
            break
        os.remove(path)
    else:
        finish()
""",
    "while with continue": """
def handle():
    left = 2
    while left:
        left -= 1
        work = tempfile.mkdtemp()
        if skip(left):
            shutil.rmtree(work)
            continue
        use(work)
        shutil.rmtree(work)
""",
    "generator manager": """
@contextlib.contextmanager
def scratch():
    path = tempfile.mkdtemp()
    prepare(path)
    yield path
    shutil.rmtree(path)


def handle():
    with scratch() as path:
        use(path)
""",
    "handle used by name": """
def handle():
    f = tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False)
    f.write("text")
    f.close()
    convert(f.name)
    os.unlink(f.name)
""",
    "fdopen": """
def handle():
    fd, path = tempfile.mkstemp()
    with os.fdopen(fd, "w") as out:
        out.write("text")
    convert(path)
    os.remove(path)
""",
    "fdopen without with": """
def handle():
    fd, path = tempfile.mkstemp()
    out = os.fdopen(fd, "w")
    out.write("text")
    out.close()
    Path(path).unlink()
""",
    "early returns": """
def convert(source):
    work = tempfile.mkdtemp()
    if not unpack(source, work):
        shutil.rmtree(work)
        return None
    for name in os.listdir(work):
        if odd(name):
            shutil.rmtree(work)
            return name
    found = look(work)
    shutil.rmtree(work)
    return found


def handle():
    convert("a")
""",
    "several files": """
def handle():
    fd, one = tempfile.mkstemp()
    os.close(fd)
    fd, two = tempfile.mkstemp()
    os.close(fd)
    work = tempfile.mkdtemp()
    merge(one, two, work)
    os.remove(one)
    os.remove(two)
    shutil.rmtree(work)
""",
    "loop over several": """
def handle():
    fd, one = tempfile.mkstemp()
    os.close(fd)
    fd, two = tempfile.mkstemp()
    os.close(fd)
    merge(one, two)
    for path in [one, two]:
        try:
            os.remove(path)
        except OSError:
            pass
""",
    "conditional expression": """
def convert(scratch):
    work = tempfile.mkdtemp() if scratch else None
    use(work)
    if work is not None:
        shutil.rmtree(work)


def handle():
    convert(True)
    convert(False)
""",
    "match": """
def handle():
    work = tempfile.mkdtemp()
    match kind(work):
        case "a":
            use(work)
        case _:
            shutil.rmtree(work)
            return 1
    shutil.rmtree(work)
    return 2
""",
    "lambda": """
def handle():
    work = tempfile.mkdtemp()
    call = lambda path=work: use(path)
    call()
    shutil.rmtree(work)
""",
    "decorated and nested": """
def passed(function):
    return function


def handle():
    @passed
    def inner():
        fd, path = tempfile.mkstemp()
        os.close(fd)
        use(path)
        os.remove(path)

    inner()
""",
    "strings of several rows": '''
def handle():
    work = tempfile.mkdtemp()
    text = """first
  second
"""
    use(work, text, f"""{text}
 third""")
    shutil.rmtree(work)
''',
    "unittest": """
import unittest


class Tests(unittest.TestCase):
    def test_one(self):
        work = tempfile.mkdtemp()
        use(work)
        shutil.rmtree(work)

    def test_two(self):
        fd, path = tempfile.mkstemp()
        os.close(fd)
        use(path)
        self.assertTrue(path)
        os.remove(path)
""",
    "moved into place": """
def write(target, text):
    f = tempfile.NamedTemporaryFile("w", delete=False)
    f.write(text)
    f.flush()
    f.close()
    check(f.name)
    os.replace(f.name, target)


def handle():
    write(tempfile.gettempdir() + "/../outside/target", "text")
""",
    "name only": """
def handle():
    path = tempfile.mktemp()
    with open(path, "w") as out:
        out.write("text")
    convert(path)
    os.remove(path)
""",
    "deleted path by path": """
def handle():
    work = Path(tempfile.mkdtemp())
    (work / "a").write_text("text")
    use(work)
    shutil.rmtree(work)
""",
}


def repaired(data: bytes) -> Repaired:
    return fix_bytes(
        data, "example.py", Settings(base=str(Path.cwd()), min_confidence="low"), unsafe=True, on_disk=False
    )


@pytest.mark.parametrize("name", SHAPES)
def test_fixed_program_leaves_nothing_under_any_fault(name: str, tmp_path: Path) -> None:
    source = HEAD + SHAPES[name].lstrip("\n")
    before = explore(source, tmp_path)
    assert not any(run.crash for run in before), describe(before)
    assert any(not run.clean for run in before), "the example doesn't leak"
    made = repaired(source.encode())
    after = explore(made.data.decode(), tmp_path)
    assert not any(run.crash or not run.clean for run in after), made.data.decode() + describe(after)
    assert [one.finding.code for one in made.found if one.finding.code != "TML501"] == []


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    "disguise", ["crlf", "tabs", "mark", "form feeds", "no last newline", "comments", "latin-1"]
)
def test_layout_survives(name: str, disguise: str) -> None:
    plain = repaired((HEAD + SHAPES[name].lstrip("\n")).encode()).data
    source, wanted = (
        _disguised(text, disguise) for text in (HEAD + SHAPES[name].lstrip("\n"), plain.decode())
    )
    made = repaired(source)
    ast.parse(made.data)
    if disguise != "comments":  # their places among the new rows are not ours to say
        assert made.data == wanted
    else:
        assert sorted(_comments(made.data)) == sorted(_comments(source))
    assert repaired(made.data).data == made.data


def _disguised(text: str, disguise: str) -> bytes:
    match disguise:
        case "crlf":
            return text.replace("\n", "\r\n").encode()
        case "tabs":
            lines = text.split("\n")
            return "\n".join(_tabbed(line) for line in lines).encode()
        case "mark":
            return b"\xef\xbb\xbf" + text.encode()
        case "form feeds":
            return text.replace("\n\n\ndef ", "\n\f\ndef ").replace("\n\n\nclass ", "\n\f\nclass ").encode()
        case "no last newline":
            return text.removesuffix("\n").encode()
        case "latin-1":
            return ("# coding: latin-1\n# é\n" + text).encode("latin-1")
    rows = text.split("\n")
    return "\n".join(
        f"{row}  # note {at}" if row.strip() and '"""' not in text else row for at, row in enumerate(rows)
    ).encode()


def _tabbed(line: str) -> str:
    blanks = len(line) - len(line.lstrip(" "))
    return "\t" * (blanks // 4) + line[blanks:] if blanks % 4 == 0 else line


def _comments(data: bytes) -> list[bytes]:
    deleting = (b"os.remove", b"os.unlink", b"rmtree", b".close()", b"Path(path).unlink")
    rows = [
        row for row in data.splitlines() if b"# note" in row and not any(word in row for word in deleting)
    ]
    return [row.rpartition(b"# note")[2] for row in rows]


def _long(middle: str, end: str) -> bytes:
    """A function that makes a file, does so much, and uses the file in the end."""
    head = f"{HEAD}def handle():\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    rows = []\n"
    return (head + "".join(f"    {middle.format(number)}\n" for number in range(50)) + end).encode()


def test_try_begins_at_the_first_thing_that_can_fail_where_it_would_be_too_long() -> None:
    made = repaired(_long("rows.append({})", "    work(rows, path)\n    os.remove(path)\n"))
    assert made.data.decode().endswith(
        "    rows.append(49)\n    try:\n        work(rows, path)\n    finally:\n        os.remove(path)\n"
    )
    assert [fix.applicability for _, fix in made.fixed] == [Applicability.SAFE]


@pytest.mark.parametrize(
    ("middle", "is_shown"),
    [("step({})", True), ("step(\n        {0},\n        {0},\n    )", True), ("rows.append({})", False)],
)
def test_what_is_too_much_to_be_pushed_in_is_only_shown(middle: str, is_shown: bool) -> None:
    made = repaired(_long(middle, "    work(rows, path)\n    os.remove(path)\n"))
    assert bool(made.fixed) is not is_shown
    assert all("would indent" in why for why in made.refused.values()) and bool(made.refused) is is_shown
