"""WAV files in and out, and switches read from words."""

import math
import wave
from array import array
from pathlib import Path

import pytest

from firmware.control import Refused
from firmware.fxs.simulator.spectrum import sine_hz
from firmware.fxs.simulator.switches import Switches, change
from firmware.fxs.simulator.wav import check_writable, read_wav, write_wav


def save(path: Path, rate_hz: int, width: int, channels: int, hz: float = 1000.0, seconds: float = 0.5) -> Path:
    count = int(rate_hz * seconds)
    values = [math.sin(2 * math.pi * hz * n / rate_hz) * 0.5 for n in range(count)]
    top = (1 << (8 * width - 1)) - 1
    raw = b""
    for value in values:
        number = round(value * top) + (128 if width == 1 else 0)
        raw += number.to_bytes(width, "little", signed=width > 1) * channels
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate_hz, 0, "NONE", ""))
        file.writeframes(raw)
    return path


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 44100, 48000])
@pytest.mark.parametrize(("width", "channels"), [(2, 1), (1, 2), (3, 1), (4, 2)])
def test_any_plain_file_becomes_8_khz_mono(tmp_path: Path, rate_hz: int, width: int, channels: int):
    pcm = array("h", read_wav(save(tmp_path / "a.wav", rate_hz, width, channels, seconds=0.2)))
    assert len(pcm) == pytest.approx(1600, abs=1)
    assert sine_hz(pcm[200:1000]) == pytest.approx(1000, abs=2)
    assert max(pcm[200:1400]) == pytest.approx(16384, rel=0.03)


def test_what_a_telephone_line_cannot_carry_is_filtered_and_not_folded(tmp_path: Path):
    pcm = array("h", read_wav(save(tmp_path / "a.wav", 48000, 2, 1, hz=6000, seconds=0.2)))
    assert max(pcm[200:1400]) < 200


def test_what_is_written_is_read_again(tmp_path: Path):
    pcm = array("h", range(-500, 500)).tobytes()
    write_wav(tmp_path / "a.wav", pcm)
    assert read_wav(tmp_path / "a.wav") == pcm
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\x10\0\0\0WAVEfmt ", b"not a wav at all" * 10])
def test_what_is_no_wav_file_is_refused_in_words(tmp_path: Path, content: bytes):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(Refused, match="is not a WAV file"):
        read_wav(tmp_path / "a.wav")


def test_files_that_cannot_be_had_are_refused_in_words(tmp_path: Path):
    with pytest.raises(Refused, match="there is no file"):
        read_wav(tmp_path / "none.wav")
    with pytest.raises(Refused, match="cannot be read"):
        read_wav(tmp_path)
    with pytest.raises(Refused, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(Refused, match="there is no folder"):
        check_writable(tmp_path / "x" / "a.wav")


def test_switches_are_read_from_words_and_set_back():
    switches = change(
        Switches(), {"lose": "0.1", "silent": "yes", "reset_after": "40", "country": "DE", "erl_db": "off"}
    )
    assert (switches.lose, switches.silent, switches.reset_after) == (0.1, True, 40)
    assert switches.echo_loss_db is None and switches.is_link_faulty
    assert change(switches, {"reset": "1"}) == Switches()
    assert change(switches, {"reset": True, "cut": 0.5}) == Switches(cut=0.5)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"delay": 1}, "did you mean 'delay_ms'"),
        ({"xyzzy": 1}, "there are lose, cut"),
        ({"lose": "much"}, "lose is a number"),
        ({"lose": "nan"}, "lose is from 0 to 1"),
        ({"reset_after": "1.5"}, "reset_after is a number"),
        ({"silent": "maybe"}, "silent is 1 or 0"),
        ({"clock_ppm": 1e9}, "clock_ppm is from"),
    ],
)
def test_wrong_switches_are_refused_in_words(values: dict[str, object], words: str):
    with pytest.raises(Refused, match=words):
        change(Switches(), values)
