"""The log: one line a record, and nothing in it that a thief could use."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware import log

ROOT = Path(__file__).parents[3]


@pytest.fixture
def line_of(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    handler = logging.StreamHandler()
    handler.setFormatter(log.OneLine("gateway"))

    def line_of(message: str, *values: object, fault: BaseException | None = None) -> str:
        trace = (type(fault), fault, fault.__traceback__) if fault else None
        record = logging.LogRecord("firmware.telephony.sip.trunk", logging.INFO, "", 0, message, values, trace)
        text = handler.format(record)
        assert "\n" not in text
        return text.partition("telephony.sip.trunk: ")[2]

    return line_of


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("call to +4930123456789 ends", "call to +493...89 ends"),
        ("dialled *21*0301234567#", "dialled *21*030...67#"),
        ("<sip:0301234567@192.168.178.20:5060>", "<sip:030...67@192.168.178.20:5060>"),
        ("extension 200000 on port 65535, 8000 Hz", "extension 200000 on port 65535, 8000 Hz"),
        ("Authorization: Digest username=x, response=abc\r\nVia: y", "Authorization: **** | Via: y"),
        ("proxy-authorization: Digest abc", "proxy-authorization: ****"),
        ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1j", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****"),
        ('{"password": "hun ter"}', '{"password": ****}'),
        ("password=hunter2, name=x", "password=****, name=x"),
        ("PIN: 1234", "PIN: ****"),
        ("two\nlines\r\n\r\nand more", "two | lines | and more"),
        ("bell \x07 and \x1b[31mred", "bell ? and ?[31mred"),
        ("a" + "x" * 5000 + "b", "a" + "x" * 1999 + " ... " + "x" * 1999 + "b"),
    ],
)
def test_a_line_is_one_line_without_secrets(line_of: Callable[..., str], message: str, shown: str) -> None:
    assert line_of(message) == shown


def test_a_known_secret_is_masked_wherever_it_turns_up(line_of: Callable[..., str]) -> None:
    log.hide("hunter2-canary")
    log.hide("abc")
    assert line_of("it is %s, abc", "x-hunter2-canary-y") == "it is x-****-y, abc"
    try:
        raise ValueError("hunter2-canary")
    except ValueError as error:
        shown = line_of("fault", fault=error)
    assert "hunter2-canary" not in shown
    assert shown.startswith("fault | Traceback")
    assert shown.endswith("ValueError: ****")


def test_a_state_is_logged_when_it_changes_and_not_while_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    transitions = log.Transitions(logging.getLogger("test"))
    for state in ["lost"] * 1000 + ["back"] * 1000 + ["lost"]:
        transitions.log("trunk main", state, logging.INFO, "trunk %s is %s", "main", state)
    transitions.log("trunk other", "lost", logging.INFO, "trunk other is lost")
    assert [record.getMessage() for record in caplog.records] == [
        "trunk main is lost",
        "trunk main is back",
        "trunk main is lost",
        "trunk other is lost",
    ]


@pytest.mark.parametrize(
    ("level", "quiet", "shown"),
    [
        ("info", "", ["info", "warning", "error"]),
        ("debug", "", ["debug", "info", "warning", "error"]),
        ("error", "", ["error"]),
        ("debug", "warning", ["warning", "error"]),
        ("error", "warning", ["error"]),
    ],
)
def test_levels_are_those_of_the_setting_unless_quiet_is_wanted(level: str, quiet: str, shown: list[str]) -> None:
    code = (
        f"import logging; from firmware import log; log.set_up('web'); log.set_level({level!r});"
        "[logging.getLogger('firmware.x').log(n, 'w') for n in (10, 20, 30, 40)]"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={log.QUIET: quiet},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[2:] for line in result.stderr.splitlines()] == [["web", name, "x:", "w"] for name in shown]


def test_what_nobody_catches_is_one_line_without_secrets_too() -> None:
    code = (
        "import threading; from firmware import log; log.set_up('web'); log.hide('hunter2-canary')\n"
        "def fail(): raise ValueError('hunter2-canary')\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join(); fail()"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert " web critical log: fault, nobody caught it | Traceback" in line
        assert line.endswith("ValueError: ****")
