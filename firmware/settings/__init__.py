"""Every setting of the box: declared once, judged as a whole. `store` keeps them; it is not imported here."""

from firmware.settings.check import SettingError, SettingsRefused, check
from firmware.settings.connections import OutsideLine, SipTrunk, Telephone
from firmware.settings.declaration import (
    Audio,
    Calls,
    Dialling,
    Settings,
    Sip,
    Web,
)
from firmware.settings.describe import Described, Kind, describe, described, schema
from firmware.settings.paths import MASK, expect, look_up, plain, value_at, value_of_text
from firmware.settings.people import Extension, Group

__all__ = [
    "MASK",
    "Audio",
    "Calls",
    "Described",
    "Dialling",
    "Extension",
    "Group",
    "Kind",
    "OutsideLine",
    "SettingError",
    "Settings",
    "SettingsRefused",
    "Sip",
    "SipTrunk",
    "Telephone",
    "Web",
    "check",
    "describe",
    "described",
    "expect",
    "look_up",
    "plain",
    "schema",
    "value_at",
    "value_of_text",
]
