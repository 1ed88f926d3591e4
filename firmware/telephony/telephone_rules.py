"""What country and extension make of a telephone, for its machine. Pure; knows no settings."""

from firmware.countries import Country
from firmware.telephony.dialplan import Plan
from firmware.telephony.extension import Extension
from firmware.telephony.port_state import Rules


def telephone_rules(plan: Plan, country: Country, extension: Extension | None, *, has_messages: bool = False) -> Rules:
    """The rules now; None for a telephone whose extension has nothing set."""
    if extension is None:
        return Rules(plan, country.flash)
    forwards = extension.forwards
    # ITU-T E.182: the special dial tone reminds of conditions on the line, such as a diversion.
    is_special = has_messages or extension.is_do_not_disturb or bool(forwards.always)
    return Rules(
        plan,
        country.flash,
        is_call_waiting_allowed=extension.is_call_waiting_allowed,
        hotline=extension.hotline,
        hotline_ms=round(extension.hotline_s * 1000),
        dial_tone="stutter_dial" if is_special else "dial",
    )
