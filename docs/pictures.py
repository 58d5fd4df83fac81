"""Makes the pictures of the simulation for README and docs, each from a real run.

Usage: python docs/pictures.py    (needs chromium, chromedriver and the `selenium` package)
Writes docs/_static/simulation-*.png. The runs are seeded: the same code gives the same pictures, up to the
fonts of the machine.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tmpleak_lint.cli.simulate import main

HERE = Path(__file__).parent
OUT = HERE / "_static"
SEEN = "fixtures/leaky/request_handler.py:21"
FOLDER = "fixtures/leaky"
MOST_BYTES = 300_000
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
)


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
    Picture("light", SEEN, "tick=116&theme=light", 1280, 1085),
    Picture("dark", SEEN, "tick=116&theme=dark", 1280, 1085),
    Picture("try-finally", SEEN, "tick=150&theme=light&strategy=try-finally", 1280, 1085),
    Picture("phone", SEEN, "tick=150&theme=dark", 390, 844, 1.5),
    Picture("all-findings", FOLDER, "finding=all&tick=end&theme=light", 1280, 1400),
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
        finally:
            browser.quit()


if __name__ == "__main__":
    run()
