"""Which past calls are asked for, out of an address. Knows no record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from firmware.records import CallFilter, CallRecord, Cursor
from firmware.webadmin.language import N_
from firmware.webadmin.past.moments import midnight
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

DIRECTIONS = {"in": N_("From outside"), "out": N_("To outside"), "internal": N_("Inside the house")}
OUTCOMES = {"answered": N_("Answered"), "missed": N_("Missed"), "unanswered": N_("Not answered")}
CAUSES = {
    "NORMAL": N_("hung up"),
    "BUSY": N_("busy"),
    "NO_ANSWER": N_("no answer"),
    "CANCELLED": N_("the caller gave up"),
    "UNREACHABLE": N_("not reachable"),
    "REJECTED": N_("rejected"),
    "UNKNOWN_NUMBER": N_("no such number"),
    "INVALID_NUMBER": N_("number not complete"),
    "BARRED": N_("barred"),
    "NO_CHANNEL": N_("all voice channels in use"),
    "MOVED": N_("sent elsewhere"),
    "LOOP": N_("forwards lead in a circle"),
    "PREEMPTED": N_("ended for an emergency call"),
    "NETWORK": N_("the way there is out of order"),
    "NO_ROUTE": N_("no trunk is ready for outside calls"),
    "DEVICE_LOST": N_("the adapter was lost"),
    "MEDIA": N_("no common codec or encryption"),
    "TIMEOUT": N_("the far end did not respond"),
    "FAILED": N_("failed"),
    "INTERRUPTED": N_("the box went off"),
}
_LENGTHS = {"q": 60, "from": 10, "to": 10, "direction": 10, "outcome": 10, "cause": 30, "extension": 10}
_NOBODY = "-"  # no extension reads so: nobody's calls
_OUTCOME_FIELDS = {"answered": (True, None), "missed": (None, True), "unanswered": (False, False)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: `values` as they came, `wrong` the names of those that mean nothing, `filter` the rest."""

    values: Mapping[str, str]
    wrong: tuple[str, ...]
    filter: CallFilter
    before: Cursor | None

    @property
    def query(self) -> str:
        """As the query of an address, without the place in the list."""
        return urlencode({name: value for name, value in self.values.items() if value})


def asked(visit: Visit) -> Asked:
    """A resident asks for the own calls, whatever the address says."""
    values = {name: visit.query.get(name, "").strip()[:length] for name, length in _LENGTHS.items()}
    if visit.role is not Role.INSTALLER:
        values["extension"] = ""
    since, until = midnight(values["from"]), midnight(values["to"], days_later=1)
    known = {"direction": DIRECTIONS, "outcome": OUTCOMES, "cause": CAUSES}
    wrong = [name for name, table in known.items() if values[name] and values[name] not in table]
    wrong += [name for name, at in (("from", since), ("to", until)) if values[name] and at is None]
    sane = {name: "" if name in wrong else value for name, value in values.items()}
    filter = CallFilter(
        number=sane["q"],
        is_prefix=bool(sane["q"]),
        since=since,
        until=until,
        direction=sane["direction"],
        cause=sane["cause"],
        extension=own_extension(visit) or sane["extension"],
    )
    is_answered, is_missed = _OUTCOME_FIELDS.get(sane["outcome"], (None, None))
    filter = replace(filter, is_answered=is_answered, is_missed=is_missed)
    return Asked(values, tuple(wrong), filter, Cursor.parse(visit.query.get("before", "")[:60]))


def own_extension(visit: Visit) -> str:
    """The only extension whose calls the visitor may see; "" for the installer, who may see all."""
    return "" if visit.role is Role.INSTALLER else visit.extension or _NOBODY


def is_seen_by(visit: Visit, call: CallRecord) -> bool:
    """Whether the call is the visitor's."""
    if visit.role is Role.INSTALLER:
        return True
    own = (call.source_extension, call.answered_by)
    called = (call.dialled, f"{call.destination_kind}:{call.destination_number}")
    return bool(visit.extension) and (visit.extension in own or f"extension:{visit.extension}" in called)
