"""Every feature on the real seams: what its codes set, and what becomes of calls then."""

import logging
import time
from pathlib import Path

import pytest

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.features.history import History
from firmware.telephony.seams import Confirm, Dialled, DialVerdict, Feature, Offer, Redirect, Refuse, Seams
from firmware.telephony.summary import Origin
from tests.unit.telephony.features.feature_box import MOBILE, NUMBER, SENT, Box, inside, outside

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")


SWITCHES = [
    ("*78", "*79", "*#78", "is_do_not_disturb", ("do-not-disturb",)),
    ("*56", "*57", "*#56", "is_call_waiting_allowed", ("call-waiting",)),
    ("*77", "*87", "*#77", "is_anonymous_rejected", ()),
    ("*30", "*31", "*#30", "is_number_withheld", ()),
]


@pytest.mark.parametrize(("on", "off", "ask", "field", "prompts"), SWITCHES)
def test_switches_are_set_said_and_cleared(
    box: Box, on: str, off: str, ask: str, field: str, prompts: tuple[str, ...]
) -> None:
    for code, is_on in ((off, False), (on, True)):
        word = "activated" if is_on else "de-activated"
        assert box.dial("101", code) == Confirm((*prompts, word))
        assert getattr(box.profiles["101"], field) is is_on
        assert box.dial("101", ask) == Confirm((*prompts, word))
    assert [path for _, path, _ in box.changes] == [field, field]


def test_do_not_disturb_is_busy_in_groups_too(box: Box) -> None:
    box.set("101", is_do_not_disturb=True)
    assert box.offer("101") == Refuse(Cause.BUSY, "do not disturb")
    assert box.offer("101", is_in_group=True) == Refuse(Cause.BUSY, "do not disturb")


def test_who_withholds_the_number_is_rejected_and_who_is_unknown_is_not(box: Box) -> None:
    box.set("101", is_anonymous_rejected=True)
    assert box.offer("101", outside("", withheld=True)) == Refuse(Cause.REJECTED, "anonymous caller")
    assert isinstance(box.offer("101", outside("")), Offer)
    assert isinstance(box.offer("101", Origin(Caller("102", withheld=True), extension="102")), Offer)


def test_blocked_callers_are_turned_away_in_every_form_of_their_number(box: Box) -> None:
    box.set("101", block=("+1212*", "999"))
    for number in ("2125550100", "+12125550100", "999"):
        assert box.offer("101", outside(number)) == Refuse(Cause.REJECTED, "blocked caller")
    assert isinstance(box.offer("101", outside("3105550100")), Offer)
    assert isinstance(box.offer("101", outside("")), Offer)
    assert isinstance(box.offer("101", inside("999")), Offer)


def test_where_some_are_allowed_only_they_and_extensions_get_through(box: Box) -> None:
    box.set("101", allow=("+1212*",))
    assert isinstance(box.offer("101", outside("2125550100")), Offer)
    assert isinstance(box.offer("101", inside("102")), Offer)
    for number in ("3105550100", ""):
        assert box.offer("101", outside(number)) == Refuse(Cause.REJECTED, "not an allowed caller")


def test_the_last_caller_is_blocked_and_freed(box: Box) -> None:
    assert box.dial("101", "*60") == Refuse(Cause.UNKNOWN_NUMBER, "no outside caller yet")
    box.offer("101", outside("2125550100"))
    assert box.dial("101", "*60") == Confirm(("num-was-successfully", "added"))
    assert box.dial("101", "*60") == Confirm(("num-was-successfully", "added"))
    assert box.profiles["101"].block == ("+12125550100",)
    assert box.offer("101", outside("2125550100")) == Refuse(Cause.REJECTED, "blocked caller")
    assert box.dial("101", "*80") == Confirm(("num-was-successfully", "removed"))
    assert box.profiles["101"].block == ()
    box.offer("101", inside("102"))
    assert box.dial("101", "*60") == Refuse(Cause.UNKNOWN_NUMBER, "no outside caller yet")


def test_one_call_is_made_with_or_without_ones_number(box: Box) -> None:
    assert box.dial("101", "*67" + NUMBER) == Redirect(Destination.parse(SENT), is_number_withheld=True)
    assert box.dial("101", "*82" + NUMBER) == Redirect(Destination.parse(SENT), is_number_withheld=False)
    assert box.dial("101", "*67911") == Destination("emergency", "911")
    assert box.changes == []


def test_a_call_with_the_code_is_not_disturbed_until_it_ends(box: Box) -> None:
    assert box.dial("101", "*70" + NUMBER) == Destination.parse(SENT)
    assert box.offer("101") == Refuse(Cause.BUSY, "undisturbed call")
    box.end(inside("101"), SENT)  # another call of the same extension
    assert box.offer("101") == Refuse(Cause.BUSY, "undisturbed call")
    box.end(inside("101"), f"code:call-waiting-off-once.{NUMBER}")
    assert isinstance(box.offer("101"), Offer)


def test_speed_dials_are_set_said_called_and_cleared(box: Box) -> None:
    assert box.dial("101", "*745") == Confirm(("speed-dial-empty",))
    words = Confirm(("speed-dial", "digits/5", "is-set-to", "digits/1", "digits/0", "digits/2"))
    assert box.dial("101", "*755*102") == words
    assert box.dial("101", "*745") == Destination.parse("extension:102")
    assert box.dial("101", "*7405") == Destination.parse("extension:102")
    assert box.dial("101", "*#755") == words
    assert box.dial("101", "*765") == Confirm(("speed-dial", "digits/5", "removed"))
    assert box.profiles["101"].speed_dials == {}
    assert box.dial("101", "*755*911") == Refuse(Cause.INVALID_NUMBER, "a speed dial cannot lead there")
    box.set("101", speed_dials={"07": f"number:{MOBILE}"})
    assert box.dial("101", "*747") == Destination.parse(f"number:{MOBILE}")


@pytest.mark.parametrize(
    "dialled", [SENT, "extension:102", f"code:withhold-once.{NUMBER}", "group:all", "code:speed-dial.5"]
)
def test_redial_calls_again_what_was_called_and_how(box: Box, dialled: str) -> None:
    assert box.dial("101", "*07") == Refuse(Cause.UNKNOWN_NUMBER, "nothing was called yet")
    box.end(inside("101"), dialled)
    for other in ("code:forward-always-off", "code:redial", "service:echo", "emergency:911", "pickup:any"):
        box.end(inside("101"), other)
    assert str(box.history.last_called("101")) == dialled
    box.set("101", speed_dials={"5": "extension:103"})
    again = box.dial("101", "*07")
    if "withhold" in dialled:
        assert again == Redirect(Destination.parse(SENT), is_number_withheld=True)
    else:
        assert again == Destination.parse({"code:speed-dial.5": "extension:103"}.get(dialled, dialled))


def test_the_last_caller_is_called_back(box: Box) -> None:
    assert box.dial("101", "*69") == Refuse(Cause.UNKNOWN_NUMBER, "nobody called yet")
    box.offer("101", outside(MOBILE))
    assert box.dial("101", "*69") == Destination.parse(f"number:{MOBILE}")
    box.offer("101", inside("103"))
    assert box.dial("101", "*69") == Destination.parse("extension:103")
    for hidden in (outside("", withheld=True), outside(MOBILE, withheld=True), outside("sip:x@y"), outside("")):
        box.offer("101", hidden)
        assert box.dial("101", "*69") == Confirm(("unidentified-no-callback",))


def test_a_caller_rings_as_the_longest_pattern_says(box: Box) -> None:
    box.set("101", ring_for={"+1*": "2", "+1212*": "3", "102": "4"})
    rings = {}
    for origin in (outside("2125550100"), outside("3105550100"), inside("102"), inside("103"), outside("")):
        offer = box.offer("101", origin)
        assert isinstance(offer, Offer)
        rings[origin.caller.number] = offer.ring
    assert rings == {"2125550100": "3", "3105550100": "2", "102": "4", "103": "", "": ""}


def test_the_last_caller_gets_a_ring_of_its_own(box: Box) -> None:
    box.offer("101", outside("2125550100"))
    assert box.dial("101", "*263") == Confirm(("activated",))
    offer = box.offer("101", outside("2125550100"))
    assert isinstance(offer, Offer) and offer.ring == "3"
    assert box.dial("101", "*269") == Refuse(Cause.INVALID_NUMBER, "ringing is 1 to 8")
    assert box.dial("101", "*46") == Confirm(("de-activated",))
    assert box.profiles["101"].ring_for == {}


def test_codes_lead_to_pickup_parking_intercom_and_groups(box: Box) -> None:
    assert box.dial("101", "**102") == Destination("pickup", "102")
    assert box.dial("101", "*8") == Destination("pickup", "any")
    box.set("101", pickup_group="sales")
    assert box.dial("101", "*8") == Destination("pickup", "group.sales")
    assert box.dial("101", "*68") == Destination("park", "auto")
    assert box.dial("101", "*58701") == Destination("park", "701")
    assert box.dial("101", "*59701") == Destination("retrieve", "701")
    assert box.dial("101", "*96102") == Destination("intercom", "102")
    assert box.dial("101", "*96101") == Refuse(Cause.INVALID_NUMBER, "that is the own extension")
    assert box.dial("101", "**9") == Destination("group", "all")
    assert box.dial("101", "*98102") == Destination("code", "transfer.102")  # the telephone's own, with a held call


def test_who_does_not_allow_intercom_is_rung(box: Box) -> None:
    for is_allowed in (True, False):
        box.set("102", is_intercom_allowed=is_allowed)
        offer = box.offer("102", inside("101"), is_intercom=True)
        assert isinstance(offer, Offer) and offer.is_intercom is is_allowed


def test_a_hotline_is_kept_as_dialled(box: Box) -> None:
    assert box.dial("101", "*52" + NUMBER) == Confirm(("activated",))
    assert box.profiles["101"].hotline == NUMBER
    assert box.dial("101", "*#52") == Confirm(("is-set-to", *(f"digits/{digit}" for digit in NUMBER)))
    assert box.dial("101", "*52911") == Refuse(Cause.INVALID_NUMBER, "a hotline cannot lead there")
    assert box.dial("101", "*53") == Confirm(("de-activated",))
    assert box.profiles["101"].hotline == ""


def test_codes_are_for_extensions_only_and_no_forward_leads_to_one(box: Box) -> None:
    code = Destination("code", "do-not-disturb-on")
    for dialled in (
        Dialled(outside(MOBILE), code),
        Dialled(inside("101"), code, box.profiles["101"], via=("102",)),
    ):
        verdict = box.seams.dialled(dialled)
        assert isinstance(verdict, Refuse) and verdict.cause is Cause.BARRED
    assert box.changes == []


def test_the_history_never_grows_beyond_its_cap() -> None:
    history = History()
    for number in range(10_050):
        history.remember(f"{number}", called=Destination("extension", "101"), caller=Caller("1"))
    assert history.last_called("49") is None and history.last_caller("49") is None
    assert history.last_called("50") == Destination("extension", "101")


class Throws(Feature):
    name = "throws"

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        raise RuntimeError("broken")


class Loops(Feature):
    name = "loops"

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        end = time.monotonic() + 20  # for ever, as calls see it
        while time.monotonic() < end:
            pass
        return None


class _Lingers:
    """What is raised while it is destroyed, the interpreter prints and forgets."""

    def __del__(self) -> None:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            pass


class LoopsOutOfSight(Feature):
    name = "loops out of sight"

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        lingering = _Lingers()
        del lingering
        return Loops().on_dial(dialled)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("bad", [Throws(), Loops(), LoopsOutOfSight()], ids=lambda feature: feature.name)
def test_a_feature_that_fails_is_passed_over_in_time_with_one_line(
    box: Box, bad: Feature, caplog: pytest.LogCaptureFixture
) -> None:
    box.seams = Seams([bad, *box.features])
    begun = time.monotonic()
    with caplog.at_level(logging.WARNING):
        assert box.dial("101", "*78") == Confirm(("do-not-disturb", "activated"))
    assert time.monotonic() - begun < 5
    assert [record.message for record in caplog.records if bad.name in record.message] != []
    assert len(caplog.records) == 1


def test_every_prompt_there_is_a_sound_for(box: Box) -> None:
    if not SOUNDS.is_dir():
        pytest.skip("asterisk-core-sounds-en-wav is not installed")
    box.offer("101", outside(MOBILE))
    said: set[str] = set()
    numbers = {"{n}": "102", "{d}": "5", "{t}": "0630", "{s}": "701", "{e}": "102"}
    for _ in range(2):
        for code in box.plan.codes.codes:
            keys = code.pattern
            for part, digits in numbers.items():
                keys = keys.replace(part, digits)
            verdict = box.dial("101", keys)
            if isinstance(verdict, Confirm):
                said |= set(verdict.prompts)
    box.offer("102", outside(""))
    verdict = box.dial("102", "*69")
    assert isinstance(verdict, Confirm)
    said |= {*verdict.prompts, "letters/plus", "digits/star", "digits/pound", "speed-dial-empty"}
    assert [name for name in sorted(said) if not (SOUNDS / f"{name}.wav").is_file()] == []
    assert len(said) > 20
