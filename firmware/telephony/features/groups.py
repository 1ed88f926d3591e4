"""Codes of groups: `group-sales` calls group:sales, `group-all` all telephones. Knows no members."""

from firmware.telephony.events import Destination
from firmware.telephony.numbering.code_names import GROUP
from firmware.telephony.seams import Dialled, DialVerdict, Feature, Redirect


class Groups(Feature):
    """Whether the group exists, the directory says."""

    name = "groups"

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        """Call the group."""
        destination = dialled.destination
        if destination.kind != "code" or not destination.value.startswith(GROUP):
            return None
        return Redirect(Destination("group", destination.value.removeprefix(GROUP)))
