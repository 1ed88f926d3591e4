"""`twinline status`: what the gateway says it is doing, as JSON or in words."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from firmware.commands import OK
from firmware.commands.say import say
from firmware.folder import Folder


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--json", action="store_true", help="everything, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Ask the gateway and print its answer."""
    from firmware.control import ControlClient

    with ControlClient(Folder(arguments.config).gateway_socket) as gateway:
        status = gateway.call("status")
    if arguments.json or not isinstance(status, dict):
        say(json.dumps(status, indent=2, ensure_ascii=False))
    else:
        say("\n".join(in_words(status)))
    return OK


def in_words(status: dict[str, Any]) -> Iterator[str]:
    """The status as a person reads it, a line a thing. What is missing in it is left out."""
    head = [f"Twinline {status.get('version', '')}", f"up {_duration(status.get('uptime_s', 0))}"]
    head += [str(status.get("country", "")), "simulated" if status.get("is_simulated") else ""]
    yield ", ".join(filter(None, head))
    for problem in status.get("health", []):
        yield _line(str(problem.get("severity", "")), problem.get("part"), problem.get("text"))
    for adapter in status.get("adapters", []):
        yield _line("adapter", adapter.get("id"), adapter.get("state"), adapter.get("reason"))
    for line in status.get("lines", []):
        name = "telephone" if line.get("kind") == "fxs" else "line"
        extension = line.get("extension") if line.get("kind") == "fxs" else ""
        yield _line(f"{name} {line.get('number')}", extension, line.get("name"), line.get("state"), line.get("peer"))
    for trunk in status.get("trunks", []):
        if trunk.get("kind") == "sip":
            yield _line("trunk", trunk.get("name"), trunk.get("state"), trunk.get("text"), _retry(trunk))
    for call in status.get("calls", []):
        ends = f"{_party(call.get('from'))} to {_party(call.get('to'))}"
        yield _line("call", ends, call.get("state"), _clock(call.get("seconds", 0)), call.get("codec"), call.get("via"))
    phones = status.get("phones")
    if phones:
        yield _line("IP phones", f"{phones.get('registered')} extensions registered")
    for extension, waiting in (status.get("messages") or {}).items():
        yield _line("messages", extension, f"{waiting.get('new')} new", f"{waiting.get('old')} old")
    yield from _spent(status.get("fence") or {})
    channels = status.get("channels", {})
    if channels:
        yield _line("channels", f"{channels.get('used')} of {channels.get('limit')} in use")


def _spent(fence: dict[str, Any]) -> Iterator[str]:
    """Only what somebody has spent, and why the last call was refused."""
    if fence.get("hour_calls") or fence.get("day_minutes"):
        calls = f"{fence.get('hour_calls')} of {fence.get('hour_calls_max')} calls in an hour"
        minutes = f"{fence.get('day_minutes'):g} of {fence.get('day_minutes_max'):g} min in a day"
        money = f"{fence.get('day_money'):.2f} of {fence.get('day_money_max'):.2f} in money"
        yield _line("fence", f"{calls}, {minutes}, {money}")
    for refusal in fence.get("refusals", [])[:1]:
        yield _line("refused", f"{refusal.get('extension') or refusal.get('trunk')}:", refusal.get("words"))


def _line(name: str, *words: object) -> str:
    return f"{name:<12}" + "  ".join(str(word) for word in words if word not in (None, ""))


def _party(party: dict[str, Any] | None) -> str:
    names = [str((party or {}).get(key) or "") for key in ("number", "name")]
    return " ".join(filter(None, names)) or "unknown"


def _retry(trunk: dict[str, Any]) -> str:
    seconds = trunk.get("retry_in_s")
    return f"again in {seconds:.0f} s" if isinstance(seconds, (int, float)) else ""


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _duration(seconds: float) -> str:
    minutes = int(seconds) // 60
    if minutes < 1:
        return f"{int(seconds)} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"
