"""Caller ID messages and when they are sent."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.fxs.callerid.messages import (
    BadMessage,
    HeardMessage,
    build_etsi,
    build_etsi_lamp,
    build_mdmf,
    build_mdmf_lamp,
    build_sdmf,
    clean_text,
    parse,
    parse_lamp,
)
from firmware.fxs.callerid.plan import (
    ALERT_TONE_MS,
    AlertToneStep,
    MessageStep,
    Planned,
    PolarityStep,
    RingStep,
    plan,
    plan_lamp,
)
from firmware.fxs.line import Caller, Feed
from firmware.fxs.profile import CallerIdScheme

WHEN = datetime(2024, 9, 30, 12, 24)  # noqa: DTZ001 - a telephone shows local time
US_RING, UK_RING = (2000, 4000), (400, 200, 400, 2000)


def test_the_single_data_message_is_the_one_that_makers_print_as_their_example() -> None:
    expected = bytes.fromhex("04 12 30 39 33 30 31 32 32 34 36 30 39 35 35 35 31 32 31 32 51")
    assert build_sdmf(Caller("6095551212"), WHEN) == expected


def test_a_multiple_data_message_has_date_number_and_name() -> None:
    message = build_mdmf(Caller("6095551212", "JANE DOE"), WHEN)
    assert message[:2] == bytes([0x80, len(message) - 3])
    assert message[2:-1] == b"\x01\x0809301224" + b"\x02\x0a6095551212" + b"\x07\x08JANE DOE"
    assert sum(message) % 256 == 0


def test_an_etsi_message_says_first_that_it_is_a_voice_call() -> None:
    message = build_etsi(Caller("030123456", "Anna"), WHEN)
    assert message[2:-1] == b"\x11\x01\x01" + b"\x01\x0809301224" + b"\x02\x09030123456" + b"\x07\x04Anna"


@pytest.mark.parametrize("build", [build_mdmf, build_etsi])
@pytest.mark.parametrize(
    "caller",
    [
        Caller("5551234", "Somebody"),
        Caller("5551234"),
        Caller("", "Reception"),
        Caller(),
        Caller(withheld=True),
    ],
)
def test_what_was_built_is_parsed_again(build: object, caller: Caller) -> None:
    assert callable(build)
    assert parse(build(caller, WHEN)) == HeardMessage(caller, "09301224")


@pytest.mark.parametrize("caller", [Caller("5551234"), Caller(), Caller(withheld=True)])
def test_a_single_data_message_is_parsed_again(caller: Caller) -> None:
    assert parse(build_sdmf(caller, WHEN)).caller == caller


def test_a_caller_who_hides_is_not_shown_even_if_known() -> None:
    for build in (build_sdmf, build_mdmf, build_etsi):
        message = build(Caller("5551234", "Somebody", withheld=True), WHEN)
        assert b"5551234" not in message
        assert b"Somebody" not in message
        assert parse(message).caller == Caller(withheld=True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë Müller-Straße", "Zoe Muller-Stra"),
        ("  two \t\n spaces ", "two spaces"),
        ("bell\x07\x1b[2J", "bell[2J"),
        ("日本", "??"),
        ("x" * 100, "x" * 15),
        ("", ""),
    ],
)
def test_outside_text_is_made_fit_for_a_display(text: str, shown: str) -> None:
    assert clean_text(text, 15) == shown


def test_a_number_is_sent_as_digits_only_and_cut() -> None:
    assert parse(build_mdmf(Caller("+1 (202) 555-01"), WHEN)).caller.number == "120255501"
    assert parse(build_mdmf(Caller("1" * 40), WHEN)).caller.number == "1" * 15
    assert parse(build_etsi(Caller("1" * 40), WHEN)).caller.number == "1" * 20


@given(st.text(max_size=80), st.text(max_size=200), st.booleans())
def test_no_caller_makes_a_message_that_cannot_be_parsed(number: str, name: str, withheld: bool) -> None:
    caller = Caller(number, name, withheld)
    for build in (build_sdmf, build_mdmf, build_etsi):
        message = build(caller, WHEN)
        assert len(message) <= 258
        assert parse(message).caller.withheld == withheld


@given(st.binary(max_size=80))
def test_rubbish_is_refused_and_nothing_worse(rubbish: bytes) -> None:
    for message in (rubbish, bytes([0x80, len(rubbish)]) + rubbish, bytes([0x04, len(rubbish)]) + rubbish):
        sealed = message + bytes([-sum(message) & 0xFF])
        try:
            heard = parse(sealed)
        except BadMessage:
            continue
        assert heard.caller.name.isprintable()
        assert set(heard.caller.number) <= set("0123456789*#")


@given(st.integers(0, 30), st.integers(1, 255))
def test_one_damaged_byte_is_noticed(place: int, change: int) -> None:
    message = bytearray(build_mdmf(Caller("6095551212", "JANE DOE"), WHEN))
    message[place] ^= change
    with pytest.raises(BadMessage):
        parse(bytes(message))


# ---- message lamps ------------------------------------------------------------------------------------


def test_a_lamp_is_lit_and_put_out_by_the_bytes_of_the_standards() -> None:
    assert build_mdmf_lamp(2) == bytes.fromhex("82 03 0b 01 ff 70")
    assert build_mdmf_lamp(0) == bytes.fromhex("82 03 0b 01 00 6f")
    assert build_etsi_lamp(2)[:-1] == bytes.fromhex("82 06 0b 01 ff 13 01 02")
    assert build_etsi_lamp(1000)[:-1] == bytes.fromhex("82 06 0b 01 ff 13 01 ff")
    assert build_etsi_lamp(0)[:-1] == bytes.fromhex("82 06 0b 01 00 13 01 00")


@pytest.mark.parametrize(
    ("body", "is_lit"), [("82 03 0b 01 ff", True), ("82 03 0b 01 00", False), ("06 03 42 42 42", True)]
)
def test_a_lamps_message_is_read_in_either_format(body: str, is_lit: bool) -> None:
    assert parse_lamp(sealed(bytes.fromhex(body))) is is_lit
    with pytest.raises(BadMessage):
        parse(sealed(bytes.fromhex(body)))


@pytest.mark.parametrize("body", ["82 03 0b 01 7f", "82 00", "82 02 0b 01", "82 03 13 01 02", "06 03 42 42 6f"])
def test_a_lamps_message_that_says_neither_is_refused(body: str) -> None:
    with pytest.raises(BadMessage):
        parse_lamp(sealed(bytes.fromhex(body)))


def test_a_calls_message_lights_no_lamp() -> None:
    with pytest.raises(BadMessage):
        parse_lamp(build_mdmf(Caller("5551234"), WHEN))


def sealed(body: bytes) -> bytes:
    return body + bytes([-sum(body) & 0xFF])


# ---- timing ----------------------------------------------------------------------------------------------


def at(steps: tuple[Planned, ...], kind: type) -> list[int]:
    return [planned.at_ms for planned in steps if isinstance(planned.step, kind)]


def test_without_caller_id_the_telephone_just_rings() -> None:
    assert plan(CallerIdScheme.OFF, US_RING, 0) == (Planned(0, RingStep(US_RING)),)


@pytest.mark.parametrize(
    "scheme", [CallerIdScheme.BELLCORE_FSK, CallerIdScheme.ETSI_FSK_DURING_RINGING], ids=lambda s: s.value
)
@pytest.mark.parametrize("message_ms", [450, 700, 1200, 2000])
@pytest.mark.parametrize(
    "cadence", [US_RING, UK_RING, (1000, 4000), (800, 400, 800, 4000), (300, 200, 1000, 200, 300, 4000)], ids=str
)
def test_during_ringing_the_message_keeps_its_distance_from_both_bursts(
    scheme: CallerIdScheme, cadence: tuple[int, ...], message_ms: int
) -> None:
    steps = plan(scheme, cadence, message_ms)
    assert steps[-1].step == RingStep(cadence) or steps[0].step == RingStep(cadence)
    bursts = []
    for planned in steps:
        if isinstance(planned.step, RingStep):
            edge = planned.at_ms
            for index, part in enumerate(planned.step.cadence_ms):
                if index % 2 == 0:
                    bursts.append((edge, edge + part))
                edge += part
            if len(planned.step.cadence_ms) % 2 == 0:
                bursts.append((edge, edge + planned.step.cadence_ms[0]))
    (begin,) = at(steps, MessageStep)
    end = begin + message_ms
    before = max(stop for start, stop in bursts if stop <= begin)
    after = min(start for start, _ in bursts if start >= begin)
    assert 500 <= begin - before <= 2000
    assert after - end >= 200
    assert not any(start < end and begin < stop for start, stop in bursts)
    assert min(stop - start for start, stop in bursts) >= 200


def test_a_distinctive_ring_that_sounds_once_is_followed_by_the_message() -> None:
    steps = plan(CallerIdScheme.BELLCORE_FSK, (500,), 700)
    assert steps == (Planned(0, RingStep((500,))), Planned(1050, MessageStep()))


def test_a_ring_pulse_comes_first_and_ringing_soon_after_the_message() -> None:
    steps = plan(CallerIdScheme.ETSI_FSK_RING_PULSE, (1000, 4000), 700)
    pulse, message, ring = steps
    assert isinstance(pulse.step, RingStep)
    (pulse_ms,) = pulse.step.cadence_ms
    assert pulse.at_ms == 0
    assert 200 <= pulse_ms <= 300
    assert 500 <= message.at_ms - pulse_ms <= 800
    assert 200 <= ring.at_ms - (message.at_ms + 700) <= 500
    assert ring.step == RingStep((1000, 4000))


def test_an_alert_tone_comes_before_message_and_ringing() -> None:
    tone, message, ring = plan(CallerIdScheme.ETSI_FSK_DTAS, (1000, 4000), 700)
    assert isinstance(tone.step, AlertToneStep)
    assert 88 <= ALERT_TONE_MS <= 110
    assert 45 <= message.at_ms - tone.at_ms - ALERT_TONE_MS <= 500
    assert 200 <= ring.at_ms - message.at_ms - 700 <= 500


def test_in_britain_the_polarity_changes_first() -> None:
    reversal, tone, message, ring = plan(CallerIdScheme.SIN227, UK_RING, 700)
    assert reversal == Planned(0, PolarityStep(Feed.REVERSE))
    assert tone.at_ms >= 100
    assert 45 <= message.at_ms - tone.at_ms - ALERT_TONE_MS <= 75
    assert ring.at_ms - message.at_ms - 700 >= 200
    assert ring.step == RingStep(UK_RING)


def test_a_lamps_message_comes_alone_in_america() -> None:
    (message,) = plan_lamp(CallerIdScheme.BELLCORE_FSK, 450)
    assert message == Planned(0, MessageStep())


@pytest.mark.parametrize("scheme", [CallerIdScheme.ETSI_FSK_DURING_RINGING, CallerIdScheme.ETSI_FSK_RING_PULSE])
def test_a_lamps_message_comes_after_one_short_pulse_where_telephones_listen_to_the_bell(
    scheme: CallerIdScheme,
) -> None:
    pulse, message = plan_lamp(scheme, 480)
    assert isinstance(pulse.step, RingStep) and isinstance(message.step, MessageStep)
    (pulse_ms,) = pulse.step.cadence_ms
    assert 200 <= pulse_ms <= 300
    assert 500 <= message.at_ms - pulse_ms <= 800


def test_a_lamps_message_comes_after_the_alert_tone() -> None:
    tone, message = plan_lamp(CallerIdScheme.ETSI_FSK_DTAS, 480)
    assert isinstance(tone.step, AlertToneStep)
    assert 45 <= message.at_ms - tone.at_ms - ALERT_TONE_MS <= 500


def test_in_britain_the_battery_is_normal_again_after_a_lamps_message() -> None:
    reversal, tone, message, normal = plan_lamp(CallerIdScheme.SIN227, 480)
    assert reversal == Planned(0, PolarityStep(Feed.REVERSE))
    assert tone.at_ms >= 100
    assert 45 <= message.at_ms - tone.at_ms - ALERT_TONE_MS <= 75
    assert normal.step == PolarityStep(Feed.FORWARD) and normal.at_ms > message.at_ms + 480


def test_without_caller_id_no_lamp_is_told() -> None:
    assert plan_lamp(CallerIdScheme.OFF, 0) == ()
