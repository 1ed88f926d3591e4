"""An exchange with a house of fake telephones and trunks around it."""

from collections.abc import Sequence

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.loop import CallLoop
from firmware.telephony.pbx.attempts import Attempt, Candidate
from firmware.telephony.pbx.call import Call
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.pbx.surroundings import ExchangeLimits, Surroundings
from firmware.telephony.seams import Dialled, Feature, Seams
from firmware.telephony.summary import CallSummary, Origin
from tests.unit.telephony.pbx.fake_legs import FakeBridge, FakeLeg, FakeSounds, maker, settle

_PATIENCE_S = 10.0  # a machine that is busy is no feature that overruns


class FakeDirectory:
    """Extensions with profiles ring new fake telephones; anything else is `found[value]`, or its cause."""

    def __init__(self) -> None:
        self.found: dict[str, Sequence[Attempt] | Cause] = {}
        self.profiles: dict[str, Extension] = {}
        self.rung: dict[str, list[FakeLeg]] = {}
        self.asked: list[tuple[Destination, Dialled]] = []
        self.full: Destination | None = None
        self.others: dict[str, Destination] = {}

    def attempts(self, destination: Destination, dialled: Dialled) -> Sequence[Attempt] | Cause:
        self.asked.append((destination, dialled))
        if destination.value in self.found:
            return self.found[destination.value]
        if destination.kind == "extension" and destination.value in self.profiles:
            return [Attempt([self.candidate(destination.value)])]
        return Cause.UNKNOWN_NUMBER

    def candidate(self, number: str) -> Candidate:
        """A new telephone of an extension."""
        leg = FakeLeg(f"telephone {number}", extension=number, address=f"fxs{number}")
        leg.media = f"media of {number} number {len(self.rung.setdefault(number, []))}"
        self.rung[number].append(leg)
        return Candidate(maker(leg), self.profiles[number])

    def extension(self, number: str) -> Extension | None:
        return self.profiles.get(number)

    def when_full(self, origin: Origin) -> Destination | None:
        return self.full

    def otherwise(self, destination: Destination) -> Destination | None:
        return self.others.get(destination.value)

    def dialled(self, number: str) -> Destination | Cause:
        if number in self.profiles:
            return Destination("extension", number)
        return Destination("number", number) if number in self.found else Cause.UNKNOWN_NUMBER


class Scene:
    """Extensions 101 to 104, features as given, and notes of all that is told."""

    def __init__(
        self,
        *features: Feature,
        limits: ExchangeLimits | None = None,
        loop: CallLoop | None = None,
        directory: FakeDirectory | None = None,
    ) -> None:
        self.loop = loop or CallLoop()
        self.bridge = FakeBridge()
        self.sounds = FakeSounds()
        self.directory = directory or FakeDirectory()
        self.directory.profiles = {number: Extension(number) for number in ("101", "102", "103", "104")}
        self.limits = limits or ExchangeLimits(voice_channels=8)
        self.changes = 0
        self.summaries: list[CallSummary] = []
        self.charges: list[tuple[object, float]] = []
        self.exchange = Exchange(
            loop=self.loop,
            bridge=self.bridge,
            surroundings=Surroundings(self.directory, lambda: self.limits, Seams(features, deadline_s=_PATIENCE_S)),
            on_change=self._changed,
            sounds=self.sounds,
            on_summary=self.summaries.append,
            on_charge=lambda charge, seconds: self.charges.append((charge, seconds)),
            wall=lambda: 1_000_000.0,
        )

    def _changed(self) -> None:
        self.changes += 1

    def settle(self) -> None:
        """Let the loop do what is posted."""
        settle(self.loop)

    def until(self, is_so: object) -> None:
        """Let time go by until a condition holds."""
        assert callable(is_so) and self.loop.run_until(is_so, 5)

    def from_inside(self, number: str, destination: str, *, media: str = "") -> FakeLeg:
        """A telephone dials; `media` where it is the second leg of one that talks already."""
        leg = FakeLeg(f"telephone {number} calling", extension=number, address=f"fxs{number}")
        leg.media = media or leg.media
        origin = Origin(Caller(number), number, called=destination.partition(":")[2], address=leg.address)
        leg.events = self.exchange.originate(leg, Destination.parse(destination), origin)
        self.settle()
        return leg

    def from_outside(self, destination: str, *, trunk: str = "main") -> FakeLeg:
        """Somebody outside calls."""
        leg = FakeLeg(f"caller over {trunk}", codec="pcma", makes_own_tones=False)
        origin = Origin(Caller("0301234"), trunk=trunk, called="4711", address="192.0.2.7:5060")
        leg.events = self.exchange.originate(leg, Destination.parse(destination), origin)
        self.settle()
        return leg

    def rung(self, number: str) -> FakeLeg:
        """The telephone of an extension that was rung last."""
        return self.directory.rung[number][-1]

    def ring(self, leg: FakeLeg) -> None:
        """It tells that it is alerted."""
        self.exchange.leg_ringing(leg)

    def answer(self, leg: FakeLeg) -> None:
        """It rings, then it is answered."""
        self.exchange.leg_ringing(leg)
        self.exchange.leg_answered(leg)

    def hang_up(self, leg: FakeLeg, cause: Cause = Cause.NORMAL) -> None:
        """It goes by itself."""
        self.exchange.leg_ended(leg, cause)
        self.settle()

    def talk(self, number: str, to: str) -> tuple[FakeLeg, FakeLeg]:
        """Two extensions talk."""
        calling = self.from_inside(number, f"extension:{to}")
        called = self.rung(to)
        self.answer(called)
        return calling, called

    def outside_talk(self, to: str) -> tuple[FakeLeg, FakeLeg]:
        """Somebody outside talks with an extension."""
        calling = self.from_outside(f"extension:{to}")
        called = self.rung(to)
        self.answer(called)
        return calling, called

    @property
    def call(self) -> Call:
        """The only call there is."""
        (call,) = self.exchange.calls
        return call

    @property
    def ended(self) -> list[CallSummary]:
        """What was told of calls that are over."""
        return [summary for summary in self.summaries if summary.ended_at is not None]

    def check_nothing_is_left(self) -> None:
        """No call, leg, channel, join or timer."""
        exchange = self.exchange
        assert exchange.calls == [] and exchange.channels_used == 0 and self.bridge.pairs == set()
        functions = exchange._functions
        assert len(exchange._seats) == 0 and len(functions.parking) == 0 and len(functions.conferences) == 0
        assert [timer for _, _, timer in self.loop._timers if not timer.is_cancelled] == []
        started = [summary.id for summary in self.summaries]
        assert sorted(summary.id for summary in self.ended) == sorted(set(started))
