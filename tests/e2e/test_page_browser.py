"""The simulation's page in real headless Chromium: it plays, answers its controls, and holds hostile source.

Needs Chromium with its driver and selenium; skipped with the reason where one is missing.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulation.programs import early_return, happy_path, loop_rebinds
from tmpleak_lint.simulation import capacity
from tmpleak_lint.simulation.compare import Case, chosen, compare, correlate
from tmpleak_lint.simulation.engine import Settings
from tmpleak_lint.simulation.page.build import Shown, page
from tmpleak_lint.simulation.program import Program, SourceLine
from tmpleak_lint.simulation.strategies import DEFAULT

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

MISSING = [
    name
    for name, there in (
        ("chromium", shutil.which("chromium") or shutil.which("google-chrome")),
        ("chromedriver", shutil.which("chromedriver")),
        ("selenium", importlib.util.find_spec("selenium")),
    )
    if not there
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)} on this machine")

SETTINGS = Settings(reaper_age=30)
LOAD = capacity.Load(Fraction(100_000), Fraction(2, 100), 300_000, 50 * 10**9)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
)
HOSTILE = (
    "</script><script>document.title='broken out'</script>",
    "x = \"' + alert(1) + '\" # <img src=x onerror=alert(1)> &lt;b&gt; ${1} `",
    "access = '\u202e nimda \u2066'  # right-to-left",
    "\u2028<!-- <script> \x1b[2J",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument("--window-size=1280,1000")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture
def show(browser: Chrome, tmp_path: Path) -> Iterator[Any]:
    """Write a page of programs, open it from disk, and check at the end that the console stayed silent."""

    def opened(
        *programs: Program, settings: Settings = SETTINGS, hash: str = "", message: str = ""
    ) -> Chrome:
        cases = [Case(program) for program in programs]
        file = tmp_path / "page.html"
        shown = [Shown(case, "a-rule", message) for case in cases]
        file.write_text(page(shown, settings, chosen(DEFAULT, cases), LOAD, "title"), encoding="utf-8")
        browser.get("about:blank")
        browser.get(f"{file.as_uri()}{hash}")
        assert browser.execute_script("return document.body.dataset.ready") == "yes"
        return browser

    browser.get_log("browser")
    yield opened
    assert browser.get_log("browser") == []


def card(browser: Chrome, name: str = "as-written") -> dict[str, int]:
    """The numbers that the page shows for a strategy."""
    found = browser.execute_script(
        "return {...document.querySelector(`.card[data-strategy='${arguments[0]}']`).dataset}", name
    )
    return {key: int(value) for key, value in found.items() if key != "strategy"}


def tick(browser: Chrome) -> int:
    return int(browser.execute_script("return document.getElementById('scrub').value"))


def last_tick(browser: Chrome) -> int:
    return int(browser.execute_script("return document.getElementById('scrub').max"))


def turn(browser: Chrome, control: str, value: object) -> None:
    browser.execute_script(
        "const it = document.getElementById(arguments[0]); it.value = arguments[1];"
        "it.dispatchEvent(new Event('input', {bubbles: true}))",
        control,
        str(value),
    )


def press(browser: Chrome, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def test_numbers_equal_the_terminals(show: Any) -> None:
    for programs in ([happy_path()], [early_return()], [happy_path(), loop_rebinds(), early_return()]):
        browser = show(*programs, hash="#finding=all")
        cases = [Case(program) for program in programs]
        rows = compare(cases, SETTINGS, chosen(DEFAULT, cases))
        assert len(rows) == 6
        for row in rows:
            on_page = card(browser, row.strategy.name)
            counts = row.outcome.counts
            assert on_page["served"] == counts.served
            assert on_page["failed"] == counts.failed
            assert on_page["rejected"] == counts.rejected
            assert on_page["rejectedValid"] == counts.rejected_valid
            assert on_page["orphans"] == counts.orphans
            assert on_page["bytes"] == row.outcome.bytes
            assert on_page["inodes"] == row.outcome.inodes
            title = browser.find_element("css selector", f".card[data-strategy='{row.strategy.name}']")
            assert title.get_attribute("title") == row.story


def test_leak_rate_follows_the_error_rate_with_the_terminals_numbers(show: Any) -> None:
    browser = show(happy_path())
    correlation = correlate([happy_path()], SETTINGS)
    said = browser.find_element("id", "correlation")
    assert said.get_attribute("data-faulted") == " ".join(map(str, correlation.faulted))
    assert said.get_attribute("data-orphaned") == " ".join(map(str, correlation.orphaned))
    assert "One orphan for each failing request, exactly" in said.text
    assert len(browser.find_elements("css selector", "#scatter circle")) == 11


def test_capacity_equals_the_closed_form_and_answers_its_fields(show: Any) -> None:
    browser = show(happy_path())
    said = browser.find_element("id", "capacity")
    expected = capacity.compute(LOAD)
    assert expected.bytes_out is not None
    assert float(said.get_attribute("data-orphans")) == pytest.approx(float(expected.orphans_a_day))
    assert float(said.get_attribute("data-days")) == pytest.approx(float(expected.bytes_out))
    assert "2,000 orphans a day: the bytes run out after 83.3 days" in said.text
    turn(browser, "cap-size", 1800)
    assert "13.9 days" in said.text
    turn(browser, "cap-inodes", 10_000)
    assert "the inodes run out after 5 days" in said.text
    turn(browser, "cap-reaper", 6)
    assert "500 stand at any time" in said.text


def test_play_runs_to_the_end_and_shows_every_outcome(show: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser = show(happy_path(), settings=replace(SETTINGS, requests=40, failure_ppm=300_000))
    browser.find_element("css selector", "#speed option:last-child").click()
    assert (tick(browser), browser.find_elements("css selector", ".slot.orphan")) == (0, [])
    browser.find_element("id", "play").click()
    assert browser.find_element("id", "play").get_attribute("aria-label") == "Pause"
    WebDriverWait(browser, 60).until(lambda b: tick(b) == last_tick(b))
    assert browser.find_element("id", "play").get_attribute("aria-label") == "Play"
    shown = card(browser)
    assert len(browser.find_elements("css selector", ".slot.orphan")) == shown["orphans"] > 5
    for end in ("served", "failed", "rejected"):
        assert len(browser.find_elements("css selector", f"#ledger .{end}")) == shown[end]


def test_the_current_line_steps_through_the_code(show: Any) -> None:
    browser = show(happy_path(), settings=replace(SETTINGS, failure_ppm=0))
    lines = []
    for _ in range(5):
        browser.find_element("id", "step").click()
        lines.append(browser.find_element("css selector", "#code tr.here .no").text)
    assert lines == ["1", "2", "3", "4", ""]
    assert "returns" in browser.find_element("css selector", "#code tr.here").text
    browser.find_element("id", "back").click()
    assert browser.find_element("css selector", "#code tr.here .no").text == "4"


def test_picker_shows_what_the_strategy_changes(show: Any) -> None:
    browser = show(happy_path(), hash="#tick=end")
    assert len(browser.find_elements("css selector", ".slot.orphan")) == 12
    assert "Full at request" in browser.find_element("id", "headline").text
    browser.find_element("css selector", ".card[data-strategy='try-finally']").click()
    assert browser.find_elements("css selector", ".slot.orphan") == []
    assert "Nothing left behind" in browser.find_element("id", "headline").text
    ghosts = [row.text.split("\n")[-1] for row in browser.find_elements("css selector", "tr.ghost .src")]
    assert [ghost.strip() for ghost in ghosts] == ["try:", "finally:", "os.remove(path)"]
    assert browser.find_element("css selector", "tr.struck .no").text == "4"


def test_sliders_recompute(show: Any) -> None:
    browser = show(happy_path())
    turn(browser, "rate", 0)
    assert (card(browser)["failed"], card(browser)["orphans"]) == (0, 0)
    turn(browser, "rate", 500_000)
    turn(browser, "slots", 30)
    assert card(browser)["orphans"] == 30
    assert len(browser.find_elements("css selector", ".slot")) == 30
    turn(browser, "seed", 2)
    cases = [Case(happy_path())]
    settings = Settings(failure_ppm=500_000, slots=30, seed=2)
    (seeded,) = compare(cases, settings, chosen(["as-written"], cases))
    assert card(browser)["served"] == seeded.outcome.counts.served
    browser.find_element("id", "reset").click()
    assert card(browser)["orphans"] == 12


def test_failing_step_can_be_chosen_in_the_code(show: Any) -> None:
    browser = show(happy_path(), settings=replace(SETTINGS, failure_ppm=500_000))
    browser.find_element("css selector", "[aria-label^='Fail at line 2']").click()
    assert (card(browser)["orphans"], card(browser)["failed"] > 50) == (0, True)
    browser.find_element("css selector", "[aria-label^='Fail at line 2']").click()
    assert card(browser)["orphans"] == 12


def test_works_by_keyboard(show: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = show(happy_path())
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert tick(browser) == 1
    press(browser, Keys.END)
    assert tick(browser) == last_tick(browser)
    press(browser, Keys.HOME, " ")
    assert browser.execute_script("return document.body.dataset.playing") == "yes"
    press(browser, " ")
    assert browser.execute_script("return document.body.dataset.playing") == "no"
    press(browser, "3")
    chosen_card = "document.querySelector('.card[aria-checked=true]')"
    assert browser.execute_script(f"return {chosen_card}.dataset.strategy") == "try-finally"
    browser.execute_script(f"{chosen_card}.focus()")
    press(browser, Keys.ARROW_RIGHT)
    assert browser.switch_to.active_element.get_attribute("data-strategy") == "with"
    before = browser.execute_script("return document.documentElement.dataset.theme")
    press(browser, "d")
    assert browser.execute_script("return document.documentElement.dataset.theme") != before


def test_every_control_can_be_reached_by_tab(show: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = show(happy_path())
    reached = set()
    for _ in range(50):
        press(browser, Keys.TAB)
        focused = browser.switch_to.active_element
        reached |= {focused.get_attribute("id"), *(focused.get_attribute("class") or "").split()}
    wanted = (
        "play step back scrub speed theme rate slots requests age seed cap-rate cap-reaper card lane code"
    )
    assert set(wanted.split()) <= reached


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_source_cannot_break_out(show: Any, text: str) -> None:
    program = happy_path()
    hostile = replace(
        program,
        title=text,
        function=text,
        source=tuple(SourceLine(line.number, text) for line in program.source),
        nodes=tuple(replace(node, label=text) for node in program.nodes),
    )
    browser = show(hostile, happy_path(), message=text, hash="#tick=60")
    assert browser.title == "title"
    assert len(browser.find_elements("css selector", "script")) == 5
    assert browser.find_elements("css selector", "img, b.hostile, iframe") == []
    shown = browser.execute_script("return document.body.textContent")
    for hidden in "\u202e\u2066\u2028\x1b":
        assert hidden not in shown
    if "\u202e" in text:
        assert "\\u202e nimda \\u2066" in browser.find_element("css selector", "#code tr .src").text
    if "<script>document" in text:
        assert browser.find_element("css selector", "#code tr .src").text == text


def test_links_lead_to_every_finding(show: Any) -> None:
    first, second = happy_path(), replace(early_return(), title="other.py:7")
    browser = show(first, second)
    links = browser.find_elements("css selector", "#findings a")
    assert [link.text for link in links] == ["all together", "TML102 handler.py:2", "TML104 other.py:7"]
    links[2].click()
    assert "other.py:7" in browser.find_element("id", "kicker").text
    assert "request.cached" in browser.find_element("id", "code").text
    browser.find_elements("css selector", "#findings a")[0].click()
    assert browser.find_element("id", "kicker").text == "2 findings share one directory"


def test_nothing_is_loaded_from_elsewhere(show: Any) -> None:
    browser = show(happy_path())
    loaded = browser.execute_script(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    assert [name for name in loaded if not name.startswith("data:")] == []


def test_phone_shows_all_without_scrolling_sideways(show: Any) -> None:
    long = replace(happy_path(), title=f"{'a_long_folder/' * 6}module.py:12")
    browser = show(long, early_return(), hash="#finding=all&tick=30")
    phone = {"width": 360, "height": 800, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        browser.refresh()
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
        parts = "[...document.querySelectorAll('h1, h2, p, .panel')]"
        edges = f"return {parts}.map((one) => one.getBoundingClientRect().right)"
        assert max(browser.execute_script(edges)) <= 360
        scrub = browser.find_element("id", "scrub").rect
        assert scrub["width"] > 250, "time can be chosen with a finger"
        play = browser.find_element("id", "play").rect
        assert play["width"] >= 44 and play["height"] >= 44, "big enough for a finger"
        # Where the layout puts them: what stands in a slot may be on its way, which moves the box that is drawn.
        columns = "return [...new Set([...document.querySelectorAll('.slot')].map((one) => one.offsetLeft))]"
        assert len(browser.execute_script(columns)) == 4
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_reduced_motion_and_dark_are_honoured(show: Any) -> None:
    browser = show(happy_path())
    for scheme, motion in (("dark", "reduce"), ("light", "no-preference")):
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.refresh()
        assert browser.execute_script("return document.documentElement.dataset.theme") == scheme
        card_style = "return getComputedStyle(document.querySelector('.card')).transitionDuration"
        still = browser.execute_script(card_style) == "0s"
        assert still == (motion == "reduce")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_findings_beyond_the_size_are_named_with_their_command_and_smaller_ones_stay(
    show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = replace(happy_path(), title="large.py:3", source=(SourceLine(1, "x" * 300_000),))
    browser = show(early_return(), large, loop_rebinds())
    assert len(browser.find_elements("css selector", "#findings a")) == 3  # all together, and two of three
    left_out = browser.find_element("id", "left-out")
    left_out.find_element("css selector", "summary").click()
    assert "1 more, not in this page" in left_out.text
    assert "tmpleak-lint simulate large.py:3 --html page.html" in left_out.text


def test_code_in_a_message_is_shown_as_code_and_nothing_else_is(show: Any) -> None:
    browser = show(happy_path(), message="the `<b>x</b>` can raise; one ` is left")
    message = browser.find_element("id", "message")
    assert message.text == "The <b>x</b> can raise; one ` is left"
    assert [code.text for code in message.find_elements("css selector", "code")] == ["<b>x</b>"]
    assert not message.find_elements("css selector", "b")


def test_text_stands_out_from_what_is_behind_it(show: Any) -> None:
    """WCAG AA: 4.5 to 1 for text, in both themes, wherever the background is one colour."""
    script = """
    const lum = (c) => { const f = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
      return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
    const parse = (text) => {
      if (text.startsWith("color(srgb")) {
        const part = text.match(/[\\d.]+/g).map(Number);
        return [...part.slice(0, 3).map((v) => v * 255), part[3] ?? 1];
      }
      const part = text.match(/[\\d.]+/g).map(Number);
      return [...part.slice(0, 3), part[3] ?? 1];
    };
    const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3]));
    const low = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode, box = text.parentElement;
      if (!text.data.trim() || !box.getClientRects().length) continue;
      if (box.closest("script, noscript, svg, .skip, .struck")) continue;
      const layers = [];
      for (let at = box; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
      const behind = layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
      const style = getComputedStyle(box), front = over(parse(style.color), behind);
      const [a, b] = [lum(front), lum(behind)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
      const shown = `${ratio.toFixed(2)} ${box.className || box.tagName}: ${text.data.trim().slice(0, 30)}`;
      if (ratio < (large ? 3 : 4.5)) low.push(shown);
    }
    return low;
    """
    for theme in ("light", "dark"):
        for strategy in ("as-written", "try-finally"):
            browser = show(happy_path(), hash=f"#tick=80&theme={theme}&strategy={strategy}", message="a `b`")
            # Colours on their way from one to another are nobody's choice: end them.
            browser.execute_script("for (const one of document.getAnimations()) one.finish()")
            assert browser.execute_script(script) == []


def test_what_a_new_try_holds_is_indented_as_code(show: Any) -> None:
    browser = show(happy_path(), hash="#strategy=try-finally")
    rows = "return [...document.querySelectorAll('#code tr:not(.struck):not(.way) .src')].map((one) => one.textContent)"
    lines = browser.execute_script(rows)
    compile("\n".join(lines), "shown", "exec")
    at = next(index for index, text in enumerate(lines) if text.strip() == "try:")
    assert lines[at + 1].startswith("        ") and "finally:" in "".join(lines[at:])
