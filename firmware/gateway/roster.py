"""Everybody there is: telephones, outside lines and trunks, kept in step with the settings on the call thread."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware.fxs.line import Caller, LineEvent, LineId, LineKind, Lines
from firmware.gateway import people, plain
from firmware.gateway.mailboxes import Mailboxes
from firmware.gateway.present import Present
from firmware.gateway.reception import Reception
from firmware.settings import Settings
from firmware.telephony.events import Destination
from firmware.telephony.legs import LegEvents
from firmware.telephony.lines.line_audio import LineAudio
from firmware.telephony.lines.line_trunk import LineLeg, LineTrunk
from firmware.telephony.lines.telephone import Telephone, TelephoneIdentity
from firmware.telephony.lines.telephone_rules import telephone_rules
from firmware.telephony.loop import CallLoop
from firmware.telephony.messages import Telling
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.sip.engine import Engine
from firmware.telephony.sip.leg import SipLeg
from firmware.telephony.sip.targets import Lookup, Target
from firmware.telephony.sip.trial import Trial
from firmware.telephony.sip.trial_steps import Told
from firmware.telephony.sip.trunk import SipTrunk, TrunkAccount
from firmware.telephony.sip.ways import Ways

_LOG = logging.getLogger(__name__)


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
        on_messages: Telling,
        folder: Path,
    ) -> None:
        self.present = Present(settings)
        self.mailboxes = Mailboxes(folder, loop=loop, present=lambda: self.present, on_change=on_messages)
        self.exchange: Exchange | None = None
        self.reception = Reception(lambda: self.present, self._exchange)
        self._lines = lines
        self._engine = engine
        self._ways = Ways(engine)
        self._loop = loop
        self._on_change = on_change
        self._telephones: dict[LineId, Telephone] = {}
        self._line_trunks: dict[LineId, LineTrunk] = {}
        self._sip_trunks: dict[str, SipTrunk] = {}
        self._retiring: list[SipTrunk] = []

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
        names = [trunk.name for trunk in self.present.settings.trunks]
        return [self._sip_trunks[name] for name in names if name in self._sip_trunks]

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
        self.apply_trunks()
        self.mailboxes.apply(settings)
        self._on_change()

    def apply_trunks(self) -> None:
        """Start trunks that are new or changed, stop those that are gone."""
        settings = self.present.settings
        wanted = {trunk.name: plain.trunk_account(settings, trunk) for trunk in settings.trunks if trunk.is_enabled}
        for name in self._sip_trunks.keys() - wanted.keys():
            self._retire(self._sip_trunks.pop(name))
        for name, account in wanted.items():
            if name not in self._sip_trunks:
                self._sip_trunks[name] = self._start_trunk(account)
            elif self._sip_trunks[name].account != account:
                self._sip_trunks[name].change(account)

    def stop(self) -> None:
        """Stop every trunk."""
        for trunk in [*self._sip_trunks.values(), *self._retiring]:
            trunk.stop()
        self._sip_trunks.clear()
        self._retiring.clear()

    def trial(
        self,
        account: TrunkAccount,
        targets: Sequence[Target],
        echo_number: str,
        *,
        tell: Callable[[Told], None],
    ) -> Trial:
        """An account to be tried beside those that are set, which do not notice it."""
        return Trial(
            account,
            targets,
            echo_number=echo_number,
            engine=self._engine,
            ways=self._ways,
            loop=self._loop,
            rivals=lambda: self.sip_trunks,
            tell=tell,
        )

    def forget_lines(self) -> None:
        """Let go of every line's port on the bridge: none may outlive the engine. No call is up any more."""
        for line in [*self._telephones, *self._line_trunks]:
            self._lines.attach(line, None)
        self._telephones.clear()
        self._line_trunks.clear()

    def call_ended(self) -> None:
        """Calls end: a trunk that was only kept for them may go."""
        busy = {leg.name for call in self._exchange().calls for leg in call.legs}
        for trunk in [trunk for trunk in self._retiring if trunk.name not in busy]:
            self._retiring.remove(trunk)
            trunk.stop()

    # ---- inside ------------------------------------------------------------------------------------

    def _exchange(self) -> Exchange:
        if self.exchange is None:
            raise RuntimeError("the roster has no exchange yet")
        return self.exchange

    def _retire(self, trunk: SipTrunk) -> None:
        trunk.retire()
        self._retiring.append(trunk)
        self._loop.post(self.call_ended)

    def _start_trunk(self, account: TrunkAccount) -> SipTrunk:
        trunk = SipTrunk(
            account,
            engine=self._engine,
            ways=self._ways,
            loop=self._loop,
            lookup=Lookup(lambda: self.present.settings.sip.nameservers),
            on_incoming=self._incoming_sip,
            on_stray=self._stray_sip,
            on_messages=lambda trunk, new, old: self.mailboxes.from_trunk(trunk.name, new, old),
            on_change=self._on_change,
        )
        trunk.start()
        return trunk

    def _incoming_sip(self, trunk: SipTrunk, leg: SipLeg, caller: Caller, called: str) -> None:
        leg.events = self.reception.from_trunk(leg, trunk.name, caller, called, self.usual(trunk))

    def _stray_sip(self, trunk: SipTrunk, leg: SipLeg, source: str, message: str) -> bool:
        others = [other for other in self.sip_trunks if other is not trunk]
        return any(other.adopt(leg, source, message, trunk.account) for other in others)

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
            plan=lambda: self.present.plan,
            tone=lambda name: self.present.tone(name),
            on_change=self._on_change,
            rules=lambda plan: telephone_rules(
                plan,
                self.present.country,
                people.extension(self.present.settings, telephone.identity.extension),
                has_messages=self.mailboxes.counts.of(telephone.identity.extension).new > 0,
                is_transferred_on_hang_up=self.present.settings.calls.is_transferred_on_hang_up,
            ),
            ring_cadence_ms=lambda name: self.present.country.ring_patterns.get(name, ()),
        )
        self._telephones[line] = telephone
        self._lines.attach(line, telephone.audio)
        return telephone

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
