"""The declared settings as fields of a form, and a form as changes. Pure. Knows no page and no gateway."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from firmware.settings import Described, Kind, describe, described
from firmware.webadmin.language import N_, _

_CHOICES = {
    "country": N_("as the country has it"),
    "off": N_("off"),
    "optional": N_("where the other side can"),
    "required": N_("always"),
    "supported": N_("where the other side can"),
    "tone": N_("tones"),
    "pulse": N_("pulses"),
    "polarity": N_("the exchange reverses the battery"),
    "dialled": N_("the number has been dialled"),
    "tls": N_("TLS, encrypted"),
    "tcp": "TCP",
    "udp": "UDP",
    "debug": N_("everything, for finding faults"),
    "info": N_("what happens"),
    "warning": N_("what goes wrong"),
    "error": N_("what fails"),
    "bellcore-fsk": "Bellcore FSK",
    "etsi-fsk-during-ringing": N_("ETSI FSK, between the rings"),
    "etsi-fsk-ring-pulse": N_("ETSI FSK, after a short ring"),
    "etsi-fsk-dtas": N_("ETSI FSK, after an alert tone"),
    "sin227": "BT SIN 227",
    "dtmf": N_("DTMF, before the rings"),
    "dtmf-reversal": N_("DTMF, after a line reversal"),
    "dtmf-denmark": N_("DTMF, Denmark"),
    "g722": N_("G.722, wideband"),
    "pcma": "G.711 A-law",
    "pcmu": "G.711 µ-law",
    "opus": "Opus",
    "g729": "G.729",
}
_LIST_LINES_MAX = 1000  # of one text area; the declaration has its own, lower bound


@dataclass(frozen=True, slots=True)
class Field:
    """One setting in a form. `name` is its path below the folder that the form is for."""

    name: str
    kind: Kind
    label: str
    help: str
    value: str = ""
    values: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    words: str = ""
    is_required: bool = False
    is_set: bool = False
    default: str = ""
    error: str = ""
    present: object = None

    @property
    def id(self) -> str:
        """Of its element."""
        return "f-" + self.name.replace("/", "-")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading; the first of a form has none."""

    label: str
    help: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A table or list of sections below the folder: a page of its own."""

    name: str
    label: str
    help: str
    count: int


def below(folder: str) -> list[Described]:
    """What lies directly in a folder such as `trunks/0`; "" is the root."""
    entry = describe(folder) if folder else None
    start = f"{entry.path}/" if entry else ""
    return [
        item
        for pattern, item in described().items()
        if pattern.startswith(start) and "/" not in pattern[len(start) :] and not pattern.endswith("/*")
    ]


def is_table(entry: Described) -> bool:
    """Whether its entries are sections: each has a page."""
    inside = described().get(f"{entry.path}/*")
    return inside is not None and inside.kind is Kind.SECTION


def name_of(entry: Described) -> str:
    """The last part of its path."""
    return entry.path.rpartition("/")[2]


def groups(
    folder: str,
    values: Mapping[str, object],
    sent: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    only: frozenset[str] | None = None,
) -> list[Group]:
    """The form of a folder: what is set, or what was `sent` and refused with `errors` (by field name).

    `only` narrows it to some path patterns.
    """
    found = list(_groups(folder, "", "", "", values, sent, errors or {}, only))
    return [group for group in found if group.fields]


def links(folder: str, values: Mapping[str, object]) -> list[Link]:
    """Its tables."""
    tables = [entry for entry in below(folder) if is_table(entry)]
    return [Link(name_of(entry), _(entry.label), _(entry.help), _size(values.get(name_of(entry)))) for entry in tables]


def changes(groups_of_form: Sequence[Group], sent: Mapping[str, str]) -> dict[str, object]:
    """What was `sent` that is not as it is now, by field name."""
    changed: dict[str, object] = {}
    for group in groups_of_form:
        for field in group.fields:
            if field.kind is Kind.SECRET:
                changed.update(_secret(field, sent))
                continue
            value = _value(field, sent)
            if value != field.present:
                changed[field.name] = value
    return changed


def look_up(values: Mapping[str, object], name: str) -> object:
    """The value at a path below; None where there is none."""
    value: object = values
    for part in name.split("/"):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def shown(value: object) -> str:
    """A value as a field or a cell of a table holds it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None or isinstance(value, dict) else str(value)


def choice_words(choice: str | int) -> str:
    """A choice in words, where there are some; the others are names that nobody translates."""
    return _(_CHOICES.get(str(choice), "")) or str(choice)


def _groups(
    folder: str,
    name: str,
    label: str,
    help: str,
    values: Mapping[str, object],
    sent: Mapping[str, str] | None,
    errors: Mapping[str, str],
    only: frozenset[str] | None,
) -> Iterator[Group]:
    entries = below(f"{folder}/{name}".strip("/"))
    own = [entry for entry in entries if entry.kind is not Kind.SECTION and not is_table(entry)]
    if only is not None:
        own = [entry for entry in own if entry.path in only]
    own.sort(key=lambda entry: not (entry.is_required or name_of(entry) == "name"))
    prefix = f"{name}/" if name else ""
    yield Group(label, help, tuple(_field(entry, prefix + name_of(entry), values, sent, errors) for entry in own))
    for entry in entries:
        if entry.kind is Kind.SECTION and folder:  # the sections of the root have pages of their own
            inner = prefix + name_of(entry)
            yield from _groups(folder, inner, _(entry.label), _(entry.help), values, sent, errors, only)


def _field(
    entry: Described, name: str, values: Mapping[str, object], sent: Mapping[str, str] | None, errors: Mapping[str, str]
) -> Field:
    present = look_up(values, name)
    present = entry.default if present is None else present
    items = tuple(map(str, present)) if isinstance(present, list) else _pairs(present)
    value = "on" if present is True else "" if isinstance(present, bool) or items else shown(present)
    if sent is not None:
        value = sent.get(name, "")
        items = tuple(_lines(name, sent)) if entry.kind in (Kind.LIST, Kind.TABLE) else ()
    item = described().get(f"{entry.path}/*")
    return Field(
        name=name,
        kind=entry.kind,
        label=_(entry.label),
        help=_(entry.help),
        value="" if entry.kind is Kind.SECRET else value,
        values=items,
        choices=tuple((str(choice), choice_words(choice)) for choice in (item or entry).choices),
        minimum=entry.minimum,
        maximum=entry.maximum,
        words=_(item.words or entry.words) if item else _(entry.words),
        is_required=entry.is_required,
        is_set=entry.kind is Kind.SECRET and bool(present),
        default=_default(entry),
        error=_error(name, errors),
        present=present,
    )


def _default(entry: Described) -> str:
    if entry.kind is Kind.SECRET or entry.is_required or entry.default in (None, "", [], {}):
        return ""
    return choice_words(str(entry.default)) if entry.kind is Kind.CHOICE else shown(entry.default)


def _error(name: str, errors: Mapping[str, str]) -> str:
    """Its own, and those of its entries."""
    return " ".join(text for at, text in errors.items() if at == name or at.startswith(f"{name}/"))


def _secret(field: Field, sent: Mapping[str, str]) -> dict[str, object]:
    """An empty field keeps what is there: it is never shown, so nobody can have emptied it."""
    if sent.get(f"{field.name}:none"):
        return {field.name: ""}
    return {field.name: sent[field.name]} if sent.get(field.name) else {}


def _value(field: Field, sent: Mapping[str, str]) -> object:
    """What was meant. What is no number stays a text: the gateway says in words what it should be."""
    text = sent.get(field.name, "")
    if field.kind is Kind.SWITCH:
        return bool(text)
    if field.kind is Kind.LIST:
        return _lines(field.name, sent)
    if field.kind is Kind.TABLE:
        pairs = (line.partition("=") for line in _lines(field.name, sent))
        return {key.strip(): value.strip() for key, _sign, value in pairs}
    try:
        if field.kind is Kind.WHOLE:
            return int(text)
        if field.kind is Kind.NUMBER:
            return float(text.replace(",", "."))
    except ValueError:
        return text
    if field.kind is Kind.CHOICE:
        entry = [choice for choice, _words in field.choices if choice == text]
        return _typed_choice(text) if entry else text
    return text.strip() if field.kind is Kind.TEXT else text


def _typed_choice(text: str) -> str | int:
    """Choices are texts or whole numbers (see `Described.choices`); no text among them is written like a number."""
    return int(text) if text.isdecimal() else text


def _lines(name: str, sent: Mapping[str, str]) -> list[str]:
    """One entry a line, or one a field of `name/0`, `name/1` and so on."""
    numbered = [sent[f"{name}/{index}"] for index in range(_LIST_LINES_MAX) if f"{name}/{index}" in sent]
    lines = numbered or sent.get(name, "").splitlines()[:_LIST_LINES_MAX]
    return [line.strip() for line in lines if line.strip()]


def _pairs(present: object) -> tuple[str, ...]:
    """A table of plain values, an entry a line."""
    return tuple(f"{key} = {value}" for key, value in present.items()) if isinstance(present, dict) else ()


def _size(value: object) -> int:
    return len(value) if isinstance(value, (dict, list)) else 0
