"""What calls outside have cost, and which were refused. Pure but for its route; trusts nothing about the snapshot."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from firmware.control import ControlClient
from firmware.webadmin.door import Route
from firmware.webadmin.language import N_, _
from firmware.webadmin.now.picture import number_of, rows_of
from firmware.webadmin.roles import Role
from firmware.webadmin.said import retold
from firmware.webadmin.visit import Visit
from firmware.webadmin.words import clean, sentence

_TIMEOUT_S = 5.0
_LIMITS = (
    ("hour_calls", N_("Calls in the last hour"), "{:.0f}"),
    ("day_minutes", N_("Minutes in 24 hours that may cost something"), "{:.0f}"),
    ("day_money", N_("Money in 24 hours, by the rates"), "{:.2f}"),
)


class SpentPage:
    """The route of /calls/spent, for the installer."""

    def __init__(self, run: Path, snapshot: Callable[[], object] | None = None) -> None:
        self._socket = run / "gateway.sock"
        self._snapshot = snapshot or self._ask

    def routes(self) -> Iterator[Route]:
        """One."""
        yield Route("GET", "/calls/spent", Role.INSTALLER, self._show)

    def _show(self, visit: Visit) -> str:
        snapshot = self._snapshot()
        fence = snapshot.get("fence") if isinstance(snapshot, dict) else None
        known: Mapping[str, object] = fence if isinstance(fence, dict) else {}
        return visit.html("spent", limits=limits_of(known), refusals=refusals_of(known))

    def _ask(self) -> object:
        with ControlClient(self._socket, _TIMEOUT_S) as gateway:
            return gateway.call("status")


def limits_of(fence: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """What is limited, what of it is used, and the most."""
    return [
        (_(label), form.format(number_of(fence.get(name))), form.format(number_of(fence.get(f"{name}_max"))))
        for name, label, form in _LIMITS
    ]


def refusals_of(fence: Mapping[str, object]) -> list[tuple[str, str, str, str]]:
    """When, who, the number and why not; the latest first."""
    return [
        (
            _moment(number_of(row.get("at"))),
            clean(row.get("extension") or row.get("trunk") or "", 40),
            clean(row.get("number"), 40),
            sentence(retold(clean(row.get("words"), 200))),
        )
        for row in rows_of(fence.get("refusals"))
    ]


def _moment(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).astimezone().isoformat(" ", "seconds")[:19]
    except (OverflowError, ValueError, OSError):
        return ""
