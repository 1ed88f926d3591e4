"""The sound by which a telephone is shown who calls, made and heard, by scheme. Knows no timing and no line."""

from datetime import datetime
from typing import Protocol

from firmware.dsp.spandsp import CallerIdReceiver, DtmfReceiver, dtmf, fsk_caller_id
from firmware.fxs.callerid.dtmf import DigitMessages, build_dtmf, build_dtmf_danish, parse_dtmf
from firmware.fxs.callerid.messages import BadMessage, build_etsi, build_mdmf, parse
from firmware.fxs.callerid.plan import modem_of
from firmware.fxs.line import Caller
from firmware.fxs.profile import CallerIdScheme

_DIGIT_MS = 70  # and as much silence after it: Telia's description; GFI 9702 65 to 75
_BYTES_PER_MS = 16


def caller_audio(caller: Caller, scheme: CallerIdScheme, when: datetime) -> bytes:
    """16-bit 8 kHz samples of the whole message, b"" for a scheme without one."""
    if scheme.is_dtmf:
        build = build_dtmf_danish if scheme is CallerIdScheme.DTMF_DENMARK else build_dtmf
        return dtmf(build(caller), on_ms=_DIGIT_MS, off_ms=_DIGIT_MS)
    modem = modem_of(scheme)
    if modem is None:
        return b""
    message = (build_mdmf if modem == "bell202" else build_etsi)(caller, when)
    return fsk_caller_id(message, standard=modem)


class Receiver(Protocol):
    """Audio in, callers out."""

    def feed(self, pcm: bytes) -> list[Caller]:
        """Take a block; return the callers whose messages ended in it. What was damaged on the line is left out: it
        is not sent again."""
        ...


class FskReceiver:
    """Hears callers by one of the modems. Raises LibraryMissing."""

    def __init__(self, modem: str) -> None:
        self._receiver = CallerIdReceiver(modem)

    def feed(self, pcm: bytes) -> list[Caller]:
        """As Receiver says."""
        callers = []
        for message in self._receiver.feed(pcm):
            try:
                callers.append(parse(message).caller)
            except BadMessage:
                continue
        return callers


class DtmfCallerReceiver:
    """Hears callers by their digits. Raises LibraryMissing."""

    def __init__(self) -> None:
        self._receiver = DtmfReceiver()
        self._messages = DigitMessages()

    def feed(self, pcm: bytes) -> list[Caller]:
        """As Receiver says."""
        callers = []
        for message in self._messages.take(self._receiver.feed(pcm), len(pcm) / _BYTES_PER_MS):
            try:
                callers.append(parse_dtmf(message))
            except BadMessage:
                continue
        return callers


def receiver_of(scheme: CallerIdScheme) -> Receiver | None:
    """What hears this scheme's callers, None where nobody is told of. Raises LibraryMissing."""
    if scheme.is_dtmf:
        return DtmfCallerReceiver()
    modem = modem_of(scheme)
    return None if modem is None else FskReceiver(modem)
