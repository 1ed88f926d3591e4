"""The Unix socket between our processes: requests in, answers, streams and events out. Knows no telephony."""

from firmware.control.client import ControlClient, Stream
from firmware.control.errors import Fault, Refused, Unreachable
from firmware.control.server import ControlServer

__all__ = ["ControlClient", "ControlServer", "Fault", "Refused", "Stream", "Unreachable"]
