"""The ear: frequencies, cadence, names; the hybrid; the voice."""

from array import array

import pytest

from firmware.dsp.spandsp import tones
from firmware.fxs.simulator.hearing import Tone, ToneEar
from firmware.fxs.simulator.hybrid import Hybrid
from firmware.fxs.simulator.tone_names import TONES, ToneName
from firmware.fxs.simulator.voice import Voice, noise


def listen(pcm: bytes, *, lead_ms: int = 300) -> tuple[ToneEar, int]:
    ear = ToneEar()
    pcm = bytes(16 * lead_ms) + pcm
    for offset in range(0, len(pcm), 160):
        ear.feed(offset // 2, pcm[offset : offset + 160])
    return ear, len(pcm) // 2


def sound(hz: tuple[int, ...], cadence_ms: tuple[int, ...], ms: int, dbm0: float) -> bytes:
    if not cadence_ms:
        return tones(hz, dbm0, ms)
    cycle = b""
    for place, part_ms in enumerate(cadence_ms):
        cycle += tones(hz, dbm0, part_ms) if place % 2 == 0 else bytes(16 * part_ms)
    return (cycle * (1 + ms // sum(cadence_ms)))[: 16 * ms]


@pytest.mark.parametrize("dbm0", [-10, -30])
@pytest.mark.parametrize("tone", TONES, ids=lambda tone: f"{tone.name} {tone.countries}")
def test_each_tone_is_heard_by_name_frequency_and_cadence(tone: ToneName, dbm0: float):
    length_ms = max(2000, sum(tone.cadence_ms) + 200)
    if tone.name == "call-waiting" and tone.countries == "US":
        length_ms = 1000  # its pause is longer than a tone is remembered
    ear, end = listen(sound(tone.hz, tone.cadence_ms, length_ms, dbm0))
    heard = ear.tone_at(end)
    assert heard is not None
    assert (heard.name, heard.hz) == (tone.name, tone.hz)
    assert set(tone.countries.split()) <= set(heard.countries.split())
    for place, ms in enumerate(heard.cadence_ms[:-1]):
        assert abs(ms - tone.cadence_ms[place % len(tone.cadence_ms)]) <= 10


def test_a_single_sine_of_any_frequency_is_measured():
    ear, end = listen(tones((1004,), -10, 500))
    heard = ear.tone_at(end)
    assert heard is not None and heard.hz == (1004,) and heard.name == ""
    assert heard.level_dbm0 == pytest.approx(-10, abs=0.3)


def test_noise_is_no_tone():
    ear, end = listen(array("h", [v * 100 for v in array("h", noise(0, 8000))]).tobytes())
    assert ear.tone_at(end) is None


def test_a_tone_that_is_over_is_forgotten_after_the_longest_pause():
    ear, end = listen(tones((425,), -10, 480))
    assert isinstance(ear.tone_at(end), Tone)
    assert ear.tone_at(end + 8 * 7000) is None


def test_the_name_waits_until_only_one_fits():
    names = [
        (ear.tone_at(end) or Tone("", "", (), (), False, 0)).name
        for ear, end in (listen(tones((425,), -16, ms)) for ms in (200, 900, 1200))
    ]
    assert names == ["", "", "dial"]


def test_the_hybrid_loses_what_it_is_told_and_delays():
    hybrid = Hybrid(12.0, 5.0)
    click = array("h", [32000] + [0] * 159).tobytes()
    echo = array("h", hybrid.mix(bytes(320), click))
    assert not any(echo[:40]) and echo[40]
    power = sum(value * value for value in echo) / 32000**2
    assert power == pytest.approx(10 ** (-12 / 10), rel=0.001)
    assert hybrid.mix(bytes(320), bytes(320)) == bytes(320)
    assert Hybrid(None).mix(bytes(320), click) == bytes(320)


def test_a_delayed_echo_comes_in_a_later_block():
    hybrid = Hybrid(6.0, 25.0)
    click = array("h", [32000] + [0] * 79).tobytes()
    blocks = [hybrid.mix(bytes(160), click if place == 0 else bytes(160)) for place in range(6)]
    assert [any(block) for block in blocks] == [False, False, True, False, False, False]


def test_an_echo_on_top_of_a_loud_voice_is_clipped_not_wrapped():
    loud = array("h", [32700] * 80).tobytes()
    assert max(array("h", Hybrid(0.0).mix(loud, loud))) == 32767
    assert min(array("h", Hybrid(0.0).mix(loud, loud))) > 0


def test_a_clip_hides_the_loop_to_the_sample_whatever_the_block():
    for count in (1, 7, 40, 80):
        voice = Voice()
        cycle = array("h", range(1, 31)).tobytes()
        voice.repeat(10, cycle)
        voice.say(55, array("h", [-1] * 20).tobytes())
        pcm = b"".join(voice.read(start, count) or bytes(2 * count) for start in range(0, 280, count))
        samples = array("h", pcm)
        assert samples[:10].tolist() == [0] * 10
        assert samples[10:55].tolist() == [n % 30 + 1 for n in range(45)]
        assert samples[55:75].tolist() == [-1] * 20
        assert samples[75:200].tolist() == [n % 30 + 1 for n in range(65, 190)]
