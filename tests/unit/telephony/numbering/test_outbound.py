"""Everything that leaves the house: one judgement, whoever asks for it, and one account of it."""

import json
import re
import threading
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import countries
from firmware.telephony.events import Caller, Cause
from firmware.telephony.extension import Extension
from firmware.telephony.numbering import moments, outbound
from firmware.telephony.numbering.fence import Policy, Rate, money_limit
from firmware.telephony.numbering.ledger import Moment
from firmware.telephony.numbering.numbers import Home
from firmware.telephony.numbering.outbound import Charge, Outbound, OutsideRequest, OutsideWay
from firmware.telephony.numbering.routes import OutboundRoute, TrunkTry
from firmware.telephony.seams import Refuse
from firmware.telephony.summary import Origin

DE = Home.of(countries.load("DE"))
FRANCE = "0033123456789"
LIMITED = Policy(
    DE,
    countries=frozenset({"FR"}),
    rates=(Rate.of("+33", 0.10),),
    day_money_max=money_limit(1.0),
    call_minutes_max=10,
)
FROM_201 = Origin(Caller("201"), extension="201", called=FRANCE)
FROM_OUTSIDE = Origin(Caller("+4930999"), trunk="hosted", called="030123")
EXTENSION = Extension("201")


@dataclass
class Box:
    """An Outbound whose settings and time a test changes."""

    policy: Policy = LIMITED
    routes: tuple[OutboundRoute, ...] = ()
    trunks: tuple[str, ...] = ("hosted", "line:1")
    now: Moment = Moment("boot", 1000.0, 1.8e9)
    stored: list[dict[str, Any]] = field(default_factory=list)

    def open(self) -> Outbound:
        saved = json.loads(json.dumps(self.stored[-1])) if self.stored else None
        return Outbound(
            policy=lambda: self.policy,
            routes=lambda: self.routes,
            trunks=lambda: self.trunks,
            moment=lambda: self.now,
            save=self.stored.append,
            saved=saved,
        )

    def wait(self, seconds: float) -> None:
        self.now = replace(self.now, up_s=self.now.up_s + seconds, wall_s=self.now.wall_s + seconds)


@pytest.fixture
def box() -> Box:
    return Box()


def ask(judge: Outbound, number: str = FRANCE, extension: Extension | None = EXTENSION) -> OutsideWay | Refuse:
    return judge.judge(OutsideRequest(number, FROM_201, extension))


def way(answer: OutsideWay | Refuse) -> OutsideWay:
    assert isinstance(answer, OutsideWay), answer
    return answer


def refused(answer: OutsideWay | Refuse) -> Refuse:
    assert isinstance(answer, Refuse), answer
    return answer


def test_a_call_goes_by_the_trunks_of_its_route_and_ends_when_the_money_does(box: Box) -> None:
    box.routes = (OutboundRoute(("cheap", "hosted"), "+33", "e164"),)
    answer = way(ask(box.open(), extension=replace(EXTENSION, is_number_withheld=True)))
    assert answer.tries == tuple(TrunkTry(name, "+33123456789", "", True) for name in ("cheap", "hosted"))
    assert answer.max_s == 10 * 60 - 2


def test_two_calls_at_the_same_time_do_not_spend_the_same_money(box: Box) -> None:
    judge = box.open()
    first = way(ask(judge))
    assert "money" in refused(ask(judge)).words
    judge.ended(first.charge, 61)
    second = way(ask(judge))
    assert second.max_s == 8 * 60 - 2
    assert judge.readable()["day_money"] == 1.0
    judge.ended(second.charge, 0)
    judge.ended(second.charge, 9999)
    judge.ended(None, 5)
    assert judge.readable()["day_money"] == 0.2


@pytest.mark.parametrize("path", ["own call", "forward", "transfer", "call-back", "forward of an outside call"])
def test_every_way_outside_is_charged_to_an_extension_and_judged_by_its_permissions(box: Box, path: str) -> None:
    origin = FROM_OUTSIDE if path == "forward of an outside call" else FROM_201
    judge = box.open()
    denied = judge.judge(OutsideRequest(FRANCE, origin, Extension("7", permissions=frozenset({"national"}))))
    assert refused(denied).cause is Cause.BARRED
    allowed = way(judge.judge(OutsideRequest(FRANCE, origin, Extension("7"))))
    assert allowed.charge is not None and allowed.charge.extension == "7"
    assert "money" in refused(judge.judge(OutsideRequest(FRANCE, origin, Extension("8")))).words


def test_whoever_calls_from_outside_does_not_get_out_again_but_by_a_route(box: Box) -> None:
    judge = box.open()
    assert "from outside" in refused(judge.judge(OutsideRequest("030123456", FROM_OUTSIDE, None))).words
    way(judge.judge(OutsideRequest("030123456", FROM_OUTSIDE, None, is_by_route=True)))
    assert "premium" in refused(judge.judge(OutsideRequest("09001123456", FROM_OUTSIDE, None, is_by_route=True))).words


HOSTILE = ["0" * 200, "abc", "030&1", "030@evil.example", "030\r\nINVITE", "030%00", "", "+", "030;ext=1", "030\x00"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_no_number_is_refused_in_words_and_shown_harmlessly(box: Box, hostile: str) -> None:
    judge = box.open()
    answer = refused(ask(judge, hostile))
    assert answer.cause is Cause.INVALID_NUMBER and "not a number" in answer.words
    shown = judge.readable()["refusals"][0]["number"]
    assert len(shown) <= 20 and shown.isprintable()
    assert box.stored == []


@given(st.text(max_size=250) | st.text("0123456789*#+&@%;\r\n", max_size=25))
def test_whatever_is_asked_only_numbers_leave(number: str) -> None:
    box = Box(
        policy=Policy(DE, countries=frozenset({"FR", "US"})), routes=(OutboundRoute(("t",), "+33", "e164", 1, "0"),)
    )
    answer = ask(
        box.open(), number, Extension("1", permissions=frozenset({"national", "mobile", "international", "premium"}))
    )
    if isinstance(answer, OutsideWay):
        assert answer.tries and all(re.fullmatch(r"[0-9*#+]{1,20}", attempt.number) for attempt in answer.tries)
    else:
        assert answer.words


def test_an_emergency_call_is_neither_counted_nor_limited_nor_stored(box: Box) -> None:
    box.policy = replace(LIMITED, hour_calls_max=1, blocked=("*",))
    judge = box.open()
    for _ in range(5):
        answer = way(judge.judge(OutsideRequest("112", FROM_OUTSIDE, None)))
        assert answer == OutsideWay((TrunkTry("hosted", "112"), TrunkTry("line:1", "112")), None, None)
    assert judge.readable()["hour_calls"] == 0 and box.stored == []


def test_settings_count_from_the_next_call_on(box: Box) -> None:
    judge = box.open()
    up = way(ask(judge))
    box.policy = replace(LIMITED, countries=frozenset())
    assert "not allowed" in refused(ask(judge)).words
    box.policy = replace(LIMITED, day_money_max=money_limit(1.5))
    assert way(ask(judge)).max_s == 5 * 60 - 2
    judge.ended(up.charge, 30)


def test_without_a_trunk_that_takes_it_there_is_no_way_and_nothing_is_charged(box: Box) -> None:
    box.trunks = ()
    judge = box.open()
    assert refused(ask(judge)).cause is Cause.NO_ROUTE
    assert judge.readable()["hour_calls"] == 0


def test_the_gateway_starts_again_and_the_limit_is_where_it_was(box: Box) -> None:
    judge = box.open()
    judge.ended(way(ask(judge)).charge, 9 * 60)
    again = box.open()
    assert way(ask(again)).max_s == 58
    assert "money" in refused(ask(again)).words


@pytest.mark.parametrize("reboot", [False, True])
def test_a_call_that_was_cut_off_is_charged_once_however_often_the_gateway_starts(box: Box, reboot: bool) -> None:
    judge = box.open()
    way(ask(judge))
    for _ in range(4):
        box.wait(30)
        judge.tick()
    if reboot:
        box.now = Moment("next boot", 5.0, 0.0)
    for _ in range(3):
        again = box.open()
        assert again.readable()["day_minutes"] == 3  # two, and the one after the last mark
        assert again.readable()["calls_up"] == 0


def test_a_call_counts_from_before_it_goes_out(box: Box) -> None:
    way(ask(box.open()))
    again = box.open()
    assert (again.readable()["hour_calls"], again.readable()["day_minutes"]) == (1, 1)


def test_time_is_stored_while_it_matters_and_the_card_is_spared_when_it_does_not(box: Box) -> None:
    judge = box.open()
    for _ in range(200):
        box.wait(60)
        judge.tick()
    assert box.stored == []
    judge.ended(way(ask(judge)).charge, 60)
    before = len(box.stored)
    for _ in range(60):
        box.wait(60)
        judge.tick()
    assert len(box.stored) - before == 4
    for _ in range(24 * 60):
        box.wait(60)
        judge.tick()
    assert judge.readable()["day_minutes"] == 0
    assert len(box.stored) - before < 110


def test_a_call_that_never_ended_is_said_and_charged(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    judge = box.open()
    way(ask(judge))
    box.wait(2 * 3600)
    judge.tick()
    assert "never ended" in caplog.text
    assert judge.readable()["day_minutes"] == 10 and judge.readable()["calls_up"] == 0


def test_the_last_50_refusals_are_told_the_latest_first_and_the_log_names_no_number(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    judge = box.open()
    for number in range(60):
        refused(ask(judge, f"09001{number:06}"))
    told = judge.readable()["refusals"]
    assert [entry["number"] for entry in told[:2]] == ["09001000059", "09001000058"] and len(told) == 50
    assert told[0] == {
        "at": box.now.wall_s,
        "extension": "201",
        "trunk": "",
        "number": "09001000059",
        "words": "the extension may not call premium numbers",
    }
    assert "premium" in caplog.text and "09001" not in caplog.text
    json.dumps(judge.readable())


def test_a_charge_of_before_the_start_means_nothing_now(box: Box) -> None:
    judge = box.open()
    judge.ended(Charge(77, "201"), 600)
    assert judge.readable()["day_minutes"] == 0


def test_warming_up_is_a_thread_that_ends() -> None:
    thread = outbound.start_warming(DE)
    assert thread.daemon
    thread.join(30)
    assert not thread.is_alive() and thread not in threading.enumerate()


def test_this_machine_tells_its_moment() -> None:
    first, second = moments.now(), moments.now()
    assert first.boot == second.boot and second.up_s >= first.up_s > 0
