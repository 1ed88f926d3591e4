"""Every page there is, and what a person does with any of them."""

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from tests.support.chromium import photograph
from tests.support.waiting import until
from tests.support.web import SEEN_S, page_in

PAGES = [
    "/", "/settings", "/settings/box", "/settings/telephones", "/settings/telephones/1", "/settings/telephones/+",
    "/settings/trunks/0", "/settings/dialling", "/people", "/tokens", "/system", "/system/log", "/account", "/sessions",
    "/wizard/country", "/wizard/telephones", "/wizard/uplink?provider=choose", "/wizard/uplink?provider=pbxes",
    "/wizard/uplink?provider=generic", "/wizard/outside-line", "/wizard/emergency", "/wizard/done", "/nowhere",
    "/self-test", "/calls", "/calls/1", "/statistics", "/statistics?range=7d", "/statistics?range=30d",
]  # fmt: skip


def speak(driver: WebDriver, url: str, language: str) -> None:
    """Choose the language on the page, as a person does."""
    driver.get(f"{url}setup")
    before = page_in(driver)
    driver.find_element(By.CSS_SELECTOR, f'.languages [value="{language}"]').click()
    until(lambda: page_in(driver) not in ("", before), SEEN_S, language)
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == language


def complaints(driver: WebDriver) -> list[str]:
    """What the browser found wrong; that a page refuses something is none of it."""
    entries = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    return [entry for entry in entries if not any(status in entry for status in ("401 (", "404 (", "422 (", "409 ("))]


def keep(driver: WebDriver, path: str, width: int, scheme: str = "light") -> None:
    language = driver.find_element(By.TAG_NAME, "html").get_attribute("lang")
    photograph(driver, f"{path.strip('/').replace('/', '_').replace('?', '_') or 'overview'}-{language}", width, scheme)
