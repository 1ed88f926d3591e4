"""Everybody there is: telephones, outside lines and trunks, kept in step with the settings on the call thread."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from firmware.fxs.line import Caller, LineEvent, LineId, LineKind, Lines
from firmware.gateway import people, plain
from firmware.gateway.mailboxes import Mailboxes
from firmware.gateway.present import Present
from firmware.gateway.reception import Reception
from firmware.gateway.sip_trunks import SipTrunks
from firmware.settings import Settings
from firmware.telephony.events import Destination
from firmware.telephony.legs import LegEvents
from firmware.telephony.lines.line_audio import LineAudio
from firmware.telephony.lines.line_trunk import LineLeg, LineTrunk
from firmware.telephony.lines.port import Rules
from firmware.telephony.lines.telephone import Telephone, TelephoneIdentity
from firmware.telephony.lines.telephone_rules import telephone_rules
from firmware.telephony.loop import CallLoop
from firmware.telephony.messages import OnMessages
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.sip.engine import Engine
from firmware.telephony.sip.trunk import SipTrunk
from firmware.telephony.sip.trunk_leg import TrunkLeg


class Roster:
    """Lines that were found once, and trunks that are set. Every method belongs to the call thread."""

    def __init__(
        self,
        settings: Settings,
        *,
        lines: Lines,
        engine: Engine,
        loop: CallLoop,
        on_change: Callable[[], None],
        on_messages: OnMessages,
        folder: Path,
    ) -> None:
        self.present = Present(settings)
        self.mailboxes = Mailboxes(folder, loop=loop, present=lambda: self.present, on_change=on_messages)
        self.exchange: Exchange | None = None
        self.reception = Reception(lambda: self.present, self._exchange)
        self.trunks = SipTrunks(
            engine=engine,
            loop=loop,
            present=lambda: self.present,
            busy=self._busy_trunks,
            on_incoming=self._incoming_sip,
            on_messages=lambda trunk, new, old: self.mailboxes.from_trunk(trunk.name, new, old),
            on_change=on_change,
        )
        self._lines = lines
        self._engine = engine
        self._loop = loop
        self._on_change = on_change
        self._telephones: dict[LineId, Telephone] = {}
        self._line_trunks: dict[LineId, LineTrunk] = {}

    @property
    def telephones(self) -> Sequence[Telephone]:
        """Telephones with an extension, by socket."""
        return [self._telephones[line] for line in sorted(self._telephones, key=lambda line: line.number)]

    @property
    def line_trunks(self) -> Sequence[LineTrunk]:
        """Outside lines, by socket."""
        return [self._line_trunks[line] for line in sorted(self._line_trunks, key=lambda line: line.number)]

    @property
    def sip_trunks(self) -> Sequence[SipTrunk]:
        """SIP trunks as listed."""
        return self.trunks.listed

    @property
    def routes(self) -> Sequence[str]:
        """Order of trunks for outside numbers."""
        return self.present.settings.dialling.routes

    @property
    def trunk_order(self) -> Sequence[str]:
        """Trunks for outside numbers in order: as set, else SIP trunks as listed, then the outside lines."""
        every = [trunk.name for trunk in self.sip_trunks] + [trunk.name for trunk in self.line_trunks]
        return self.routes or every

    def usual(self, trunk: SipTrunk | LineTrunk) -> Destination | None:
        """Where calls of a trunk go that no inbound route names, None where nothing is set."""
        if isinstance(trunk, SipTrunk):
            return trunk.account.destination
        own = self.present.settings.outside_lines.get(str(trunk.line.number))
        return people.destination(own.destination) if own else None

    def take(self, event: LineEvent) -> None:
        """Something happened on a line; a line that is met for the first time is fitted."""
        if event.line.kind is LineKind.FXS:
            telephone = self._telephones.get(event.line) or self._fit_telephone(event.line)
            if telephone is not None:
                telephone.take(event)
        else:
            trunk = self._line_trunks.get(event.line) or self._fit_outside_line(event.line)
            if trunk is not None:
                trunk.take(event)

    def apply(self, settings: Settings) -> None:
        """New settings count from now on; calls that are up go on."""
        before, self.present = self.present, Present(settings)
        if before.settings.codecs != settings.codecs:
            self._engine.set_codecs(tuple(settings.codecs))
        if before.settings.sip.nameservers != settings.sip.nameservers:
            self._engine.set_nameservers(tuple(settings.sip.nameservers))
        for telephone in self._telephones.values():
            own = settings.telephones.get(str(telephone.identity.line.number))
            if own is not None:
                telephone.identity = TelephoneIdentity(telephone.identity.line, own.extension, own.name)
        self.trunks.apply()
        self.mailboxes.apply(settings)
        self.check_messages()
        self._on_change()

    def check_messages(self) -> None:
        """Other messages may wait for somebody: telephones show it."""
        for telephone in self._telephones.values():
            telephone.check_messages()

    def forget_lines(self) -> None:
        """Let go of every line's port on the bridge: none may outlive the engine. No call is up any more."""
        for line in [*self._telephones, *self._line_trunks]:
            self._lines.attach(line, None)
        self._telephones.clear()
        self._line_trunks.clear()

    # ---- inside ------------------------------------------------------------------------------------

    def _exchange(self) -> Exchange:
        if self.exchange is None:
            raise RuntimeError("the roster has no exchange yet")
        return self.exchange

    def _incoming_sip(self, trunk: SipTrunk, leg: TrunkLeg, caller: Caller, called: str) -> None:
        leg.events = self.reception.from_trunk(leg, trunk.name, caller, called, self.usual(trunk))

    def _busy_trunks(self) -> Collection[str]:
        return {leg.name for call in self._exchange().calls for leg in call.legs}

    def _fit_telephone(self, line: LineId) -> Telephone | None:
        own = self.present.settings.telephones.get(str(line.number))
        if own is None:
            return None
        telephone: Telephone

        def digit(digit: str) -> None:
            self._lines.tone_dialled(line)
            self._loop.post(lambda: telephone.digit_heard(digit))

        telephone = Telephone(
            TelephoneIdentity(line, own.extension, own.name),
            lines=self._lines,
            audio=self._line_audio(line, on_digit=digit),
            loop=self._loop,
            exchange=self._exchange(),
            rules=lambda: self._rules(telephone),
            tone=lambda name: self.present.tone(name),
            on_change=self._on_change,
            ring_cadence_ms=lambda name: self.present.country.ring_patterns.get(name, ()),
            messages=lambda: self._messages_shown(line),
        )
        self._telephones[line] = telephone
        self._lines.attach(line, telephone.audio)
        return telephone

    def _rules(self, telephone: Telephone) -> Rules:
        present, identity = self.present, telephone.identity
        return telephone_rules(
            present.plan,
            present.country,
            people.extension(present.settings, identity.extension),
            has_messages=self.mailboxes.counts.of(identity.extension).new > 0,
            is_transferred_on_hang_up=present.settings.calls.is_transferred_on_hang_up,
            battery=plain.battery_manners(present.settings, identity.line),
        )

    def _messages_shown(self, line: LineId) -> int | None:
        own = self.present.settings.telephones.get(str(line.number))
        return self.mailboxes.counts.of(own.extension).new if own is not None and own.message_lamp else None

    def _fit_outside_line(self, line: LineId) -> LineTrunk | None:
        if str(line.number) not in self.present.settings.outside_lines:
            return None
        trunk: LineTrunk
        audio = self._line_audio(
            line,
            on_digit=lambda digit: self._loop.post(lambda: trunk.digit_heard(digit)),
            on_tone=lambda name: self._loop.post(lambda: trunk.tone_heard(name)),
        )
        trunk = LineTrunk(
            line,
            lines=self._lines,
            audio=audio,
            loop=self._loop,
            manners=lambda: plain.manners(self.present.settings, self.present.country, line),
            dial_tone_detector=lambda: plain.dial_tone_detector(self.present.country),
            hang_up_detector=lambda: plain.hang_up_detector(self.present.country),
            is_pulse_dialled=lambda: self._is_pulse_dialled(line),
            on_incoming=self._incoming_line,
            on_change=self._on_change,
        )
        self._line_trunks[line] = trunk
        self._lines.attach(line, audio)
        return trunk

    def _line_audio(
        self, line: LineId, on_digit: Callable[[str], None], on_tone: Callable[[str], None] | None = None
    ) -> LineAudio:
        return LineAudio(
            str(line),
            options=lambda: plain.audio_options(self.present.settings, line),
            on_digit=on_digit,
            on_tone=on_tone,
        )

    def _is_pulse_dialled(self, line: LineId) -> bool:
        own = self.present.settings.outside_lines.get(str(line.number))
        return own is not None and own.dial_with == "pulse"

    def _incoming_line(self, trunk: LineTrunk, leg: LineLeg, caller: Caller) -> LegEvents:
        return self.reception.from_trunk(leg, trunk.name, caller, "", self.usual(trunk))
