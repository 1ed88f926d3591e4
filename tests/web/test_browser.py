"""The page in Chromium through nginx and TLS, in both languages, small and large, light and dark."""

import os

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from firmware.setup_code import SetupCodes
from firmware.webadmin.roles import Role
from tests.support import axe
from tests.support.chromium import photograph, resize
from tests.support.waiting import until
from tests.support.web import PASSWORD, fill, sign_in
from tests.web.conftest import DEADLINE_S, TlsBox
from tests.web.seeing import complaints, keep, speak

WORDS = {
    "en": ("Settings", "Saved. This is in effect now."),
    "de": ("Einstellungen", "Gespeichert. Das gilt ab jetzt."),
}


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["en", "de"])
def test_from_the_setup_code_to_a_setting_that_is_in_effect(
    tls_box: TlsBox, driver: WebDriver, url: str, language: str, width: int
) -> None:
    resize(driver, width)
    speak(driver, url, language)
    driver.get(url)
    assert driver.current_url == f"{url}setup"
    keep(driver, "setup", width)
    complaints(driver)
    code = SetupCodes(tls_box.folder).make().grouped
    fill(driver, code=code.lower().replace("-", " "), password="password1234", again="password1234")
    assert driver.find_element(By.ID, "password-error").is_displayed()
    fill(driver, password=PASSWORD, again=PASSWORD)
    steps = ["country", "telephones", "uplink", "outside-line", "emergency", "done"]
    for step in steps:
        until(lambda at=step: driver.current_url == f"{url}wizard/{at}", DEADLINE_S, step)  # type: ignore[misc]
        keep(driver, f"wizard-{step}", width)
        button = '[value="skip"]' if step == "uplink" else '.wizard [value="save"]'
        driver.find_element(By.CSS_SELECTOR, button).click()
    until(lambda: driver.current_url == url, DEADLINE_S, "the overview")
    driver.find_element(By.CSS_SELECTOR, 'nav [href="/settings"]').click()
    change_a_telephone(tls_box, driver, language, width)
    sign_out_and_in(driver, url)
    assert complaints(driver) == []


def change_a_telephone(tls_box: TlsBox, driver: WebDriver, language: str, width: int) -> None:
    settings, saved = WORDS[language]
    until(lambda: driver.find_element(By.TAG_NAME, "h1").text == settings, DEADLINE_S, settings)
    driver.find_element(By.CSS_SELECTOR, '[href="/settings/telephones"]').click()
    driver.find_element(By.LINK_TEXT, "2").click()
    fill(driver, f__name="Attic", f__transmit_gain_db="99")
    assert "12" in driver.find_element(By.ID, "f-transmit_gain_db-error").text
    keep(driver, "refused", width)
    assert driver.find_element(By.ID, "f-name").get_attribute("value") == "Attic"
    fill(driver, f__transmit_gain_db="1,5")
    assert saved in driver.find_element(By.CSS_SELECTOR, ".alert.good").text
    telephone = tls_box.gateway.applied[-1].telephones["2"]
    assert (telephone.name, telephone.transmit_gain_db) == ("Attic", 1.5)


def sign_out_and_in(driver: WebDriver, url: str) -> None:
    driver.find_element(By.CSS_SELECTOR, 'form[action="/sign-out"] button').click()
    until(lambda: driver.current_url == f"{url}sign-in", DEADLINE_S, "signed out")
    fill(driver, password="wrong wrong wrong")
    assert driver.find_element(By.ID, "error").is_displayed()
    fill(driver, password=PASSWORD)
    assert driver.current_url == url


@pytest.mark.parametrize("width", [320, 1280])
def test_the_hops_of_a_test_call_appear_one_after_another(
    tls_box: TlsBox, driver: WebDriver, url: str, width: int
) -> None:
    tls_box.pages.users.set_password("installer", PASSWORD, Role.INSTALLER)
    resize(driver, width)
    sign_in(driver, url)
    driver.get(f"{url}self-test")
    driver.find_element(By.XPATH, "//button[text()='Ring it']").click()

    def hops() -> str:
        return str(driver.execute_script("return document.getElementById('hop-list')?.innerText ?? ''"))

    until(lambda: "Telephone 1 is on its adapter" in hops(), DEADLINE_S, "the first hop")
    assert "stopped here" not in hops() and driver.find_element(By.ID, "stop-test").is_displayed()
    assert axe.violations(driver) == []
    tls_box.prober.go.set()
    until(lambda: "stopped here" in hops(), DEADLINE_S, "the hop where it stopped, without a reload")
    assert "Is the handset on the hook" in hops()
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert axe.violations(driver) == []
    photograph(driver, "self-test-stopped", width)


def test_forms_are_filled_and_sent_without_a_mouse(driver: WebDriver, tls_box: TlsBox, url: str) -> None:
    code = SetupCodes(tls_box.folder).make().text
    driver.get(f"{url}setup")
    assert driver.switch_to.active_element == driver.find_element(By.ID, "code")
    keys = webdriver.ActionChains(driver).send_keys(code, "\t", PASSWORD, "\t", PASSWORD, "\n")
    keys.perform()
    until(lambda: driver.current_url == f"{url}wizard/country", DEADLINE_S, "the first step")
    webdriver.ActionChains(driver).send_keys("\t", "\n").perform()
    assert driver.current_url.endswith("#main"), "the first key leads past the navigation"


def test_the_browser_keeps_no_session_when_it_is_closed(driver: WebDriver, tls_box: TlsBox, url: str) -> None:
    code = SetupCodes(tls_box.folder).make().text
    driver.get(f"{url}setup")
    fill(driver, code=code, password=PASSWORD, again=PASSWORD)
    cookie = driver.get_cookie("__Host-twinline")
    assert cookie is not None
    assert "expiry" not in cookie
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    assert driver.execute_script("return document.cookie") == ""


def test_the_first_paint_is_quick_and_light(driver: WebDriver, tls_box: TlsBox, url: str) -> None:
    code = SetupCodes(tls_box.folder).make().text
    driver.get(f"{url}setup")
    fill(driver, code=code, password=PASSWORD, again=PASSWORD)
    paints = []
    for _ in range(3):
        driver.get(url)
        told = "return performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0]"
        paints.append(until(lambda: driver.execute_script(told), DEADLINE_S, "paint"))  # noqa: B023
    sizes = driver.execute_script(
        "return performance.getEntries().map(entry => entry.decodedBodySize || 0).reduce((a, b) => a + b)"
    )
    assert sizes < 150_000
    if not os.environ.get("CI"):
        assert min(paints) < 1000, paints  # 300 ms on a machine of its own
    names = driver.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert all(name.startswith(url) for name in names)
