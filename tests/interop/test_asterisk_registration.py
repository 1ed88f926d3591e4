"""The box as a subscriber of an Asterisk: how it registers, is refused, and comes back after an outage."""

from pathlib import Path

import pytest

from tests.support.ca import TestCa
from tests.support.hosted import DOMAIN, ENCRYPTED, PLAIN, Hosted
from tests.support.waiting import until

pytestmark = pytest.mark.interop

NOTICED_S = 10.0
BACK_S = 40.0  # the first steps of the back-off, with room


def test_it_registers_over_tls_by_digest_and_unregisters(hosted: Hosted) -> None:
    hosted.unsubscribe()
    hosted.forget()
    hosted.subscribe()
    (contact,) = hosted.asterisk.contacts(ENCRYPTED)
    assert contact.startswith(f"sip:{ENCRYPTED}@{hosted.address}:")
    first, second = (message for message in hosted.messages("REGISTER") if message.is_request)
    assert first.transport == second.transport == "tls"
    assert first.start_line == f"REGISTER sip:{DOMAIN} SIP/2.0"
    assert not first.header("Authorization")
    assert second.header("Authorization").startswith("Digest ")
    answers = [message.start_line for message in hosted.messages("REGISTER") if not message.is_request]
    assert answers == ["SIP/2.0 401 Unauthorized", "SIP/2.0 200 OK"]
    hosted.unsubscribe()
    assert not hosted.asterisk.contacts(ENCRYPTED)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_it_registers_and_is_called_over_other_transports(hosted: Hosted, tmp_path: Path, transport: str) -> None:
    hosted.subscribe(PLAIN, transport)
    assert len(hosted.asterisk.contacts(PLAIN)) == 1
    hosted.call_in(account=PLAIN)
    hosted.box.phone(1).wait("ringing", True)
    hosted.box.phone(1).lift()
    hosted.assert_hears_itself(tmp_path)
    assert {message.transport for message in hosted.messages("INVITE")} == {transport}


def test_a_wrong_password_is_said_in_words_and_not_tried_again_at_once(hosted: Hosted) -> None:
    name = hosted.use(hosted.trunk(password="wrong"))
    trunk = hosted.box.wait_trunk(name, "refused")
    assert "password" in trunk["text"]
    assert trunk["retry_in_s"] > 30
    asked = [m for m in hosted.messages("REGISTER") if m.is_request and ENCRYPTED in m.header("From")]
    assert len(asked) == 2, "without and with the digest"
    assert not hosted.asterisk.contacts(ENCRYPTED)


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_wrong_certificate_is_said_in_words_and_nothing_is_sent(hosted: Hosted, tmp_path: Path, wrong: str) -> None:
    other = {"tls_ca_file": str(TestCa(tmp_path / "other").file)} if wrong == "authority" else {"tls_name": "a.test"}
    name = hosted.use(hosted.trunk(**other))
    trunk = hosted.box.wait_trunk(name, "waiting")
    assert "certificate" in trunk["text"]
    assert not hosted.messages()


def test_it_notices_that_asterisk_is_gone_and_comes_back_with_it(hosted: Hosted, tmp_path: Path) -> None:
    with hosted.another_asterisk(tmp_path / "other") as asterisk:
        name = hosted.subscribe(outbound_proxy=asterisk.host("tls"))
        asterisk.stop()
        until(lambda: hosted.box.trunk(name)["state"] != "registered", NOTICED_S, "the outage is noticed")
        hosted.box.phone(1).lift_and_dial("9*43")
        hosted.box.phone(1).wait_tone("congestion")
        hosted.box.phone(1).hang_up()
        asterisk.start()
        hosted.box.wait_trunk(name, "registered", BACK_S)
        assert len(asterisk.contacts(ENCRYPTED)) == 1
        hosted.call("*43")
        hosted.assert_hears_itself(tmp_path)
        hosted.box.phone(1).hang_up()
        hosted.box.wait_idle()
