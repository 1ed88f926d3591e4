"""Orders to a running Kamailio: JSON-RPC over a Unix datagram socket. Knows not what they mean."""

import itertools
import json
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_ANSWER_MAX = 1 << 16
_TIMEOUT_S = 2.0
# usrloc 5.6 says so with code 500, as it says everything.
_ABSENT = ("not found", "not found in location table", "has no contacts")


class Unreachable(Exception):
    """Kamailio does not run, or does not answer."""


class Refused(Exception):
    """Kamailio said no, in its words."""


class Rpc:
    """One asker. Belongs to one thread."""

    def __init__(self, path: Path, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        # Through the folder's descriptor: a socket's path has 108 bytes at most.
        self._address = f"/proc/self/fd/{self._folder}/{path.name}"
        self._numbers = itertools.count(1)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.bind("")  # an abstract name that the kernel chooses
        self._socket.settimeout(timeout_s)

    def call(self, method: str, *parameters: object) -> Any:
        """The result of `method`; None when it has no such thing. Raises Refused or Unreachable."""
        number = next(self._numbers)
        question = {"jsonrpc": "2.0", "method": method, "params": list(parameters), "id": number}
        try:
            self._socket.sendto(json.dumps(question).encode(), self._address)
            while (answer := json.loads(self._socket.recv(_ANSWER_MAX))).get("id") != number:
                continue  # that of a question whose asker gave up
        except (OSError, ValueError) as error:
            raise Unreachable(f"{method}: {error}") from error
        if "error" not in answer:
            return answer.get("result")
        words = str(answer["error"].get("message"))
        if words.endswith(_ABSENT):
            return None
        raise Refused(f"{method}: {words}")

    def close(self) -> None:
        """Ask nothing more."""
        self._socket.close()
        os.close(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
