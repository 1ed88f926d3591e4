"""A call to a number that gives back what it hears; nobody's but ours: no exchange, no record. Call thread only."""

from collections.abc import Callable

from firmware.telephony.events import Cause
from firmware.telephony.legs import Leg, TransferAsked
from firmware.telephony.loop import Alarm, CallLoop
from firmware.telephony.media.bridge import EngineBridge
from firmware.telephony.media.echo_probe import EchoProbe, Heard
from firmware.telephony.sip.account import SipIdentity
from firmware.telephony.sip.trunk_account import SipAccount
from firmware.telephony.sip.trunk_leg import TrunkLeg

_SILENT_S = 8.0  # an echo test that plays nothing for so long after its answer is not heard at all
_SILENCE = Heard()


class EchoCall:
    """One call at the most, until `hang_up`; `on_ended` is told why it ends, or that nothing is heard of it."""

    def __init__(self, *, loop: CallLoop, on_ended: Callable[[Cause], None]) -> None:
        self.heard = _SILENCE
        self.is_answered = False
        self._loop = loop
        self._on_ended = on_ended
        self._bridge = EngineBridge()
        self._leg: TrunkLeg | None = None
        self._probe: EchoProbe | None = None
        self._joined: object | None = None
        self._deadline = Alarm(loop)

    @property
    def is_busy(self) -> bool:
        """Something of it is left on the engine."""
        return self._leg is not None and not self._leg.is_gone

    def begin(self, account: SipAccount | None, target: str, identity: SipIdentity) -> None:
        """Call `target` (a SIP URI) through the account."""
        self._probe = EchoProbe()
        self._leg = TrunkLeg(name="trial", loop=self._loop, account=account)
        self._leg.events = self
        self._leg.invite(target, identity)

    def look(self) -> Heard:
        """What came back so far. For the one thread that has it hung up after it."""
        return self._probe.look() if self._probe is not None else _SILENCE

    def hang_up(self) -> None:
        """End it, whatever it is at; nothing is told any more."""
        self._deadline.clear()
        self._join(None)
        self._probe = None
        if self._leg is not None:
            self._leg.events = None
            self._leg.end(Cause.NORMAL)

    def leg_answered(self, leg: Leg) -> None:
        """It is heard from now on."""
        self.is_answered = True
        self._join(leg.media)
        self._deadline.set(_SILENT_S, self._still_silent)

    def leg_media_changed(self, leg: Leg) -> None:
        """Early media are no answer."""
        if self.is_answered:
            self._join(leg.media)

    def leg_ended(self, leg: Leg, cause: Cause) -> None:
        """Refused, failed, or hung up by the far end."""
        self._joined = None
        self._on_ended(cause)

    def leg_ringing(self, leg: Leg) -> None:
        """Soon."""

    def leg_progress(self, leg: Leg) -> None:
        """Soon."""

    def leg_silent(self, leg: Leg) -> None:
        """Until it answers."""

    def leg_digit(self, leg: Leg, digit: str) -> None:
        """Nobody dials."""

    def leg_held(self, leg: Leg, is_held: bool) -> None:
        """Nothing comes back meanwhile."""

    def leg_transfer_asked(self, leg: Leg, asked: TransferAsked) -> None:
        """It goes nowhere."""

    # ---- inside --------------------------------------------------------------------------------------

    def _still_silent(self) -> None:
        if not self.heard.is_sound:
            self._on_ended(Cause.NORMAL)

    def _join(self, media: object | None) -> None:
        if self._probe is None or media is self._joined:
            return
        if self._joined is not None:
            self._bridge.part(self._probe.media, self._joined)
        self._joined = media
        if media is not None:
            self._bridge.join(self._probe.media, media)
