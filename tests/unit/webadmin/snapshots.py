"""What a gateway and a simulator tell of themselves: one of everything."""

from typing import Any

SNAPSHOT: dict[str, Any] = {
    "version": "0.1.0",
    "uptime_s": 130.5,
    "country": "US",
    "is_simulated": True,
    "health": [{"severity": "warning", "part": "settings", "text": "settings.json was broken"}],
    "adapters": [
        {
            "id": "SIM-7",
            "model": "Twinline 2+1",
            "device": "run/adapter",
            "state": "ready",
            "reason": "",
            "firmware": "1.4",
            "frames": {"good": 9, "bad": 3, "lost_audio": 0, "resets": 1},
        }
    ],
    "lines": [
        {
            "line": "fxs1",
            "kind": "fxs",
            "number": 1,
            "extension": "11",
            "name": "Kitchen",
            "state": "talking",
            "peer": "12",
            "audio": {
                "up": {"depth_ms": 18.4, "target_ms": 15, "drift_ppm": 3, "slips": 0},
                "down": {"depth_ms": 21.6, "target_ms": 20, "drift_ppm": 3, "slips": 0},
                "echo": {"is_on": True, "erl_db": 12.0, "erle_db": 24.2},
                "lost_blocks": 2,
            },
        },
        {"line": "fxs2", "kind": "fxs", "number": 2, "extension": "12", "name": "", "state": "on-hook", "peer": ""},
        {"line": "fxo1", "kind": "fxo", "number": 1, "extension": "", "name": "", "state": "idle", "peer": ""},
    ],
    "trunks": [
        {"name": "main", "kind": "sip", "state": "refused", "text": "the password was refused", "retry_in_s": 30},
        {"name": "line:1", "kind": "line", "state": "ready", "text": "ready", "retry_in_s": None},
    ],
    "calls": [
        {
            "id": "a",
            "from": {"number": "11", "name": "Kitchen"},
            "to": {"number": "12", "name": ""},
            "state": "talking",
            "seconds": 754,
            "codec": "g722",
            "via": "",
        }
    ],
    "channels": {"used": 1, "limit": 2},
}
STATE: dict[str, Any] = {
    "adapter": {"plugged": True, "frames_sent": 17},
    "phones": [
        {"number": 1, "hook": "on-hook", "ringing": False, "caller_id": None, "tone": None},
        {"number": 2, "hook": "on-hook", "ringing": False, "caller_id": None, "tone": None},
    ],
    "lines": [{"number": 1, "hook": "on-hook", "state": "idle", "ringing": False, "dialled": "", "tone": None}],
    "now": 1.0,
}


def hostile(value: Any, evil: str) -> Any:
    """The same with `evil` in every text that a page might show, states and numbers left as they are."""
    if isinstance(value, dict):
        kept = ("state", "kind", "severity", "hook")
        return {key: inner if key in kept else hostile(inner, evil) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner, evil) for inner in value]
    return evil if isinstance(value, str) else value
