"""Spoken numbers and addresses from Debian's asterisk-core-sounds packages. Reads files: never on the call thread."""

import functools
import wave
from collections.abc import Sequence
from pathlib import Path

_SOUNDS = Path("/usr/share/asterisk/sounds")
_VOICES = ("en_US_f_Allison", "en")
_PAUSE = ""  # between an address and what follows it
_NAMES = {
    ".": "letters/dot",
    ":": "letters/colon",
    " ": _PAUSE,
    **{digit: f"digits/{digit}" for digit in "0123456789"},
    **{letter: f"letters/{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"},
}
_GAP = bytes(2 * 8 * 60)  # 60 ms between words
_EDGE = bytes(2 * 8 * 400)  # whoever has just lifted a handset is not at the ear with it yet
_CHARACTERS_CAP = 100  # a fingerprint in groups has 79, an IPv6 address with a code 49
_GROUP = 4  # as people read: AB CD, EF 01
_CHOICE = bytes(2 * 8 * 6000)  # as long one may think before 1 is dialled
_OFFER = (
    _PAUSE,
    "vm-press",
    "digits/1",
    "vm-for",
    *(f"letters/{letter}" for letter in "sha"),
    *(f"digits/{n}" for n in "256"),
)


class PromptMissing(LookupError):
    """The sound files are not installed, or not as 8 kHz 16-bit WAV. Said in words."""


def speak_address(address: str, *, has_fingerprint: bool = False) -> bytes:
    """The characters of an address (or code) as speech, 16-bit 8 kHz, a pause for a space; raises PromptMissing.

    With a fingerprint, "press 1 for SHA256" follows, and silence to do so.
    """
    names = _names(address)
    return speak([*names, *_OFFER]) + _CHOICE if has_fingerprint else speak(names)


def speak_fingerprint(fingerprint: str) -> bytes:
    """Its hexadecimal digits in groups, the same way."""
    digits = fingerprint.replace(":", "")
    return speak(_names(" ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))))


def speak(prompts: Sequence[str]) -> bytes:
    """Sounds after each other by their names in the packages, 16-bit 8 kHz; raises PromptMissing."""
    return _EDGE + _GAP.join(_load(prompt) for prompt in prompts[:_CHARACTERS_CAP]) + _EDGE


def _names(characters: str) -> list[str]:
    return [_NAMES[character] for character in characters[:_CHARACTERS_CAP].lower() if character in _NAMES]


@functools.lru_cache(maxsize=128)
def _load(name: str) -> bytes:
    if name == _PAUSE:
        return bytes(2 * 8 * 600)
    for voice in _VOICES:
        path = _SOUNDS / voice / f"{name}.wav"
        if path.is_file():
            return _samples(path)
    if name == "letters/colon":
        return bytes(2 * 8 * 200)
    raise PromptMissing(f"the prompt {name} is missing: install asterisk-core-sounds-en-wav")


def _samples(path: Path) -> bytes:
    with wave.open(str(path)) as sound:
        if (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) != (8000, 2, 1):
            raise PromptMissing(f"the prompt {path.name} is not 8 kHz 16-bit mono")
        return bytes(sound.readframes(sound.getnframes()))
