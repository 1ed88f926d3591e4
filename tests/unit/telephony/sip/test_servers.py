"""Going through a domain's servers: in order, round again by a new look-up, and never by a stale one."""

import threading
from collections.abc import Callable

from firmware.telephony.sip.targets import Lookup, NotFound, Servers, Target, split_place

ONE, TWO = Target("a.test", "192.0.2.1", 5060), Target("b.test", "192.0.2.2", 5061)


class Answers(Lookup):
    """Answers when the test wants it to."""

    def __init__(self) -> None:
        super().__init__(lambda: ())
        self.waiting: list[Callable[[list[Target] | NotFound], None]] = []

    def start(self, place: str, transport: str, on_done: Callable[[list[Target] | NotFound], None]) -> threading.Thread:
        self.waiting.append(on_done)
        return threading.Thread()


def found(*targets: Target) -> Servers:
    answers = Answers()
    servers = Servers(answers, lambda action: action())
    servers.find("example.test", "tls", lambda problem: None)
    answers.waiting[0](list(targets))
    return servers


def test_servers_are_taken_in_order_and_looked_up_again_after_the_last() -> None:
    servers = found(ONE, TWO)
    assert (servers.current, servers.is_last) == (ONE, False)
    servers.next()
    assert (servers.current, servers.is_last) == (TWO, True)
    servers.next()
    assert servers.current is None


def test_the_others_are_those_that_come_next_and_then_those_that_were_tried() -> None:
    three = Target("c.test", "192.0.2.3", 5063)
    servers = found(ONE, TWO, three)
    assert servers.others == [TWO, three]
    servers.next()
    assert servers.others == [three, ONE]
    assert found(ONE).others == []


def test_addresses_stay_known_while_they_are_looked_up_again() -> None:
    servers = found(ONE, TWO)
    servers.next()
    servers.next()
    assert servers.addresses == {"192.0.2.1", "192.0.2.2"}
    assert not servers.serves("192.0.2.1:5060")


def test_a_connection_is_told_by_address_and_port() -> None:
    servers = found(ONE)
    assert servers.serves("192.0.2.1:5060")
    assert not servers.serves("192.0.2.1:5061")


def test_the_answer_to_an_old_question_counts_no_more() -> None:
    answers, told = Answers(), []
    servers = Servers(answers, lambda action: action())
    servers.find("old.test", "udp", lambda problem: told.append("old"))
    servers.find("new.test", "udp", lambda problem: told.append("new"))
    answers.waiting[0]([ONE])
    assert (servers.current, told) == (None, [])
    answers.waiting[1]([TWO])
    assert (servers.current, told) == (TWO, ["new"])
    servers.find("third.test", "udp", lambda problem: told.append("third"))
    servers.forget()
    answers.waiting[2]([ONE])
    assert (servers.current, told) == (None, ["new"])


def test_a_name_that_leads_nowhere_is_told() -> None:
    answers, told = Answers(), []
    servers = Servers(answers, lambda action: action())
    servers.find("x.test", "udp", told.append)
    answers.waiting[0](NotFound("the name x.test does not exist"))
    assert [str(problem) for problem in told] == ["the name x.test does not exist"]


def test_places_are_split_into_host_and_port() -> None:
    assert split_place("example.test") == ("example.test", None)
    assert split_place("example.test:5061") == ("example.test", 5061)
    assert split_place("[2001:db8::1]:5061") == ("2001:db8::1", 5061)
    assert split_place("[2001:db8::1]") == ("2001:db8::1", None)
    assert split_place("2001:db8::1") == ("2001:db8::1", None)
