"""Every page in Chromium: it fits the width, and axe finds nothing that keeps people from using it."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from firmware.records import FILE_NAME, LineSample, Quality, RecordWriter
from firmware.webadmin.roles import Role
from tests.support import axe
from tests.support.chromium import resize
from tests.support.web import PASSWORD, sign_in
from tests.unit.records.making import ended, outgoing
from tests.web.conftest import DEADLINE_S, TlsBox
from tests.web.seeing import PAGES, keep, speak


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 320, "light"), ("de", 320, "dark"), ("de", 1280, "light"), ("en", 1280, "dark")],
)
def test_every_page_fits_and_axe_finds_nothing(
    tls_box: TlsBox, driver: WebDriver, url: str, language: str, width: int, scheme: str
) -> None:
    keep_a_past(tls_box.folder / FILE_NAME)
    trunk = {"name": "main", "domain": "sip.a-very-long-provider-name.example.org", "username": "4930"}
    tls_box.gateway.desk.set({f"trunks/-/{name}": value for name, value in trunk.items()})
    resize(driver, width, scheme)
    speak(driver, url, language)
    check(driver, f"{url}setup", width)
    tls_box.pages.users.set_password("installer", PASSWORD, Role.INSTALLER)
    check(driver, f"{url}sign-in", width)
    sign_in(driver, url)
    for path in PAGES:
        check(driver, url + path[1:], width)
        keep(driver, path, width, scheme)


def keep_a_past(path: Path) -> None:
    """Calls, states and samples for every graph."""
    writer, now = RecordWriter(path), time.time()
    writer.start()
    for number in range(40):
        sound = Quality("PCMA", number / 10, float(number), 20.0, 4.4 - number / 20)
        call = ended(outgoing(str(number), started_at=now - 3000 * number - 900, destination_quality=sound))
        writer.post(replace(call, history=("forwarded:11",)))
        writer.line_sample(LineSample("fxs1", now - 600 * number, 20.0 + number % 3, 4.0, number % 2, -7.0))
    for state in ("registering", "registered", "waiting"):
        writer.trunk_state("sip.a-very-long-provider-name.example.org", state, "")
    assert writer.is_written(DEADLINE_S)
    writer.stop()


def check(driver: WebDriver, address: str, width: int) -> None:
    driver.get(address)
    assert driver.current_url == address
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width, address
    found = axe.violations(driver)
    assert found == [], (address, found)
