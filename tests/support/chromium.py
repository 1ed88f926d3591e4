"""Chromium without a screen, as small or large as a test wants it, and photographs of what it shows."""

import os
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from tests.support.process import program

_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --window-size=1280,1000"
)
_HEIGHT = 900


def chromium(profile: Path, *flags: str, log: str = "browser", has_scripts: bool = True) -> webdriver.Chrome:
    """A browser that has never been anywhere; whoever starts it quits it. `log` is what `get_log` will tell of."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium")
    for flag in (*_FLAGS.split(), *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {log: "ALL"})
    if not has_scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    return webdriver.Chrome(options=options, service=Service(program("chromedriver")))


def resize(driver: WebDriver, width: int, scheme: str = "light", height: int = _HEIGHT) -> None:
    """Be a telephone or a desk, by day or at night ("light", "dark")."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def photograph(driver: WebDriver, name: str, width: int, scheme: str = "light") -> None:
    """The whole page, kept as $SCREENSHOTS/NAME-WIDTH-SCHEME.png where somebody wants to look at it."""
    if not (folder := os.environ.get("SCREENSHOTS")):
        return  # laying out and painting each page at full length takes a fifth of its test
    Path(folder).mkdir(parents=True, exist_ok=True)
    height = driver.execute_script("return document.documentElement.scrollHeight")
    resize(driver, width, scheme, max(300, height))
    driver.save_screenshot(str(Path(folder) / f"{name}-{width}-{scheme}.png"))
    resize(driver, width, scheme)
