"""How often somebody may guess a password or code. Knows no user and no page."""

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 3600.0
BY_ADDRESS_MAX = 10
TOTAL_MAX = 60  # a house of guessing toasters costs 60 checks an hour, and the table stays that small


class Guesses:
    """Counts checks that failed within the last hour, by address and in all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: deque[tuple[float, str]] = deque()

    def take(self, address: str) -> float:
        """0 when a check may be made now (it counts as failed until `give_back`), else the seconds to wait."""
        origin = _origin(address)
        with self._lock:
            now = self._clock()
            while self._failed and self._failed[0][0] <= now - WINDOW_S:
                self._failed.popleft()
            own = [at for at, whose in self._failed if whose == origin]
            if len(own) >= BY_ADDRESS_MAX:
                return own[-BY_ADDRESS_MAX] + WINDOW_S - now
            if len(self._failed) >= TOTAL_MAX:
                return self._failed[0][0] + WINDOW_S - now
            self._failed.append((now, origin))
            return 0.0

    def give_back(self, address: str) -> None:
        """The check that was taken last from this address was right: it was no guess."""
        origin = _origin(address)
        with self._lock:
            for index in range(len(self._failed) - 1, -1, -1):
                if self._failed[index][1] == origin:
                    del self._failed[index]
                    return


def _origin(address: str) -> str:
    """One machine: of IPv6 the /64, in which a machine may take any address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.ip_network((parsed, 64), strict=False).network_address)
