"""The exchange with everything that hangs on it: features, fence, IP telephones, records, sounds. Call thread only."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.gateway import people
from firmware.gateway.errands import Errands
from firmware.gateway.features import features
from firmware.gateway.journal import record_of, remember_in_background
from firmware.gateway.phones import Phones
from firmware.gateway.roster import Roster
from firmware.gateway.saved_state import SavedState
from firmware.gateway.self_test.around import Around
from firmware.gateway.self_test.desk import Desk
from firmware.gateway.telling import Telling
from firmware.gateway.waking import Waking
from firmware.records import CallRecords, RecordWriter
from firmware.registrar.lines import SecurityEvent
from firmware.settings import Settings, SettingsRefused
from firmware.telephony.directory import House, RosterDirectory
from firmware.telephony.feature_parts import ChangeRefused
from firmware.telephony.features.history import History
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.bridge import EngineBridge, milliwatt
from firmware.telephony.media.played import EngineSounds
from firmware.telephony.media.tones import render
from firmware.telephony.numbering import moments
from firmware.telephony.numbering.numbers import Home
from firmware.telephony.numbering.outbound import Outbound, start_warming
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.pbx.surroundings import Surroundings
from firmware.telephony.seams import Seams
from firmware.telephony.services import make_service
from firmware.telephony.sounds import melody

_LOG = logging.getLogger(__name__)

_ERRANDS_MAX = 100  # somebody dials feature codes faster than the card writes: then they are told so
_FENCE_TICK_S = 30.0

ChangeSettings = Callable[[dict[str, object]], object]


class Switchboard:
    """`change_settings` makes a change that was dialled; it waits for the disk and raises SettingsRefused."""

    def __init__(
        self,
        folder: Path,
        *,
        roster: Roster,
        loop: CallLoop,
        records: RecordWriter,
        change_settings: ChangeSettings,
        on_change: Callable[[], None],
    ) -> None:
        self._roster = roster
        self._loop = loop
        self._records = records
        self._change_settings = change_settings
        self._on_change = on_change
        self._errands = Errands("settings", _ERRANDS_MAX)
        self._spending = SavedState(folder / "spending.json")
        self.outbound = self._outbound()
        self.history = History()
        self._waking = self._wake_up_calls()
        self.phones = self._ip_phones(folder)
        self.telling = Telling(folder, loop=loop, exchange=lambda: self.exchange, present=lambda: roster.present)
        self.tests = Desk(Around(loop, roster, lambda: self.exchange, lambda: render(melody())))
        self._sounds = EngineSounds(loop=loop, tone=lambda name: roster.present.tone(name))
        self.exchange = self._exchange()

    def start(self) -> None:
        """The engine runs: let telephones register, look at clocks."""
        self._errands.start()
        self._spending.start()
        start_warming(Home.of(self._roster.present.country))
        self._roster.mailboxes.start()
        self.phones.start()
        self._waking.start()
        self._tick()
        extensions = sorted(people.numbers(self._roster.present.settings))
        remember_in_background(self.history, CallRecords(self._records.path), extensions, self._loop)

    def apply(self, before: Settings, settings: Settings) -> None:
        """Other settings count from now on."""
        self.phones.apply(before, settings)

    def stop(self) -> None:
        """Calls are over: let go of everything that lives on the engine, and write what is left."""
        self.tests.close()
        self.phones.stop()
        self._sounds.close()
        self._errands.stop()
        self._spending.stop()
        self._roster.mailboxes.stop()

    def calls_changed(self) -> None:
        """Calls came, changed or went."""
        self.phones.show(self.exchange.calls)
        self.tests.calls_changed()

    # ---- building --------------------------------------------------------------------------------------

    def _wake_up_calls(self) -> Waking:
        return Waking(
            loop=self._loop,
            present=lambda: self._roster.present,
            exchange=lambda: self.exchange,
            change=self._change,
            music=lambda: render(melody()),
        )

    def _ip_phones(self, folder: Path) -> Phones:
        return Phones(
            folder,
            lambda: self._roster.present,
            loop=self._loop,
            on_incoming=self._roster.reception.from_phone,
            on_security=self._security_event,
            on_change=self._on_change,
            messages=self._roster.mailboxes.counts.every,
        )

    def _outbound(self) -> Outbound:
        roster = self._roster
        return Outbound(
            policy=lambda: roster.present.policy,
            routes=lambda: roster.present.outbound_routes,
            trunks=lambda: roster.trunk_order,
            moment=moments.now,
            save=self._spending.save,
            saved=self._spending.load(),
            on_refused=self._fence_refused,
        )

    def _directory(self) -> RosterDirectory:
        roster = self._roster
        house = House(
            profile=lambda number: people.extension(roster.present.settings, number),
            group=lambda name: people.group(roster.present.settings, name),
            ip_phones=self.phones.makers,
            registered=lambda: self.phones.registered,
            when_full=lambda: people.destination(roster.present.settings.calls.when_full),
            plan=lambda: roster.present.plan,
        )
        return RosterDirectory(
            roster,
            lambda name: make_service(name, loop=self._loop, milliwatt=milliwatt, own_words=self.telling.words),
            house=house,
            outbound=self.outbound,
        )

    def _exchange(self) -> Exchange:
        roster = self._roster
        every = features(
            present=lambda: roster.present,
            change=self._change,
            resolve=roster.reception.leads_to,
            history=self.history,
            wake_up=self._waking.feature,
        )
        return Exchange(
            loop=self._loop,
            bridge=EngineBridge(),
            surroundings=Surroundings(self._directory(), lambda: roster.present.limits, Seams(every)),
            on_change=self._on_change,
            sounds=self._sounds,
            on_summary=lambda summary: self._records.post(record_of(summary)),
            on_charge=self._charged,
        )

    # ---- what others tell ------------------------------------------------------------------------------

    def _change(self, extension: str, field: str, value: object) -> None:
        """What somebody dialled: stored beside the calls, and true for the next one."""
        path = f"extensions/{extension}/{field}"

        def store() -> None:
            try:
                self._change_settings({path: value})
            except SettingsRefused as error:
                _LOG.warning("%s was dialled and refused: %s", field, error)

        if not self._errands.do(store):
            raise ChangeRefused("too many changes at once")

    def _fence_refused(self, who: str, words: str) -> None:
        self._records.security_event("fence", who, words)
        self.tests.fence_refused(words)

    def _charged(self, charge: Any, seconds: float) -> None:
        self.outbound.ended(charge, seconds)

    def _security_event(self, event: SecurityEvent) -> None:
        _LOG.warning("%s", event.line)
        self._records.security_event(event.kind, event.source, event.words)

    def _tick(self) -> None:
        self.outbound.tick()
        self._loop.call_later(_FENCE_TICK_S, self._tick)
