"""WebDriver's commands (https://www.w3.org/TR/webdriver2), as Firefox and WebKit take them: over a socket or HTTP."""

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any, Protocol

WITHIN = 300  # seconds in which a command is answered
PICTURE_WITHIN = 30


class RemoteError(Exception):
    """What a browser answers to a command that it could not carry out."""


class Remote(Protocol):
    """A browser that carries out commands."""

    def ask(self, command: "Command", **parameters: Any) -> Any:
        """Send a command and return its value.

        Raises:
            RemoteError: the browser refused, or is gone.
        """

    def close(self) -> None:
        """Let it go."""


@dataclass(frozen=True)
class Command:
    """One command: its name for Firefox, and method and place over HTTP."""

    name: str
    method: str
    place: str


OPEN = Command("WebDriver:NewSession", "POST", "")
GO = Command("WebDriver:Navigate", "POST", "/url")
FIND = Command("WebDriver:FindElement", "POST", "/element")
TYPE = Command("WebDriver:ElementSendKeys", "POST", "/element/{id}/value")
RUN = Command("WebDriver:ExecuteAsyncScript", "POST", "/execute/async")
ACT = Command("WebDriver:PerformActions", "POST", "/actions")
RESIZE = Command("WebDriver:SetWindowRect", "POST", "/window/rect")
PATIENCE = Command("WebDriver:SetTimeouts", "POST", "/timeouts")
PICTURE = Command("WebDriver:TakeScreenshot", "GET", "/screenshot")


class Marionette:
    """Firefox's own way: packets `length:[kind, number, command, parameters]` over a socket, without a driver."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=WITHIN)
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._read()  # it says who it is

    def ask(self, command: Command, **parameters: Any) -> Any:
        """Send a command and return its value."""
        return self.say(command.name, parameters)

    def say(self, name: str, parameters: dict[str, Any]) -> Any:
        """Send a command by Firefox's name for it."""
        self._number += 1
        packet = json.dumps([0, self._number, name, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(packet), packet))
        _, _, error, value = self._read()
        if error:
            raise RemoteError(f"{error['error']}: {error['message']}")
        return value["value"] if isinstance(value, dict) and value.keys() == {"value"} else value

    def _read(self) -> Any:
        length = b""
        while (digit := self._file.read(1)) != b":":
            if not digit:
                raise RemoteError("Firefox ended")
            length += digit
        return json.loads(self._file.read(int(length)))

    def close(self) -> None:
        """Let it go."""
        self._file.close()
        self._socket.close()


class OverHttp:
    """A driver that answers HTTP on this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = "/session"

    def ask(self, command: Command, **parameters: Any) -> Any:
        """Send a command and return its value."""
        place = self._session + command.place.format(**parameters)
        within = PICTURE_WITHIN if command is PICTURE else WITHIN
        value = self._send(command.method, place, None if command.method == "GET" else parameters, within)
        if command is OPEN:
            self._session = f"/session/{value['sessionId']}"
        return value

    def _send(self, method: str, place: str, body: object, within: float = WITHIN) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=within)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, place, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            value = json.loads(answer.read())["value"]
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise RemoteError(f"{value['error']}: {value['message']}")
        return value

    def close(self) -> None:
        """End the session."""
        self._send("DELETE", self._session, None)
