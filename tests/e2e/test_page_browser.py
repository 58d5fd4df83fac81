"""The simulation's page in real headless Chromium: its story, its controls, its numbers, and hostile source.

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
from tmpleak_lint.cli.simulated import find
from tmpleak_lint.simulation import capacity
from tmpleak_lint.simulation.compare import Case, chosen, compare, correlate
from tmpleak_lint.simulation.engine import Settings
from tmpleak_lint.simulation.page.build import Shown, page
from tmpleak_lint.simulation.program import Program, SourceLine
from tmpleak_lint.simulation.strategies import DEFAULT, FOR_MANY

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
COMMAND = "tmpleak-lint simulate TML103 --html page.html"
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
    """Write a page of examples (codes) or programs, open it from disk, and check that the console stayed silent."""

    def opened(
        *what: str | Program, settings: Settings = SETTINGS, hash: str = "", message: str = ""
    ) -> Chrome:
        shown = [
            find(one, isolated=True)[0] if isinstance(one, str) else Shown(Case(one), "a-rule", message)
            for one in what
        ]
        cases = [one.case for one in shown]
        file = tmp_path / "page.html"
        strategies = chosen(DEFAULT if len(cases) == 1 else FOR_MANY, cases)
        file.write_text(page(shown, settings, strategies, LOAD, "title", COMMAND), encoding="utf-8")
        browser.get("about:blank")
        browser.get(f"{file.as_uri()}{hash}")
        assert browser.execute_script("return document.body.dataset.ready") == "yes"
        return browser

    browser.get_log("browser")
    yield opened
    assert browser.get_log("browser") == []


def step(browser: Chrome, name: str = "as-written") -> dict[str, int]:
    """The numbers that the page has for a strategy."""
    found = browser.execute_script(
        "return {...document.querySelector(`.step[data-strategy='${arguments[0]}']`).dataset}", name
    )
    return {key: int(value) for key, value in found.items() if key != "strategy"}


def text_of(browser: Chrome, id: str) -> str:
    return str(browser.execute_script("return document.getElementById(arguments[0]).textContent", id))


def pick(browser: Chrome, name: str) -> None:
    browser.find_element("css selector", f".step[data-strategy='{name}']").click()


def unfold(browser: Chrome) -> None:
    """Open everything that is collapsed."""
    browser.execute_script(
        "for (const one of document.querySelectorAll('details.more:not([hidden])')) one.open = true"
    )


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


END = "\ue010"
JUMP = (
    "const it = document.getElementById('scrub'); it.value = arguments[0];"
    "it.dispatchEvent(new Event('input', {bubbles: true})); return false"
)


def test_numbers_equal_the_terminals(show: Any) -> None:
    for codes, names in (
        (["TML103"], DEFAULT),
        (["TML108"], DEFAULT),
        (["TML103", "TML106", "TML108"], FOR_MANY),
    ):
        browser = show(*codes)
        cases = [find(code, isolated=True)[0].case for code in codes]
        rows = compare(cases, SETTINGS, chosen(names, cases))
        unfold(browser)
        told = browser.execute_script(
            "return Object.fromEntries([...document.querySelectorAll('.results tbody tr')].map((row) => "
            "[row.dataset.strategies, [...row.cells].slice(1).map((cell) => cell.textContent)]))"
        )
        assert sum(len(names.split()) for names in told) == len(rows) >= 4
        for row in rows:
            counts = row.outcome.counts
            (cells,) = [cells for names, cells in told.items() if row.strategy.name in names.split()]
            left = counts.orphans + counts.descriptors
            expected = (counts.served, counts.failed, counts.rejected, row.valid, left)
            assert tuple(map(int, cells[:5])) == expected, row.strategy.name
            if browser.find_elements("css selector", f".step[data-strategy='{row.strategy.name}']"):
                shown = step(browser, row.strategy.name)
                assert shown["rejectedValid"] == row.valid
                assert (shown["bytes"], shown["inodes"]) == (row.outcome.bytes, row.outcome.inodes)
                browser.execute_script(
                    "location.hash = arguments[0]", f"strategy={row.strategy.name}&tick=end"
                )
                assert row.story in text_of(browser, "subline")


def test_a_folder_opens_on_the_run_that_its_terminal_shows(show: Any) -> None:
    browser = show("TML103", "TML106", "TML108")
    assert text_of(browser, "kicker") == "3 findings share one directory"
    assert browser.find_element("id", "finding").get_attribute("value") == "all"
    cases = [find(code, isolated=True)[0].case for code in ("TML103", "TML106", "TML108")]
    (row,) = compare(cases, SETTINGS, chosen(["as-written"], cases))
    press(browser, END)
    assert row.outcome.broke is not None
    assert f"full at request {row.outcome.broke.request + 1}: {row.valid}\u00a0valid" in text_of(
        browser, "headline"
    )


def test_where_no_cleanup_holds_none_is_made_up(show: Any) -> None:
    """The second program is known by its graph alone: there is no code to write a cleanup into."""
    browser = show("TML103", early_return(), hash="#tick=end")
    assert "With cleanup guaranteed in 1 of 2: full at request" in text_of(browser, "headline")
    browser = show(early_return(), hash="#tick=end")
    assert [one.get_attribute("data-strategy") for one in browser.find_elements("css selector", ".step")] == [
        "as-written", "as-written+reaper",
    ]  # fmt: skip
    assert "A reaper beside it: " in text_of(browser, "headline")
    assert not browser.find_element("id", "copy-fix").is_displayed()


def test_a_clean_place_has_nothing_beside_it(show: Any) -> None:
    browser = show(replace(happy_path(), code="", edges=happy_path().edges[:4] + happy_path().edges[5:]))
    assert "does it fill up?" in text_of(browser, "headline")
    press(browser, END)
    assert text_of(browser, "headline").strip() == "Your code leaves nothing behind."
    assert not browser.find_element("id", "right").is_displayed()


def test_it_asks_before_and_answers_only_at_the_end(show: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser = show("TML103", settings=replace(SETTINGS, requests=60, failure_ppm=250_000))
    question = "12 slots, 1 of 4 requests fails: which one fills up?"
    assert text_of(browser, "headline").startswith(question)
    verdicts = ("nothing left", "same leak", "turned away.", "left behind")
    said = "return [...document.querySelectorAll('#headline, #subline, #steps, #narration, #chart text')]"
    words = f"{said}.map((one) => one.textContent).join(' ')"
    assert not any(word in browser.execute_script(words) for word in verdicts)
    assert browser.find_elements("css selector", ".slot.orphan") == []
    browser.execute_script(
        "window.seen = []; new MutationObserver(() => window.seen.push([document.getElementById('scrub').value, "
        "document.getElementById('headline').textContent]))"
        ".observe(document.getElementById('headline'), {childList: true})"
    )
    browser.find_element("css selector", "#speed option:last-child").click()
    browser.find_element("id", "play").click()
    assert browser.find_element("id", "play").text.endswith("Pause")
    WebDriverWait(browser, 60).until(
        lambda b: b.execute_script("return document.body.dataset.playing") == "no"
    )
    assert tick(browser) == last_tick(browser)
    seen = browser.execute_script("return window.seen")
    assert len(seen) > 10
    assert all(headline.startswith(question) for _, headline in seen[:-1])
    left, right = step(browser), step(browser, "try-finally")
    assert "Your code is full at request" in text_of(browser, "headline")
    assert f"nothing left behind, {right['served']} served." in text_of(browser, "headline")
    for side, numbers in (("left", left), ("right", right)):
        tally = browser.find_element("css selector", f"#{side} .tally").text
        assert tally.split()[0::2][:2] == [str(numbers["served"]), str(numbers["failed"])]
        orphans = browser.find_elements("css selector", f"#{side} .slot.orphan")
        assert len(orphans) == numbers["orphans"]
    assert left["orphans"] == 12 and right["orphans"] == 0
    assert browser.find_element("id", "play").text.endswith("Again")


def test_both_are_given_the_same_requests_and_the_first_orphan_is_told_in_words(show: Any) -> None:
    browser = show("TML103")
    first = next(
        at
        for at in range(1, 100)
        if browser.execute_script(JUMP, at) or browser.find_elements("css selector", ".slot.orphan")
    )
    number = browser.find_element("css selector", ".slot.orphan span").text.lstrip("#")
    said = (
        f"Request {number} failed at process(request, path) in line 13, so line 14 never ran: its file stays."
    )
    assert text_of(browser, "narration") == said
    assert browser.execute_script("return document.querySelectorAll('#right .slot.orphan').length") == 0
    browser.execute_script(JUMP, first - 1)
    assert "never ran" not in text_of(browser, "narration")


def test_play_slows_at_the_first_orphan_and_announces_it(show: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser = show("TML103")
    browser.execute_script(
        "window.said = []; new MutationObserver(() => window.said.push(document.getElementById('said').textContent))"
        ".observe(document.getElementById('said'), {childList: true})"
    )
    browser.find_element("css selector", "#speed option:last-child").click()
    browser.find_element("id", "play").click()
    WebDriverWait(browser, 60).until(lambda b: b.find_elements("css selector", ".slot.orphan"))
    # At 120 ticks a second it would be far beyond by now: it waits there.
    assert len(browser.find_elements("css selector", ".slot.orphan")) == 1
    WebDriverWait(browser, 60).until(lambda b: tick(b) == last_tick(b))
    said = browser.execute_script("return window.said")
    assert said[0].startswith("Playing.") and "never ran" in said[1] and said[2].startswith("Full: request ")
    assert said[-1].startswith("Your code is full at request") and len(said) == 4


def test_the_stepper_tells_the_story_in_five_steps(show: Any) -> None:
    browser = show("TML103", hash="#tick=end")
    steps = browser.find_elements("css selector", ".step")
    assert [one.find_element("css selector", ".name").text for one in steps] == [
        "your code", "moved to the last line", "finally = the tool's fix", "with", "a reaper beside it",
    ]  # fmt: skip
    results = [one.find_element("css selector", ".result").text for one in steps]
    reaped = step(browser, "as-written+reaper")
    assert results == [
        "12 left behind", "same leak", "nothing left", "same result",
        f"{reaped['reaped']} of {reaped['orphaned']} mopped up, 6 hours late",
    ]  # fmt: skip
    pick(browser, "last-line")
    assert "Moved to the last line: the same leak." in text_of(browser, "headline")
    assert len(browser.find_elements("css selector", "#right .slot.orphan")) == 12
    assert text_of(browser, "subline").startswith("Moved to the last line: full at request")
    pick(browser, "with")
    assert "With: nothing left behind" in text_of(browser, "headline")
    excerpt = [row.text for row in browser.find_elements("css selector", "#right .excerpt .fresh .src")]
    assert [line.strip() for line in excerpt] == [
        "with contextlib.ExitStack() as stack:", "stack.callback(os.remove, path)",
    ]  # fmt: skip
    gone = browser.find_elements("css selector", "#left .excerpt .gone .src")
    assert [row.text for row in gone] == ["os.remove(path)"]


def test_equal_results_are_one_row(show: Any) -> None:
    browser = show("TML103")
    unfold(browser)
    rows = [
        one.get_attribute("data-strategies")
        for one in browser.find_elements("css selector", ".results tbody tr")
    ]
    assert rows == ["as-written last-line", "try-finally with fix", "as-written+reaper"]


def test_an_owner_is_shown_no_cleanup_that_its_code_could_not_have(show: Any) -> None:
    browser = show("TML108", hash="#tick=end")
    names = [one.get_attribute("data-strategy") for one in browser.find_elements("css selector", ".step")]
    assert names == ["as-written", "finalize", "close", "as-written+reaper"]
    pick(browser, "close")
    lines = [row.text.strip() for row in browser.find_elements("css selector", "#right .excerpt .src")]
    assert "shutil.rmtree(self.folder)" in lines
    assert browser.find_elements("css selector", "#right .slot.orphan") == []


def test_buttons_copy_the_fix_and_the_command_and_open_the_rule(show: Any) -> None:
    browser = show("TML103")
    case = find("TML103", isolated=True)[0].case
    for name, wanted in (("copy-fix", case.cleanups["fix"].patch), ("copy-command", COMMAND)):
        button = browser.find_element("id", name)
        button.click()
        wait(browser, lambda b, button=button: button.get_attribute("data-copied") is not None)
        assert button.get_attribute("data-copied") == wanted
        assert button.text == "Copied"
    pick(browser, "with")
    browser.find_element("id", "copy-fix").click()
    wanted = case.cleanups["with"].patch
    wait(browser, lambda b: b.find_element("id", "copy-fix").get_attribute("data-copied") == wanted)
    browser.find_element("id", "rule").click()
    dialog = browser.find_element("id", "rule-page")
    assert dialog.is_displayed() and "TML103 deleted-on-last-line" in dialog.text
    assert len(dialog.find_elements("css selector", "pre")) >= 3
    browser.find_element("id", "rule-close").click()
    assert not dialog.is_displayed()


def wait(browser: Chrome, until: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 60).until(until)


def test_leak_rate_follows_the_error_rate_with_the_terminals_numbers(show: Any) -> None:
    browser = show(happy_path())
    unfold(browser)
    correlation = correlate([happy_path()], SETTINGS)
    said = browser.find_element("id", "correlation")
    assert said.get_attribute("data-faulted") == " ".join(map(str, correlation.faulted))
    assert said.get_attribute("data-orphaned") == " ".join(map(str, correlation.orphaned))
    assert "One orphan for each failing request, exactly" in said.text
    assert len(browser.find_elements("css selector", "#scatter circle")) == 11


def test_capacity_equals_the_closed_form_and_answers_its_fields(show: Any) -> None:
    browser = show(happy_path())
    unfold(browser)
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
    turn(browser, "cap-rate", 50)
    assert said.text.startswith("1 orphan a day, of which")


def test_every_request_is_shown_with_its_end(show: Any) -> None:
    browser = show("TML103", hash="#tick=end")
    unfold(browser)
    for side, name in (("left", "as-written"), ("right", "try-finally")):
        shown = step(browser, name)
        for end in ("served", "failed", "rejected"):
            assert len(browser.find_elements("css selector", f"#ledger-{side} .{end}")) == shown[end]


def test_the_current_line_is_lit_on_both_sides(show: Any) -> None:
    browser = show("TML103", settings=replace(SETTINGS, failure_ppm=0))
    lines = []
    for _ in range(6):
        browser.find_element("id", "step").click()
        lit = [
            browser.find_elements("css selector", f"#{side} .excerpt .here .no") for side in ("left", "right")
        ]
        lines.append(tuple(row[0].text.lstrip("+−") if row else "" for row in lit))
    assert ("12", "12") in lines
    assert any(left == "13" for left, _ in lines) and any(right == "14" for _, right in lines)
    assert len(browser.find_elements("css selector", "#left .excerpt .who i")) > 1, (
        "one for each request that is there"
    )


def test_sliders_recompute(show: Any) -> None:
    browser = show("TML103")
    turn(browser, "rate", 0)
    assert (step(browser)["failed"], step(browser)["orphans"]) == (0, 0)
    assert "no request fails" in text_of(browser, "headline")
    turn(browser, "rate", 500_000)
    turn(browser, "slots", 30)
    assert step(browser)["orphans"] == 30
    assert len(browser.find_elements("css selector", "#left .slot")) == 30
    turn(browser, "seed", 2)
    cases = [find("TML103", isolated=True)[0].case]
    settings = Settings(failure_ppm=500_000, slots=30, seed=2)
    (seeded,) = compare(cases, settings, chosen(["as-written"], cases))
    assert step(browser)["served"] == seeded.outcome.counts.served
    browser.execute_script("document.getElementById('reset').click()")
    assert step(browser)["orphans"] == 12


def test_failing_step_can_be_chosen_in_the_code(show: Any) -> None:
    browser = show(happy_path(), settings=replace(SETTINGS, failure_ppm=500_000))
    unfold(browser)
    browser.find_element("css selector", "[aria-label^='Fail at line 2']").click()
    assert (step(browser)["orphans"], step(browser)["failed"] > 50) == (0, True)
    browser.find_element("css selector", "[aria-label^='Fail at line 2']").click()
    assert step(browser)["orphans"] == 12


def test_works_by_keyboard(show: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = show("TML103")
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert tick(browser) == 1
    press(browser, Keys.END)
    assert tick(browser) == last_tick(browser)
    press(browser, Keys.HOME, " ")
    assert browser.execute_script("return document.body.dataset.playing") == "yes"
    press(browser, " ")
    assert browser.execute_script("return document.body.dataset.playing") == "no"
    press(browser, "3")
    chosen_step = "document.querySelector('.step[aria-checked=true]')"
    assert browser.execute_script(f"return {chosen_step}.dataset.strategy") == "try-finally"
    browser.execute_script(f"{chosen_step}.focus()")
    press(browser, Keys.ARROW_RIGHT)
    assert browser.switch_to.active_element.get_attribute("data-strategy") == "with"
    before = browser.execute_script("return document.documentElement.dataset.theme")
    press(browser, "d")
    assert browser.execute_script("return document.documentElement.dataset.theme") != before


def test_every_control_can_be_reached_by_tab(show: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = show("TML103")
    unfold(browser)
    reached = set()
    for _ in range(70):
        press(browser, Keys.TAB)
        focused = browser.switch_to.active_element
        reached |= {focused.get_attribute("id"), *(focused.get_attribute("class") or "").split()}
    wanted = (
        "play step back scrub speed theme rate slots requests age seed cap-rate cap-reaper lane code copy-fix rule "
        "copy-command"
    )
    assert set(wanted.split()) <= reached


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1024, 768), (390, 844)])
def test_the_player_covers_nothing_and_the_slots_are_in_the_first_screen(
    show: Any, size: tuple[int, int]
) -> None:
    browser = show("TML103", hash="#tick=end")
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        browser.refresh()
        box = "document.querySelector(arguments[0]).getBoundingClientRect()"
        top = browser.execute_script(f"return {box}.top", ".player")
        assert browser.execute_script(f"return {box}.bottom", "main") <= top
        assert browser.execute_script(f"return {box}.bottom", ".player") <= size[1]
        bottoms = "[...document.querySelectorAll('.slot')].map((one) => one.getBoundingClientRect().bottom)"
        assert browser.execute_script(f"return Math.max(...{bottoms})") <= top, (
            "every slot is seen without scrolling"
        )
        assert browser.execute_script(f"return {box}.bottom", "#narration") <= top
        if size[0] >= 1280:
            assert browser.execute_script(f"return {box}.bottom", "#legend") <= top
        assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_fits_into_another_page(show: Any) -> None:
    browser = show("TML103", hash="#embed")
    assert not any(one.is_displayed() for one in browser.find_elements("css selector", "details.more"))
    assert browser.find_element("id", "play").is_displayed()


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
    assert len(browser.find_elements("css selector", "script")) == 8
    assert browser.find_elements("css selector", "img, b.hostile, iframe") == []
    shown = browser.execute_script("return document.body.textContent")
    for hidden in "\u202e\u2066\u2028\x1b":
        assert hidden not in shown
    if "\u202e" in text:
        assert "\\u202e nimda \\u2066" in text_of(browser, "code-left")
    if "<script>document" in text:
        assert browser.execute_script("return document.querySelector('#code-left .src').textContent") == text


def test_every_finding_can_be_chosen(show: Any) -> None:
    first, second = happy_path(), replace(early_return(), title="other.py:7")
    browser = show(first, second)
    options = browser.find_elements("css selector", "#finding option")
    assert [one.text for one in options] == ["all together", "TML102 handler.py:2", "TML104 other.py:7"]
    options[2].click()
    wait(browser, lambda b: "other.py:7" in text_of(b, "kicker"))
    assert "request.cached" in text_of(browser, "code-left")
    browser.find_elements("css selector", "#finding option")[0].click()
    wait(browser, lambda b: text_of(b, "kicker") == "2 findings share one directory")


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
        unfold(browser)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
        assert (
            browser.execute_script(
                "const it = document.querySelector('main'); return it.scrollWidth - it.clientWidth"
            )
            == 0
        )
        parts = "[...document.querySelectorAll('h1, h2, p:not(.sr), .panel, .tables, .excerpt')]"
        edges = f"return {parts}.map((one) => one.getBoundingClientRect().right)"
        assert max(browser.execute_script(edges)) <= 360
        scrub = browser.find_element("id", "scrub").rect
        assert scrub["width"] > 250, "time can be chosen with a finger"
        play = browser.find_element("id", "play").rect
        assert play["width"] >= 44 and play["height"] >= 44, "big enough for a finger"
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
        slot_style = "return getComputedStyle(document.querySelector('.slot')).transitionDuration"
        still = browser.execute_script(slot_style) == "0s"
        assert still == (motion == "reduce")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_findings_beyond_the_size_are_named_with_their_command_and_smaller_ones_stay(
    show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = replace(happy_path(), title="large.py:3", source=(SourceLine(1, "x" * 300_000),))
    browser = show(early_return(), large, loop_rebinds())
    assert (
        len(browser.find_elements("css selector", "#finding option")) == 3
    )  # all together, and two of three
    left_out = browser.find_element("id", "left-out")
    left_out.find_element("css selector", "summary").click()
    assert "1 more, not in this page" in left_out.text
    assert "tmpleak-lint simulate large.py:3 --html page.html" in left_out.text


def test_code_in_a_message_is_shown_as_code_and_nothing_else_is(show: Any) -> None:
    browser = show(happy_path(), message="the `<b>x</b>` can raise; one ` is left")
    message = browser.find_element("id", "subline")
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
      if (box.closest("script, noscript, svg, .skip, .sr")) continue;
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
        for place in ("tick=80&strategy=as-written", "tick=end&strategy=with", "tick=120&strategy=last-line"):
            browser = show("TML103", hash=f"#{place}&theme={theme}")
            unfold(browser)
            # Colours on their way from one to another are nobody's choice: end them.
            browser.execute_script("for (const one of document.getAnimations()) one.finish()")
            assert browser.execute_script(script) == []


WIDE = "excerpt => [...excerpt.querySelectorAll('li')].some(row => row.scrollWidth > excerpt.clientWidth)"


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (390, 844)], ids=str)
def test_no_line_of_the_first_fold_is_cut(show: Any, size: tuple[int, int]) -> None:
    browser = show("TML108", hash="#tick=20")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        cut = browser.execute_script(
            f"return [...document.querySelectorAll('.excerpt')].filter({WIDE}).length"
        )
        shown = browser.execute_script("return document.querySelector('#right .excerpt').textContent")
        assert cut == 0 and "ignore_errors=True" in shown
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_where_nothing_can_fail_nothing_is_said_to(show: Any) -> None:
    browser = show("TML108")
    assert browser.find_element("id", "rate").get_attribute("disabled") == "true"
    assert text_of(browser, "rate-value") == "none"
    assert "fail" not in text_of(browser, "narration")
    browser = show("TML103")
    assert browser.find_element("id", "rate").get_attribute("disabled") is None
    assert "the same of them fail" in text_of(browser, "narration")


def test_times_are_told_in_hours_of_which_a_tick_is_a_fifth(show: Any) -> None:
    browser = show("TML103", hash="#tick=50")
    assert text_of(browser, "clock").startswith("10.0 of ") and text_of(browser, "clock").endswith(" h")
    assert text_of(browser, "age-value") == "6 hours"
    turn(browser, "age", 2)
    assert text_of(browser, "age-value") == "24 minutes"
    pick(browser, "as-written+reaper")
    assert "older than 24 minutes" in text_of(browser, "subline")
