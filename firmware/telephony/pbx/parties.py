"""Who takes part in a call, who was told what, who holds whom, and so who hears what. Knows no rules and no bridge."""

from typing import Any

from firmware.telephony.events import Caller
from firmware.telephony.legs import Leg
from firmware.telephony.pbx.wiring import Pair
from firmware.telephony.sounds import Sounds


class Parties:
    """One leg that calls or waits, or two that talk."""

    def __init__(self, leg: Leg, caller: Caller) -> None:
        self.legs: list[Leg] = [leg]
        self._callers: dict[Leg, Caller] = {leg: caller}
        self._answered: set[Leg] = set()
        self._alerted: set[Leg] = set()
        self._hearing: set[Leg] = set()  # before the answer, by media of their own
        self._holders: set[Leg] = set()

    @property
    def is_held(self) -> bool:
        """Somebody is away."""
        return bool(self._holders)

    def is_holder(self, leg: Leg) -> bool:
        """Whether this leg put the other on hold."""
        return leg in self._holders

    def is_answered(self, leg: Leg) -> bool:
        """Whether this party is through."""
        return leg in self._answered

    def other(self, leg: Leg) -> Leg | None:
        """The other of two."""
        others = [party for party in self.legs if party is not leg]
        return others[0] if len(others) == 1 and leg in self.legs else None

    def caller_at(self, leg: Leg) -> Caller:
        """Who sits at a leg, as others are shown."""
        return self._callers.get(leg) or Caller(leg.extension)

    def add(self, leg: Leg, caller: Caller, *, is_holder: bool, is_answered: bool) -> None:
        """`leg` talks with whoever is there: all are told."""
        self.legs.append(leg)
        self._callers[leg] = caller
        if is_holder:
            self._holders.add(leg)
        if is_answered:
            self._answered.add(leg)
        for party in self.legs:
            self._tell_answered(party)
            is_away = any(holder is not party for holder in self._holders)
            if is_away and (party is leg or is_holder):
                party.hold()

    def remove(self, leg: Leg) -> None:
        """`leg` takes no part any more; whom it held is taken back."""
        self.legs.remove(leg)
        if leg in self._holders:
            for party in self.legs:
                party.resume()
        for known in (self._holders, self._answered, self._alerted, self._hearing):
            known.discard(leg)
        self._callers.pop(leg, None)

    def hold(self, leg: Leg, is_held: bool) -> bool:
        """A party went away or came back; tells whether that is news to anybody."""
        if leg not in self.legs or (leg in self._holders) == is_held:
            return False
        other = self.other(leg)
        if is_held:
            self._holders.add(leg)
        else:
            self._holders.discard(leg)
        if other is not None and is_held:
            other.hold()
        elif other is not None:
            other.resume()
        return True

    def tell_ringing(self) -> None:
        """Somebody is alerted; who is through already and makes no tones hears it from the exchange."""
        for party in self.legs:
            if party not in self._answered or party.makes_own_tones:
                self._alerted.add(party)
                party.ringing()

    def tell_progress(self) -> None:
        """Whoever is called is heard."""
        for party in self.legs:
            if party not in self._answered or party.makes_own_tones:
                self._alerted.add(party)
                self._hearing.add(party)
                party.progress()

    def tell_silent(self, *, is_ringing: bool) -> None:
        """Whoever is called is heard no more; it may ring yet."""
        if is_ringing:
            self.tell_ringing()

    def can_hear_tone(self) -> bool:
        """One is left, who hears tones from the exchange."""
        return len(self.legs) == 1 and self.legs[0] in self._answered and not self.legs[0].makes_own_tones

    def pairs(self, sounds: Sounds, early: Any | None, tone: str) -> list[Pair]:
        """Who hears whom: each other, or `early`, or `tone`, or music ("" in its place)."""
        if len(self.legs) > 1:
            if not self._holders:
                return [(self.legs[0].media, self.legs[1].media)]
            return [(party.media, sounds.music()) for party in self.legs if party not in self._holders]
        if not self.legs or self.legs[0] in self._holders:
            return []
        party = self.legs[0]
        if early is not None:
            return [(party.media, early)]
        if tone and party.makes_own_tones:
            return []
        if party not in self._answered:  # whoever was put through to early media does not ring by itself any more
            return [(party.media, sounds.tone(tone))] if tone and party in self._hearing else []
        return [(party.media, sounds.tone(tone) if tone else sounds.music())]

    def _tell_answered(self, party: Leg) -> None:
        is_alerted = party in self._alerted
        self._alerted.discard(party)
        if party not in self._answered or (is_alerted and party.makes_own_tones):
            self._answered.add(party)
            party.answer()
