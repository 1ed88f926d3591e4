"""What the box itself answers: echo test, milliwatt, its own address. Each is a leg that answers at once."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from firmware.telephony.events import Cause
from firmware.telephony.legs import LegEvents, Offered
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.bridge import Echo, Source
from firmware.telephony.media.prompts import PromptMissing, speak, speak_address
from firmware.telephony.media.tones import Rendered
from firmware.telephony.sip.targets import source_address
from firmware.telephony.summary import LegQuality

_LOG = logging.getLogger(__name__)


class ServiceLeg:
    """A service as the called side of a call, as a `Leg`."""

    codec = ""
    extension = ""
    address = ""
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
        """No service listens to digits yet."""


def make_service(
    name: str, *, loop: CallLoop, milliwatt: Callable[[], Rendered], own_words: Callable[[], str]
) -> ServiceLeg:
    """The leg of a service by its name (`code_names.SERVICES`); raises LookupError for another.

    `own_words` are the characters that the box says of itself; asked for beside the call thread.
    """
    if name == "echo":
        return ServiceLeg("echo test", loop=loop, make_media=lambda leg, ready: ready(Echo()))
    if name == "milliwatt":
        return ServiceLeg("milliwatt", loop=loop, make_media=lambda leg, ready: ready(Source("milliwatt", milliwatt())))
    if name == "address":
        return ServiceLeg(
            "address", loop=loop, make_media=lambda leg, ready: _speak_address(loop, leg, ready, own_words)
        )
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


def _speak_address(
    loop: CallLoop, leg: ServiceLeg, ready: Callable[[Any | None], None], own_words: Callable[[], str]
) -> None:
    def heard(speech: bytes | None) -> None:
        ready(None if speech is None else Source("address", Rendered(speech, None), on_end=leg.finish))

    _speak(loop, lambda: speak_address(own_words()), heard)


def _speak(loop: CallLoop, read: Callable[[], bytes], heard: Callable[[bytes | None], None]) -> None:
    """Reads sounds beside the call thread; None where they are missing."""

    def work() -> None:
        try:
            speech: bytes | None = read()
        except (PromptMissing, OSError) as error:
            _LOG.warning("%s", error)
            speech = None
        loop.post(lambda: heard(speech))

    threading.Thread(target=work, name="prompt", daemon=True).start()


def own_address() -> str:
    """The address of the interface that leads out; loopback where there is none."""
    return source_address("192.0.2.1") or "127.0.0.1"  # TEST-NET-1: chooses a route, sends nothing
