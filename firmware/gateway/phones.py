"""IP telephones: the registrar and the exchange's side of their calls, kept in step with the settings."""

import logging
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from firmware.gateway import people, plain
from firmware.gateway.present import Present
from firmware.registrar.lines import SecurityEvent
from firmware.registrar.options import Inside, Places, RegistrarOptions
from firmware.registrar.presence import Lamp
from firmware.registrar.registrar import Registrar, RegistrarState
from firmware.settings import Settings
from firmware.telephony.legs import Leg, LegEvents
from firmware.telephony.loop import CallLoop
from firmware.telephony.messages import Waiting
from firmware.telephony.pbx.attempts import LegMaker
from firmware.telephony.pbx.call import Call
from firmware.telephony.sip.ip_phones import IpPhones, PhoneMedia
from firmware.telephony.sip.phone_leg import PhoneLeg

_LOG = logging.getLogger(__name__)


class Phones:
    """Call thread only, but for what the registrar tells by the callbacks it is given. `messages`: where any wait."""

    def __init__(
        self,
        folder: Path,
        present: Callable[[], Present],
        *,
        loop: CallLoop,
        on_incoming: Callable[[PhoneLeg, str, str], None],
        on_security: Callable[[SecurityEvent], None],
        on_change: Callable[[], None],
        messages: Callable[[], Mapping[str, Waiting]],
    ) -> None:
        self._present = present
        self._folder = folder
        self._loop = loop
        self._on_security = on_security
        self._on_change = on_change
        self._messages = messages
        self._token = secrets.token_hex(16)
        audio = present().settings.audio
        media = PhoneMedia(rtp_port_min=audio.rtp_port_min, rtp_port_max=audio.rtp_port_max)
        self._phones = IpPhones(loop=loop, token=self._token, on_incoming=on_incoming, media=media)
        self._exchange_port = 0
        self._registrar: Registrar | None = None
        self._options = RegistrarOptions()
        self._accounts: Mapping[str, str] = {}
        self._lamps: Mapping[str, Lamp] = {}

    def start(self) -> None:
        """Let telephones register, where settings say so. The engine runs."""
        settings = self._present().settings
        if settings.registrar.is_enabled:
            self._start(settings)

    def apply(self, before: Settings, settings: Settings) -> None:
        """Other settings count from now on; calls that are up go on."""
        if not settings.registrar.is_enabled:
            self._stop_registrar()
        elif self._registrar is None:
            self._start(settings)
        else:
            self._set_options(self._registrar)
            if before.extensions is not settings.extensions:
                self._set_accounts(self._registrar, settings)

    def stop(self) -> None:
        """End the registrar; calls must be over."""
        self._stop_registrar()
        self._phones.stop()

    def makers(self, extension: str) -> Sequence[LegMaker]:
        """What rings every device that is registered for the extension: one leg, which the registrar forks."""
        if not self.is_registered(extension):
            return ()

        def make(events: LegEvents) -> Leg:
            leg = self._phones.call(extension)
            leg.events = events
            return leg

        return (make,)

    def show(self, calls: Sequence[Call]) -> None:
        """Light the lamps of extensions that ring or talk."""
        if self._registrar is None:
            return
        lamps: dict[str, Lamp] = {}
        for call in calls:
            ringing = call.offering.legs if call.offering else []
            lamps |= {leg.extension: Lamp.RINGING for leg in ringing if leg.extension not in lamps}
            lamps |= {leg.extension: Lamp.BUSY for leg in call.parties}
        lamps.pop("", None)
        for extension in lamps.keys() | self._lamps.keys():
            lamp = lamps.get(extension, Lamp.FREE)
            if self._lamps.get(extension, Lamp.FREE) is not lamp:
                self._registrar.set_lamp(extension, lamp)
        self._lamps = lamps

    def show_messages(self, extension: str, waiting: Waiting) -> None:
        """Light the extension's message light, or put it out."""
        if self._registrar is not None and extension in self._accounts:
            self._registrar.set_messages(extension, waiting.new, waiting.old)

    def state(self) -> RegistrarState | None:
        """For the status; None where no IP telephone may register."""
        return self._registrar.state() if self._registrar else None

    @property
    def registered(self) -> frozenset[str]:
        """Every extension of which a device is there."""
        return self._registrar.registered if self._registrar else frozenset()

    def is_registered(self, extension: str) -> bool:
        """Whether any device of the extension is there."""
        return self._registrar is not None and self._registrar.is_registered(extension)

    def _start(self, settings: Settings) -> None:
        self._exchange_port = self._exchange_port or self._phones.start()
        registrar_port = _free_port()
        self._options = self._wanted()
        self._registrar = Registrar(
            self._options,
            inside=Inside(registrar_port, self._exchange_port, self._token),
            places=Places(self._folder / "run" / "registrar", self._folder / "registrar"),
            on_security=self._on_security,
            on_registered=lambda extension, is_registered: self._loop.post(self._on_change),
        )
        self._phones.use(self._registrar, registrar_port)
        self._accounts = dict(people.devices(settings))
        self._registrar.start(self._accounts)
        self._show_all_messages(self._accounts)

    def _wanted(self) -> RegistrarOptions:
        present = self._present()
        return plain.registrar_options(present.settings, present.country)

    def _set_options(self, registrar: Registrar) -> None:
        before, self._options = self._options, self._wanted()
        if before != self._options:
            registrar.set_options(self._options)

    def _stop_registrar(self) -> None:
        registrar, self._registrar = self._registrar, None
        if registrar is not None:
            registrar.stop()

    def _set_accounts(self, registrar: Registrar, settings: Settings) -> None:
        accounts = dict(people.devices(settings))
        if accounts != self._accounts:
            fresh = accounts.keys() - self._accounts.keys()
            self._accounts = accounts
            registrar.set_accounts(accounts)
            self._show_all_messages(fresh)

    def _show_all_messages(self, extensions: Iterable[str]) -> None:
        waiting = self._messages()
        for extension in waiting.keys() & set(extensions):
            self.show_messages(extension, waiting[extension])


def _free_port() -> int:
    """A UDP port of the loopback that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
