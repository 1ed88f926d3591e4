"""Finds caller-ID messages in a stream of FSK bits; pure, and does not know what a message says."""

_MIN_MARK_BITS = 30  # SIN 227: at least 55 come before a message; the receiver needs some of them to settle
_MAX_GAP_BITS = 20  # GR-30: up to 10 mark bits may stand between two bytes of a message
_HEADER_BYTES = 2  # type, length


class DataLink:
    """Puts bits together to bytes (8-N-1, low bit first) and bytes to messages: EN 300 659-3, GR-30."""

    def __init__(self) -> None:
        self._marks = 0
        self._bits = -1  # of the byte under way: -1 none, 0-7 data bits read, 8 stop bit awaited
        self._byte = 0
        self._message = bytearray()  # at most 258 bytes: its own length byte ends it
        self._is_open = False

    def reset(self) -> None:
        """Forget the message under way: the carrier is gone."""
        self._marks, self._bits, self._is_open = 0, -1, False
        self._message.clear()

    def take(self, bit: int) -> bytes | None:
        """Take one bit; return the whole message, checksum included, when it is complete and its checksum is right."""
        if self._bits < 0:
            self._take_idle(bit)
            return None
        if self._bits < 8:
            self._byte |= bit << self._bits
            self._bits += 1
            return None
        self._bits = -1
        if not bit:  # no stop bit: not a byte at all
            self.reset()
            return None
        self._marks = 1
        return self._take_byte() if self._is_open else None

    def _take_idle(self, bit: int) -> None:
        if bit:
            self._marks += 1
            if self._marks > _MAX_GAP_BITS and self._message:
                self._message.clear()
            return
        if self._marks >= _MIN_MARK_BITS:
            self._is_open = True
            self._message.clear()
        self._marks = 0
        self._bits, self._byte = (0, 0) if self._is_open else (-1, 0)

    def _take_byte(self) -> bytes | None:
        message = self._message
        message.append(self._byte)
        if len(message) < _HEADER_BYTES or len(message) < _HEADER_BYTES + message[1] + 1:
            return None
        whole = bytes(message)
        self._is_open = False
        message.clear()
        return whole if sum(whole) & 0xFF == 0 else None
