"""When a telephone's message lamp is told that messages wait, or wait no more: while nobody uses the telephone."""

from collections.abc import Callable

from firmware.fxs.line import ShowMessages
from firmware.telephony.loop import Alarm, CallLoop

# After a call or a ring a telephone needs some seconds until it listens to the line again.
QUIET_S = 3.0
# One that was without its plug, its battery or its base shows the truth again after so long, or after its next use.
REMINDER_S = 600.0


class MessageLamp:
    """`waiting` is how many messages there are, None where no lamp is to be driven; `show` tells the line.

    Every method belongs to the call thread.
    """

    def __init__(
        self, *, loop: CallLoop, waiting: Callable[[], int | None], show: Callable[[ShowMessages], None]
    ) -> None:
        self._waiting = waiting
        self._show = show
        self._is_idle = False
        self._is_lit = False  # as was shown last; a telephone that was never told is taken for dark
        self._shown: int | None = None  # since it became idle
        self._alarm = Alarm(loop)

    def set_idle(self, is_idle: bool) -> None:
        """Whether nobody uses the telephone now. Again: nothing."""
        if is_idle is not self._is_idle:
            self._is_idle = is_idle
            self._shown = None
            self._schedule()

    def check(self) -> None:
        """Messages or settings may be others now."""
        if not self._alarm.is_set or self._shown != (self._waiting() or 0):
            self._schedule()

    def shown(self, count: int) -> None:
        """The telephone was told so many, to the end."""
        self._is_lit = count > 0
        self._shown = count
        self._schedule()

    def _schedule(self) -> None:
        self._alarm.clear()
        if self._is_idle and self._is_driven:
            delay_s = REMINDER_S if self._shown == (self._waiting() or 0) else QUIET_S
            self._alarm.set(delay_s, self._tell)

    def _tell(self) -> None:
        if not self._is_driven:
            return
        self._alarm.set(REMINDER_S, self._tell)  # unless it is shown before
        count = self._waiting() or 0
        self._show(ShowMessages(count, is_reminder=self._is_lit == (count > 0)))

    @property
    def _is_driven(self) -> bool:
        """A lamp that was switched off while it was lit is put out before it is left alone."""
        return self._waiting() is not None or self._is_lit
