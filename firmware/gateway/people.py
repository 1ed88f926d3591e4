"""Extensions and groups of the settings, turned into the plain values that calls are told."""

from collections.abc import Iterator

from firmware import settings
from firmware.settings import Settings
from firmware.telephony.directory import Group
from firmware.telephony.events import Destination
from firmware.telephony.extension import Extension, Forwards


def numbers(present: Settings) -> frozenset[str]:
    """Every number that can be dialled inside."""
    return frozenset(telephone.extension for telephone in present.telephones.values()) | present.extensions.keys()


def extension(present: Settings, number: str) -> Extension | None:
    """What is set for an extension; a telephone on a socket needs nothing set to be one."""
    own = present.extensions.get(number)
    name = next((each.name for each in present.telephones.values() if each.extension == number), None)
    if own is None:
        return None if name is None else Extension(number, name)
    return _extension(number, own, own.name or name or "")


def group(present: Settings, name: str) -> Group | None:
    """Who rings for a group, None where there is none of that name."""
    own = present.groups.get(name)
    if own is None:
        return None
    return Group(tuple(own.members), own.strategy, float(own.ring_s), destination(own.otherwise))


def wake_up_times(present: Settings) -> tuple[tuple[str, str], ...]:
    """(extension, "HH:MM") of everybody who is woken."""
    return tuple((number, own.wake_up) for number, own in present.extensions.items() if own.wake_up)


def devices(present: Settings) -> Iterator[tuple[str, str]]:
    """(extension, password) of everybody whose IP telephones may register."""
    for number, own in present.extensions.items():
        password = own.password.get_secret_value()
        if password:
            yield number, password


def destination(text: str) -> Destination | None:
    """A destination as it is set, None for nowhere."""
    return Destination.parse(text) if text else None


def _extension(number: str, own: settings.Extension, name: str) -> Extension:
    to = own.forwarding
    return Extension(
        number=number,
        name=name,
        permissions=frozenset(own.permissions),
        forwards=Forwards(to.always, to.busy, to.no_answer, to.unreachable),
        no_answer_s=float(own.no_answer_s) or None,
        is_do_not_disturb=own.is_do_not_disturb,
        is_call_waiting_allowed=own.is_call_waiting_allowed,
        is_anonymous_rejected=own.is_anonymous_rejected,
        is_number_withheld=own.is_number_withheld,
        is_intercom_allowed=own.is_intercom_allowed,
        block=tuple(own.block),
        allow=tuple(own.allow),
        ring_for=own.ring_for,
        speed_dials=own.speed_dials,
        hotline=own.hotline,
        hotline_s=own.hotline_s,
        pickup_group=own.pickup_group,
        wake_up=own.wake_up,
    )
