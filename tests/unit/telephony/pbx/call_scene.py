"""A call with a fake caller, and what it may try."""

from firmware.telephony.events import Caller, Destination
from firmware.telephony.loop import CallLoop
from firmware.telephony.pbx.attempts import Attempt
from firmware.telephony.pbx.call import Call
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.pbx.surroundings import ExchangeLimits, Surroundings
from firmware.telephony.sounds import Sounds
from firmware.telephony.summary import Origin
from tests.unit.telephony.pbx.exchange_scene import FakeDirectory
from tests.unit.telephony.pbx.fake_legs import FakeBridge, FakeLeg, making, settle

NO_ANSWER_S = 60.0


BOB = Destination("number", "12")


class Scene:
    """Ann calls; Bob, Cid and Dee can be called."""

    def __init__(self, no_answer_s: float = NO_ANSWER_S, sounds: Sounds | None = None) -> None:
        self.loop = CallLoop()
        self.bridge = FakeBridge()
        self.directory = FakeDirectory()
        self.ann, self.bob, self.cid, self.dee = (FakeLeg(name) for name in ("ann", "bob", "cid", "dee"))
        self.states: list[str] = []
        self.exchange = Exchange(
            loop=self.loop,
            bridge=self.bridge,
            surroundings=Surroundings(self.directory, lambda: ExchangeLimits(no_answer_s=no_answer_s)),
            sounds=sounds,
            on_change=lambda: self.states.append(self.call.state),
        )
        self.exchange.originate(self.ann, BOB, Origin(Caller("11", "Ann"), "11"))
        (self.call,) = self.exchange.calls

    def start(self, *attempts: Attempt) -> Call:
        self.directory.found[BOB.value] = attempts
        settle(self.loop)
        return self.call

    def talk(self) -> Call:
        """Ann and Bob talk."""
        call = self.start(making(self.bob))
        self.exchange.leg_ringing(self.bob)
        self.exchange.leg_answered(self.bob)
        return call
