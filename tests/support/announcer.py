"""Our presence on the LAN as a process of its own: `wanted.json` in its folder tells it, `state.json` what it does."""

import dataclasses
import json
import logging
import signal
import sys
import threading
from pathlib import Path

from firmware import log
from firmware.appliance.announcements import Announcement, Service
from firmware.appliance.presence import Presence

POLL_S = 0.02


def main(folder: Path) -> None:
    """Until SIGTERM."""
    log.set_up("announcer")
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    presence = Presence(folder / "name")
    presence.start()
    before = ""
    while not ended.wait(POLL_S):
        presence.announce(_wanted(folder / "wanted.json"))
        state = json.dumps(dataclasses.asdict(presence.state))
        if state != before:
            before = state
            (folder / "state.new").write_text(state)
            (folder / "state.new").rename(folder / "state.json")
    presence.stop()


def _wanted(path: Path) -> Announcement:
    values = json.loads(path.read_text())
    services = [Service(kind, port, tuple(txt.items())) for kind, port, txt in values["services"]]
    return Announcement(values["name"], tuple(services))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
