"""Requests to an adapter: numbered, one unanswered a line, repeated until answered. No I/O."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firmware.fxs.protocol.frames import NakCode, Request, encode
from firmware.fxs.protocol.orders import Order

RETRY_S = 0.2  # docs/adapter-protocol.md sect. 4
RETRIES_MAX = 5
QUEUE_MAX = 64  # orders waiting for one line; more means that nobody answers

_NAK_WORDS = {
    NakCode.UNKNOWN_LINE: "the adapter has no such line",
    NakCode.UNKNOWN_ORDER: "the adapter does not know this order",
    NakCode.BAD_ARGUMENT: "the adapter does not accept these values",
    NakCode.WRONG_STATE: "not possible now",
    NakCode.BUSY: "the adapter is busy",
    NakCode.NOT_CAPABLE: "the adapter cannot do this on this line",
    NakCode.HARDWARE: "the adapter's hardware failed",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """How an order ended: `refusal` is empty when it is performed, otherwise the reason in words."""

    line: int
    order: Order
    refusal: str = ""
    code: int = 0  # of the NAK; 0 when there was none


@dataclass(slots=True)
class _Sent:
    number: int
    order: Order
    raw: bytes
    due: float
    repeats: int = 0


class Outbox:
    """Orders of one session. `send` gets the bytes of each request, `answered` how each order ended."""

    def __init__(self, send: Callable[[bytes], None], answered: Callable[[Answer], None]) -> None:
        self._send = send
        self._answered = answered
        self._waiting: dict[int, deque[Order]] = {}
        self._sent: dict[int, _Sent] = {}
        self._number = 0

    def put(self, line: int, order: Order, now: float) -> None:
        """Send the order when those before it on the line are answered."""
        queue = self._waiting.setdefault(line, deque())
        if len(queue) >= QUEUE_MAX:
            self._answered(Answer(line, order, "too many orders wait for this line"))
            return
        queue.append(order)
        self._send_next(line, now)

    def ack(self, number: int, now: float) -> None:
        """The adapter performs the request of this number; an old number changes nothing."""
        self._end(number, 0, now)

    def nak(self, number: int, code: int, now: float) -> None:
        """The adapter does not perform it."""
        self._end(number, code, now)

    def due(self) -> float | None:
        """When `tick` has something to repeat."""
        return min((sent.due for sent in self._sent.values()), default=None)

    def tick(self, now: float) -> None:
        """Repeat what is not answered, give up what was repeated often enough."""
        for line, sent in list(self._sent.items()):
            if now < sent.due:
                continue
            if sent.repeats >= RETRIES_MAX:
                del self._sent[line]
                self._answered(Answer(line, sent.order, "the adapter does not answer"))
                self._send_next(line, now)
                continue
            sent.repeats += 1
            sent.due = now + RETRY_S
            self._send(sent.raw)

    def _send_next(self, line: int, now: float) -> None:
        queue = self._waiting.get(line)
        if not queue or line in self._sent:
            return
        self._number = (self._number + 1) & 0xFFFF
        order = queue.popleft()
        raw = encode(Request(self._number, line, order))
        self._sent[line] = _Sent(self._number, order, raw, now + RETRY_S)
        self._send(raw)

    def _end(self, number: int, code: int, now: float) -> None:
        line = next((line for line, sent in self._sent.items() if sent.number == number), None)
        if line is None:
            return
        sent = self._sent.pop(line)
        refusal = _in_words(code) if code else ""
        self._answered(Answer(line, sent.order, refusal, code))
        self._send_next(line, now)


def _in_words(code: int) -> str:
    try:
        return _NAK_WORDS[NakCode(code)]
    except ValueError:
        return f"the adapter refused (code {code})"
