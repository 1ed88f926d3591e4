"""Asterisk's manager interface (AMI): actions with their answers, and events in the order they came."""

import itertools
import socket
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

Message = dict[str, str]

_ANSWER_S = 5.0


class Manager:
    """One login. Nothing is read but while somebody waits for something."""

    def __init__(self, address: str, port: int, *, user: str = "tests", secret: str = "tests") -> None:
        self._place = (address, port)
        self._login = {"Username": user, "Secret": secret}
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._numbers = itertools.count(1)
        self._answers: dict[str, Message] = {}
        self._seen = 0
        self.events: list[Message] = []

    def connect(self) -> Self:
        """Connect and log in; raises OSError while nobody listens."""
        self._socket = socket.create_connection(self._place, timeout=_ANSWER_S)
        try:
            self.action("Login", **self._login)
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Be gone; what was told so far stays readable."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._buffer = b""

    def action(self, name: str, /, **fields: str) -> Message:
        """Any action; its answer. AssertionError with Asterisk's words when it is refused."""
        answer = self._ask(name, fields)
        assert answer["Response"] in ("Success", "Goodbye"), f"Asterisk refused {name}: {answer.get('Message')}"
        return answer

    def command(self, text: str) -> str:
        """A command of Asterisk's console; what it prints."""
        return self.action("Command", Command=text).get("Output", "")

    def originate(self, channel: str, **fields: str) -> str:
        """Have Asterisk call `channel` and go on as `fields` say; returns an id for `wait_for("OriginateResponse")`."""
        mark = f"call-{next(self._numbers)}"
        self.action("Originate", Channel=channel, Async="true", ActionID=mark, **fields)
        return mark

    def wait_for(self, event: str, within_s: float = 10.0, **fields: str) -> Message:
        """The next event of that name with these fields, after the one waited for last."""
        place = self._wait(lambda: self._next(event, fields), within_s, f"Asterisk's event {event} {fields}")
        self._seen = place + 1
        return self.events[place]

    def forget(self) -> None:
        """Pass over all events so far."""
        self.action("Ping")
        self._seen = len(self.events)

    def __enter__(self) -> Self:
        return self.connect()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- the wire ------------------------------------------------------------------------------------

    def _ask(self, name: str, fields: Mapping[str, str]) -> Message:
        mark = fields.get("ActionID") or f"action-{next(self._numbers)}"
        lines = [f"Action: {name}", f"ActionID: {mark}"]
        lines += [f"{key}: {value}" for key, value in fields.items() if key != "ActionID"]
        assert self._socket is not None, "Asterisk's manager is not connected"
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._wait(lambda: 0 if mark in self._answers else None, _ANSWER_S, f"Asterisk's answer to {name}")
        return self._answers.pop(mark)

    def _next(self, event: str, fields: Mapping[str, str]) -> int | None:
        wanted = {"Event": event} | dict(fields)
        for place in range(self._seen, len(self.events)):
            if wanted.items() <= self.events[place].items():
                return place
        return None

    def _wait(self, look: Callable[[], int | None], within_s: float, what: str) -> int:
        deadline = time.monotonic() + within_s
        while (found := look()) is None:
            assert time.monotonic() < deadline, f"{what}: not within {within_s} s"
            self._receive(deadline)
        return found

    def _receive(self, deadline: float) -> None:
        assert self._socket is not None, "Asterisk's manager is not connected"
        self._socket.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            data = self._socket.recv(65_536)
        except TimeoutError:
            return
        assert data, "Asterisk closed the manager's connection"
        self._buffer += data
        *whole, self._buffer = self._buffer.split(b"\r\n\r\n")
        for text in whole:
            self._take(_message(text.decode(errors="replace")))

    def _take(self, message: Message) -> None:
        if "Event" in message:
            self.events.append(message)
        elif "Response" in message:
            self._answers[message.get("ActionID", "")] = message


def _message(text: str) -> Message:
    message: Message = {}
    for line in text.split("\r\n"):
        name, separator, value = line.partition(":")
        if not separator:
            continue
        value = value.removeprefix(" ")
        # A command's output comes line by line, each under the same name.
        message[name] = f"{message[name]}\n{value}" if name == "Output" and name in message else value
    return message
