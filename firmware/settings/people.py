"""Settings of extensions and groups: who can be dialled inside, and what each has switched on."""

from typing import Annotated, Literal

from pydantic import SecretStr, StringConstraints

from firmware.settings.formats import (
    CALLER_PATTERN_WORDS,
    GROUP_MAX,
    LIST_MAX,
    CallerPattern,
    ExtensionNumber,
    Target,
    setting,
    target,
    text,
)
from firmware.settings.section import Section

Permission = Literal["national", "mobile", "international", "premium"]
RingPattern = Literal["1", "2", "3", "4", "5", "6", "7", "8"]
SpeedDialKey = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}$")]
GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,20}$")]


class Forwarding(Section):
    """Where calls go instead."""

    always: str = target("Always", "Every call goes there.")
    busy: str = target("When busy", "Calls that find the extension busy go there.")
    no_answer: str = target("When nobody answers", "Calls that nobody takes go there.")
    unreachable: str = target("When not reachable", "Calls go there while no telephone of the extension is connected.")


class Extension(Section):
    """An extension."""

    name: str = text("Name", "Shown to whom this extension calls inside the house.", max_length=40)
    password: SecretStr = setting(
        "Password of IP telephones",
        "IP telephones and softphones register with the extension as user name and this; empty: none may.",
        SecretStr(""),
        max_length=128,
    )
    permissions: list[Permission] = setting(
        "May call",
        "Classes of outside numbers. Emergency numbers and extensions can always be called.",
        lambda: ["national", "mobile", "international"],
        max_length=4,
    )
    forwarding: Forwarding = setting("Forwarding", "Where calls go instead.", Forwarding)
    no_answer_s: int = setting("Rings for, s", "0: as long as all.", 0, ge=0, le=600)
    is_do_not_disturb: bool = setting("Do not disturb", "Callers hear busy; emergency call-backs too.", False)
    is_call_waiting_allowed: bool = setting("Call waiting", "A second caller is announced during a call.", True)
    is_anonymous_rejected: bool = setting("Reject anonymous callers", "Who withholds the number is turned away.", False)
    is_number_withheld: bool = setting("Withhold the number", "Outside calls do not show who calls.", False)
    is_intercom_allowed: bool = setting("Intercom", "Others inside may be put through without ringing.", True)
    block: list[CallerPattern] = setting(
        "Blocked callers", "Numbers that are turned away.", list, max_length=LIST_MAX, words=CALLER_PATTERN_WORDS
    )
    allow: list[CallerPattern] = setting(
        "Allowed callers",
        "If any are named, only they get through; extensions always do.",
        list,
        max_length=LIST_MAX,
        words=CALLER_PATTERN_WORDS,
    )
    ring_for: dict[CallerPattern, RingPattern] = setting(
        "Ring by caller", "Callers whose ringing differs.", dict, max_length=LIST_MAX, words=CALLER_PATTERN_WORDS
    )
    speed_dials: dict[SpeedDialKey, Target] = setting(
        "Speed dials",
        "Dialled after the code for speed dials.",
        dict,
        max_length=100,
        words='one or two digits, "0" to "99"',
    )
    hotline: str = setting(
        "Hotline",
        "Called when the handset is lifted and nothing is dialled.",
        "",
        words="up to 20 digits, * and #, with a leading + where needed",
        pattern=r"^(\+?[0-9*#]{1,20})?$",
    )
    hotline_s: float = setting("Hotline after, s", "0: at once.", 5.0, ge=0, le=15)
    pickup_group: str = setting(
        "Pickup group",
        "Who is in the same group may take each other's calls.",
        "",
        words="1 to 20 of a-z, 0-9 and -",
        pattern=r"^([a-z0-9-]{1,20})?$",
    )
    wake_up: str = setting(
        "Wake-up call",
        "Every day at this time.",
        "",
        words='a time such as "06:30"',
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$",
    )


class Group(Section):
    """Extensions that ring together or in turn."""

    name: str = text("Name", "Shown on the page.", max_length=40)
    members: list[ExtensionNumber] = setting(
        "Members", "Extensions.", list, max_length=GROUP_MAX, words="2 to 6 digits"
    )
    strategy: Literal["all", "in-turn"] = setting("Rings", "All at once, or one after the other.", "all")
    ring_s: int = setting("Each rings for, s", "When they ring in turn.", 15, ge=5, le=120)
    otherwise: str = target("If nobody answers", "Where the call goes then.")
