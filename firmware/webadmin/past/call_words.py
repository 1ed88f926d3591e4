"""A past call in words: a row of the list, and everything that its record holds. Knows no page."""

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.records import INTERRUPTED, UP, CallRecord, Quality, local_time
from firmware.webadmin import words
from firmware.webadmin.language import N_, _
from firmware.webadmin.past.calls_filter import CAUSES, DIRECTIONS
from firmware.webadmin.words import Said, clean

_PLACES = {
    "extension": N_("Extension {}"), "group": N_("Group {}"), "service": N_("Service {}"),
    "queue": N_("Queue {}"), "menu": N_("Menu {}"), "voicemail": N_("Voicemail {}"), "conference": N_("Conference {}"),
    "fax": N_("Fax {}"),
}  # fmt: skip
_STEPS = {
    "forwarded": N_("forwarded by {}"), "transferred": N_("transferred by {}"), "parked": N_("parked at {}"),
    "picked-up": N_("picked up by {}"), "conference": N_("joined with another call"),
}  # fmt: skip
# ITU-T G.107 annex B: below 4.03 not everybody is content, below 3.6 many are not.
MOS_GOOD, MOS_FAIR = 4.0, 3.6


@dataclass(frozen=True, slots=True)
class Row:
    """A call in the list; `tone` is a class of the style sheet."""

    key: int
    began: str
    caller: str
    callee: str
    lasted: str
    ended: str
    tone: str
    mos: str


@dataclass(frozen=True, slots=True)
class Sound:
    """How a leg sounded, in words."""

    leg: str
    codec: str
    loss: str
    jitter: str
    round_trip: str
    mos: str
    said: Said


def row(call: CallRecord) -> Row:
    """For the list."""
    mos = worst_mos(call)
    return Row(
        call.key,
        local_time(call.started_at, call.utc_offset_s)[:16].replace("T", " "),
        clean(caller(call), 60),
        clean(call.destination_number or call.dialled.partition(":")[2], 60),
        words.duration(call.billed_s) if call.answered_at is not None else "",
        outcome(call),
        "bad" if call.is_missed else "",
        "" if mos is None else f"{mos:.1f}",
    )


def caller(call: CallRecord) -> str:
    """Who called."""
    if call.is_withheld and not call.source_extension:
        return _("a withheld number")
    return f"{call.source_extension or call.source_number} {call.source_name}".strip() or _("unknown")


def outcome(call: CallRecord) -> str:
    """How it ended."""
    if call.state == UP:
        return _("Goes on")
    if call.is_missed:
        return f"{_('Missed')}: {_(CAUSES.get(call.cause, call.cause))}"
    return words.sentence(_(CAUSES.get("INTERRUPTED" if call.state == INTERRUPTED else call.cause, call.cause)))


def worst_mos(call: CallRecord) -> float | None:
    """Of both legs."""
    return min((quality.mos for quality in qualities(call) if quality.mos is not None), default=None)


def qualities(call: CallRecord) -> list[Quality]:
    """Of the legs over RTP."""
    return [quality for quality in (call.source_quality, call.destination_quality) if quality is not None]


def verdict(mos: float | None) -> Said:
    """What a MOS means."""
    if mos is None:
        return Said(_("not known"), "idle")
    if mos >= MOS_GOOD:
        return Said(_("sounded well"), "good")
    return Said(_("sounded fair"), "warn") if mos >= MOS_FAIR else Said(_("sounded badly"), "bad")


def facts(call: CallRecord) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Everything in groups of name and value; what is empty is left out."""
    offset_s = call.utc_offset_s
    times = [local_time(at, offset_s).replace("T", " ") for at in (call.started_at, call.answered_at, call.ended_at)]
    yield _("Call"), _given(
        (_("Direction"), _(DIRECTIONS.get(call.direction, ""))), (_("Outcome"), outcome(call)),
        (_("Cause"), f"{_(CAUSES.get(call.cause, call.cause))} (Q.850: {call.q850})" if call.cause else ""),
        (_("Began"), times[0]), (_("Answered"), times[1] or _("not answered")), (_("Ended"), times[2]),
        (_("Billed"), words.duration(call.billed_s) if call.answered_at is not None else ""),
    )  # fmt: skip
    number = _("withheld") if call.is_withheld else call.source_number
    yield _("From"), _given(
        (_("Number"), number), (_("Name"), "" if call.is_withheld else call.source_name),
        (_("Extension"), call.source_extension), (_("Device or address"), call.source_address),
        (_("Trunk"), call.source_trunk),
    )  # fmt: skip
    yield _("To"), _given(
        (_("Dialled"), place(call.dialled)),
        (_("Led to"), place(f"{call.destination_kind}:{call.destination_number}" if call.destination_kind else "")),
        (_("Answered by"), call.answered_by), (_("Device or address"), call.destination_address),
        (_("Trunk"), call.trunk),
    )  # fmt: skip


def sounds(call: CallRecord) -> Iterator[Sound]:
    """Of each leg over RTP."""
    for leg, quality in ((_("Caller's side"), call.source_quality), (_("Called side"), call.destination_quality)):
        if quality is not None:
            yield Sound(
                leg, clean(quality.codec, 30).upper(), figure(quality.loss_percent, "%", 2),
                figure(quality.jitter_ms, "ms"), figure(quality.round_trip_ms, "ms"), figure(quality.mos, "", 2),
                verdict(quality.mos),
            )  # fmt: skip


def steps(call: CallRecord) -> list[str]:
    """What happened on the way."""
    found = []
    for step in call.history:
        kind, _colon, value = step.partition(":")
        known = _STEPS.get(kind)
        found.append(words.sentence(_(known).format(clean(value, 60)).strip() if known else clean(step, 100)))
    return found


def place(destination: str) -> str:
    """A Destination in words."""
    kind, _colon, value = destination.partition(":")
    if kind == "number":
        return clean(value, 60)
    return _(_PLACES[kind]).format(clean(value, 60)) if kind in _PLACES else clean(destination, 80)


def figure(value: float | None, unit: str, digits: int = 1) -> str:
    """`1.5 %`, or "–" where it is not known."""
    return "–" if value is None else f"{value:.{digits}f} {unit}".strip()


def _given(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [(name, clean(value, 200)) for name, value in pairs if value]
