"""The site builds without a warning, and what its pages show is what the programs print."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path
from xml.etree import ElementTree

import pytest

import tmpleak_lint
from docs import terminal_pictures
from tests.consoles import played, rewritten
from tmpleak_lint import __version__
from tmpleak_lint.cli.parser import check_parser
from tmpleak_lint.rules import RULES, SITE
from tmpleak_lint.settings import BY_KEY

PROJECT = Path(__file__).parents[1]
DOCS = PROJECT / "docs"
MADE = {"rules", "_generated", "_build"}
PAGES = sorted(page for page in DOCS.rglob("*.md") if not MADE & set(page.relative_to(DOCS).parts))
PLAYED = ("tutorial", "howto/big-code-base", "howto/your-own-names")


SCHEMA = DOCS / "_static" / "settings.schema.json"  # made with the site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx", reason="needs the extra `docs`")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", str(folder / "trees"), str(DOCS),
         str(folder / "html")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_site_has_a_page_for_each_rule_and_links_to_it(site: Path) -> None:
    overview = (site / "rules.html").read_text(encoding="utf-8")
    for code in RULES:
        assert code in (site / "rules" / f"{code}.html").read_text(encoding="utf-8")
        assert f'href="rules/{code}.html"' in overview


def test_each_rule_says_what_can_be_done_about_it(site: Path) -> None:
    overview = (site / "rules.html").read_text(encoding="utf-8")
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", overview, re.DOTALL)
    for code, rule in RULES.items():
        (row,) = (row for row in rows if f">{code}<" in row)
        cells = [
            re.sub(r"<[^>]+>|\s+$", "", cell).strip()
            for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
        ]
        default = "on" if rule.default_on else "opt-in"
        assert cells[3:] == [default, str(rule.tier or ""), rule.confidence, rule.fix or "–"]
        text = (site / "rules" / f"{code}.html").read_text(encoding="utf-8")
        assert (f">fix: {rule.fix}<" in text) == bool(rule.fix)
        assert (
            f"tmpleak-lint simulate {code}" in text.replace("</span>", "").replace('<span class="pre">', "")
        ) == rule.played
        assert ("../glossary.html#term-tier" in text) == bool(rule.tier)


def test_front_page_plays_the_simulator(site: Path) -> None:
    front = (site / "index.html").read_text(encoding="utf-8")
    (source,) = re.findall(r'<iframe [^>]*src="([^"#]+)#embed"', front)
    page = (site / source).read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "TML103 example" in page
    assert str(site) not in page and str(PROJECT) not in page


def test_codes_in_running_text_are_links_and_codes_in_code_are_not(site: Path) -> None:
    page = (site / "howto" / "ruff.html").read_text(encoding="utf-8")
    assert re.search(r'<a [^>]*href="\.\./rules/TML107\.html"[^>]*>TML107</a>', page)
    code = re.findall(r"<(?:code|pre)\b.*?</(?:code|pre)>", page, re.DOTALL)
    assert any("TML103" in piece for piece in code)
    assert not any("<a " in piece for piece in code)


def test_schema_of_the_settings_is_where_pages_link_to(site: Path) -> None:
    schema = json.loads((site / "_static" / SCHEMA.name).read_text(encoding="utf-8"))
    assert set(schema["properties"]) == set(BY_KEY)
    assert f'href="_static/{SCHEMA.name}"' in (site / "install.html").read_text(encoding="utf-8")


def test_options_reference_names_every_option(site: Path) -> None:
    page = (site / "reference" / "options.html").read_text(encoding="utf-8")
    assert [key for key in BY_KEY if f">{key}</span>" not in page] == []


@pytest.mark.parametrize("name", PLAYED)
def test_pages_show_what_is_printed(name: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    file = DOCS / f"{name}.md"
    page = file.read_text(encoding="utf-8")
    shown = list(played(page, tmp_path))
    assert shown
    if pytestconfig.getoption("--update"):
        file.write_text(rewritten(page, shown), encoding="utf-8")
        return
    for one in shown:
        assert one.agrees, f"{file}: $ {one.command}\n{one.printed}"


@pytest.mark.parametrize("page", [PROJECT / "README.md", *PAGES], ids=lambda page: page.stem)
def test_flags_and_codes_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = {flag for action in check_parser()._actions for flag in action.option_strings}
    flags = {
        flag
        for command in re.findall(
            r"(?:^\$ |`|bin/)tmpleak-lint (?!simulate|explain)([^`\n]*)", text, re.MULTILINE
        )
        for flag in re.findall(r"(?:^|\s)(--[a-z-]+)", command)
    }
    assert flags <= known
    assert set(re.findall(r"TML\d{3}", text)) <= set(RULES)


METADATA = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HOME = METADATA["urls"]["Homepage"]
ON_DISK = {  # an address on the net -> what it shows, in this tree
    SITE: (DOCS, ".html", ".md"),
    f"{HOME}/blob/main/": (PROJECT, "", ""),
    f"{HOME.replace('//github.com', '//raw.githubusercontent.com')}/main/": (PROJECT, "", ""),
}


@pytest.mark.parametrize(
    "page",
    [*(PROJECT / f"{name}.md" for name in ("README", "CONTRIBUTING", "RELEASING")), *PAGES],
    ids=lambda page: page.stem,
)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    labels = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", text, re.MULTILINE))
    used = {word.lower() for _, word in re.findall(r"\[([^\[\]\n]+)\]\[([^\[\]\n]+)\]", text)}
    assert used <= set(labels), page
    targets = [*re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text), *labels.values()]
    for target in targets:
        file = on_disk(page, target)
        assert file is None or file.exists() or file == SCHEMA, f"{page}: {target}"


def on_disk(page: Path, target: str) -> Path | None:
    """The file of this tree that a link shows; None where it leads to somebody else's."""
    for address, (folder, shown, written) in ON_DISK.items():
        if target.startswith(address):
            name = target.removeprefix(address)
            if written and name.startswith("rules/"):
                return (
                    PROJECT / "tmpleak_lint" / "rules" / name.removeprefix("rules/").replace(shown, written)
                )
            return folder / (f"{name.removesuffix(shown)}{written}" if name else "index.md")
    return None if "://" in target else page.parent / target


def test_one_address_is_the_projects_everywhere() -> None:
    urls = METADATA["urls"]
    assert urls["Documentation"] == SITE
    assert {urls["Source"], urls["Issues"], urls["Changelog"]} == {
        HOME,
        f"{HOME}/issues",
        url_of("changelog"),
    }
    owner = HOME.removeprefix("https://github.com/")
    files = [*PROJECT.glob("*.md"), *PAGES]
    for page in files:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"uses: (\S+/tmpleak-lint)@", text) == text.count("/tmpleak-lint@") * [owner]
        assert set(re.findall(r"github\.com/([\w-]+/tmpleak-lint)\b", text)) <= {owner}


def test_addresses_are_well_formed_and_those_of_the_site_lead_to_a_part_of_it(site: Path) -> None:
    """Whether other sites answer is not asked here, but by `nox -s docs -- links`."""
    guides = [page for page in (PROJECT / "editors").rglob("*.md") if "node_modules" not in page.parts]
    files = [*PROJECT.glob("*.md"), *PAGES, *(PROJECT / "tmpleak_lint" / "rules").glob("*.md"), *guides]
    found = {
        address.rstrip(".,;:")
        for file in files
        for address in re.findall(r"https?://[^\s)>\]\"'`|]+", file.read_text(encoding="utf-8"))
    }
    assert [
        a for a in found if not re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]{2,}(/[\w./%#?=&~+@:,-]*)?", a)
    ] == []
    own = {address.removeprefix(SITE) for address in found if address.startswith(SITE)}
    assert len(own) > 10
    for address in own:
        path, _, part = address.partition("#")
        page = site / (path or "index.html")
        assert page.is_file(), address
        assert not part or f'id="{part}"' in page.read_text(encoding="utf-8"), address


def url_of(name: str) -> str:
    return f"{SITE}{name}.html"


def test_releases_that_pages_name_are_this_one() -> None:
    named = {
        release
        for page in [PROJECT / "README.md", *PAGES]
        for release in re.findall(r"(?:rev: |/tmpleak-lint@)v(\S+)", page.read_text(encoding="utf-8"))
    }
    assert named == {__version__.partition(".dev")[0]}


def test_examples_of_the_python_interface_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    (tmp_path / "src").mkdir()
    leak = tmp_path / "src" / "leak.py"
    leak.write_text(
        "import os\nimport tempfile\n\n\ndef f():\n    p = tempfile.mkdtemp()\n    g()\n    os.rmdir(p)\n"
    )
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        exec(example, names)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith(f"{Path('src', 'leak.py')} 6 TML103 ")
    assert printed[1:] == [
        "TML103 safe",
        "fixed TML103 move the deletion into a finally that begins right after the creation",
        "no/such/folder: no such file or folder",
    ]
    assert "finally:" in leak.read_text()


def test_every_exported_name_is_on_the_page_of_the_python_interface() -> None:
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^\.\. auto\w+:: tmpleak_lint\.(\w+)$", page, re.MULTILINE))
    assert shown | {"Settings", "__version__"} == set(tmpleak_lint.__all__)


def test_pictures_are_drawn_used_and_load_nothing() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in [PROJECT / "README.md", *PAGES])
    drawn = sorted((DOCS / "_static").glob("terminal-*.svg"))
    assert drawn
    for picture in drawn:
        kinds = {element.tag.rpartition("}")[2] for element in ElementTree.parse(picture).iter()}
        assert kinds == {"svg", "title", "rect", "circle", "g", "text"}
        assert f"_static/{picture.name})" in text


def test_every_colour_of_code_and_pictures_reads_on_its_ground() -> None:
    pygments = pytest.importorskip("pygments.styles", reason="needs the extra `docs`")
    settings = (DOCS / "conf.py").read_text(encoding="utf-8")
    for name in re.findall(r'^pygments\w*_style = "(.+?)"', settings, re.MULTILINE):
        style = pygments.get_style_by_name(name)
        for kind, look in style:
            ground = look["bgcolor"] or style.background_color.removeprefix("#")
            assert not look["color"] or contrast(look["color"], ground) >= 4.5, f"{name}: {kind}"
    ground = terminal_pictures.GROUND.removeprefix("#")
    for ink in {ink.removeprefix("#") for ink in terminal_pictures.INK.values()}:
        assert contrast(ink, ground) >= 4.5, ink
    usual = terminal_pictures.INK[""].removeprefix("#")
    faint = "".join(
        f"{round(ink * terminal_pictures.FAINT + under * (1 - terminal_pictures.FAINT)):02x}"
        for ink, under in zip(bytes.fromhex(usual), bytes.fromhex(ground), strict=True)
    )
    assert contrast(faint, ground) >= 4.5


def contrast(ink: str, ground: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it."""

    def luminance(color: str) -> float:
        parts = [
            value / 255
            for value in bytes.fromhex("".join(c * 2 for c in color) if len(color) == 3 else color)
        ]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rooms() -> list[str]:
    """The rooms of the package in the order in which the design page lists them."""
    text = (DOCS / "design.md").read_text(encoding="utf-8")
    section = text[text.index("## Rooms") :]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_imports_run_one_way() -> None:
    order = rooms()
    package = PROJECT / "tmpleak_lint"
    assert sorted(order) == sorted(
        path.stem
        for path in package.iterdir()
        if (path.suffix == ".py" and not path.stem.startswith("__")) or (path / "__init__.py").exists()
    )
    for file in package.rglob("*.py"):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        if room not in order:
            continue
        for other in imported_rooms(file):
            is_earlier = other not in order or order.index(other) <= order.index(room)
            assert is_earlier, f"{file}: {room} imports {other}"


def test_no_module_needs_itself() -> None:
    """Also not by way of others, or of an import within a function."""
    package = PROJECT / "tmpleak_lint"
    modules = {
        ".".join(("tmpleak_lint", *file.relative_to(package).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): file
        for file in package.rglob("*.py")
    }
    needs = {name: imported(file) & modules.keys() - {name} for name, file in modules.items()}
    assert len(list(TopologicalSorter(needs).static_order())) == len(modules)


def imported(file: Path) -> set[str]:
    """The modules that a file imports anywhere, but for its annotations."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def imported_rooms(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "tmpleak_lint":
            names |= {f"tmpleak_lint.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[1] for name in names if name.startswith("tmpleak_lint.")}
