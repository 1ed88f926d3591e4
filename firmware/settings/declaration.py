"""Every setting, declared once: check, form, documentation and reset derive from it. Knows no store."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from firmware.settings.connections import OutsideLine, SipTrunk, Telephone
from firmware.settings.formats import (
    ADDRESS,
    EXTENSIONS_MAX,
    GROUPS_MAX,
    HOST_PORT_WORDS,
    LOOPBACK,
    NAMESERVERS_MAX,
    ROUTES_MAX,
    TRUNKS_MAX,
    Codec,
    ExtensionNumber,
    NameServer,
    RouteName,
    SocketNumber,
    setting,
    target,
    text,
)
from firmware.settings.lan import Registrar
from firmware.settings.people import Extension, Group, GroupName
from firmware.settings.routing import Fence, InboundRoute, OutboundRoute, Schedule, ScheduleName
from firmware.settings.section import Section


class Dialling(Section):
    """What digits mean, and when a number is complete."""

    digit_map: str = text("Digit map", "Empty: the country's.", max_length=1000)
    pause_s: float = setting(
        "Pause, s", "After so long without a digit, a number that may be complete is sent.", 4.0, ge=1, le=15
    )
    first_digit_s: float = setting(
        "First digit within, s", "After so long without any digit, dial tone ends.", 15.0, ge=5, le=60
    )
    routes: list[RouteName] = setting(
        "Order of trunks",
        'Which trunks outside numbers try, in order: names of trunks, or "line:1". Empty: all SIP trunks '
        "as listed, then the outside lines.",
        list,
        max_length=ROUTES_MAX,
        words='the name of a trunk, or "line:1" to "line:8"',
    )


class Calls(Section):
    """Limits of calls."""

    voice_channels: int = setting("Voice channels", "How many conversations at once.", 2, ge=1, le=32)
    no_answer_s: int = setting("No answer after, s", "A call that nobody answers ends.", 60, ge=5, le=600)
    when_full: str = target("When all channels are in use", "Calls from outside go there instead of hearing busy.")
    park_s: int = setting("Parked for, s", "A parked call rings who parked it after that.", 120, ge=15, le=3600)
    is_conference_kept: bool = setting(
        "Three-way calls go on", "The two others keep talking when the telephone that joined them hangs up.", False
    )
    is_transferred_on_hang_up: bool = setting(
        "Hanging up transfers",
        "Hanging up with one call held and one talking or ringing joins the two; else the held call rings back.",
        False,
    )


class Audio(Section):
    """Blocks, buffers and RTP."""

    block_ms: Literal[5, 10, 20] = setting(
        "Block, ms", "How much audio the adapter sends at once: smaller is less delay and more work.", 5
    )
    rtp_port_min: int = setting("First RTP port", "UDP.", 16384, ge=1024, le=65535)
    rtp_port_max: int = setting("Last RTP port", "UDP.", 16484, ge=1024, le=65535)
    jitter_max_ms: int = setting(
        "Largest jitter buffer, ms", "How late a packet may come and still be heard.", 200, ge=20, le=1000
    )


class Sip(Section):
    """Where the box itself speaks SIP."""

    address: str = setting(
        "Listen address",
        "0.0.0.0 is every IPv4 network of the box.",
        "0.0.0.0",
        words="an IP address",
        pattern=ADDRESS,
        max_length=45,
    )
    udp_port: int = setting(
        "UDP port",
        "Calls over TCP and TLS come on the connections that the box opens. 0: any free one.",
        0,
        ge=0,
        le=65535,
    )
    nameservers: list[NameServer] = setting(
        "Name servers",
        "Asked for the names of SIP servers and peers. Empty: those of the system, followed when they change.",
        list,
        max_length=NAMESERVERS_MAX,
        words=HOST_PORT_WORDS,
    )


class Web(Section):
    """The page."""

    address: str = setting(
        "Listen address",
        "This machine only: other machines reach the page through nginx, which encrypts.",
        "127.0.0.1",
        words="a loopback address such as 127.0.0.1",
        pattern=LOOPBACK,
    )
    port: int = setting("Port", "0: any free one, written to run/web.url.", 8080, ge=0, le=65535)


class Discovery(Section):
    """How the box is found on the network."""

    is_enabled: bool = setting(
        "Announce on the network", "By mDNS: the box is found as its name with .local, without an address.", True
    )
    name: str = setting(
        "Name",
        "Where another machine has it already, a number is added.",
        "twinline",
        words="1 to 40 of a-z, 0-9 and -, no - at the ends",
        pattern="^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$",
    )


class Records(Section):
    """What the box keeps of calls that are over."""

    days: int = setting(
        "Calls are kept for, days",
        "Older ones are deleted, with what tried to get in then. 0: until there are a million.",
        0,
        ge=0,
        le=3650,
    )
    course_days: int = setting(
        "Trunks and lines are kept for, days",
        "How they fared; the graphs show 30 days at most.",
        31,
        ge=1,
        le=366,
    )


CodeName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
CodePattern = Annotated[str, StringConstraints(pattern=r"^([0-9*#]|\{[nedt]\}){0,20}$")]


def _first_telephones() -> dict[str, Telephone]:
    return {"1": Telephone(extension="101"), "2": Telephone(extension="102")}


class Settings(Section):
    """Everything that can be set."""

    country: str = setting(
        "Country",
        "Tones, ringing, caller ID and digit map of this country.",
        "US",
        words="a country code of two capital letters",
        pattern="^[A-Z]{2}$",
    )
    telephones: dict[SocketNumber, Telephone] = setting(
        "Telephones", "By the number of the socket.", _first_telephones, words='a socket number "1" to "8"'
    )
    outside_lines: dict[SocketNumber, OutsideLine] = setting(
        "Outside lines",
        "By the number of the socket.",
        lambda: {"1": OutsideLine()},
        words='a socket number "1" to "8"',
    )
    extensions: dict[ExtensionNumber, Extension] = setting(
        "Extensions",
        "By number; telephones on a socket need none here, unless something differs from what is usual.",
        dict,
        max_length=EXTENSIONS_MAX,
        words="2 to 6 digits",
    )
    groups: dict[GroupName, Group] = setting(
        "Groups", "Extensions that are called together.", dict, max_length=GROUPS_MAX, words="1 to 20 of a-z, 0-9 and -"
    )
    schedules: dict[ScheduleName, Schedule] = setting(
        "Schedules", "Times that routes name.", dict, max_length=50, words="1 to 20 of a-z, 0-9 and -"
    )
    inbound_routes: list[InboundRoute] = setting(
        "Inbound routes", "The first that fits decides; else the trunk's own destination.", list, max_length=200
    )
    outbound_routes: list[OutboundRoute] = setting(
        "Outbound routes", "The first that fits decides; none: the order of trunks.", list, max_length=200
    )
    fence: Fence = setting("Fence", "Limits against toll fraud.", Fence)
    codes: dict[CodeName, CodePattern] = setting(
        "Feature codes",
        "Those that differ from the country's set (`twinline codes` prints them); empty switches a code off.",
        dict,
        max_length=100,
        words="the name of a feature code",
    )
    registrar: Registrar = setting("IP telephones", "Where IP telephones register.", Registrar)
    trunks: list[SipTrunk] = setting("SIP trunks", "Accounts outside.", list, max_length=TRUNKS_MAX)
    codecs: list[Codec] = setting(
        "Codecs",
        "In order of preference; what is not named is not used.",
        lambda: ["g722", "pcma", "pcmu", "opus", "g729"],
        min_length=1,
        max_length=5,
    )
    dialling: Dialling = setting("Dialling", "What digits mean, and when a number is complete.", Dialling)
    calls: Calls = setting("Calls", "Limits of calls.", Calls)
    audio: Audio = setting("Audio", "Blocks, buffers and RTP.", Audio)
    sip: Sip = setting("SIP", "Where the box itself speaks SIP.", Sip)
    web: Web = setting("Page", "Where the page is.", Web)
    discovery: Discovery = setting("Discovery", "How the box is found on the network.", Discovery)
    records: Records = setting("Call records", "What the box keeps of calls that are over.", Records)
    log_level: Literal["debug", "info", "warning", "error"] = setting("Log", "How much is logged.", "info")
