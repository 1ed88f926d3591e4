"""What the gateway answers on the control socket: the names, and who answers to each."""

from collections.abc import Callable
from typing import Any

from firmware.control import Refused
from firmware.gateway.self_test.desk import Desk
from firmware.gateway.settings_desk import SettingsDesk

_NUMBER_MAX = 64  # a number, or the user part of a SIP address


def methods(
    desk: SettingsDesk,
    latest: Callable[[], dict[str, Any]],
    *,
    speak_address: Callable[[], None],
    try_trunk: Callable[..., object],
    set_messages: Callable[..., None],
    erase_calls: Callable[[str], bool],
    tests: Desk,
) -> dict[str, Callable[..., object]]:
    """By name; each is called on a thread of the socket's."""
    return {
        "ping": lambda: "pong",
        "status": latest,
        "box.speak_address": speak_address,
        "trunk.try": try_trunk,
        "messages.set": set_messages,
        "calls.forget": lambda number: _forget(number, erase_calls),
        "test.run": tests.run,
        "test.stop": tests.stop,
        "settings.get": desk.get,
        "settings.page": desk.page,
        "settings.set": desk.set,
        "settings.dump": desk.dump,
        "settings.schema": desk.schema,
    }


def _forget(number: str, erase: Callable[[str], bool]) -> None:
    """Deletes the records of calls that the number took part in; raises Refused."""
    if not isinstance(number, str) or not 1 <= len(number) <= _NUMBER_MAX:
        raise Refused("whose calls are to be forgotten is a number, as the list of calls shows it")
    if not erase(number):
        raise Refused("many numbers wait to be forgotten already: try again in a minute")
