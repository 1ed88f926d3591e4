"""What the registrar of IP telephones survives, and what it shuts out."""

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from firmware.registrar.kamailio import check
from firmware.registrar.options import RegistrarOptions, Unfit
from tests.support.front import PASSWORDS, TOKEN, Front
from tests.support.network import free_port
from tests.support.phone_exchange import PhoneExchange
from tests.support.raw_phone import RawPhone
from tests.support.waiting import until


def test_changes_of_accounts_count_at_once(tmp_path: Path) -> None:
    with Front(tmp_path) as front:

        def register(password: str) -> int:
            with front.phone("204", password) as phone:  # from another address each time: wrong ones are slowed
                return phone.register()

        assert register("first") == 401
        pid = front.registrar.pid
        front.registrar.set_accounts(PASSWORDS | {"204": "first"})
        until(lambda: register("first") == 200, 3, "204 may register")
        until(lambda: front.registrar.is_registered("204"), 3, "204 is registered")
        front.registrar.set_accounts(PASSWORDS | {"204": "second"})
        until(lambda: not front.registrar.is_registered("204"), 3, "204 is put out")
        assert register("first") == 401
        assert register("second") == 200
        front.registrar.set_accounts(PASSWORDS)
        until(lambda: register("second") == 401, 3, "204 is gone")
        assert front.registrar.pid == pid


def test_a_killed_registrar_is_back_within_two_seconds_with_all_registrations(tmp_path: Path) -> None:
    with Front(tmp_path) as front, front.phone() as phone:
        assert phone.register() == 200
        until(lambda: front.registrar.is_registered("201"), 3, "201 is registered")
        time.sleep(1.5)  # it writes once a second
        pid = front.registrar.pid
        os.kill(pid, signal.SIGKILL)
        begun = time.monotonic()
        until(lambda: front.registrar.pid not in (0, pid) and front.registrar.state().is_up, 5, "it is back")
        assert time.monotonic() - begun < 2.0
        assert front.registrar.is_registered("201")
        with RawPhone(("127.0.0.1", front.inside.registrar_port), "x", address="127.0.0.1") as exchange:
            exchange.send(exchange.text("INVITE", "201", body=exchange.sdp, extra=f"X-Twinline-Token: {TOKEN}"))
            call = phone.receive()
            assert call is not None and call.method == "INVITE"


def test_guessing_is_slowed_and_then_shut_out(tmp_path: Path) -> None:
    with Front(tmp_path, guesses_max=6) as front, front.phone(password="wrong") as guesser, front.phone("202") as good:
        begun = time.monotonic()
        until(lambda: guesser.register() == 0 and "guessing" in front.kinds(), 40, "it is shut out")
        assert time.monotonic() - begun > 2.0
        assert guesser.ask("OPTIONS") is None
        assert good.register() == 200
        event = next(event for event in front.events if event.kind == "guessing")
        assert re.fullmatch(rf"security event guessing from {guesser.address}: [a-z :]+ \(udp\)", event.line)
        assert front.kinds().count("guessing") == front.kinds().count("password") == 1


def test_calling_for_help_from_where_guessing_was_shut_out_is_no_way_to_guess_on(tmp_path: Path) -> None:
    with Front(tmp_path, guesses_max=3, ban_s=120) as front, front.phone(password="wrong") as guesser:
        until(lambda: guesser.register() == 0 and "guessing" in front.kinds(), 40, "it is shut out")
        with RawPhone(front.place, "202", PASSWORDS["202"], address=guesser.address) as right:

            def reaches(number: str) -> bool:
                right.ask_with_password("INVITE", number, body=right.sdp)
                reached = front.exchange_hears(0.2)
                while front.exchange_hears(1.0) is not None:  # sent again, as nobody answered
                    continue
                return reached is not None and reached.uri.startswith(f"sip:{number}@")

            def is_heard() -> bool:
                return guesser.ask_with_password("INVITE", "911", body=guesser.sdp) is not None

            assert not reaches("203")
            assert reaches("911"), "who knows the password calls for help"
            for _ in range(5):
                until(is_heard, 15, "a wrong one is slowed, and refused")
            deadline = time.monotonic() + 4.0
            while time.monotonic() < deadline:
                assert not is_heard(), "five are enough"
            assert not reaches("911"), "nor is a right one found out"
            assert front.kinds().count("guessing") == 1


def test_a_flood_is_shut_out_while_others_are_served(tmp_path: Path) -> None:
    with Front(tmp_path, requests_max=60) as front, front.phone("299") as flooder, front.phone("202") as good:
        statuses = []
        for number in range(600):  # 200 a second
            flooder.send(flooder.text("OPTIONS"))
            if number % 60 == 0:
                statuses.append(good.register())
            time.sleep(0.005)
        assert set(statuses) == {200}
        assert front.kinds().count("flood") == 1
        while flooder.receive(0.1) is not None:
            pass
        assert flooder.ask("OPTIONS") is None


def test_a_scanner_gets_no_answer(tmp_path: Path) -> None:
    with Front(tmp_path) as front, front.phone() as scanner:
        assert scanner.ask("OPTIONS", extra="User-Agent: friendly-scanner") is None
        until(lambda: front.kinds() == ["scanner"], 5, "the event")
        assert scanner.ask("OPTIONS") is None


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_that_another_program_has_is_named_and_taken_once_it_is_free(
    tmp_path: Path, kind: socket.SocketKind
) -> None:
    front = Front(tmp_path)
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(front.place)
        front.registrar.start(PASSWORDS)
        said = f"port {front.port} is used by another program"
        until(lambda: front.registrar.state().problem == said, 5, "the problem is said")
        assert front.registrar.pid == 0
    try:
        until(lambda: front.registrar.state().is_up, 15, "the registrar is up")
        with front.phone() as phone:
            assert phone.register() == 200
        assert not front.registrar.state().problem
    finally:
        front.__exit__()


def test_a_folder_with_a_long_name_will_do(tmp_path: Path) -> None:
    with Front(tmp_path / ("long-" * 20) / ("longer-" * 20)) as front, front.phone() as phone:
        assert phone.register() == 200


def test_a_registrar_whose_keeper_was_killed_ends_and_the_next_one_starts(tmp_path: Path) -> None:
    first = PhoneExchange(tmp_path / "box", PASSWORDS)
    with first, RawPhone((first.address, first.port), "201", PASSWORDS["201"]) as phone:
        assert phone.register() == 200
        leader = int((tmp_path / "box" / "run" / "kamailio.pid").read_text())
        os.kill(first.pid, signal.SIGKILL)
        until(lambda: not is_alive(leader), 5, "Kamailio ended with its keeper")
    with first, RawPhone((first.address, first.port), "201", PASSWORDS["201"]) as phone:
        assert phone.register() == 200


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_configuration_that_kamailio_refuses_is_not_used(tmp_path: Path) -> None:
    broken = tmp_path / "broken.cfg"
    broken.write_text("#!KAMAILIO\nrequest_route { this is nothing }\n")
    with pytest.raises(Unfit, match="refuses its configuration"):
        check(broken, tmp_path)


def test_other_options_are_taken_with_the_registrations_kept(tmp_path: Path) -> None:
    with Front(tmp_path) as front, front.phone() as phone:
        assert phone.register() == 200
        until(lambda: front.registrar.is_registered("201"), 3, "201 is registered")
        pid = front.registrar.pid
        front.registrar.set_options(RegistrarOptions(address="1.2.3.4.5"))
        until(lambda: front.registrar.state().problem, 3, "the problem is said")
        assert front.registrar.pid == pid
        other = free_port(front.address, 2)
        front.registrar.set_options(RegistrarOptions(address=front.address, udp_port=other, tls_port=other + 1))
        until(lambda: front.registrar.pid not in (0, pid) and front.registrar.state().is_up, 5, "it is back")
        assert front.registrar.is_registered("201")
        assert phone.ask("OPTIONS") is None
        phone.server = (front.address, other)
        assert phone.register() == 200
