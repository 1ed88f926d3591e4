"""A box without telephones: profiles that codes change, a US dial plan, and all features on the real seams."""

from collections.abc import Callable
from dataclasses import fields, replace

from firmware import countries
from firmware.gateway.features import features
from firmware.gateway.present import Present
from firmware.settings.declaration import Settings
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.feature_parts import ChangeRefused
from firmware.telephony.features.history import History
from firmware.telephony.features.wake_up import WakeUp
from firmware.telephony.numbering.codes import CodeSet
from firmware.telephony.numbering.dialplan import Dial, Plan, judge
from firmware.telephony.numbering.digits import DigitMap
from firmware.telephony.seams import Dialled, DialVerdict, Offer, Redirect, Refuse, Seams
from firmware.telephony.summary import CallSummary, Origin

MOBILE = "+12125550100"
NUMBER = "2125550100"
SENT = f"number:1{NUMBER}"
ROUNDS_MAX = 8


class Box:
    """Extensions 101 to 103."""

    def __init__(self) -> None:
        self.profiles = {number: Extension(number) for number in ("101", "102", "103")}
        self.changes: list[tuple[str, str, object]] = []
        self.rung: list[tuple[str, Callable[[bool], None]]] = []
        country = countries.load("US")
        self.plan = Plan(
            extensions=frozenset(self.profiles),
            services={},
            emergency=country.numbering.emergency_numbers,
            digit_map=DigitMap.parse(country.numbering.digit_map),
            pause_ms=4000,
            first_digit_ms=15000,
            codes=CodeSet.of(country.codes),
        )
        self.history = History()
        self.wake_up = WakeUp(
            change=self.change,
            times=lambda: [(own.number, own.wake_up) for own in self.profiles.values() if own.wake_up],
            originate=lambda extension, done: self.rung.append((extension, done)),
        )
        present = Present(Settings())
        self.features = features(
            present=lambda: present,
            change=self.change,
            resolve=self.resolve,
            history=self.history,
            wake_up=self.wake_up,
        )
        self.seams = Seams(self.features)

    def resolve(self, digits: str) -> Destination | None:
        verdict = judge(self.plan, digits, is_final=True)
        return verdict.destination if isinstance(verdict, Dial) else None

    def change(self, extension: str, path: str, value: object) -> None:
        if value == "number:15555555555":
            raise ChangeRefused("settings cannot be saved")
        self.changes.append((extension, path, value))
        own = self.profiles[extension]
        name, _, key = path.partition("/")
        if name == "forwarding":
            self.set(extension, forwards=replace(own.forwards, **{key: value}))
        elif key:
            entries = {**getattr(own, name), key: value}
            self.set(extension, **{name: {k: v for k, v in entries.items() if v is not None}})
        else:
            self.set(extension, **{name: tuple(value) if isinstance(value, list) else value})

    def set(self, extension: str, **values: object) -> None:
        assert values.keys() <= {field.name for field in fields(Extension)}
        self.profiles[extension] = replace(self.profiles[extension], **values)  # type: ignore[arg-type]

    def dial(self, extension: str, digits: str) -> DialVerdict | Destination:
        """Dial to the end: what the seams say at last, or the destination that nobody has an opinion about."""
        destination = self.resolve(digits)
        assert destination is not None, digits
        origin = Origin(Caller(extension), extension=extension, called=digits)
        for _ in range(ROUNDS_MAX):
            verdict = self.seams.dialled(Dialled(origin, destination, self.profiles[extension]))
            if not isinstance(verdict, Redirect):
                return destination if verdict is None else verdict
            if verdict.is_number_withheld is not None:
                return verdict
            destination = verdict.destination
        raise AssertionError("more than 8 rounds")

    def offer(self, extension: str, origin: Origin | None = None, **values: object) -> Offer | Redirect | Refuse:
        return self.seams.offered(self.an_offer(extension, origin, **values))

    def unanswered(self, extension: str, cause: Cause, **values: object) -> Redirect | None:
        return self.seams.unanswered(self.an_offer(extension, None, **values), cause)

    def an_offer(self, extension: str, origin: Origin | None, **values: object) -> Offer:
        origin = origin or outside(MOBILE)
        return Offer(origin, self.profiles[extension], origin.caller, **values)  # type: ignore[arg-type]

    def end(self, origin: Origin, dialled: str, answered_by: str = "") -> None:
        kind, _, value = dialled.partition(":")
        to = Destination(kind, value)
        self.seams.ended(CallSummary("1", origin, to, to, "", 0.0, ended_at=1.0, answered_by=answered_by))


def outside(number: str, *, withheld: bool = False) -> Origin:
    return Origin(Caller(number, withheld=withheld), trunk="main")


def inside(extension: str) -> Origin:
    return Origin(Caller(extension), extension=extension)


def to(text: str, by: str = "") -> Redirect:
    return Redirect(Destination.parse(text), by=by)
