"""Lets a browser in: as the first visitor with the code that the box tells, or by password."""

from pathlib import Path

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from firmware.setup_code import SetupCodes
from tests.support.waiting import until

PASSWORD = "purple kettle on the roof"
SEEN_S = 15.0


def set_up(driver: WebDriver, url: str, folder: Path) -> None:
    """Be the first visitor of the box in `folder`, or one who got a new code at the box."""
    driver.get(f"{url}setup")
    fill(driver, code=SetupCodes(folder).make().grouped, password=PASSWORD, again=PASSWORD)
    driver.get(url)


def sign_in(driver: WebDriver, url: str) -> None:
    """Be the installer of a box that is set up."""
    driver.get(f"{url}sign-in")
    fill(driver, password=PASSWORD)


def fill(driver: WebDriver, **values: str) -> None:
    """Fill the page's form by the ids of its fields and send it; returns when another page is there."""
    for field, value in values.items():
        element = driver.find_element(By.ID, field.replace("f__", "f-"))
        element.clear()
        element.send_keys(value)
    before = page_in(driver)
    element.submit()
    until(lambda: page_in(driver) not in ("", before), SEEN_S, "the next page")


def page_in(driver: WebDriver) -> str:
    """Which page is shown now; "" between two."""
    try:
        return str(driver.find_element(By.TAG_NAME, "html").id)
    except (NoSuchElementException, StaleElementReferenceException):
        return ""
