"""Where a redirected call goes next, and when redirecting has gone on for too long. Decides only."""

from dataclasses import replace

from firmware.telephony.events import Cause, Destination
from firmware.telephony.seams import Dialled, Redirect

ROUNDS_MAX = 8
"""A chain of forwards longer than this is a mistake (RFC 3261 leaves 70 hops, which would ring nobody for minutes)."""


def redirected(dialled: Dialled, redirect: Redirect, rounds: int) -> Dialled | Cause:
    """What is asked in the next round after so many; LOOP where an extension's forward is met a second time."""
    if rounds >= ROUNDS_MAX or (redirect.by and redirect.by in dialled.via):
        return Cause.LOOP
    via = (*dialled.via, redirect.by) if redirect.by else dialled.via
    extension = dialled.extension
    if extension is not None and redirect.is_number_withheld is not None:  # for this call, whatever is set
        extension = replace(extension, is_number_withheld=redirect.is_number_withheld)
    return replace(dialled, destination=redirect.destination, via=via, extension=extension)


def recognised(dialled: Dialled, emergency: frozenset[str]) -> Dialled:
    """An emergency number is an emergency call however somebody inside comes to call it, but by no forward."""
    destination = dialled.destination
    is_number = destination.kind == "number" and destination.value in emergency
    if is_number and dialled.origin.extension and not dialled.via:
        return replace(dialled, destination=Destination("emergency", destination.value))
    return dialled
