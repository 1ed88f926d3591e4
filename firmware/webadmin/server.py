"""waitress with its caps. Knows no page."""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ThreadedTaskDispatcher

from firmware.webadmin.guard import LARGE_BODY_BYTES_MAX, Environ, StartResponse

_LOG = logging.getLogger(__name__)
logging.getLogger("waitress").setLevel(logging.WARNING)  # it tells of every browser that goes away

# 12 watch, 6 listen, 4 dial: 6 are always left for pages and short buttons.
_THREADS = 28
_CONNECTIONS_MAX = 200  # descriptors; 50 half-open and 50 silent clients leave room
_IDLE_S = 20  # a connection on which nothing is asked
_REQUEST_S = 15  # from the first byte of a request to its last: forms are small
_STALLED_S = 20  # an answer that its client does not take holds a thread
_LOOK_S = 5
_HEADER_BYTES_MAX = 16 * 1024
_WAITING_BYTES_MAX = 64 * 1024  # of one answer; 4 s of listening
_STOP_S = 3.0
_LOOP_S = 1.0


class WebServer:
    """Serves a WSGI application at `address`, `port` (0: any free), or for our nginx at the Unix socket `path`.

    Raises OSError when it cannot listen.
    """

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        address: str = "",
        port: int = 0,
        path: Path | None = None,
    ) -> None:
        listener = _listener(address, port) if path is None else _unix_listener(path)
        self._map: dict[int, Any] = {}
        self._stopping = threading.Event()
        self._dispatcher = ThreadedTaskDispatcher()
        adjustments = _adjustments(listener)
        kind = _TcpServer if path is None else _UnixServer
        self._server = kind(
            app,
            self._map,
            _sock=listener,
            dispatcher=self._dispatcher,
            adj=adjustments,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            bind_socket=False,
        )
        self._dispatcher.set_thread_count(_THREADS)
        self.port: int = 0 if path else listener.getsockname()[1]
        if path is not None:
            self.url = f"unix:{path}"
            return
        host = f"[{address}]" if ":" in address else address
        self.url = f"http://{'127.0.0.1' if address == '0.0.0.0' else host}:{self.port}/"

    def serve(self, on_stop: Callable[[], None]) -> None:
        """Serve on this thread until `stop`; `on_stop` then ends the long answers."""
        while not self._stopping.is_set():
            wasyncore.loop(timeout=_LOOP_S, map=self._map, use_poll=True, count=1)
        on_stop()
        self._dispatcher.shutdown(timeout=_STOP_S)
        wasyncore.close_all(self._map)

    def stop(self) -> None:
        """End `serve` soon; may be called from any thread and from a signal handler."""
        self._stopping.set()
        with contextlib.suppress(OSError):  # it has ended already
            self._server.pull_trigger()


class _Impatient:
    """Ends what waitress itself lets wait for ever: a trickled request and an answer that nobody takes."""

    active_channels: dict[int, Any]

    def maintenance(self, now: float) -> None:
        super().maintenance(now)  # type: ignore[misc]
        for channel in list(self.active_channels.values()):
            if channel.requests:
                is_stuck = channel.total_outbufs_len > 0 and channel.last_activity < now - _STALLED_S
                channel.begun = None
            else:
                begun = getattr(channel, "begun", None)
                channel.begun = None if channel.request is None else begun or now
                is_stuck = channel.begun is not None and channel.begun < now - _REQUEST_S
            if is_stuck:
                _LOG.debug("closing a connection that does not move")
                channel.handle_close()


class _TcpServer(_Impatient, TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    pass


class _UnixServer(_Impatient, UnixWSGIServer):  # type: ignore[misc]
    pass


def _adjustments(listener: socket.socket) -> Adjustments:
    return Adjustments(
        sockets=[listener],
        threads=_THREADS,
        connection_limit=_CONNECTIONS_MAX,
        cleanup_interval=_LOOK_S,
        channel_timeout=_IDLE_S,
        channel_request_lookahead=1,  # so that it is seen when a client of a long answer goes away
        max_request_body_size=LARGE_BODY_BYTES_MAX,
        inbuf_overflow=LARGE_BODY_BYTES_MAX + 1,  # never to a file: a backup comes with its passphrase
        max_request_header_size=_HEADER_BYTES_MAX,
        outbuf_high_watermark=_WAITING_BYTES_MAX,
        asyncore_use_poll=True,
        log_socket_errors=False,  # browsers come and go
        ident=None,  # no Server header
        clear_untrusted_proxy_headers=listener.family != socket.AF_UNIX,
    )


def _unix_listener(path: Path) -> socket.socket:
    """For nginx, which is of our group."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o660)
    except OSError:
        listener.close()
        raise
    return listener


def _listener(address: str, port: int) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
    except OSError:
        listener.close()
        raise
    return listener
