"""No name of a file and no line of a source can pass for something that the tool says, or for a command of a CI system.

A tree of names and texts that try goes through every command and format of the real program.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

from tests.hand_made import context, finding, run_of
from tmpleak_lint.logs import defused, defused_json, defused_line, leading
from tmpleak_lint.model import Event, Location, Span, Step
from tmpleak_lint.reporting import FORMATS
from tmpleak_lint.reporting.text import in_markdown, visible, visible_lines
from tmpleak_lint.simulation.text import visible as visible_in_simulation

PROJECT = Path(__file__).parents[2]
SOURCE = '''import tempfile


def f(use, table):
    path = tempfile.mkdtemp("##vso[task.setvariable variable=PATH]x")  # \x1b[2J ::stop-commands::t \u202e
    table["[click](http://evil) <img src=x onerror=alert(1)> ##[add-matcher]x"](path)
    use("""
::stop-commands::t
    ::error::forged
##vso[task.complete result=Succeeded;]
    """, path)


class A:
    def setUp(self):
        self.path = tempfile.mkdtemp()
'''
NAMES = (
    b"::stop-commands::t.py", b" ::error::forged.py", b"##vso[task.complete]y.py", b"##[add-matcher]m.py",
    b"a\n::error::forged.py", b"\x1b]0;x\x07.py", b"<img src=x onerror=alert(1)>.py", b"[click](http:evil).py",
    "\u202eyp.x.py".encode(), b"'$(touch ran)`.py", b"-rf.py", b"a%0A::error::x.py", b"\xff.py", b"a b.py",
)  # fmt: skip
COMMAND = re.compile(r"\s*::|.*##(vso)?\[")
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no such names there")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forged")
    for name in NAMES:
        Path(bytes(folder).decode(), name.decode("utf-8", "surrogateescape")).write_text(SOURCE)
    return folder


def run(tree: Path, *arguments: str) -> tuple[str, str]:
    command = [sys.executable, "-P", "-m", "tmpleak_lint", *arguments]
    done = subprocess.run(command, cwd=tree, capture_output=True, timeout=300, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def assert_harmless(text: str, *, ours: str = "") -> None:
    for line in text.split("\n"):
        if not (ours and line.startswith(ours)):
            assert not COMMAND.match(line), line
        assert not {unicodedata.category(sign) for sign in line} & HIDDEN, ascii(line)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_format_carries_a_command_or_a_hidden_character(tree: Path, name: str) -> None:
    out, err = run(tree, "--isolated", "--no-cache", "--select", "TML", "--output-format", name, ".")
    assert "TML101" in out
    assert_harmless(out + err, ours="::error " if name == "github" else "")
    if name == "github":
        assert len(out.splitlines()) == len(
            re.findall(r"^::error title=tmpleak-lint \(TML", out, re.MULTILINE)
        )
    if name == "junit":
        assert len(ElementTree.fromstring(out).findall("testsuite")) == len(NAMES)


def test_documents_hold_one_report_for_each_file(tree: Path) -> None:
    found = json.loads(run(tree, "--isolated", "--no-cache", "--output-format", "json", ".")[0])
    assert len({one["filename"] for one in found}) == len(NAMES)
    log = json.loads(run(tree, "--isolated", "--no-cache", "--output-format", "sarif", ".")[0])
    results = log["runs"][0]["results"]
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert len(uris) == len(NAMES) and all(re.fullmatch(r"[\w./%~-]+", uri) for uri in uris)


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_no_text_of_other_commands_either(tree: Path, number: int) -> None:
    name = f"./{NAMES[number].decode('utf-8', 'surrogateescape')}"
    for arguments in (("explain", f"{name}:5", "--isolated"), ("simulate", f"{name}:5", "--isolated")):
        out, err = run(tree, *arguments)
        assert_harmless(out + err)


def test_nor_what_is_said_of_fixes(tree: Path) -> None:
    out, err = run(tree, "--isolated", "--diff", "--unsafe-fixes", "--show-fixes", "--no-cache", ".")
    assert_harmless(err)
    assert out.count("--- ") == out.count("\n+++ ") == len(NAMES), (
        "the difference itself is for `git apply`: as it is"
    )


@pytest.mark.parametrize("show", [visible, visible_in_simulation])
@pytest.mark.parametrize("text", ["##[error]x", "a ##vso[task.complete]", "###[x", "##\x1b[x"])
def test_commands_are_defused_wherever_they_stand(show, text):
    assert not COMMAND.match(show(text))
    assert show(show(text)) == show(text)
    assert json.loads(defused_json(json.dumps(text))) == text
    assert not COMMAND.match(defused_json(json.dumps(text)))


def test_beginnings_of_lines_are_defused():
    assert visible_lines(" ::error::x\n\t::y\na::b\n") == " <U+003A>:error::x\n\t<U+003A>:y\na::b\n"
    assert defused_line("x = '::'") == "x = '::'"
    assert [leading(name) for name in ("::x", " ::x", "##[x", "x::")] == ["./::x", "./ ::x", "./##[x", "x::"]
    assert defused("# ## [x]") == "# ## [x]"


LINK = "`handlers[kind](path)` can raise"


def test_sarif_messages_hold_no_link():
    span = Span(Location(1, 1), Location(1, 2))
    found = finding(span, [Step("a.py", span, Event.RISKY, LINK)], message=LINK)
    log = json.loads(FORMATS["sarif"](run_of(found), context()))
    (result,) = log["runs"][0]["results"]
    assert result["message"]["text"] == r"`handlers\[kind\](path)` can raise"
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert flow[0]["location"]["message"]["text"] == r"`handlers\[kind\](path)` can raise"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kept in `self.path`, and <b>", r"kept in `self.path`, and \<b\>"),
        ("a ` alone ![x](http://y) &amp;", r"a \` alone !\[x\](http://y) \&amp;"),
        ("`a[b](c)` and [d](e)", r"`a[b](c)` and \[d\](e)"),
        ("a\n# b", r"a \# b"),
    ],
)
def test_markdown_says_what_the_text_says(text, shown):
    assert in_markdown(text) == shown


def test_gitlab_takes_no_markdown_out_of_a_name():
    span = Span(Location(1, 1), Location(1, 2))
    step = Step("/project/`![x](http:evil)`<img>.py", span, Event.CREATED, "`f[x](y)` creates it")
    (issue,) = json.loads(FORMATS["gitlab"](run_of(finding(span, [step], filename=step.filename)), context()))
    assert issue["content"]["body"] == "1. '!\\[x\\](http:evil)'\\<img\\>.py:1:1: `f[x](y)` creates it\n"


def test_page_names_its_scripts_and_style_and_nothing_else_runs(tree: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run(tree, "simulate", "./<img src=x onerror=alert(1)>.py:5", "--isolated", "--html", str(page))
    text = page.read_bytes().decode("utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert "unsafe" not in policy and policy.startswith("default-src 'none'; ")
    inside = re.findall(r"<script>(.*?)</script>|<style>(.*?)</style>", text, re.DOTALL)
    assert len(inside) == 8
    for script, style in inside:
        digest = hashlib.sha256((script or style).encode()).digest()
        assert (
            f"'sha256-{base64.b64encode(digest).decode()}'"
            in policy.split("script-src" if script else "style-src")[1]
        )
    assert not re.search(
        r"<[^>]*\s(on\w+|style)=|<img", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    )
    assert "<img" not in text.split('<script id="data"')[1].split("</script>")[0]


@pytest.mark.parametrize(
    "file", ["action.yml", *(f".github/workflows/{name}.yml" for name in ("ci", "release"))]
)
def test_no_shell_line_of_a_workflow_has_an_expression_in_it(file: str) -> None:
    """What `${{ }}` stands for is put into the script before the shell reads it: values go through the environment."""
    document = yaml.safe_load((PROJECT / file).read_text(encoding="utf-8"))
    jobs = [document["runs"]] if "runs" in document else list(document["jobs"].values())
    scripts = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    assert scripts
    allowed = re.compile(r"\$\{\{ matrix\.\w+ \}\}")  # written in the workflow itself
    assert not [script for script in scripts if "${{" in allowed.sub("", script)]
