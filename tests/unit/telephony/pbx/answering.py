"""Features that answer as they are told, for tests of the exchange's seams."""

from firmware.telephony.events import Cause, Destination
from firmware.telephony.seams import Dialled, DialVerdict, Feature, Offer, OfferVerdict, Redirect


class Answering(Feature):
    """Says what it was told to say of a destination, an extension, or one that did not answer."""

    name = "answering"

    def __init__(
        self,
        dial: dict[str, DialVerdict] | None = None,
        offer: dict[str, OfferVerdict] | None = None,
        unanswered: dict[tuple[str, Cause], Redirect] | None = None,
    ) -> None:
        self.dial = dial or {}
        self.offer = offer or {}
        self.unanswered = unanswered or {}
        self.dialled: list[Dialled] = []
        self.offers: list[Offer] = []

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        self.dialled.append(dialled)
        return self.dial.get(str(dialled.destination))

    def on_offer(self, offer: Offer) -> OfferVerdict:
        self.offers.append(offer)
        return self.offer.get(offer.extension.number)

    def on_unanswered(self, offer: Offer, cause: Cause) -> Redirect | None:
        return self.unanswered.get((offer.extension.number, cause))


class Failing(Feature):
    """Throws on every seam."""

    name = "failing"

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        raise ValueError("dial")

    def on_offer(self, offer: Offer) -> OfferVerdict:
        raise ValueError("offer")

    def on_unanswered(self, offer: Offer, cause: Cause) -> Redirect | None:
        raise ValueError("unanswered")

    def on_ended(self, call: object) -> None:
        raise ValueError("ended")


def to(text: str, by: str = "") -> Redirect:
    return Redirect(Destination.parse(text), by)
