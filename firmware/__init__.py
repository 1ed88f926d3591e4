"""Twinline: the firmware of a gateway box that turns analogue telephones and lines into SIP."""

__version__ = "0.1.0"
