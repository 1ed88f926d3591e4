"""A ring of bytes for one writer and one reader, addressed by running totals; keeps no positions of its own."""

import ctypes


class Ring:
    """Holds the last `capacity` bytes of a stream. The caller sees to it that what is read is still there."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._bytes = bytearray(capacity)
        # Pins the bytearray, so that its address stays good for memmove.
        self._pin = (ctypes.c_char * capacity).from_buffer(self._bytes)
        self._address = ctypes.addressof(self._pin)

    @property
    def capacity(self) -> int:
        """How far back the stream can be read."""
        return self._capacity

    def store(self, total: int, data: bytes) -> None:
        """Put `data` at stream position `total`."""
        start = total % self._capacity
        head = min(len(data), self._capacity - start)
        self._bytes[start : start + head] = data[:head]
        if head < len(data):
            self._bytes[: len(data) - head] = data[head:]

    def store_from(self, total: int, address: int, nbytes: int) -> None:
        """Put `nbytes` of memory at stream position `total`."""
        start = total % self._capacity
        head = min(nbytes, self._capacity - start)
        ctypes.memmove(self._address + start, address, head)
        if head < nbytes:
            ctypes.memmove(self._address, address + head, nbytes - head)

    def load_into(self, total: int, address: int, nbytes: int) -> None:
        """Copy `nbytes` from stream position `total` to memory."""
        start = total % self._capacity
        head = min(nbytes, self._capacity - start)
        ctypes.memmove(address, self._address + start, head)
        if head < nbytes:
            ctypes.memmove(address + head, self._address, nbytes - head)

    def load(self, total: int, nbytes: int) -> bytes:
        """The `nbytes` from stream position `total`."""
        start = total % self._capacity
        end = start + nbytes
        if end <= self._capacity:
            return bytes(self._bytes[start:end])
        return bytes(self._bytes[start:]) + bytes(self._bytes[: end - self._capacity])
