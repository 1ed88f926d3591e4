"""`twinline sim`: drives the simulated telephones, outside lines and faults. Knows only their control socket."""

import argparse
import json
import math
from pathlib import Path

from firmware.commands import OK
from firmware.commands.say import say

_DEVICE = "adapter"
_ANSWER_S = 5.0
_WAITING = frozenset({"flash", "dial", "play", "record"})  # they return when it is done
_PULSE_TIMES = ("break_ms", "make_ms", "gap_ms")
_TONE_TIMES = ("on_ms", "off_ms", "dbm0", "twist_db")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--device", default=_DEVICE, help="the simulated adapter's name under DIR/run (adapter)")
    targets = parser.add_subparsers(dest="target", metavar="phone|line|fault|adapter|state", required=True)
    _add_phone(targets.add_parser("phone", help="a telephone", allow_abbrev=False))
    _add_line(targets.add_parser("line", help="an outside line", allow_abbrev=False))
    fault = targets.add_parser("fault", help="faults and manners, see docs/simulator.md", allow_abbrev=False)
    fault.add_argument("switches", nargs="*", metavar="NAME=VALUE", help="reset=1 sets all back; none: show them")
    adapter = targets.add_parser("adapter", help="pull the plug, put it back", allow_abbrev=False)
    adapter.add_argument("action", choices=("unplug", "plug"))
    targets.add_parser("state", help="everything, as JSON", allow_abbrev=False)


def run(arguments: argparse.Namespace) -> int:
    """Ask the simulator. Raises Refused, Unreachable."""
    from firmware.control import ControlClient, Unreachable

    method, params = _request(arguments)
    action = getattr(arguments, "action", arguments.target)
    waits = action in _WAITING and not params.get("background")
    path = _socket_path(arguments.config, arguments.device)
    if not path.exists():
        raise Unreachable(f"no simulator runs on {arguments.config} (twinline run --simulate starts one)")
    with ControlClient(path, None if waits else _ANSWER_S) as simulator:
        result = simulator.call(method, **params)
    if action in ("state", "fault"):
        say(json.dumps(result, indent=2, ensure_ascii=False))
    return OK


def _socket_path(config: Path, device: str) -> Path:
    return config / "run" / ("simulator.sock" if device == _DEVICE else f"simulator-{device}.sock")


def _add_phone(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="NUMBER", help="from 1")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("lift", help="lift the handset")
    actions.add_parser("hang-up", help="put it down")
    flash = _add_waiting(actions, "flash", "press R (timed loop break)")
    flash.add_argument("--ms", type=float, help="how long (as telephones of the country do)")
    dial = _add_waiting(actions, "dial", "dial 0-9 * #; tones also A-D, and a comma for a pause")
    dial.add_argument("digits", metavar="DIGITS")
    dial.add_argument("--pulse", action="store_true", help="by loop breaks")
    for name in (*_TONE_TIMES, *_PULSE_TIMES):
        dial.add_argument(f"--{name.replace('_', '-')}", dest=name, type=float, help=argparse.SUPPRESS)
    _add_common(actions, stop="stop playing and recording")


def _add_line(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="NUMBER", help="from 1")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    ring = actions.add_parser("ring", help="somebody calls", allow_abbrev=False)
    ring.add_argument("--from", dest="from_", default="", metavar="NUMBER", help="caller ID; or: withheld")
    ring.add_argument("--name", default="", help="caller ID")
    actions.add_parser("answer", help="the far end answers what was dialled")
    hang_up = actions.add_parser("hang-up", help="the far end hangs up", allow_abbrev=False)
    ways = hang_up.add_mutually_exclusive_group()
    for way, text in (
        ("cpc", "the exchange opens the loop for 500 ms"),
        ("busy-tone", "the exchange plays busy tone"),
        ("polarity", "the exchange reverses the battery"),
    ):
        ways.add_argument(f"--{way}", dest="how", action="store_const", const=way, default="none", help=text)
    _add_common(actions, stop="the caller gives up; also stop playing and recording")


def _add_common(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", stop: str) -> None:
    play = _add_waiting(actions, "play", "say what is in a WAV file")
    play.add_argument("path", type=Path, metavar="FILE.wav")
    record = _add_waiting(actions, "record", "write what is heard to a WAV file, 8 kHz mono")
    record.add_argument("seconds", type=float, metavar="SECONDS")
    record.add_argument("path", type=Path, metavar="FILE.wav")
    actions.add_parser("stop", help=stop)
    actions.add_parser("state", help="print what is seen and heard, as JSON")


def _add_waiting(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, allow_abbrev=False)
    parser.add_argument("--background", action="store_true", help="return at once")
    return parser


def _request(arguments: argparse.Namespace) -> tuple[str, dict[str, object]]:
    if arguments.target == "fault":
        return "fault.set", dict(_switch(text) for text in arguments.switches)
    if arguments.target == "adapter":
        return f"adapter.{arguments.action}", {}
    if arguments.target == "state":
        return "state", {}
    chosen = {
        name: value
        for name, value in vars(arguments).items()
        if name not in ("target", "action", "config", "device") and value is not None
    }
    if "path" in chosen:  # the simulator has another working directory
        chosen["path"] = str(chosen["path"].absolute())
    if not math.isfinite(chosen.get("seconds", 0.0)):
        chosen["seconds"] = 0.0  # JSON knows no infinity; refused in the same words
    return f"{arguments.target}.{arguments.action.replace('-', '_')}", chosen


def _switch(text: str) -> tuple[str, object]:
    from firmware.control import Refused

    name, equals, value = text.partition("=")
    if not equals:
        raise Refused(f"{text} is no switch: write NAME=VALUE")
    return name.replace("-", "_"), value
