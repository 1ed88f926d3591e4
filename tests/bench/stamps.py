"""When a datagram reached this machine: the kernel's stamp, in monotonic seconds, however late it is read."""

import socket
import struct
import time

_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; the socket module has no name for it
_TIMESPEC = struct.Struct("@ll")


def ask_for_stamps(udp: socket.socket) -> None:
    """Have the kernel stamp what arrives from now on."""
    udp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def receive_stamped(udp: socket.socket, size: int) -> tuple[bytes, tuple[str, int], float]:
    """The next datagram, its source, and when it arrived."""
    data, ancillary, _, source = udp.recvmsg(size, socket.CMSG_SPACE(_TIMESPEC.size))
    now, wall_ns = time.monotonic(), time.time_ns()
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack(value[: _TIMESPEC.size])
            # Read a moment later by both clocks: what lies between is the same by either.
            return data, source, now - (wall_ns - seconds * 1_000_000_000 - nanoseconds) / 1e9
    return data, source, now
