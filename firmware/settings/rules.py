"""Rules between settings. They read raw data, so that they speak even where single values are wrong."""

import ipaddress
from collections.abc import Iterator, Mapping

from firmware.settings.describe import described
from firmware.settings.names import Broken, broken_names, entries, table

_PORTS_PER_CHANNEL = 4  # two legs, each RTP and RTCP (RFC 3550 cl. 11)


def broken_rules(raw: Mapping[str, object]) -> Iterator[Broken]:
    """(path, words) of every broken rule."""
    yield from _extensions_are_unique(raw)
    yield from _trunks_can_work(raw)
    yield from broken_names(raw)
    yield from _codecs_are_unique(raw)
    yield from _ports_fit(raw)
    yield from _addresses_are_real(raw)


def _extensions_are_unique(raw: Mapping[str, object]) -> Iterator[Broken]:
    owners: dict[str, str] = {}
    for socket, telephone in table(raw, "telephones").items():
        extension = telephone.get("extension")
        if not isinstance(extension, str):
            continue
        if extension in owners:
            yield (
                f"telephones/{socket}/extension",
                f'"{extension}" is already that of telephone {owners[extension]}',
            )
        owners.setdefault(extension, socket)


def _trunks_can_work(raw: Mapping[str, object]) -> Iterator[Broken]:
    owners: dict[str, int] = {}
    for index, trunk in entries(raw, "trunks"):
        name = str(trunk.get("name"))
        if name in owners:
            yield f"trunks/{index}/name", f'"{name}" is already that of trunk {owners[name]}'
        owners.setdefault(name, index)
        if trunk.get("is_registering", True) is True and not trunk.get("username"):
            yield f"trunks/{index}/username", "is missing: a trunk that registers needs one"
        for field in ("domain", "outbound_proxy"):
            yield from _port_is_real(f"trunks/{index}/{field}", trunk.get(field))


def _codecs_are_unique(raw: Mapping[str, object]) -> Iterator[Broken]:
    codecs = raw.get("codecs")
    names = list(map(str, codecs)) if isinstance(codecs, list) else []
    for index, name in enumerate(names):
        if name in names[:index]:
            yield f"codecs/{index}", f"{name} is named twice"


def _ports_fit(raw: Mapping[str, object]) -> Iterator[Broken]:
    first, last = _number(raw, "audio/rtp_port_min"), _number(raw, "audio/rtp_port_max")
    needed = _PORTS_PER_CHANNEL * _number(raw, "calls/voice_channels")
    if last < first:
        yield "audio/rtp_port_max", f"{last} is below the first RTP port, {first}"
    elif last - first + 1 < needed:
        yield "audio/rtp_port_max", f"{first} to {last} is too few: the voice channels need {needed} ports"


def _addresses_are_real(raw: Mapping[str, object]) -> Iterator[Broken]:
    for section in ("sip", "web"):
        values = raw.get(section)
        address = values.get("address") if isinstance(values, dict) else None
        if isinstance(address, str) and address != "localhost":
            try:
                ipaddress.ip_address(address)
            except ValueError:
                yield f"{section}/address", f'"{address}" is not an IP address'
    sip = raw.get("sip")
    servers = sip.get("nameservers") if isinstance(sip, dict) else None
    for index, server in enumerate(servers if isinstance(servers, list) else ()):
        yield from _port_is_real(f"sip/nameservers/{index}", server)


def _port_is_real(path: str, host: object) -> Iterator[Broken]:
    port = str(host).rpartition(":")[2] if ":" in str(host) else ""
    if port.isdecimal() and not 1 <= int(port[:6]) <= 65535:
        yield path, f"{port[:6]} is not a port from 1 to 65535"


def _number(raw: Mapping[str, object], path: str) -> int:
    """The number at `path`, or its default where it is missing or wrong."""
    section, _, name = path.partition("/")
    values = raw.get(section)
    value = values.get(name) if isinstance(values, dict) else None
    entry = described()[path]
    assert isinstance(entry.default, int) and entry.minimum is not None and entry.maximum is not None
    if isinstance(value, int) and not isinstance(value, bool) and entry.minimum <= value <= entry.maximum:
        return value
    return entry.default
