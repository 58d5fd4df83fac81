"""Makes the pictures of the simulation for README and docs, each from a real run.

Usage: python docs/pictures.py    (needs chromium, chromedriver and the `selenium` package)
Writes docs/_static/simulation-*.png. The runs are seeded: the same code gives the same pictures, up to the
fonts of the machine.
"""

from __future__ import annotations

import base64
import html
import shutil
import sys
import tempfile
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tmpleak_lint.cli.simulate import main
from tmpleak_lint.cli.simulated import find
from tmpleak_lint.simulation.compare import programs_under
from tmpleak_lint.simulation.engine import NoStore, Run, Settings
from tmpleak_lint.simulation.player import Screen
from tmpleak_lint.simulation.strategies import AS_WRITTEN, named

HERE = Path(__file__).parent
OUT = HERE / "_static"
SEEN = "fixtures/leaky/request_handler.py:21"
FOLDER = "fixtures/leaky"
MOST_BYTES = 300_000
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
)


TERMINAL_TICK = 113
TERMINAL = (
    "margin:0;padding:20px 24px;background:#14130f;color:#f0ebe0;font:14px/1.4 monospace;white-space:pre"
)
ANSI = {
    "1": "font-weight:bold",
    "2": "color:#8a8171",
    "34": "color:#6ba8e8",
    "97;41": "color:#fff;background:#c23a18",
    "32": "color:#56c493",
    "33": "color:#e8b04a",
    "35": "color:#d879b4",
    "36": "color:#62c4c4",
    "1;34": "font-weight:bold;color:#6ba8e8",
    "1;31": "font-weight:bold;color:#ff6a3d",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the page's state (its hash), the window in CSS pixels, and pixels for each of those."""

    name: str
    target: str
    state: str
    width: int
    height: int
    scale: float = 1


PICTURES = (
    Picture("light", SEEN, "tick=113&theme=light", 1280, 720),
    Picture("end", SEEN, "tick=end&theme=light", 1280, 720),
    Picture("dark", SEEN, "tick=end&theme=dark", 1280, 720),
    Picture("last-line", SEEN, "tick=end&theme=light&strategy=last-line", 1280, 720),
    Picture("phone", SEEN, "tick=60&theme=dark", 390, 844, 1.5),
    Picture("all-findings", FOLDER, "finding=all&tick=end&theme=light", 1280, 720),
)


def take(browser: Chrome, picture: Picture, page: Path) -> None:
    """Open the page in the picture's state and write what the window shows."""
    metrics = {
        "width": picture.width,
        "height": picture.height,
        "deviceScaleFactor": picture.scale,
        "mobile": picture.width < 600,
    }
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get("about:blank")
    browser.get(f"{page.as_uri()}#{picture.state}")
    data = base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])
    if len(data) > MOST_BYTES:
        raise SystemExit(f"{picture.name}: {len(data):,} bytes are too many for a picture in the repository")
    (OUT / f"simulation-{picture.name}.png").write_bytes(data)
    print(f"{picture.name}: {len(data):,} bytes")


def terminal() -> str:
    """A page that shows the terminal's picture of the same run, in its colours."""
    (one,) = find(SEEN, isolated=True)
    strategies = [named(AS_WRITTEN), named("try-finally")]
    screen = Screen([one.case], Settings(), strategies, (112, 40), color=True, keyboard=True)
    runs = [Run(programs_under([one.case], each), Settings(), NoStore()).frames() for each in strategies]
    for frames in zip_longest(*runs):
        screen.take(frames)
        if frames[0].tick == TERMINAL_TICK:
            break
    text = html.escape("\n".join(screen.draw()))
    for code, style in ANSI.items():
        text = text.replace(f"\x1b[{code}m", f'<span style="{style}">')
    text = text.replace("\x1b[0m", "</span>")
    prompt = f'<span style="color:#86cfa5">$</span> tmpleak-lint simulate {SEEN}'
    return f'<meta charset="utf-8"><body style="{TERMINAL}">{prompt}\n\n{text}'


def run() -> None:
    """Make the pages in a temp directory, then every picture."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in FLAGS.split():
        options.add_argument(flag)
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        options.add_argument(f"--user-data-dir={folder}/profile")
        browser = Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            for number, picture in enumerate(PICTURES):
                page = Path(folder) / f"{number}.html"
                sys.stdout = open(Path(folder) / "table.txt", "w", encoding="utf-8")
                try:
                    main([picture.target, "--html", str(page), "--isolated"])
                finally:
                    sys.stdout.close()
                    sys.stdout = sys.__stdout__
                take(browser, picture, page)
            page = Path(folder) / "terminal.html"
            page.write_text(terminal(), encoding="utf-8")
            take(browser, Picture("terminal", SEEN, "", 960, 425), page)
        finally:
            browser.quit()


if __name__ == "__main__":
    run()
