"""What a registrar knows this box by, whatever its address is: the instance ID of RFC 5626 section 4.1."""

import logging
import uuid
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_LOG = logging.getLogger(__name__)

# Made once, for names that are Twinline boxes (RFC 4122 section 4.3): machine-id(5) itself is not to be shown around.
_BOXES = uuid.UUID("a9a85a3c-6f0e-4f5b-9b5e-3d1f0c1f7a52")
# The Raspberry Pi's serial number outlives a new card; other machines have systemd's number.
_SOURCES = (Path("/proc/device-tree/serial-number"), Path("/etc/machine-id"))
_NAME_MIN = 8  # below that it is a placeholder such as "0"
_NAME_MAX = 128


@cache
def instance_urn() -> str:
    """The box's own, for `+sip.instance`; the same after every start."""
    return urn_of(_SOURCES)


def urn_of(sources: Iterable[Path]) -> str:
    """The URN of the machine that the first readable source names; else of its network card's address."""
    names = (_name_in(source) for source in sources)
    name = next((name for name in names if name), "") or f"{uuid.getnode():012x}"
    return f"<{uuid.uuid5(_BOXES, name).urn}>"


def _name_in(source: Path) -> str:
    try:
        name = source.read_bytes()[:_NAME_MAX].decode("ascii", "ignore").strip("\0 \r\n")
    except OSError as error:
        _LOG.debug("%s: %s", source, error)
        return ""
    return name if len(name) >= _NAME_MIN and set(name) != {"0"} else ""
