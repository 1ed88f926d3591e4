"""What country and extension make of a telephone, for its machine. Pure; knows no settings."""

from dataclasses import replace

from firmware.countries import Country
from firmware.telephony.extension import Extension
from firmware.telephony.lines.port_state import BatteryManners, Rules
from firmware.telephony.numbering.dialplan import Plan

_NO_SIGNALS = BatteryManners()


def telephone_rules(
    plan: Plan,
    country: Country,
    extension: Extension | None,
    *,
    has_messages: bool = False,
    is_transferred_on_hang_up: bool = False,
    battery: BatteryManners = _NO_SIGNALS,
) -> Rules:
    """The rules now; an extension of None has nothing set. Hanging up transfers where country or settings say so."""
    flash = replace(country.flash, is_transferred_by_hanging_up=True) if is_transferred_on_hang_up else country.flash
    if extension is None:
        return Rules(plan, flash, battery=battery)
    forwards = extension.forwards
    # ITU-T E.182: the special dial tone reminds of conditions on the line, such as a diversion.
    is_special = has_messages or extension.is_do_not_disturb or bool(forwards.always)
    return Rules(
        plan,
        flash,
        is_call_waiting_allowed=extension.is_call_waiting_allowed,
        hotline=extension.hotline,
        hotline_ms=round(extension.hotline_s * 1000),
        dial_tone="stutter_dial" if is_special else "dial",
        battery=battery,
    )
