"""Adapters, telephones and outside lines in software: the same bytes as hardware. Knows nothing of calls."""

from firmware.fxs.simulator.adapter import Equipment
from firmware.fxs.simulator.process import device_path, main, socket_path
from firmware.fxs.simulator.simulator import Simulator

__all__ = ["Equipment", "Simulator", "device_path", "main", "socket_path"]
