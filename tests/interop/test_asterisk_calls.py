"""Calls between the telephones of a box and an Asterisk that plays the hosted PBX, by TLS and SRTP."""

from pathlib import Path

import pytest

from firmware.dsp.spandsp import DtmfReceiver
from tests.support.hosted import ANNOUNCEMENT, PERSON_NUMBER, PLAIN, Hosted
from tests.support.scenes import changed
from tests.support.waiting import until

pytestmark = pytest.mark.interop


# ---- hearing -------------------------------------------------------------------------------------------


def test_the_echo_test_of_asterisk_is_heard_back_and_all_is_encrypted(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    hosted.call("*43")
    hosted.assert_hears_itself(tmp_path)
    hosted.assert_encrypted()
    hosted.box.phone(1).hang_up()
    until(lambda: hosted.asterisk.channels() == 0, 5, "Asterisk sees it end")


@pytest.mark.parametrize("codec", ["pcmu", "g722", "opus"])
def test_each_codec_carries_the_echo(hosted: Hosted, tmp_path: Path, codec: str) -> None:
    hosted.subscribe()
    with changed(hosted.box, codecs=[codec]):
        hosted.call("*43")
        hosted.assert_hears_itself(tmp_path)
        assert hosted.box.calls()[0]["codec"].lower() == codec
        hosted.box.phone(1).hang_up()
        hosted.box.wait_idle()


def test_without_encryption_at_the_far_end_no_call_is_made(hosted: Hosted) -> None:
    hosted.subscribe(PLAIN, srtp="required")
    hosted.box.phone(1).lift_and_dial("9*43")
    hosted.box.phone(1).wait_tone("congestion")
    statuses = [message.start_line for message in hosted.messages("INVITE") if not message.is_request]
    assert any("488" in status for status in statuses)


def test_two_calls_at_once_do_not_hear_each_other(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    for phone in (1, 2):
        hosted.call("*43", phone)
    assert len(hosted.box.calls()) == hosted.asterisk.channels() == 2
    for phone in (1, 2):
        hosted.assert_hears_itself(tmp_path, phone)
    hosted.assert_apart(1, 2, tmp_path)


def test_a_telephone_calls_the_other_by_way_of_asterisk(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    hosted.call_each_other()
    hosted.assert_talking(1, 2, tmp_path)
    hosted.assert_encrypted()
    hosted.box.phone(2).hang_up()
    hosted.box.phone(1).wait_tone("busy")


def test_another_subscriber_is_called_and_heard_both_ways(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    with hosted.person(tmp_path) as person:
        hosted.call(PERSON_NUMBER)
        hosted.assert_talking_with(person, tmp_path)
        person.hang_up()
        hosted.box.phone(1).wait_tone("busy")


# ---- called --------------------------------------------------------------------------------------------


def test_a_call_in_rings_with_number_and_name(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    callers = hosted.called(lambda: hosted.call_in(CallerID='"Front Desk" <5551234>'), 1, 2)
    for caller in callers:
        assert (caller["number"], caller["name"], caller["withheld"]) == ("5551234", "Front Desk", False)
    hosted.box.phone(2).lift()
    hosted.asterisk.manager.wait_for("OriginateResponse", Response="Success")
    hosted.box.phone(1).wait("ringing", False)
    hosted.assert_hears_itself(tmp_path, 2)
    hosted.assert_encrypted()


def test_a_caller_who_withholds_the_number_is_not_shown(hosted: Hosted) -> None:
    hosted.subscribe()
    manager = hosted.asterisk.manager
    fields = {"Context": "subscribers", "Exten": "*31*200", "Priority": "1", "CallerID": '"Front Desk" <5551234>'}
    (caller,) = hosted.called(lambda: manager.originate("Local/*43@subscribers/n", **fields), 1)
    assert (caller["number"], caller["name"], caller["withheld"]) == ("", "", True)
    invite = next(m for m in hosted.messages("INVITE") if m.is_request and not m.is_received)
    assert "anonymous@anonymous.invalid" in invite.header("From")


def test_the_caller_gives_up_and_the_ringing_ends(hosted: Hosted) -> None:
    hosted.subscribe()
    hosted.call_in(Timeout="1500")
    hosted.box.phone(1).wait("ringing", True)
    hosted.box.phone(1).wait("ringing", False, 5)
    hosted.box.wait_idle()


# ---- digits --------------------------------------------------------------------------------------------


def test_digits_that_are_dialled_in_a_call_reach_asterisk(hosted: Hosted) -> None:
    hosted.subscribe()
    hosted.call("620")
    hosted.box.phone(1).dial("15*0")
    read = hosted.asterisk.manager.wait_for("UserEvent", UserEvent="DigitsRead")
    assert read["Digits"] == "15*0"


def test_digits_of_asterisk_are_heard_as_tones(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    hosted.call_in("621", Variable="DIGITS_TO_SEND=1590*#")
    hosted.box.phone(1).wait("ringing", True)
    hosted.box.phone(1).lift()
    heard = hosted.box.phone(1).record(4.5, tmp_path)
    hosted.asterisk.manager.wait_for("UserEvent", UserEvent="DigitsSent")
    assert DtmfReceiver().feed(heard.tobytes()) == "1590*#"


# ---- before the answer, and how it ends ----------------------------------------------------------------


def test_what_is_said_before_the_answer_is_heard(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    hosted.box.phone(1).lift_and_dial("9600")
    hosted.box.wait_line("fxs1", "calling")
    hosted.assert_hears(ANNOUNCEMENT, tmp_path)
    assert hosted.box.line("fxs1")["state"] == "calling"
    hosted.box.wait_line("fxs1", "talking")
    hosted.assert_hears_itself(tmp_path)


def test_ringing_at_the_far_end_is_heard_until_the_caller_gives_up(hosted: Hosted) -> None:
    hosted.subscribe()
    hosted.box.phone(1).lift_and_dial("9601")
    hosted.box.phone(1).wait_tone("ringback")
    hosted.box.phone(1).hang_up()
    until(lambda: hosted.asterisk.channels() == 0, 5, "Asterisk sees it end")
    assert [m.start_line for m in hosted.messages("CANCEL") if not m.is_request] == ["SIP/2.0 200 OK"]


@pytest.mark.parametrize(
    ("number", "status", "tone"),
    [
        ("717", "486", "busy"),  # user busy
        ("721", "403", "congestion"),  # call rejected
        ("734", "503", "congestion"),  # no circuit
        ("738", "500", "congestion"),  # network out of order
        ("719", "480", "congestion"),  # no answer
        ("701", "404", "congestion"),  # unallocated number; after three notes
        ("555", "404", "congestion"),  # no such extension
        ("728", "484", "congestion"),  # address incomplete
    ],
)
def test_why_it_was_refused_is_heard(hosted: Hosted, number: str, status: str, tone: str) -> None:
    hosted.subscribe()
    hosted.box.phone(1).lift_and_dial(f"9{number}")
    hosted.box.phone(1).wait_tone(tone)
    finals = [m.start_line.split()[1] for m in hosted.messages("INVITE") if not m.is_request]
    assert finals[-1] == status


def test_asterisk_hangs_up_first(hosted: Hosted) -> None:
    hosted.subscribe()
    hosted.call("640")
    hosted.box.phone(1).wait_tone("busy")


@pytest.mark.parametrize(("is_busy", "cause"), [(True, "17"), (False, "19")], ids=["busy", "no answer"])
def test_asterisk_is_told_why_nobody_answered(hosted: Hosted, is_busy: bool, cause: str) -> None:
    hosted.subscribe()
    with changed(hosted.box, calls__no_answer_s=5):
        if is_busy:
            for number in (1, 2):
                hosted.box.phone(number).lift()
                hosted.box.wait_line(f"fxs{number}", "dial-tone")
        hosted.call_in()
        assert hosted.asterisk.manager.wait_for("Hangup", within_s=12)["Cause"] == cause
