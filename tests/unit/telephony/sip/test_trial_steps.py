"""What a trial tells of an account, from what the registration came to."""

import pytest

from firmware.telephony.events import Cause
from firmware.telephony.sip import registration
from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.registration import Phase, Registration
from firmware.telephony.sip.trial_steps import echo_ended, is_same_binding, registration_steps, time_over

BEGUN = registration.started(Registration())[0]


def account(**changes: object) -> TrunkAccount:
    return TrunkAccount(**{"name": "main", "username": "u", "password": "p", "domain": "a.example"} | changes)  # type: ignore[arg-type]


def failed(status: int, flaw: str = "", **changes: object) -> dict[str, str]:
    now = registration.failed(BEGUN, status=status, words=f"words of {status}", retry_after_s=None, dice=0.5)[0]
    return {told.step: told.state for told in registration_steps(account(**changes), now, flaw)}


def test_nothing_is_told_before_it_is_decided() -> None:
    assert registration_steps(account(), BEGUN, "") == []
    waiting = registration.failed(BEGUN, status=503, words="", retry_after_s=None, dice=0.5, is_last_target=False)[0]
    assert registration_steps(account(), waiting, "") == [], "there is another server"


@pytest.mark.parametrize(
    ("status", "flaw", "steps"),
    [
        (503, "has expired", {"connection": "done", "certificate": "failed"}),
        (503, "", {"connection": "failed"}),
        (408, "", {"connection": "failed"}),
        (401, "", {"connection": "done", "certificate": "done", "password": "failed"}),
        (403, "", {"connection": "done", "certificate": "done", "password": "failed"}),
        (404, "", {"connection": "done", "certificate": "done", "password": "failed"}),
        (
            402,
            "",
            {"connection": "done", "certificate": "done", "password": "skipped", "registered": "failed"},
        ),
        (
            500,
            "",
            {"connection": "done", "certificate": "done", "password": "skipped", "registered": "failed"},
        ),
    ],
)
def test_a_failure_stands_at_its_step(status: int, flaw: str, steps: dict[str, str]) -> None:
    assert failed(status, flaw) == steps


def test_a_certificate_that_nobody_looks_at_is_skipped() -> None:
    assert failed(401, transport="udp")["certificate"] == "skipped"
    assert failed(401, is_tls_verified=False)["certificate"] == "skipped"


def test_silence_over_udp_counts_before_the_engine_gives_up() -> None:
    now = registration.unanswered(BEGUN, "no answer")[0]
    assert now.phase is Phase.REGISTERING
    assert [told.step for told in registration_steps(account(transport="udp"), now, "")] == ["connection"]


def test_an_account_that_does_not_register_is_told_so() -> None:
    steps = registration_steps(account(is_registering=False), registration.accepted(BEGUN)[0], "")
    assert {told.state for told in steps[:-1]} == {"skipped"}
    assert steps[-1].text == "this account does not register"


def test_what_is_wrong_with_an_echo_test_is_told() -> None:
    texts = {
        echo_ended(Cause.BUSY, is_answered=False, is_sound=False).text,
        echo_ended(Cause.NORMAL, is_answered=True, is_sound=False).text,
        time_over(is_registering=False, is_answered=True, is_sound=True).text,
        time_over(is_registering=True, is_answered=False, is_sound=False).text,
    }
    assert len(texts) == 4 and "the call was not answered: busy" in texts


def test_accounts_that_a_registrar_cannot_tell_apart_are_known() -> None:
    one = account()
    assert is_same_binding(one, account(name="other", password="q", srtp="off"))
    assert not is_same_binding(one, account(username="v"))
    assert not is_same_binding(one, account(transport="tcp"))
    assert not is_same_binding(one, account(tls_name="b.example")), "its transport is its own"
    assert is_same_binding(account(transport="udp"), account(transport="udp", outbound_proxy="proxy.example"))
