"""What the box itself answers: echo test, milliwatt, its own address. Each is a leg that answers at once."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from firmware.telephony.events import Cause
from firmware.telephony.legs import LegEvents, Offered
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.bridge import Echo, Source
from firmware.telephony.media.prompts import PromptMissing, speak, speak_address, speak_fingerprint
from firmware.telephony.media.tones import Rendered
from firmware.telephony.sip.targets import source_address
from firmware.telephony.summary import LegQuality

_LOG = logging.getLogger(__name__)

_Speech = TypeVar("_Speech")


class ServiceLeg:
    """A service as the called side of a call, as a `Leg`."""

    codec = ""
    extension = ""
    address = ""
    moved_to = ""
    makes_own_tones = False

    def __init__(
        self, name: str, *, loop: CallLoop, make_media: Callable[["ServiceLeg", Callable[[Any], None]], None]
    ) -> None:
        self._name = name
        self._loop = loop
        self._make_media = make_media
        self.media: Any | None = None
        self.events: LegEvents | None = None
        self._is_over = False

    @property
    def name(self) -> str:
        """For people."""
        return self._name

    def quality(self) -> LegQuality | None:
        """Nobody measures."""
        return None

    def offer(self, offered: Offered) -> None:
        """Answer as soon as there is something to hear."""
        self._make_media(self, self._ready)

    def _ready(self, media: Any | None) -> None:
        events = self.events
        if self._is_over or events is None:
            return
        self.media = media
        if media is None:
            self._loop.post(lambda: events.leg_ended(self, Cause.FAILED))
        else:
            self._loop.post(lambda: events.leg_answered(self))

    def finish(self) -> None:
        """All was said: hang up. Any thread."""
        events = self.events
        if events is not None:
            self._loop.post(lambda: events.leg_ended(self, Cause.NORMAL))

    def end(self, cause: Cause) -> None:
        """The caller hung up."""
        self._is_over = True
        self.media = None

    def ringing(self) -> None:
        """Never the calling side."""

    def progress(self) -> None:
        """Never the calling side."""

    def answer(self) -> None:
        """Never the calling side."""

    def hold(self) -> None:
        """It goes on speaking."""

    def resume(self) -> None:
        """It went on speaking."""

    def send_digit(self, digit: str) -> None:
        """Most services do not listen."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the box says of itself: the characters of its address and code, and the fingerprint of its certificate."""

    text: str
    fingerprint: str = ""


class AddressLeg(ServiceLeg):
    """Says where the box is and, whenever 1 is dialled, the fingerprint: nobody has to trust a browser's question."""

    def __init__(self, *, loop: CallLoop, own_words: Callable[[], OwnWords]) -> None:
        super().__init__("address", loop=loop, make_media=lambda leg, ready: self._begin(ready))
        self._own_words = own_words
        self._fingerprint = b""
        self._playing = 0

    def send_digit(self, digit: str) -> None:
        """1 asks for the fingerprint, from its beginning."""
        events = self.events
        if digit == "1" and self._fingerprint and self.media is not None and events is not None:
            self.media = self._source(self._fingerprint)
            self._loop.post(lambda: events.leg_media_changed(self))

    def _begin(self, ready: Callable[[Any | None], None]) -> None:
        def read() -> tuple[bytes, bytes]:
            words = self._own_words()
            offered = speak_fingerprint(words.fingerprint) if words.fingerprint else b""
            return speak_address(words.text, has_fingerprint=bool(offered)), offered

        def heard(speech: tuple[bytes, bytes] | None) -> None:
            self._fingerprint = speech[1] if speech else b""
            ready(self._source(speech[0]) if speech else None)

        _speak(self._loop, read, heard)

    def _source(self, speech: bytes) -> Source:
        self._playing += 1
        number = self._playing
        return Source("address", Rendered(speech, None), on_end=lambda: self._loop.post(lambda: self._said(number)))

    def _said(self, number: int) -> None:
        if number == self._playing:  # what was interrupted ends nothing
            self.finish()


def make_service(
    name: str, *, loop: CallLoop, milliwatt: Callable[[], Rendered], own_words: Callable[[], OwnWords]
) -> ServiceLeg:
    """The leg of a service by its name (`code_names.SERVICES`); raises LookupError for another.

    `own_words` are what the box says of itself; asked for beside the call thread.
    """
    if name == "echo":
        return ServiceLeg("echo test", loop=loop, make_media=lambda leg, ready: ready(Echo()))
    if name == "milliwatt":
        return ServiceLeg("milliwatt", loop=loop, make_media=lambda leg, ready: ready(Source("milliwatt", milliwatt())))
    if name == "address":
        return AddressLeg(loop=loop, own_words=own_words)
    raise LookupError(f"there is no service {name}")


def make_announcement(prompts: Sequence[str], *, loop: CallLoop, otherwise: Callable[[], Rendered]) -> ServiceLeg:
    """A leg that says `prompts`, or plays `otherwise` where there are none or they are missing, and hangs up."""

    def play(leg: ServiceLeg, ready: Callable[[Any | None], None]) -> None:
        def heard(speech: bytes | None) -> None:
            sound = otherwise() if speech is None else Rendered(speech, None)
            ready(Source("announcement", sound, on_end=leg.finish))

        if prompts:
            _speak(loop, lambda: speak(prompts), heard)
        else:
            heard(None)

    return ServiceLeg("announcement", loop=loop, make_media=play)


def _speak(loop: CallLoop, read: Callable[[], _Speech], heard: Callable[[_Speech | None], None]) -> None:
    """Reads sounds beside the call thread; None where they are missing."""

    def work() -> None:
        try:
            speech: _Speech | None = read()
        except (PromptMissing, OSError) as error:
            _LOG.warning("%s", error)
            speech = None
        loop.post(lambda: heard(speech))

    threading.Thread(target=work, name="prompt", daemon=True).start()


def own_address() -> str:
    """The address of the interface that leads out; loopback where there is none."""
    return source_address("192.0.2.1") or "127.0.0.1"  # TEST-NET-1: chooses a route, sends nothing
