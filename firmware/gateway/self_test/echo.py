"""Calls an echo test, the box's own or one outside, and listens whether a known sound comes back. Call thread only."""

from typing import Any

from firmware import providers
from firmware.gateway.self_test.around import CALLER_NAME, RING_S, Asked, place, trunk_words
from firmware.gateway.self_test.board import END
from firmware.gateway.self_test.trying import TestCall
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.media.echo_probe import EchoProbe, Heard
from firmware.telephony.numbering.dialplan import Dial, Rejected, judge
from firmware.telephony.sights import Tried
from firmware.telephony.sip.trunk import SipTrunk
from firmware.telephony.summary import Origin

_LISTENS_S = 8.0  # some tests speak before they give back

HOPS_INSIDE = ("number", "answer", "sound", END)
HOPS_OUTSIDE = ("number", "channel", "fence", "trunk", "answer", "sound", END)


def hops(asked: Asked) -> tuple[str, ...]:
    """Which way it takes."""
    return HOPS_OUTSIDE if asked.trunk or asked.number else HOPS_INSIDE


class EchoTest(TestCall):
    """With neither number nor trunk the box's own code is called. A trunk is the only one that the call goes out by;
    without a number its provider's echo test is called, where that is known."""

    HOPS = HOPS_OUTSIDE
    _heard = Heard()
    _why = ""
    _is_outside = False

    def start(self) -> None:
        """Judge the number as if a telephone had dialled it."""
        destination = self._destination()
        if destination is None:
            return
        called = self.asked.number or destination.value
        origin = Origin(
            Caller("", CALLER_NAME), called=called, address="self-test", is_test=True, only_trunk=self.asked.trunk
        )
        self.leg.events = self.around.exchange().originate(self.leg, destination, origin, self.saw)
        self.later(RING_S, lambda: self.stop(f"nobody answered within {RING_S:g} s"))

    def sound(self) -> Any:
        """The known sound, and an ear for it."""
        self.probe = EchoProbe()
        return self.probe.media

    def tried(self, seen: Tried) -> None:
        """A trunk is called by, or the box answers itself."""
        self._is_outside = bool(seen.via)
        if seen.via:
            self.board.done("fence", "the fence lets it out")
            self.board.done("trunk", f"the call goes out by trunk {seen.via}")
        self.board.waiting("answer", "waits for an answer")

    def alerted(self, name: str) -> None:
        """The far end rings."""
        self.board.waiting("answer", "it rings")

    def lost(self, name: str, cause: Cause) -> None:
        """By this trunk it did not work; perhaps by the next."""
        self._why = f"trunk {name} says: {cause.facts.words}"

    def answered(self, name: str) -> None:
        """Now it is heard whether there is sound."""
        self.board.done("answer", "the far end answered" if self._is_outside else "the box itself answered")
        self.board.waiting("sound", "a known sound is played")
        self.later(_LISTENS_S, self._nothing_heard)

    def heard(self, heard: Heard) -> None:
        """An echo ends the test."""
        self._heard = heard
        if heard.is_echo:
            self.board.done("sound", f"the sound came back after {heard.delay_ms} ms")
            self.stop(cause=Cause.NORMAL)

    def failed(self, cause: Cause) -> None:
        """The fence, the trunks, or the far end."""
        if self.fence_words and self.why(cause) == self.fence_words:
            self.board.failed("fence", self._fence_says())
        elif cause is Cause.NO_ROUTE and not self._why:
            self.board.done("fence", "the fence lets it out")
            self.board.failed("trunk", self._trunks_say())
        elif self._why:
            self.board.failed(self.board.current, self._why)
        else:
            super().failed(cause)

    # ---- inside ------------------------------------------------------------------------------------------

    def _destination(self) -> Destination | None:
        """Where the number leads; None where that has been told to be nowhere."""
        wanted = self.asked.number
        if not wanted and not self.asked.trunk:
            return self._own_code()
        if not wanted:
            return self._of_provider()
        destination = self._judged(wanted)
        if destination is None:
            return None
        if destination.kind == "emergency" or self.around.is_emergency_number(destination.value):
            self.board.failed("number", "an emergency number is never tested")
            return None
        if destination.kind != "number":
            self.board.failed("number", f"{wanted} leads to {place(destination)}, not outside")
            return None
        self.board.done("number", f"{wanted} leads to {place(destination)}")
        return destination

    def _of_provider(self) -> Destination | None:
        """As the profile of the trunk's provider has it: the dial plan of the house knows nothing of it."""
        trunk = self.around.trunk(self.asked.trunk)
        profile = providers.by_domain(trunk.account.domain) if isinstance(trunk, SipTrunk) else None
        if profile is None or not profile.echo_test:
            self.board.failed("number", "which number outside gives back what it hears has to be said")
            return None
        self.board.done("number", f"the echo test of {profile.name} is {profile.echo_test}")
        return Destination("number", profile.echo_test)

    def _own_code(self) -> Destination | None:
        plan = self.around.roster.present.plan
        code = next((code.pattern for code in plan.codes.codes if code.name == "echo"), "")
        verdict = judge(plan, code, is_final=True)
        if not code or not isinstance(verdict, Dial):
            self.board.failed("number", "no code leads to the echo test of the box")
            return None
        self.board.done("number", f"{code} leads to {place(verdict.destination)}")
        return verdict.destination

    def _judged(self, wanted: str) -> Destination | None:
        if wanted.startswith("+"):  # as routes and forwards have it: no telephone can dial a +
            return Destination("number", wanted)
        verdict = judge(self.around.roster.present.plan, wanted, is_final=True)
        if isinstance(verdict, Dial):
            return verdict.destination
        cause = verdict.cause if isinstance(verdict, Rejected) else Cause.INVALID_NUMBER
        self.board.failed("number", f"{wanted} leads nowhere: {cause.facts.words}")
        return None

    def _fence_says(self) -> str:
        if self.asked.trunk and self.fence_words == "no trunk takes this number":
            return f"the routes do not send this number by trunk {self.asked.trunk}"
        return self.fence_words

    def _trunks_say(self) -> str:
        names = [self.asked.trunk] if self.asked.trunk else self.around.trunk_names()
        found = [(name, self.around.trunk(name)) for name in names]
        words = [trunk_words(trunk) if trunk else f"there is no trunk {name}" for name, trunk in found]
        return next(filter(None, words), "no trunk is ready for outside calls")

    def _nothing_heard(self) -> None:
        is_sound = self._heard.is_sound
        self.stop("something is heard, but not what was played" if is_sound else "nothing is heard")
