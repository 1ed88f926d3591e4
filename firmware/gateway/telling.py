"""What the box says of itself by telephone: its address and, while it waits to be set up, the setup code."""

from collections.abc import Callable
from pathlib import Path

from firmware.control import Refused
from firmware.gateway.present import Present
from firmware.setup_code import SetupCodes
from firmware.telephony.announcer import AnnouncerLeg
from firmware.telephony.events import Caller, Destination
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.prompts import PromptMissing, speak_address
from firmware.telephony.media.tones import Rendered
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.services import own_address
from firmware.telephony.summary import Origin


class Telling:
    """`exchange` and `present` are asked for on the call thread."""

    def __init__(
        self, config: Path, *, loop: CallLoop, exchange: Callable[[], Exchange], present: Callable[[], Present]
    ) -> None:
        self._codes = SetupCodes(config)
        self._loop = loop
        self._exchange = exchange
        self._present = present

    def words(self) -> str:
        """The characters to be spoken. Reads files: never on the call thread."""
        code = self._codes.ensure()
        return f"{own_address()} {' '.join(code.grouped.split('-'))}" if code else own_address()

    def speak_address(self) -> None:
        """Ring telephone 1 and say it to whoever lifts. From a thread of the control socket; raises Refused."""
        try:
            speech = speak_address(self.words())
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
