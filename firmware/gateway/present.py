"""The settings that count now, with what is derived from them once."""

from functools import cached_property

from firmware import countries
from firmware.countries import Tone
from firmware.gateway import people, plain, ways_out
from firmware.settings import Settings
from firmware.telephony.media.tones import Rendered, render
from firmware.telephony.numbering.dialplan import Plan
from firmware.telephony.numbering.fence import Policy
from firmware.telephony.numbering.routes import InboundTable, OutboundRoute
from firmware.telephony.pbx.surroundings import ExchangeLimits


class Present:
    """Frozen but for what is derived when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.country = countries.load(settings.country)

    @cached_property
    def plan(self) -> Plan:
        """The dial plan."""
        return plain.dial_plan(self.settings, self.country)

    @cached_property
    def limits(self) -> ExchangeLimits:
        """Limits of calls."""
        return plain.limits(self.settings, self.country)

    @cached_property
    def policy(self) -> Policy:
        """What the fence allows."""
        return ways_out.policy(self.settings, self.country)

    @cached_property
    def outbound_routes(self) -> tuple[OutboundRoute, ...]:
        """Which way numbers go out."""
        return ways_out.outbound_routes(self.settings)

    @cached_property
    def inbound_table(self) -> InboundTable:
        """Where calls from outside go."""
        return ways_out.inbound_table(self.settings, self.country)

    @cached_property
    def wake_up_times(self) -> tuple[tuple[str, str], ...]:
        """Who is woken when."""
        return people.wake_up_times(self.settings)

    def tone(self, name: str) -> Rendered:
        """A tone of the country by its name in the profile, rendered."""
        if name == "sit":  # three notes alone would leave the caller in silence
            return render(_after_each_other(self.country.tones.sit, self.country.tones.congestion))
        return render(getattr(self.country.tones, name))


def _after_each_other(first: Tone, then: Tone) -> Tone:
    loop_from = None if then.loop_from is None else len(first.steps) + then.loop_from
    return Tone(first.steps + then.steps, loop_from)
