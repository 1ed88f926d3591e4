"""Tries an outside account live before it is saved, and tells each step in words. Knows no page.

The gateway's method `trunk.try` gets `trunk` (the settings of one, as they would be saved; a masked password is that
of the trunk of this name) and `provider` (whose echo test is called; "": told by the domain), and streams items
`{"step": name, "state": "done" | "failed" | "skipped", "text": words}` in the order of STEPS; after a failure it
ends. None as an item means that it still works on a step. It changes nothing and registers for seconds only.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware.control import ControlClient, Refused
from firmware.webadmin.language import N_, _
from firmware.webadmin.said import retold
from firmware.webadmin.seats import Seats
from firmware.webadmin.words import clean

STEPS: Mapping[str, tuple[str, str]] = {  # step -> what it is, and what to do when it fails
    "name": (N_("The provider's name is found"), N_("Check how the domain is written, and the network cable.")),
    "connection": (
        N_("The provider's server is reached"),
        N_("A router or firewall may be in between; another transport may help."),
    ),
    "certificate": (
        N_("The server's certificate is right"),
        N_("Check how the domain is written. Do not go on with a certificate that is wrong: somebody may listen."),
    ),
    "password": (N_("Name and password are right"), N_("Check both with the provider's papers; capitals matter.")),
    "registered": (N_("The account is registered"), N_("The provider refuses this account: please ask there.")),
    "echo": (N_("The echo test is heard"), N_("Calls are set up, but no sound comes back: check the router.")),
}
_AT_ONCE_MAX = 2  # each registers at the provider and holds a thread of the server
_LONGEST_S = 45.0
_NO_METHOD = "there is no method"
_seats = Seats(_AT_ONCE_MAX)


@dataclass(frozen=True, slots=True)
class Tried:
    """One step, in words. `tone`: good, bad, warn or idle."""

    label: str
    tone: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `is_known`: whether this gateway can try at all."""

    steps: tuple[Tried, ...] = ()
    is_good: bool = False
    is_known: bool = True


def try_trunk(run: Path, trunk: Mapping[str, object], provider: str = "") -> Trial:
    """Try it; takes up to 45 s. Raises Refused (too many at once), Unreachable, Fault."""
    if not _seats.take():
        raise Refused(_("Two accounts are being tried already: wait a moment."))
    try:
        return _trial(dict(_items(run, trunk, provider)))
    except Refused as error:
        if _NO_METHOD in str(error):
            return Trial(is_known=False)
        raise
    finally:
        _seats.release()


def _items(run: Path, trunk: Mapping[str, object], provider: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    until = time.monotonic() + _LONGEST_S
    with ControlClient(run / "gateway.sock", _LONGEST_S).stream(
        "trunk.try", trunk=dict(trunk), provider=provider
    ) as stream:
        for item in stream:
            if isinstance(item, dict) and item.get("step") in STEPS:
                yield str(item["step"]), item
            if time.monotonic() > until:
                return


def _trial(told: Mapping[str, Mapping[str, object]]) -> Trial:
    steps = tuple(_step(name, told.get(name)) for name in STEPS)
    states = {name: item.get("state") for name, item in told.items()}
    is_good = states.get("registered") == "done" and "failed" not in states.values()
    return Trial(steps, is_good)


def _step(name: str, item: Mapping[str, object] | None) -> Tried:
    label, hint = STEPS[name]
    state = item.get("state") if item else None
    text = retold(clean(item.get("text"), 300)) if item else ""
    if state == "done":
        return Tried(_(label), "good", text or _("yes"))
    if state == "failed":
        return Tried(_(label), "bad", text or _("no"), _(hint))
    return Tried(_(label), "idle", text or (_("not needed") if state == "skipped" else _("not tried")))
