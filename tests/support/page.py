"""The first page of a box in Chromium, by the words that a person sees and the buttons that he presses."""

import time
from collections.abc import Callable
from pathlib import Path

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By

from tests.support.box import Box
from tests.support.chromium import chromium
from tests.support.waiting import until

START_S = 60.0  # a newcomer's patience
SEEN_S = 15.0
_LOOK_S = 0.1  # a browser that is asked without pause takes the processor from the telephones


class Page:
    """The page in Chromium, by the words that a person sees."""

    def __init__(self, profile: Path, *options: str, has_scripts: bool = True) -> None:
        self.driver = chromium(profile, *options, has_scripts=has_scripts)

    def part(self, name: str) -> str:
        """What a live part shows now."""
        return self._steady(lambda: self.driver.find_element(By.CSS_SELECTOR, f'[sse-swap="{name}"]').text)

    def state(self, card: str) -> str:
        return self._steady(
            lambda: self.driver.find_element(By.CSS_SELECTOR, f"#{card} [data-state]").get_attribute("data-state") or ""
        )

    def extension(self, card: str) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, f"#{card} .number").text

    def press(self, card: str, label: str) -> None:
        """Press the button of a card that reads `label`."""
        for button in self.driver.find_elements(By.CSS_SELECTOR, f"#{card} button"):
            if button.text.strip() == label:
                self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
                button.click()
                return
        raise AssertionError(f"{card} has no button {label!r}")

    def do(self, card: str, value: str) -> None:
        """Press the button of a card that does that, in whatever language."""
        button = self.driver.find_element(By.CSS_SELECTOR, f'#{card} button[value="{value}"]')
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def fill(self, field: str, text: str) -> None:
        element = self.driver.find_element(By.ID, field)
        element.clear()
        element.send_keys(text)

    def loudness(self, card: str) -> float:
        """0 to 1: what the meter of a card shows."""
        time.sleep(_LOOK_S)
        meter = self.driver.find_element(By.CSS_SELECTOR, f"#{card} meter")
        return float(meter.get_property("value"))  # type: ignore[arg-type]

    def played_s(self, card: str) -> float:
        """How much sound the browser has played."""
        button = self.driver.find_element(By.CSS_SELECTOR, f"#{card} [data-listen]")
        return float(button.get_attribute("data-played") or 0)

    def complaints(self) -> list[str]:
        """What the browser complained of since it was asked last: failed requests, blocked content, errors."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def _steady(self, look: Callable[[], str]) -> str:
        while True:
            time.sleep(_LOOK_S)
            try:
                return look()
            except StaleElementReferenceException:  # the page was reloaded just now
                continue


def url_of(box: Box) -> str:
    """Where the page of the box is; ends with a slash."""
    path = box.folder / "run" / "web.url"
    until(path.exists, START_S, "the page has an address")
    return path.read_text().strip()
