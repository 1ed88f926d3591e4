"""Every setting of the box: declared once, judged as a whole. `store` keeps them; it is not imported here."""

from firmware.settings.check import SettingError, SettingsRefused, check
from firmware.settings.declaration import (
    Audio,
    Calls,
    Dialling,
    OutsideLine,
    Settings,
    Sip,
    SipTrunk,
    Telephone,
    Web,
)
from firmware.settings.describe import Described, Kind, describe, described, schema
from firmware.settings.paths import MASK, look_up, plain, value_of_text

__all__ = [
    "MASK",
    "Audio",
    "Calls",
    "Described",
    "Dialling",
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
    "look_up",
    "plain",
    "schema",
    "value_of_text",
]
