"""An outside account is tried live before it is saved, step by step in words; nobody notices and nothing stays."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware.control import Refused
from tests.support.baresip import CLOSED, ESTABLISHED, INCOMING, REGISTERED, Account, Baresip
from tests.support.box import Box
from tests.support.ca import Certificate, TestCa
from tests.support.dns import A, Dns
from tests.support.network import free_port, loopback_address
from tests.support.registrar import Registrar
from tests.support.site import BOB, BOX, DOMAIN, USERS, Site
from tests.support.sound import fingerprint
from tests.support.waiting import until

ECHO, ECHO_PASSWORD = "*43", "secret-of-the-echo"
PROVIDER = "pbxes"  # whose echo test has this number
ALL = ["name", "connection", "certificate", "password", "registered", "echo"]


@pytest.fixture(scope="module")
def far(running_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registrar]:
    """A registrar behind which somebody may be the echo test."""
    with Registrar(
        tmp_path_factory.mktemp("far"),
        USERS | {ECHO: ECHO_PASSWORD},
        certificate=running_site.ca.server(DOMAIN),
        domain=DOMAIN,
    ) as registrar:
        yield registrar


def echo_test(folder: Path, far: Registrar, **how: Any) -> Baresip:
    """Answers at once, and gives back what it hears, or plays something else."""
    account = Account(ECHO, DOMAIN, ECHO_PASSWORD, outbound_proxy=far.host("udp"), answers="auto")
    return Baresip(folder / "echo", account, **(how or {"echoes": True}))


def attempt(site: Site, trunk: dict[str, Any], provider: str = "") -> list[dict[str, str]]:
    """All that the gateway tells of a trial."""
    with site.box.gateway.stream("trunk.try", trunk=trunk, provider=provider) as stream:
        return [item for item in stream if isinstance(item, dict)]


def states(told: list[dict[str, str]]) -> dict[str, str]:
    return {item["step"]: item["state"] for item in told}


def failure(told: list[dict[str, str]]) -> tuple[str, str]:
    """The step that failed, which is the last, and why."""
    assert [item["state"] == "failed" for item in told] == [False] * (len(told) - 1) + [True], told
    return told[-1]["step"], told[-1]["text"]


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_every_step_of_an_account_that_works_is_told_in_order(
    site: Site, far: Registrar, tmp_path: Path, transport: str
) -> None:
    site.use()
    with echo_test(tmp_path, far) as echo:
        echo.wait_for(REGISTERED)
        told = attempt(site, site.trunk(transport, far), PROVIDER)
    assert [item["step"] for item in told] == ALL
    certificate = "done" if transport == "tls" else "skipped"
    assert states(told) == dict.fromkeys(ALL, "done") | {"certificate": certificate}, told
    assert told[-1]["text"].startswith("heard after ")
    # Nothing is left: neither there, nor here.
    assert far.contacts(BOX) == []
    assert site.trunk_names() == [] and site.box.calls() == []
    assert site.box.status()["channels"]["used"] == 0


def test_where_no_echo_test_is_known_it_is_skipped(site: Site, far: Registrar) -> None:
    site.use()
    told = attempt(site, site.trunk("udp", far))
    assert states(told) == dict.fromkeys(ALL, "done") | {"certificate": "skipped", "echo": "skipped"}
    assert far.contacts(BOX) == []


def test_a_name_that_does_not_exist_is_told(site: Site, tmp_path: Path) -> None:
    with Dns(tmp_path, A("other.test", "127.0.0.1")) as dns:
        site.use(sip__nameservers=[dns.server])
        told = attempt(site, site.trunk("tls", outbound_proxy="sip.example.test", tls_name=""))
    assert failure(told) == ("name", "the name sip.example.test does not exist")


def test_a_name_server_that_is_silent_is_told(site: Site) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind((loopback_address(), 0))
        site.use(sip__nameservers=["{}:{}".format(*nobody.getsockname())])
        step, words = failure(attempt(site, site.trunk("udp", outbound_proxy="sip.example.test:5060")))
    site.use(sip__nameservers=[])
    assert step == "name" and "no name server answers" in words


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_connection_that_is_refused_is_told(site: Site, transport: str) -> None:
    site.use(sip__nameservers=[])
    address = loopback_address()
    step, words = failure(attempt(site, site.trunk(transport, outbound_proxy=f"{address}:{free_port(address)}")))
    assert (step, words) == ("connection", f"{address}: Connection refused")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_server_that_is_silent_is_told_within_seconds(site: Site, tmp_path: Path, transport: str) -> None:
    site.use()
    with Registrar(tmp_path / "own", USERS, domain=DOMAIN) as registrar:
        registrar.freeze()
        began = time.monotonic()
        step, words = failure(attempt(site, site.trunk(transport, registrar)))
        took_s = time.monotonic() - began
        registrar.thaw()
    assert step == "connection" and "no answer" in words
    assert took_s < 20


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("expired", "has expired"),
        ("wrong name", "made out to pbx.other.test, which is not the name expected"),
        ("unknown CA", "not vouched for by an authority that is trusted"),
    ],
)
def test_a_wrong_certificate_is_told(site: Site, tmp_path: Path, kind: str, words: str) -> None:
    certificate: Certificate = {
        "expired": lambda: site.ca.expired(DOMAIN),
        "wrong name": lambda: site.ca.server("pbx.other.test", file_name="trial-other"),
        "unknown CA": lambda: TestCa(tmp_path / "other-ca", "Another CA").server(DOMAIN),
    }[kind]()
    site.use()
    with Registrar(tmp_path / "own", USERS, certificate=certificate, domain=DOMAIN) as registrar:
        told = attempt(site, site.trunk("tls", registrar))
        assert registrar.messages() == []
    step, text = failure(told)
    assert step == "certificate" and words in text
    assert states(told)["connection"] == "done"


def test_a_wrong_password_and_an_unknown_account_are_told(site: Site, far: Registrar) -> None:
    site.use()
    for wrong in ({"password": "wrong"}, {"username": "5557777"}):
        told = attempt(site, site.trunk("tls", far) | wrong)
        step, text = failure(told)
        assert step == "password" and "refused" in text
        assert states(told)["certificate"] == "done"


def test_an_echo_test_that_nobody_answers_or_that_gives_nothing_back_is_told(
    site: Site, far: Registrar, tmp_path: Path
) -> None:
    site.use()
    assert failure(attempt(site, site.trunk("udp", far), PROVIDER)) == (
        "echo",
        "the call was not answered: not reachable",
    )
    with echo_test(tmp_path, far, plays=np.zeros(8000, np.int16)) as mute:
        mute.wait_for(REGISTERED)
        step, text = failure(attempt(site, site.trunk("udp", far), PROVIDER))
    assert (step, text) == ("echo", "the call was answered, but no sound came back")
    assert far.contacts(BOX) == []


@pytest.mark.parametrize("transport", ["udp", "tls"])
def test_a_trunk_of_the_same_account_stays_registered_and_notices_nothing(
    site: Site, far: Registrar, transport: str
) -> None:
    trunk = site.register(transport, far)
    [contact], since = far.contacts(BOX), len(far.requests("REGISTER"))
    site.new_log()
    again = trunk | {"password": "********"}  # as the page knows it
    assert states(attempt(site, again))["registered"] == "done"
    assert failure(attempt(site, trunk | {"password": "wrong"}))[0] == "password"
    if transport == "tls":
        assert failure(attempt(site, trunk | {"tls_name": "pbx.other.test"}))[0] == "certificate"
    assert far.contacts(BOX) == [contact]
    assert site.box.trunk(trunk["name"])["state"] == "registered"
    log = site.new_log()
    assert f"trunk {trunk['name']}: connection lost" not in log
    said = [each.header("Expires") for each in far.requests("REGISTER")[since:]]
    assert said and "0" not in said, "a goodbye of the trial would be the trunk's own"


def test_a_client_that_goes_away_ends_the_trial(site: Site, far: Registrar, tmp_path: Path) -> None:
    site.use()
    with echo_test(tmp_path, far, plays=fingerprint(2, 20.0)) as talker:
        talker.wait_for(REGISTERED)
        with site.box.gateway.stream("trunk.try", trunk=site.trunk("udp", far), provider=PROVIDER) as stream:
            until(lambda: next(stream)["step"] == "registered", 10, "it is registered")  # type: ignore[index]
            talker.wait_for(ESTABLISHED)
        talker.wait_for(CLOSED)
        until(lambda: far.contacts(BOX) == [], 10, "its goodbye")


def test_only_two_are_tried_at_once_and_more_ways_than_the_engine_has_room_for_one_after_the_other(
    site: Site, tmp_path: Path, far: Registrar
) -> None:
    site.use()
    with Registrar(tmp_path / "own", USERS, domain=DOMAIN) as silent:
        silent.freeze()
        trunk = site.trunk("udp", silent)
        until(lambda: _has_seat(site, far), 20, "nobody tries any more")
        with (
            site.box.gateway.stream("trunk.try", trunk=trunk) as one,
            site.box.gateway.stream("trunk.try", trunk=trunk) as other,
        ):
            assert [next(one), next(other)]
            with pytest.raises(Refused, match="two accounts are being tried already"):
                attempt(site, trunk)
        silent.thaw()
    until(lambda: _has_seat(site, far), 20, "there is room again")
    for number in range(10):
        told = attempt(site, site.trunk("tls", far, keep_alive_s=number + 1))
        assert states(told)["registered"] == "done", told
    assert far.contacts(BOX) == []


def test_what_cannot_be_saved_is_refused_in_words_and_nothing_is_stored(site: Site) -> None:
    site.use()
    with pytest.raises(Refused, match="domain"):
        attempt(site, site.trunk("udp", domain="no good"))
    with pytest.raises(Refused, match="there is none to keep"):
        attempt(site, site.trunk("udp", password="********"))
    assert site.box.gateway.call("settings.get", path="trunks") == []


def _has_seat(site: Site, far: Registrar) -> bool:
    try:
        return bool(attempt(site, site.trunk("udp", far)))
    except Refused:
        return False


def test_calls_that_are_up_and_voice_channels_notice_nothing(site: Site, far: Registrar, tmp_path: Path) -> None:
    """Every channel is taken, and the trial still calls: it needs none."""
    trunk = site.register("udp")
    site.box.set(calls__voice_channels=1)
    with site.person(tmp_path) as bob, echo_test(tmp_path, far) as echo:
        echo.wait_for(REGISTERED)
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(INCOMING)
        bob.answer()
        site.box.wait_line("fxs1", "talking")
        before = site.box.calls()
        told = attempt(site, site.trunk("tls", far), PROVIDER)
        assert states(told)["echo"] == "done", told
        site.assert_talk(1, bob, tmp_path)
        assert [call["id"] for call in site.box.calls()] == [call["id"] for call in before]
        assert site.box.status()["channels"]["used"] == 1
        site.box.phone(1).hang_up()
    site.box.set(calls__voice_channels=2)
    assert site.box.trunk(trunk["name"])["state"] == "registered"


def test_a_box_that_is_stopped_amid_a_trial_ends_in_order(tmp_path: Path, far: Registrar) -> None:
    with echo_test(tmp_path, far, plays=fingerprint(3, 20.0)) as talker, Box(tmp_path / "box") as box:
        talker.wait_for(REGISTERED)
        trunk = {"name": "t", "username": BOX, "password": USERS[BOX], "domain": DOMAIN, "transport": "udp"}
        trunk["outbound_proxy"] = far.host("udp")
        with box.gateway.stream("trunk.try", trunk=trunk, provider=PROVIDER) as stream:
            until(lambda: next(stream)["step"] == "registered", 10, "it is registered")  # type: ignore[index]
            talker.wait_for(ESTABLISHED)
            box.stop()
        talker.wait_for(CLOSED)
        assert "Traceback" not in box.log and "core dumped" not in box.log
        until(lambda: far.contacts(BOX) == [], 10, "its goodbye")
