"""What the box says of itself by telephone: its address, the setup code while it waits for one, the fingerprint."""

from collections.abc import Callable
from pathlib import Path

from firmware.control import Refused
from firmware.fingerprint import CERTIFICATE, fingerprint_in
from firmware.gateway.present import Present
from firmware.setup_code import SetupCodes
from firmware.telephony.announcer import AnnouncerLeg
from firmware.telephony.events import Caller, Destination
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.prompts import PromptMissing, speak_address
from firmware.telephony.media.tones import Rendered
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.services import OwnWords, own_address
from firmware.telephony.summary import Origin


class Telling:
    """`exchange` and `present` are asked for on the call thread."""

    def __init__(
        self, config: Path, *, loop: CallLoop, exchange: Callable[[], Exchange], present: Callable[[], Present]
    ) -> None:
        self._codes = SetupCodes(config)
        self._certificate = config / CERTIFICATE
        self._loop = loop
        self._exchange = exchange
        self._present = present

    def words(self) -> OwnWords:
        """What is to be said. Reads files: never on the call thread."""
        code = self._codes.ensure()
        text = f"{own_address()} {' '.join(code.grouped.split('-'))}" if code else own_address()
        return OwnWords(text, fingerprint_in(self._certificate))

    def speak_address(self) -> None:
        """Ring telephone 1 and say it to whoever lifts. From a thread of the control socket; raises Refused."""
        try:
            speech = speak_address(self.words().text)
        except (PromptMissing, OSError) as error:
            raise Refused(str(error)) from error
        self._loop.post(lambda: self._ring(speech))

    def _ring(self, speech: bytes) -> None:
        telephones = self._present().settings.telephones
        if not telephones:
            return
        extension = telephones[min(telephones)].extension
        leg = AnnouncerLeg(
            "address", loop=self._loop, sound=lambda: Rendered(speech, None), on_over=lambda is_answered: None
        )
        origin = Origin(Caller("", "Twinline"), address="address")
        leg.events = self._exchange().originate(leg, Destination("extension", extension), origin)
