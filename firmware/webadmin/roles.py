"""Who may do what. Knows no page."""

import enum


class Role(enum.IntEnum):
    """What a route asks for; a greater one may all that a lesser one may."""

    ANYBODY = 0
    RESIDENT = 1  # who lives with the box: one extension
    INSTALLER = 2  # everything


NAMES = {Role.RESIDENT: "resident", Role.INSTALLER: "installer"}


def role_named(name: object) -> Role | None:
    """The role that is stored under this name."""
    return next((role for role, known in NAMES.items() if known == name), None)
