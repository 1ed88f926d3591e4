"""A simulated adapter kept in time by one thread, on a device that a host opens. Knows no control socket."""

import contextlib
import os
import select
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from random import Random

from firmware.fxs.simulator.adapter import Equipment, SimulatedAdapter
from firmware.fxs.simulator.clock import LineClock, Timeline
from firmware.fxs.simulator.device import PtyDevice
from firmware.fxs.simulator.faulty_wire import FaultyWire
from firmware.fxs.simulator.switches import Switches, change

_HOST_LOOK_MS = 50  # how soon a host that opens the device is seen: a pty does not tell
_IDLE_WAIT_S = 1.0
_SOON_S = 0.0105  # a block of 10 ms; requests may be answered 50 ms late


class Simulator:
    """`run` has a thread of its own; whoever else uses it takes `lock` and calls `catch_up` first."""

    def __init__(self, link: Path, equipment: Equipment) -> None:
        self.lock = threading.RLock()
        self.clock = LineClock(time.monotonic())
        self.timeline = Timeline()
        self.switches = Switches()
        random = Random(equipment.seed)
        self._serial = equipment.serial
        self._device = PtyDevice(link)
        self._wire = FaultyWire(self.timeline, random, self._device.write)
        self.adapter = SimulatedAdapter(self.timeline, self.clock, equipment, random, self._wire.send)
        self._wire.on_data = self.adapter.session.receive
        self._wire.on_reset = self.adapter.session.reset
        self._is_host_there = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._is_stopping = False
        self.adapter.set(self.switches)

    # ---- the thread ------------------------------------------------------------------------------------

    def run(self) -> None:
        """Keep time until `stop`, once. Raises OSError when a pty cannot be had."""
        try:
            with self.lock:
                self._plug_as_switched()
                self._look_for_host()
            while not self._is_stopping:
                with self.lock:
                    wait_s = self._turn()
                self._sleep(wait_s)
        finally:
            self._end()

    def stop(self) -> None:
        """End `run`; from any thread or signal handler."""
        self._is_stopping = True
        self.wake()

    def wake(self) -> None:
        """Make `run` look again now."""
        with contextlib.suppress(OSError):  # the pipe is full, and so it will; or `run` has ended
            os.write(self._wake_write, b"\0")

    def catch_up(self) -> None:
        """Do what is due by now. The caller holds the lock."""
        self.timeline.advance(self.clock.samples_at(time.monotonic()))

    def _turn(self) -> float:
        if self._is_host_there:
            self._advance_to_the_brink()
            self._read()
        self.catch_up()
        if self._wire.has_waiting:
            self._wire.flush()
        due = self.timeline.next_due
        return _IDLE_WAIT_S if due is None else max(0.0, self.clock.time_of(due) - time.monotonic())

    def _advance_to_the_brink(self) -> None:
        """Up to what is due now, not into it: a block that waits in the device may be what will be played."""
        due = self.timeline.next_due
        now = self.clock.samples_at(time.monotonic())
        self.timeline.advance(now if due is None else max(self.timeline.now, min(now, due - 1)))

    def _sleep(self, wait_s: float) -> None:
        readers: list[int | PtyDevice] = [self._wake_read]
        writers: list[PtyDevice] = []
        if self._is_host_there and self._device.is_plugged:
            # While audio flows, the next block's time is soon enough: half as many turns.
            readers += [self._device] if wait_s > _SOON_S else []
            writers = [self._device] if self._wire.has_waiting else []
        # select, unlike poll, waits to the microsecond: blocks leave on time
        ready, _, _ = select.select(readers, writers, [], wait_s)
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)

    def _end(self) -> None:
        with self.lock:
            self._is_stopping = True
            self._device.unplug()
            for party in self.adapter.parties:
                party.leave()
            os.close(self._wake_write)
            os.close(self._wake_read)
            self._wake_write = self._wake_read = -1  # a late `wake` must not write to somebody else's file

    # ---- the device ------------------------------------------------------------------------------------

    def _read(self) -> None:
        data = self._device.read()
        if data is None:
            self._host_went()
        elif data:
            self._wire.receive(data)

    def _look_for_host(self) -> None:
        """Every 50 ms while no host is there."""
        if self._is_host_there:
            return
        if self._device.is_host_there():
            self._is_host_there = True
            self.adapter.session.host_came()
        else:
            self.timeline.after_ms(_HOST_LOOK_MS, self._look_for_host)

    def _host_went(self) -> None:
        if self._is_host_there:
            self._is_host_there = False
            self._wire.clear()
            self._device.discard()
            self.adapter.session.host_went()
            self.timeline.after_ms(_HOST_LOOK_MS, self._look_for_host)

    def _plug_as_switched(self) -> None:
        if not self.switches.unplugged:
            self._device.plug()
        elif self._device.is_plugged:
            self._device.unplug()
            self._host_went()
            self.adapter.session.reset()  # without power it forgets all

    # ---- what a tester does ----------------------------------------------------------------------------

    def switch(self, values: Mapping[str, object]) -> Switches:
        """Set switches; raises Refused, and then none is set. The caller holds the lock."""
        before, self.switches = self.switches, change(self.switches, values)
        if self.switches.clock_ppm != before.clock_ppm:
            self.clock.set_ppm(self.switches.clock_ppm, time.monotonic())
        self._wire.set(self.switches)
        self.adapter.set(self.switches)
        if self.switches.unplugged != before.unplugged:
            self._plug_as_switched()
        return self.switches

    def state(self) -> dict[str, object]:
        """Everything, for JSON. The caller holds the lock."""
        session = self.adapter.session
        return {
            "adapter": {
                "serial": self._serial,
                "plugged": self._device.is_plugged,
                "host": self._is_host_there,
                "session": session.is_on,
                "refusal": session.refusal,
                "resets": session.resets,
                "frames_sent": self._wire.sent,
                "frames_received": session.decoder.good,
                **session.counters(),
            },
            "phones": [telephone.state() for telephone in self.adapter.telephones],
            "lines": [line.state() for line in self.adapter.lines],
            "switches": asdict(self.switches),
            "now": self.clock.time_of(self.timeline.now),
        }
