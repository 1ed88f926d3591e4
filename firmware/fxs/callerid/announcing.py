"""Tells a telephone in a call that somebody else calls: tone, alert, message. By its block clock; knows no call."""

import enum
from dataclasses import dataclass
from datetime import datetime

from firmware.dsp.spandsp import DtmfReceiver, fsk_caller_id, tones
from firmware.fxs.callerid.messages import build_etsi, build_mdmf
from firmware.fxs.callerid.plan import ALERT_TONE_DBM0, ALERT_TONE_HZ, modem_of
from firmware.fxs.line import AnnounceCall
from firmware.fxs.profile import CallerIdScheme, LineProfile

_BYTES_PER_MS = 16
_BEFORE_ALERT_MS = 30  # GR-30 sect. 2.5: the alert follows the tone within 50
_ALERT_MS = 80  # CAS of GR-30, DT-AS off-hook of EN 300 659-2: 75 to 85
_ACK_MS = 160  # GR-30, EN 300 659-2: without the telephone's answer by then the call goes on
# What the answer needs besides: blocks under way to the adapter and back, and a digit is known 40 ms after it began.
_WAY_MS = 140
_ACK_DIGITS = frozenset("AD")  # EN 300 659-2: D; GR-30: A or D
_AFTER_ACK_MS = 90  # the rest of the digit and 50 to 200 of silence
_MARK_BITS = 80  # off-hook no channel seizure is sent, GR-30 and EN 300 659-2


@dataclass(frozen=True, slots=True)
class Announcement:
    """A tone, and how often; `message` follows the first one, where the telephone shows that it can take it."""

    tone: bytes
    repeat_ms: int
    message: bytes


def prepare_announcement(call: AnnounceCall, profile: LineProfile, when: datetime) -> Announcement:
    """Compute the samples: some ms of work, so not for the audio thread."""
    modem = modem_of(profile.caller_id)
    if call.caller is None or modem is None:
        return Announcement(call.tone, call.repeat_ms, b"")
    is_bellcore = profile.caller_id is CallerIdScheme.BELLCORE_FSK
    message = (build_mdmf if is_bellcore else build_etsi)(call.caller, when)
    samples = fsk_caller_id(message, standard=modem, seizure_bits=0, mark_bits=_MARK_BITS)
    return Announcement(call.tone, call.repeat_ms, samples)


class _State(enum.Enum):
    TONE = enum.auto()
    ALERT = enum.auto()
    ANSWER = enum.auto()
    MESSAGE = enum.auto()
    REST = enum.auto()


class Announcing:
    """One announcement under way: hears each block of the line and says what is played instead of the call."""

    def __init__(self, announcement: Announcement) -> None:
        self._announcement = announcement
        self._is_message_due = bool(announcement.message)
        self._since_tone = 0
        self._receiver: DtmfReceiver | None = None
        self._state = _State.TONE
        self._left = announcement.tone

    @property
    def is_muting(self) -> bool:
        """Telephone and box exchange data: neither side of the call may hear or disturb it."""
        return self._state in (_State.ALERT, _State.ANSWER, _State.MESSAGE)

    def exchange(self, heard: bytes) -> bytes | None:
        """Take what the line heard; give the next block for it, None where that is the call's."""
        if self._state is _State.ANSWER:
            self._listen(heard)
        size = len(heard)
        played = self._left[:size].ljust(size, b"\0") if self._state is not _State.REST else None
        self._left = self._left[size:]
        self._since_tone += size
        if not self._left:
            self._go_on()
        return played

    def _begin(self, state: _State, samples: bytes) -> None:
        self._state = state
        self._left = samples

    def _go_on(self) -> None:
        if self._state is _State.TONE and self._is_message_due:
            self._is_message_due = False
            alert = tones(ALERT_TONE_HZ, ALERT_TONE_DBM0, _ALERT_MS)
            self._begin(_State.ALERT, bytes(_BEFORE_ALERT_MS * _BYTES_PER_MS) + alert)
        elif self._state is _State.ALERT:
            self._receiver = DtmfReceiver()
            self._begin(_State.ANSWER, bytes((_ACK_MS + _WAY_MS) * _BYTES_PER_MS))
        elif self._state is not _State.REST:
            self._receiver = None
            self._begin(_State.REST, b"")
        elif 0 < self._announcement.repeat_ms * _BYTES_PER_MS <= self._since_tone:
            self._since_tone = 0
            self._begin(_State.TONE, self._announcement.tone)

    def _listen(self, heard: bytes) -> None:
        if self._receiver is not None and _ACK_DIGITS.intersection(self._receiver.feed(heard)):
            self._begin(_State.MESSAGE, bytes(_AFTER_ACK_MS * _BYTES_PER_MS) + self._announcement.message)
