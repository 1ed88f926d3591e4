"""An extension as calls see it: plain values of the settings. Knows no settings and no telephone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

USUAL_PERMISSIONS = frozenset({"national", "mobile", "international"})


@dataclass(frozen=True, slots=True)
class Forwards:
    """Where calls go instead, each written as a Destination (`number:+49...`, `extension:12`); "" is off."""

    always: str = ""
    busy: str = ""
    no_answer: str = ""
    unreachable: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """A number that can be dialled inside, with everything that its user may switch on and off.

    `permissions`: classes of outside numbers (national, mobile, international, premium). `block` and `allow` are
    patterns of callers: a number or its beginning with a final `*`. `ring_for` names a ring pattern by caller pattern.
    `wake_up` is "HH:MM" or "". `hotline` is called `hotline_s` after lifting. Times are seconds.
    """

    number: str
    name: str = ""
    permissions: frozenset[str] = USUAL_PERMISSIONS
    forwards: Forwards = Forwards()
    no_answer_s: float | None = None
    is_do_not_disturb: bool = False
    is_call_waiting_allowed: bool = True
    is_anonymous_rejected: bool = False
    is_number_withheld: bool = False
    is_intercom_allowed: bool = True
    block: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    ring_for: Mapping[str, str] = field(default_factory=dict)
    speed_dials: Mapping[str, str] = field(default_factory=dict)
    hotline: str = ""
    hotline_s: float = 0.0
    pickup_group: str = ""
    wake_up: str = ""
