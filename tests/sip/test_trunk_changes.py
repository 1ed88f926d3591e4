"""Trunks that are changed or taken away while somebody talks through them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED
from tests.support.site import BOB, BOX, Site
from tests.support.waiting import until

Trunk = dict[str, Any]


def is_known_outside(site: Site) -> bool:
    """Whether the registrar would send calls to the box."""
    return bool(site.registrar.contacts(BOX))


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        (lambda trunk: [], ""),
        (lambda trunk: [trunk | {"is_enabled": False}], ""),
        (lambda trunk: [trunk | {"expires_s": 900, "caller_name": "Kitchen"}], "registered"),
    ],
    ids=["taken away", "switched off", "changed"],
)
def test_a_call_goes_on_while_its_trunk_is(
    site: Site, tmp_path: Path, changed: Callable[[Trunk], list[Trunk]], state: str
) -> None:
    trunk = site.register()
    with site.person(tmp_path, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.assert_talk(1, bob, tmp_path)
        site.box.set(trunks=changed(trunk), dialling__routes=[])
        if state:
            site.box.wait_trunk(trunk["name"], state)
        else:
            until(
                lambda: not is_known_outside(site) and not site.trunk_names(), 10, "it is gone, and its provider told"
            )
        site.assert_talk(1, bob, tmp_path)
        site.box.phone(1).hang_up()
        bob.wait_for(CLOSED)
    site.box.wait_idle()
    assert is_known_outside(site) == bool(state)


def test_a_trunk_that_comes_back_during_the_call_carries_the_next_one(site: Site, tmp_path: Path) -> None:
    trunk = site.register()
    with site.person(tmp_path, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.box.set(trunks=[], dialling__routes=[])
        until(lambda: not is_known_outside(site), 10, "the provider is told")
        site.use(trunk)
        site.box.wait_trunk(trunk["name"], "registered")
        site.assert_talk(1, bob, tmp_path)
        site.box.phone(1).hang_up()
        bob.wait_for(CLOSED)
        site.box.wait_idle()
        assert is_known_outside(site), "what was kept for the old call took nothing away from the new trunk"
        site.box.phone(2).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.assert_talk(2, bob, tmp_path)
        site.box.phone(2).hang_up()
        bob.wait_for(CLOSED)
