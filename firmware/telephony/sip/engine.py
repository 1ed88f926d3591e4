"""The SIP engine: one pjsua2 endpoint, its transports and codecs, polled on the call thread. Knows no calls."""

import ctypes
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from firmware import __version__
from firmware.telephony.media.bridge import BRIDGE_MS
from firmware.telephony.media.engine_beat import EngineBeat
from firmware.telephony.sip.connection_words import Certificate, certificate_words, failure_words
from firmware.telephony.sip.nameservers import NOBODY, NameServers, Server, give_to_engine
from firmware.telephony.sip.targets import source_address

_LOG = logging.getLogger(__name__)

_SOL_SOCKET, _SO_KEEPALIVE = 1, 9
_IPPROTO_TCP, _TCP_KEEPIDLE, _TCP_KEEPINTVL, _TCP_USER_TIMEOUT = 6, 4, 5, 18
_HANDSHAKE_MS = 5000  # TLS, after the connection is there
# A connection that died in silence (router rebooted, address changed) is noticed by the kernel 10 s after
# data or a keep-alive that nobody acknowledged, not at the next registration.
_UNACKNOWLEDGED_MS = 10_000
_PROBE_EVERY_S = 5
_ANY = ("", "0.0.0.0", "::")
# Two wideband telephones hear each other as they are; lines and G.711 at 8 kHz pay 0.2 ms each for the engine's filter.
_BRIDGE_RATE_HZ = 16_000
_SYSTEM_CA_FILE = "/etc/ssl/certs/ca-certificates.crt"

# What the settings call a codec, and pjmedia's identifier.
_CODECS = {
    "pcmu": "PCMU/8000",
    "pcma": "PCMA/8000",
    "g722": "G722/16000",
    "opus": "opus/48000/2",
    "g729": "G729/8000",
    "gsm": "GSM/8000",
    "speex": "speex/8000",
}


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the engine is told at its start; `codecs` and `nameservers` can be changed later."""

    address: str = "0.0.0.0"
    udp_port: int = 0
    codecs: tuple[str, ...] = ("g722", "pcma", "pcmu", "opus", "g729")
    nameservers: tuple[str, ...] = ()
    jitter_max_ms: int = 200
    log_level: int = 0


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """How a trunk's TLS connections check the far end; its certificate must bear `server_name`, or `certificate_name`
    where that differs, letter by letter."""

    server_name: str
    is_verified: bool = True
    ca_file: str = ""
    certificate_name: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionNews:
    """A TCP or TLS connection came up or went down; `problem` says why in words where it is known.

    `was_up`: it did go down, and was not one that never came up; `is_certificate`: for what its certificate is.
    """

    remote: str
    is_up: bool
    problem: str = ""
    was_up: bool = False
    is_certificate: bool = False


class Engine:
    """Owns the pjsua2 endpoint. Every method belongs to the call thread."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._endpoint: _Endpoint | None = None
        self._udp: int | None = None
        self._nameservers = NameServers(_use_nameservers)
        self._beat = EngineBeat(BRIDGE_MS)

    def start(self) -> None:
        """Create the endpoint, its null sound device (the bridge's clock) and the UDP transport."""
        # libCreate logs to stdout at its default level before anybody can configure it.
        ctypes.CDLL(sys.modules["_pjsua2"].__file__).pj_log_set_level(self._options.log_level)
        endpoint = _Endpoint()
        endpoint.libCreate()
        endpoint.libInit(_endpoint_config(self._options))
        endpoint.libStart()
        endpoint.audDevManager().setNullDev()
        self._endpoint = endpoint
        self._nameservers = NameServers(_use_nameservers)  # a new engine knows of none
        self.set_codecs(self._options.codecs)
        self.set_nameservers(self._options.nameservers)

    def stop(self) -> None:
        """End all calls and destroy the endpoint. Drop every pjsua2 object before."""
        if self._endpoint is not None:
            self._endpoint.libDestroy()
            self._endpoint = None

    def poll(self, max_wait_ms: int) -> None:
        """Handle what has arrived; wait `max_wait_ms` at the most."""
        self._running().libHandleEvents(max_wait_ms)
        self._nameservers.look()
        self._beat.look()

    def set_nameservers(self, places: tuple[str, ...]) -> None:
        """Ask these ("host" or "host:port") for the names that peers give; none means the system's."""
        self._running()
        self._nameservers.set(places)

    def set_codecs(self, names: tuple[str, ...]) -> None:
        """Offer these codecs in this order and no others; names the library lacks are passed over."""
        endpoint = self._running()
        for codec in endpoint.codecEnum2():
            endpoint.codecSetPriority(codec.codecId, 0)
        for rank, name in enumerate(names):
            try:
                endpoint.codecSetPriority(_CODECS[name], 250 - rank)
            except pj.Error:
                _LOG.warning("the engine was built without the codec %s", name)

    def udp_transport(self) -> int:
        """The one UDP transport, made when the first trunk wants it."""
        if self._udp is None:
            config = self._transport_config()
            config.port = self._options.udp_port
            self._udp = self._running().transportCreate(pj.PJSIP_TRANSPORT_UDP, config)
        return self._udp

    def tcp_transport(self, keep_alive_s: int) -> int:
        """A TCP transport of its own, so that its connections are told from those of other trunks."""
        config = self._transport_config()
        options = _socket_options(keep_alive_s)
        config.sockOptParams.sockOpts = pj.SockOptVector(options)
        return int(self._running().transportCreate(pj.PJSIP_TRANSPORT_TCP, config))

    def tls_transport(self, tls: TlsOptions, keep_alive_s: int) -> int:
        """A TLS 1.2+ transport that checks certificate and name as `tls` says."""
        config = self._transport_config()
        config.tlsConfig.serverName = tls.server_name
        config.tlsConfig.certName = tls.certificate_name
        config.tlsConfig.CaListFile = tls.ca_file or _SYSTEM_CA_FILE
        config.tlsConfig.verifyServer = tls.is_verified
        config.tlsConfig.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
        config.tlsConfig.msecTimeout = _HANDSHAKE_MS
        options = _socket_options(keep_alive_s)
        config.tlsConfig.sockOptParams.sockOpts = pj.SockOptVector(options)
        return int(self._running().transportCreate(pj.PJSIP_TRANSPORT_TLS, config))

    def source_address(self, towards: str) -> str:
        """The own address for packets to `towards`: the one that is set, else the one that routing uses."""
        own = self._options.address
        return source_address(towards) if own in _ANY else own

    def close_transport(self, transport: int) -> None:
        """Close a TCP or TLS transport of a trunk that is gone."""
        try:
            self._running().transportClose(transport)
        except pj.Error as error:
            _LOG.debug("transport %d: %s", transport, error.info())

    def watch_connections(self, on_news: Callable[[ConnectionNews], None]) -> None:
        """Have each connection's coming and going told on the call thread."""
        self._running().watchers.append(on_news)

    def unwatch_connections(self, on_news: Callable[[ConnectionNews], None]) -> None:
        """Undo `watch_connections`."""
        if self._endpoint is not None and on_news in self._endpoint.watchers:
            self._endpoint.watchers.remove(on_news)

    def drop_connections(self, remote: str) -> None:
        """Use no connection to `remote` ("address:port") any more, so that the next request opens a new one:
        pjsip 2.17 sends the next REGISTER over the connection on which the last one timed out."""
        self._running().drop(remote)

    def _running(self) -> "_Endpoint":
        if self._endpoint is None:
            raise RuntimeError("the SIP engine does not run")
        return self._endpoint

    def _transport_config(self) -> pj.TransportConfig:
        config = pj.TransportConfig()
        config.port = 0
        if self._options.address not in _ANY:
            config.boundAddress = self._options.address
        return config


class _Endpoint(pj.Endpoint):  # type: ignore[misc]
    """Catches the endpoint's callbacks; pjsua2 would print and swallow what they raise."""

    def __init__(self) -> None:
        super().__init__()
        self.watchers: list[Callable[[ConnectionNews], None]] = []
        self._connections: dict[int, tuple[str, int]] = {}

    def onTransportState(self, prm: pj.OnTransportStateParam) -> None:
        try:
            self._connection_changed(prm)
        except Exception:
            _LOG.exception("connection state")

    def drop(self, remote: str) -> None:
        for address, handle in list(self._connections.values()):
            if address == remote:
                # Python is told a handle as a number, and transportShutdown does not take numbers back (pjsua2 2.17).
                ctypes.PyDLL(sys.modules["_pjsua2"].__file__).pjsip_transport_shutdown(ctypes.c_void_p(handle))

    def _connection_changed(self, prm: pj.OnTransportStateParam) -> None:
        key = int(prm.hnd)
        if prm.type.startswith("UDP"):
            return
        if prm.state == pj.PJSIP_TP_STATE_CONNECTED:
            self._connections[key] = (prm.remoteAddress, key)
            self._tell(ConnectionNews(prm.remoteAddress, True))
        elif prm.state == pj.PJSIP_TP_STATE_DISCONNECTED:
            was_up = self._connections.pop(key, None) is not None
            # What was taken once, with a flaw or without, is not why a connection ends.
            is_flawed = not was_up and not prm.tlsInfo.isEmpty() and bool(prm.tlsInfo.verifyStatus)
            problem = _flaw(prm.tlsInfo) if is_flawed else _failure(self, prm)
            self._tell(ConnectionNews(prm.remoteAddress, False, problem, was_up, is_flawed))
        elif prm.state in (pj.PJSIP_TP_STATE_SHUTDOWN, pj.PJSIP_TP_STATE_DESTROY):
            self._connections.pop(key, None)

    def _tell(self, news: ConnectionNews) -> None:
        for watcher in list(self.watchers):
            watcher(news)


def _flaw(tls: pj.TlsInfo) -> str:
    """What is wrong with the certificate, in words for the page."""
    shown = tls.remoteCertInfo
    certificate = Certificate(
        flaws=tls.verifyStatus,
        names=[other.name for other in shown.subjectAltName] or [shown.subjectCn],
        valid_from_s=shown.validityStart.sec,
        valid_until_s=shown.validityEnd.sec,
    )
    return certificate_words(certificate, time.time())


def _failure(endpoint: pj.Endpoint, prm: pj.OnTransportStateParam) -> str:
    """Why a connection failed, in words for the page."""
    return failure_words(str(endpoint.utilStrError(prm.lastError)) if prm.lastError else "")


def _endpoint_config(options: EngineOptions) -> pj.EpConfig:
    config = pj.EpConfig()
    ua = config.uaConfig
    ua.threadCnt = 0
    ua.mainThreadOnly = True
    ua.maxCalls = 64
    ua.userAgent = f"Twinline/{__version__}"
    # With a name server pjsip looks names up without blocking the call thread; `NameServers` says later which.
    ua.nameserver = pj.StringVector([NOBODY[0]])
    ua.natTypeInSdp = 0
    media = config.medConfig
    media.clockRate = _BRIDGE_RATE_HZ
    media.audioFramePtime = BRIDGE_MS
    media.noVad = True
    media.sndAutoCloseTime = -1
    media.ecTailLen = 0  # echo is cancelled on the analogue line, where it arises
    media.jbInit = 0
    media.jbMinPre = 0
    media.jbMax = options.jitter_max_ms
    config.logConfig.level = options.log_level
    config.logConfig.consoleLevel = options.log_level
    return config


def _use_nameservers(servers: list[Server]) -> None:
    give_to_engine(str(sys.modules["_pjsua2"].__file__), servers)


def _socket_options(keep_alive_s: int) -> list[Any]:
    """To be held until the transport is made: the copies in a vector point into these. pjsip takes four at the most."""
    wanted = [(_IPPROTO_TCP, _TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)]
    if keep_alive_s:
        wanted += [
            (_SOL_SOCKET, _SO_KEEPALIVE, 1),
            (_IPPROTO_TCP, _TCP_KEEPIDLE, keep_alive_s),
            (_IPPROTO_TCP, _TCP_KEEPINTVL, _PROBE_EVERY_S),
        ]
    return [pj.SockOpt(level, name, value) for level, name, value in wanted]
