"""Settings of what is connected: telephones and outside lines on sockets, SIP accounts outside."""

from typing import Literal

from pydantic import SecretStr

from firmware.settings.formats import (
    DESTINATION,
    DESTINATION_WORDS,
    HOST,
    HOST_PORT,
    HOST_PORT_WORDS,
    PHONE_NUMBER,
    SIP_USER,
    SIP_USER_WORDS,
    CallerIdSetting,
    setting,
    text,
)
from firmware.settings.section import Section


class _Analogue(Section):
    """What telephones and outside lines have in common."""

    caller_id_scheme: CallerIdSetting = setting(
        "Caller ID signalling",
        "How the caller's number is signalled; the country's way suits almost always.",
        "country",
    )
    echo_canceller: bool = setting(
        "Echo canceller", "Takes the echo of the analogue line out of what the far end hears.", True
    )
    receive_gain_db: float = setting(
        "Gain from the line, dB", "Raises or lowers what comes from the analogue side.", 0.0, ge=-12, le=12
    )
    transmit_gain_db: float = setting(
        "Gain to the line, dB", "Raises or lowers what goes to the analogue side.", 0.0, ge=-12, le=12
    )


class Telephone(_Analogue):
    """A telephone socket (FXS)."""

    extension: str = setting(
        "Extension",
        "The number that the other telephones dial.",
        words="2 to 6 digits",
        pattern="^[0-9]{2,6}$",
    )
    name: str = text("Name", "Shown to whom this telephone calls inside the house.", max_length=40)
    message_lamp: bool = setting(
        "Message lamp",
        "Tells the telephone that messages wait, in the way of its caller ID while nobody uses it; "
        "off for one that rings or chirps at that.",
        True,
    )
    is_pulse_dialling_allowed: bool = setting("Pulse dialling", "Understands rotary dials beside tones.", True)
    hang_up_break_ms: int = setting(
        "Battery break when the far end hangs up, ms",
        "Makes answering machines, fax machines and private exchanges on this socket hang up too; 0 is none.",
        250,
        ge=0,
        le=2000,
    )
    reverses_on_answer: bool = setting(
        "Reversed battery while answered",
        "Tells a pay phone, a call meter or a private exchange on this socket that its call was answered.",
        False,
    )


class OutsideLine(_Analogue):
    """An analogue line socket (FXO)."""

    destination: str = setting(
        "Calls from outside go to",
        "Where a call that comes in on this line is sent.",
        "group:all",
        words=DESTINATION_WORDS,
        pattern=DESTINATION,
    )
    dial_with: Literal["tone", "pulse"] = setting("Dial with", "Tones, or pulses for an old exchange.", "tone")
    answer_on: Literal["polarity", "dialled"] = setting(
        "Answered when",
        'How a call out is known to be answered: "polarity" where the exchange reverses the battery, else "dialled".',
        "dialled",
    )
    disconnect_tone: bool = setting(
        "Hang up on busy tone",
        "Ends the call when the line plays a tone that says that the far end hung up.",
        True,
    )


class SipTrunk(Section):
    """A SIP account outside."""

    name: str = setting(
        "Name",
        "A short name for routes and messages.",
        words="1 to 20 of a-z, 0-9 and -",
        pattern="^[a-z0-9-]{1,20}$",
    )
    is_enabled: bool = setting("Enabled", "Switched off, the trunk neither registers nor carries calls.", True)
    username: str = text("User name", "The user part of the account's address.", pattern=SIP_USER, words=SIP_USER_WORDS)
    auth_username: str = text(
        "Authentication name",
        "Only where it differs from the user name.",
        pattern=SIP_USER,
        words=SIP_USER_WORDS,
    )
    password: SecretStr = setting("Password", "Never shown again once it is set.", SecretStr(""), max_length=128)
    domain: str = text(
        "Domain",
        "The provider's domain or registrar.",
        ...,
        max_length=261,
        pattern=HOST_PORT,
        words=HOST_PORT_WORDS,
    )
    outbound_proxy: str = text(
        "Outbound proxy",
        "Where requests are sent instead of the domain.",
        max_length=261,
        pattern=rf"^$|{HOST_PORT}",
        words=HOST_PORT_WORDS,
    )
    transport: Literal["tls", "tcp", "udp"] = setting("Transport", "How SIP travels; tls is encrypted.", "tls")
    tls_name: str = text(
        "Name in the certificate",
        "Only where the server's certificate bears another name than the domain. A wildcard is written as the "
        "certificate has it: *.example.com.",
        max_length=253,
        pattern=rf"^$|^(\*\.)?{HOST}$",
        words="a host name, or a wildcard like *.example.com",
    )
    tls_verify: bool = setting(
        "Check the certificate", "Off, anybody on the way can listen in and take the account over.", True
    )
    tls_ca_file: str = text("Certificate authorities", "A PEM file to trust instead of the system's.", max_length=1024)
    srtp: Literal["off", "optional", "required"] = setting("Encrypted audio", "SRTP.", "optional")
    is_registering: bool = setting("Registers", "Off for a trunk that knows this box by its address.", True)
    expires_s: int = setting("Registration lasts, s", "The server may shorten it.", 300, ge=30, le=86400)
    caller_number: str = setting(
        "Number shown outside",
        "Empty: the user name.",
        "",
        words="up to 32 digits, with a leading + where needed",
        pattern=PHONE_NUMBER,
    )
    caller_name: str = text("Name shown outside", "Many providers replace it.", max_length=40)
    is_number_withheld: bool = setting("Withhold the number", "Asks the provider not to show it.", False)
    session_timer: Literal["off", "supported", "required"] = setting(
        "Session timers", "Finds calls whose far end vanished (RFC 4028).", "supported"
    )
    destination: str = setting(
        "Calls from outside go to",
        "Where a call that comes in on this trunk is sent.",
        "group:all",
        words=DESTINATION_WORDS,
        pattern=DESTINATION,
    )
    messages_for: str = setting(
        "Messages for",
        "The extension whose telephones show that messages wait in the provider's mailbox; empty: none.",
        "",
        words="2 to 6 digits",
        pattern="^([0-9]{2,6})?$",
    )
    keep_alive_s: int = setting(
        "Keep-alive, s", "How often the way through a router is kept open; 0 is never.", 30, ge=0, le=600
    )
