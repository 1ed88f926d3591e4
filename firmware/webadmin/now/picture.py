"""The gateway's snapshot as what the page shows. Pure; trusts nothing about its shape. Knows no HTML."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from firmware.webadmin import words
from firmware.webadmin.language import N_, _, ngettext
from firmware.webadmin.said import retold
from firmware.webadmin.words import clean

_PLACES = {
    ("group", "all"): N_("all telephones"),
    ("service", "echo"): N_("the echo test"),
    ("service", "milliwatt"): N_("the test tone"),
    ("service", "address"): N_("the box's own address"),
}
_RUNG = "rung"  # whoever is rung by a call to all: no extension reads like this
_ROWS_MAX = 100  # of one kind; more would be a fault of the gateway, and the page stays light


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of the box: an adapter, line, trunk or call."""

    name: str
    words: str
    tone: str
    notes: tuple[str, ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """One health message. `tone` is bad for an error, else warn."""

    tone: str
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Telephone:
    """A telephone of the box, as far as the gateway knows it."""

    number: int
    extension: str
    name: str
    state: str
    peer: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the page shows of the gateway."""

    is_up: bool
    headline: str
    tone: str
    facts: tuple[str, ...] = ()
    is_simulated: bool = False
    health: tuple[Health, ...] = ()
    calls: tuple[Row, ...] = ()
    channels: str = ""
    lines: tuple[Row, ...] = ()
    trunks: tuple[Row, ...] = ()
    adapters: tuple[Row, ...] = ()
    telephones: tuple[Telephone, ...] = ()


def when_down() -> Picture:
    """The picture while the gateway does not answer."""
    return Picture(False, _("The gateway does not answer"), "bad")


def with_known(shown: Picture, known: tuple[Telephone, ...]) -> Picture:
    """With the telephones that were known before, too: a gateway that starts again finds its lines one by one."""
    telephones = {telephone.number: replace(telephone, state="", peer="") for telephone in known}
    telephones.update((telephone.number, telephone) for telephone in shown.telephones)
    return replace(shown, telephones=tuple(telephones.values()))


def of_snapshot(snapshot: Mapping[str, object]) -> Picture:
    """The picture of a snapshot (`status`); missing or strange parts are left out."""
    health = tuple(_health(row) for row in _rows(snapshot.get("health")))
    adapters = tuple(_adapter(row) for row in _rows(snapshot.get("adapters")))
    calls = tuple(_call(row) for row in _rows(snapshot.get("calls")))
    peers = _peers(snapshot)
    headline, tone = _headline(health, adapters, len(calls))
    return Picture(
        is_up=True,
        headline=headline,
        tone=tone,
        facts=tuple(_facts(snapshot)),
        is_simulated=snapshot.get("is_simulated") is True,
        health=health,
        calls=calls,
        channels=_channels(snapshot.get("channels")),
        lines=tuple(_line(row, peers) for row in _rows(snapshot.get("lines"))),
        trunks=tuple(_trunk(row) for row in _rows(snapshot.get("trunks"))),
        adapters=adapters,
        telephones=tuple(_telephones(snapshot, peers)),
    )


def rows_of(value: object) -> list[Mapping[str, object]]:
    """The objects of a JSON list (or the values of a JSON object), at most 100; [] for anything else."""
    if isinstance(value, dict):
        value = list(value.values())
    return [row for row in value[:_ROWS_MAX] if isinstance(row, dict)] if isinstance(value, list) else []


_rows = rows_of


def number_of(value: object, default: float = 0) -> float:
    """A JSON number that can be reckoned with; `default` for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    return default


def person(value: object) -> str:
    """`Anna (11)`, `11` or `unknown`, from {"number", "name"} or plain text."""
    if not isinstance(value, dict):
        return clean(value, 60) or _("unknown")
    if value.get("withheld") is True:
        return _("a withheld number")
    number, name = clean(value.get("number"), 40), clean(value.get("name"), 60)
    kind = clean(value.get("kind"), 20)
    if kind and kind not in ("extension", "number"):
        return _(_PLACES.get((kind, number), "")) or f"{kind} {number}".strip()
    if name and number and name != number:
        return f"{name} ({number})"
    return name or number or _("unknown")


def _headline(health: tuple[Health, ...], adapters: tuple[Row, ...], calls: int) -> tuple[str, str]:
    if any(message.tone == "bad" for message in health):
        return _("Something needs your attention"), "bad"
    if not any(adapter.tone == "good" for adapter in adapters):
        return _("No adapter is ready"), "warn"
    if health:
        return _("Works, with a warning"), "warn"
    if calls:
        return ngettext("{} call now", "{} calls now", calls).format(calls), "good"
    return _("Everything is ready"), "good"


def _facts(snapshot: Mapping[str, object]) -> Iterator[str]:
    if country := clean(snapshot.get("country"), 10):
        yield _("Country {}").format(country)
    if version := clean(snapshot.get("version"), 20):
        yield _("Version {}").format(version)
    uptime_s = number_of(snapshot.get("uptime_s"), -1)
    if uptime_s >= 0:
        yield _("Up {}").format(words.about(uptime_s))
    if snapshot.get("is_simulated") is True:
        yield _("Simulated adapter")


def _health(row: Mapping[str, object]) -> Health:
    tone = "bad" if row.get("severity") == "error" else "warn"
    part = _(words.sentence(clean(row.get("part"), 40))) or _("Box")
    return Health(tone, part, retold(clean(row.get("text"), 400)) or _("something is wrong"))


def _adapter(row: Mapping[str, object]) -> Row:
    said = words.of_adapter(clean(row.get("state"), 20))
    reason = retold(clean(row.get("reason"), 300))
    notes = [clean(row.get("id"), 40), clean(row.get("device"), 80)]
    if firmware := clean(row.get("firmware"), 20):
        notes.append(_("firmware {}").format(firmware))
    frames = row.get("frames")
    if isinstance(frames, dict):
        notes.extend(_frames(frames))
    text = f"{said.words}: {reason}" if reason and said.tone != "good" else said.words
    return Row(clean(row.get("model"), 40) or _("Adapter"), text, said.tone, tuple(filter(None, notes)))


def _frames(frames: Mapping[str, object]) -> Iterator[str]:
    """Only what went wrong: good frames tell nobody anything, and would change the page all the time."""
    if number := int(number_of(frames.get("bad"))):
        yield ngettext("{} damaged frame", "{} damaged frames", number).format(number)
    if number := int(number_of(frames.get("lost_audio"))):
        yield ngettext("{} audio block lost", "{} audio blocks lost", number).format(number)
    if number := int(number_of(frames.get("resets"))):
        yield ngettext("{} reset", "{} resets", number).format(number)


def _line(row: Mapping[str, object], peers: Mapping[str, str]) -> Row:
    said = words.of_line(clean(row.get("state"), 20), _peer(row, peers))
    number = int(number_of(row.get("number")))
    is_telephone = row.get("kind") != "fxo"
    title = (_("Telephone {}") if is_telephone else _("Outside line {}")).format(number)
    if not number:
        title = clean(row.get("line"), 20)
    name = clean(row.get("name"), 40)
    notes = [name] if name else []
    if isinstance(audio := row.get("audio"), dict):
        notes.extend(_audio(audio))
    return Row(title, said.words, said.tone, tuple(notes), clean(row.get("extension"), 10) if is_telephone else "")


def _audio(audio: Mapping[str, object]) -> Iterator[str]:
    for key, label in (("up", N_("delay from the line {} ms")), ("down", N_("delay to the line {} ms"))):
        if isinstance(buffer := audio.get(key), dict):
            yield _(label).format(round(number_of(buffer.get("depth_ms"))))
    if isinstance(echo := audio.get("echo"), dict) and echo.get("is_on") is True:
        lowered_db = round(number_of(echo.get("erle_db")))
        if lowered_db > 0:
            yield _("echo lowered by {} dB").format(lowered_db)
    if lost := int(number_of(audio.get("lost_blocks"))):
        yield ngettext("{} audio block lost", "{} audio blocks lost", lost).format(lost)


def _peers(snapshot: Mapping[str, object]) -> dict[str, str]:
    """Who is at the other end, by extension and by the name of an outside line; from the calls now."""
    peers: dict[str, str] = {}
    for row in _rows(snapshot.get("calls")):
        caller, callee = row.get("from"), row.get("to")
        peers.setdefault(_number_in(caller), person(callee))
        peers.setdefault(_number_in(callee), person(caller))
        is_outward = isinstance(callee, dict) and callee.get("kind") == "number"
        peers.setdefault(clean(row.get("via"), 40), person(callee if is_outward else caller))
        if row.get("state") == "ringing" and isinstance(callee, dict) and callee.get("kind") == "group":
            peers.setdefault(_RUNG, person(caller))
    peers.pop("", None)
    return peers


def _number_in(value: object) -> str:
    return clean(value.get("number"), 40) if isinstance(value, dict) else ""


def _peer(row: Mapping[str, object], peers: Mapping[str, str]) -> str:
    if peer := row.get("peer"):
        return person(peer)
    if row.get("kind") == "fxo":
        return peers.get(f"line:{clean(row.get('number'), 4)}", "")
    somebody = peers.get(_RUNG, "") if row.get("state") == "ringing" else ""
    return peers.get(clean(row.get("extension"), 10), somebody)


def _trunk(row: Mapping[str, object]) -> Row:
    kind, state = clean(row.get("kind"), 10), clean(row.get("state"), 20)
    said = words.of_trunk(state)
    text = clean(row.get("text"), 300)
    if kind == "line":  # the word of its phase, which says more only while it is in use
        text = words.of_line(text, "").words if state == "in-use" else ""
    text = retold(text) or said.words
    note = words.trunk_hint(kind, state)
    retry_in_s = number_of(row.get("retry_in_s"), -1)
    if retry_in_s >= 0 and said.tone != "good":
        note = f"{note} {_('Next try in {} s.').format(round(retry_in_s))}".lstrip()
    name = clean(row.get("name"), 40)
    if name.startswith("line:"):
        name = _("Outside line {}").format(name.removeprefix("line:"))
    return Row(name or _("Trunk"), words.sentence(text), said.tone, (note,) if note else ())


def _call(row: Mapping[str, object]) -> Row:
    said = words.of_call(clean(row.get("state"), 20))
    notes = [clean(row.get("codec"), 20).upper()]
    if via := clean(row.get("via"), 40):
        notes.append(_("through {}").format(via))
    return Row(
        f"{person(row.get('from'))} → {person(row.get('to'))}",
        said.words,
        said.tone,
        tuple(filter(None, notes)),
        words.duration(number_of(row.get("seconds"))),
    )


def _channels(value: object) -> str:
    if not isinstance(value, dict):
        return ""
    used, limit = int(number_of(value.get("used"))), int(number_of(value.get("limit")))
    text = ngettext("{} of {} voice channel in use", "{} of {} voice channels in use", limit)
    return text.format(used, limit) if limit else ""


def _telephones(snapshot: Mapping[str, object], peers: Mapping[str, str]) -> Iterator[Telephone]:
    for row in _rows(snapshot.get("lines")):
        number = int(number_of(row.get("number")))
        if row.get("kind") == "fxs" and number > 0:
            yield Telephone(
                number,
                clean(row.get("extension"), 10),
                clean(row.get("name"), 40),
                clean(row.get("state"), 20),
                _peer(row, peers),
            )
