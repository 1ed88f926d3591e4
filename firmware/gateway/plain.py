"""Settings and country, turned into the plain values that lines, telephones and trunks are told."""

from dataclasses import asdict, replace

from firmware.countries import Country
from firmware.dsp.progress import ToneDetector, TonePattern, ToneStep
from firmware.fxs.line import LineId, LineKind
from firmware.fxs.profile import CallerIdScheme, HookTimings, LineProfile
from firmware.gateway import people
from firmware.records import Retention
from firmware.registrar.options import RegistrarOptions
from firmware.settings import OutsideLine, Settings, SipTrunk, Telephone
from firmware.telephony.events import Destination
from firmware.telephony.lines.line_audio import LineAudioOptions
from firmware.telephony.lines.outside import Manners
from firmware.telephony.lines.port_state import BatteryManners
from firmware.telephony.numbering.codes import CodeSet, effective
from firmware.telephony.numbering.dialplan import Plan
from firmware.telephony.numbering.digits import DigitMap
from firmware.telephony.pbx.surroundings import ExchangeLimits
from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.engine import EngineOptions

_DIAL_TONE_MS = 200  # longer than a syllable on one pitch; nobody speaks on a line just seized


def analogue(settings: Settings, line: LineId) -> Telephone | OutsideLine | None:
    """What is set for the socket, None where nothing is."""
    if line.kind is LineKind.FXS:
        return settings.telephones.get(str(line.number))
    return settings.outside_lines.get(str(line.number))


def line_profile(settings: Settings, country: Country, line: LineId) -> LineProfile:
    """The line's manners: the country's, but for what the socket's own settings change."""
    own = analogue(settings, line)
    hooks = HookTimings(**asdict(country.hooks))
    if isinstance(own, Telephone) and not own.is_pulse_dialling_allowed:
        hooks = replace(hooks, pulse_break_min_ms=0, pulse_break_max_ms=0)
    return LineProfile(
        hooks=hooks,
        caller_id=_scheme(own, country),
        ring_cadence_ms=country.line.ring_cadence_ms,
        line_flash_ms=country.line.line_flash_ms,
        dial_pulse_break_ms=country.line.dial_pulse_break_ms,
        dial_pulse_make_ms=country.line.dial_pulse_make_ms,
        loop_open_min_ms=country.outside_line.loop_open_min_ms,
    )


def battery_manners(settings: Settings, line: LineId) -> BatteryManners:
    """What the battery of a telephone's socket tells it of its calls."""
    own = settings.telephones.get(str(line.number))
    return BatteryManners(own.hang_up_break_ms, own.reverses_on_answer) if own is not None else BatteryManners()


def _scheme(own: Telephone | OutsideLine | None, country: Country) -> CallerIdScheme:
    chosen = own.caller_id_scheme if own is not None else "country"
    return CallerIdScheme(country.line.caller_id if chosen == "country" else chosen)


def dial_plan(settings: Settings, country: Country) -> Plan:
    """What can be dialled. A digit map that cannot be read has been refused with the settings."""
    return Plan(
        extensions=people.numbers(settings),
        services={},
        emergency=country.numbering.emergency_numbers,
        digit_map=DigitMap.parse(settings.dialling.digit_map or country.numbering.digit_map),
        pause_ms=round(settings.dialling.pause_s * 1000),
        first_digit_ms=round(settings.dialling.first_digit_s * 1000),
        codes=CodeSet.of(effective(country.codes, settings.codes)),
    )


def audio_options(settings: Settings, line: LineId) -> LineAudioOptions:
    """How the line's audio is treated."""
    own = analogue(settings, line)
    if own is None:
        return LineAudioOptions(block_ms=settings.audio.block_ms)
    return LineAudioOptions(
        block_ms=settings.audio.block_ms,
        has_echo_canceller=own.echo_canceller,
        receive_gain_db=own.receive_gain_db,
        transmit_gain_db=own.transmit_gain_db,
    )


def dial_tone_detector(country: Country) -> ToneDetector:
    """Recognises the exchange's dial tone soon: an outside line is dialled on as soon as it sounds."""
    steps = country.tones.dial.steps
    return ToneDetector([TonePattern("dial", (ToneStep(step.hz, _DIAL_TONE_MS),)) for step in steps if step.hz])


def hang_up_detector(country: Country) -> ToneDetector:
    """Recognises what an exchange plays when the far end has hung up."""
    return ToneDetector(
        [
            TonePattern(tone.name, tuple(ToneStep(step.hz, step.ms) for step in tone.steps))
            for tone in country.outside_line.hang_up_tones
        ]
    )


def manners(settings: Settings, country: Country, line: LineId) -> Manners:
    """How the outside line behaves."""
    own = settings.outside_lines.get(str(line.number))
    scheme = _scheme(own, country)
    return Manners(
        ring_cancel_ms=country.outside_line.ring_cancel_ms,
        is_caller_id_awaited=scheme is not CallerIdScheme.OFF and not scheme.is_before_ring,
        is_answer_by_polarity=own is not None and own.answer_on == "polarity",
        is_hang_up_by_tone=own is None or own.disconnect_tone,
    )


def limits(settings: Settings, country: Country) -> ExchangeLimits:
    """Limits of calls."""
    calls = settings.calls
    return ExchangeLimits(
        voice_channels=calls.voice_channels,
        no_answer_s=float(calls.no_answer_s),
        park_s=float(calls.park_s),
        is_conference_kept=calls.is_conference_kept,
        emergency=frozenset(country.numbering.emergency_numbers),
    )


def retention(settings: Settings) -> Retention:
    """How long records are kept."""
    return Retention(days=settings.records.days, course_days=settings.records.course_days)


def registrar_options(settings: Settings, country: Country) -> RegistrarOptions:
    """Where IP telephones register."""
    own = settings.registrar
    return RegistrarOptions(
        address=own.address,
        udp_port=own.udp_port,
        tls_port=own.tls_port,
        realm=own.realm,
        expires_min_s=own.expires_min_s,
        expires_max_s=own.expires_max_s,
        contacts_max=own.contacts_max,
        requests_max=own.requests_max,
        ban_s=own.ban_s,
        guesses_max=own.guesses_max,
        emergency=frozenset(country.numbering.emergency_numbers),
    )


def engine_options(settings: Settings) -> EngineOptions:
    """What the SIP engine is started with."""
    return EngineOptions(
        address=settings.sip.address,
        udp_port=settings.sip.udp_port,
        codecs=tuple(settings.codecs),
        nameservers=tuple(settings.sip.nameservers),
        jitter_max_ms=settings.audio.jitter_max_ms,
    )


def trunk_account(settings: Settings, trunk: SipTrunk) -> TrunkAccount:
    """The account of a trunk."""
    return TrunkAccount(
        name=trunk.name,
        username=trunk.username,
        password=trunk.password.get_secret_value(),
        domain=trunk.domain,
        auth_username=trunk.auth_username,
        outbound_proxy=trunk.outbound_proxy,
        transport=trunk.transport,
        tls_name=trunk.tls_name,
        is_tls_verified=trunk.tls_verify,
        tls_ca_file=trunk.tls_ca_file,
        srtp=trunk.srtp,
        is_registering=trunk.is_registering,
        expires_s=trunk.expires_s,
        caller_number=trunk.caller_number,
        caller_name=trunk.caller_name,
        is_number_withheld=trunk.is_number_withheld,
        session_timer=trunk.session_timer,
        destination=Destination.parse(trunk.destination),
        keep_alive_s=trunk.keep_alive_s,
        has_mailbox=bool(trunk.messages_for),
        rtp_port_min=settings.audio.rtp_port_min,
        rtp_port_max=settings.audio.rtp_port_max,
    )
