"""Words for a call on an outside line and for its end. Values only."""

import enum


class LineState(enum.Enum):
    """Where a call on the line stands, as the exchange sees it."""

    IDLE = "idle"
    RINGING = "ringing"
    DIAL_TONE = "dial-tone"
    DIALLING = "dialling"
    RINGBACK = "ringback"
    TALKING = "talking"
    CLEARED = "cleared"  # the far end hung up, the subscriber has not


class HangUp(enum.Enum):
    """How the exchange tells the subscriber that the far end hung up."""

    NONE = "none"
    CPC = "cpc"
    BUSY_TONE = "busy-tone"
    POLARITY = "polarity"
