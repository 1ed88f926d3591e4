"""What telephones do with calls that are up: transfer, join, park and pick up. Knows no telephone."""

from collections.abc import Callable, Mapping, Sequence

from firmware.telephony.pbx.call import Call
from firmware.telephony.pbx.conference import Conferences
from firmware.telephony.pbx.equipment import Equipment
from firmware.telephony.pbx.parking import Parking
from firmware.telephony.pbx.pickup import Pickup
from firmware.telephony.pbx.surroundings import Surroundings
from firmware.telephony.pbx.switching import Service, Switching
from firmware.telephony.pbx.transfers import Transfers


class Functions:
    """All of them. `calls` are those that are up, oldest first."""

    def __init__(
        self,
        surroundings: Surroundings,
        equipment: Equipment[Call],
        switching: Switching,
        *,
        calls: Callable[[], Sequence[Call]],
    ) -> None:
        limits = surroundings.limits
        self.transfers = Transfers(seats=equipment.seats, switching=switching, directory=surroundings.directory)
        self.conferences = Conferences(
            equipment=equipment, transfers=self.transfers, is_kept=lambda: limits().is_conference_kept
        )
        self._pickup = Pickup(calls=calls, profile=switching.profile, fail=switching.fail)
        self.parking = Parking(equipment=equipment, switching=switching, calls=calls, park_s=lambda: limits().park_s)

    @property
    def services(self) -> Mapping[str, Service]:
        """Those that are dialled, by the kind of their destination."""
        return {"pickup": self._pickup.pick, "park": self.parking.park, "retrieve": self.parking.retrieve}

    def changed(self, call: Call) -> None:
        """The call is another than before, or over."""
        self.conferences.changed(call)
        self.parking.changed(call)
