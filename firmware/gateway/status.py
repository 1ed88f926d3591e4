"""The snapshot that `twinline status`, the page and the tests read: JSON-able, made on the call thread."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from firmware import __version__
from firmware.dsp.elastic import ElasticState
from firmware.gateway.roster import Roster
from firmware.registrar.registrar import RegistrarState
from firmware.telephony.lines.line_audio import LineAudioState
from firmware.telephony.lines.line_trunk import LineTrunk
from firmware.telephony.lines.port import Phase
from firmware.telephony.lines.telephone import Telephone
from firmware.telephony.messages import MessageCounts
from firmware.telephony.pbx.call import Call
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.sip.trunk import SipTrunk

_TONE_STATES = {"busy": "busy-tone", "congestion": "congestion-tone", "sit": "congestion-tone"}


def snapshot(
    *,
    roster: Roster,
    exchange: Exchange,
    adapters: Sequence[dict[str, object]],
    problems: Sequence[str],
    started_at: float,
    is_simulated: bool,
    phones: RegistrarState | None = None,
    fence: Mapping[str, Any] | None = None,
    records: Sequence[str] = (),
) -> dict[str, Any]:
    """Everything about the box now. `phones`: None where no IP telephone may register; `records`: what ails them."""
    settings = roster.present.settings
    lines = [_telephone(t) for t in roster.telephones] + [_outside_line(t) for t in roster.line_trunks]
    trunks = [_sip_trunk(t) for t in roster.sip_trunks] + [_line_trunk(t) for t in roster.line_trunks]
    return {
        "version": __version__,
        "uptime_s": round(time.monotonic() - started_at, 1),
        "country": settings.country,
        "is_simulated": is_simulated,
        "health": [*_health(problems, adapters, trunks), *_health_of_exchange(phones, records)],
        "adapters": list(adapters),
        "lines": lines,
        "trunks": trunks,
        "calls": [_call(call) for call in exchange.calls],
        "phones": _phones(phones),
        "messages": _messages(roster.mailboxes.counts),
        "fence": dict(fence or {}),
        "channels": {"used": exchange.channels_used, "limit": settings.calls.voice_channels},
    }


def _telephone(telephone: Telephone) -> dict[str, Any]:
    identity = telephone.identity
    return {
        "line": str(identity.line),
        "kind": identity.line.kind.value,
        "number": identity.line.number,
        "extension": identity.extension,
        "name": identity.name,
        "state": _state_of(telephone),
        "has_held_call": telephone.has_held_call,
        "has_waiting_call": telephone.has_waiting_call,
        "is_conference": telephone.is_conference,
        "audio": _audio(telephone.audio.state()),
    }


def _state_of(telephone: Telephone) -> str:
    if telephone.phase is Phase.FAILURE_TONE:
        return _TONE_STATES.get(telephone.tone_playing, "congestion-tone")
    return str(telephone.phase.value)


def _outside_line(trunk: LineTrunk) -> dict[str, Any]:
    return {
        "line": str(trunk.line),
        "kind": trunk.line.kind.value,
        "number": trunk.line.number,
        "extension": "",
        "name": "",
        "state": trunk.phase.value,
        "has_held_call": False,
        "has_waiting_call": False,
        "is_conference": False,
        "audio": _audio(trunk.audio.state()),
    }


def _audio(state: LineAudioState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "up": _elastic(state.up),
        "down": _elastic(state.down),
        "echo": {
            "is_on": state.has_echo_canceller,
            "erl_db": _rounded(state.erl_db),
            "erle_db": _rounded(state.erle_db),
        },
    }


def _elastic(state: ElasticState) -> dict[str, Any]:
    return {
        "depth_ms": round(state.depth_ms, 1),
        "target_ms": round(state.target_ms, 1),
        "drift_ppm": round(state.drift_ppm, 1),
        "slips": state.slips,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _sip_trunk(trunk: SipTrunk) -> dict[str, Any]:
    state = trunk.state()
    return {
        "name": trunk.name,
        "kind": "sip",
        "state": state.phase,
        "text": state.text,
        "retry_in_s": _rounded(state.retry_in_s),
    }


def _line_trunk(trunk: LineTrunk) -> dict[str, Any]:
    phase = trunk.phase.value
    state = {"idle": "ready", "guard": "ready", "lost": "lost"}.get(phase, "in-use")
    words = {"ready": "ready", "lost": "its adapter is not there"}.get(state, phase)
    return {"name": trunk.name, "kind": "line", "state": state, "text": words, "retry_in_s": None}


def _phones(state: RegistrarState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {"is_up": state.is_up, "registered": state.registered, "restarts": state.restarts}


def _messages(counts: MessageCounts) -> dict[str, Any]:
    return {number: {"new": waiting.new, "old": waiting.old} for number, waiting in counts.every().items()}


def _health_of_exchange(phones: RegistrarState | None, records: Sequence[str]) -> list[dict[str, str]]:
    health = [{"severity": "error", "part": "call records", "text": text} for text in records]
    if phones is not None and phones.problem:
        health.append({"severity": "error", "part": "IP telephones", "text": phones.problem})
    return health


def _call(call: Call) -> dict[str, Any]:
    return {
        "id": call.number,
        "from": {"number": call.caller.number, "name": call.caller.name},
        "to": {"number": call.destination.value, "kind": call.destination.kind},
        "state": call.state,
        "seconds": int(time.monotonic() - call.started_at),
        "codec": call.codec,
        "via": call.via,
    }


def _health(
    problems: Sequence[str], adapters: Sequence[dict[str, object]], trunks: Sequence[dict[str, Any]]
) -> list[dict[str, str]]:
    health = [{"severity": "warning", "part": "settings", "text": problem} for problem in problems]
    if not adapters:
        health.append({"severity": "error", "part": "adapter", "text": "no adapter is plugged in"})
    for adapter in adapters:
        if adapter["reason"]:
            part = f"adapter {adapter['id'] or adapter['device']}"
            severity = "warning" if adapter["state"] == "ready" else "error"
            health.append({"severity": severity, "part": part, "text": str(adapter["reason"])})
    for trunk in trunks:
        if trunk["kind"] == "sip" and trunk["state"] in ("waiting", "refused"):
            health.append({"severity": "error", "part": f"trunk {trunk['name']}", "text": trunk["text"]})
    return health
