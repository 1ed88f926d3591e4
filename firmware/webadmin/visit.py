"""One request and who makes it, as the routes see it. Knows no route."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware.webadmin import render
from firmware.webadmin.access.sessions import Session
from firmware.webadmin.roles import Role


@dataclass(frozen=True, slots=True)
class Visit:
    """`form` and `files` are what was posted, `token` what our own forms must carry.

    `has_calls`: past calls are kept.
    """

    path: str
    address: str
    token: str
    session: Session | None = None
    role: Role = Role.ANYBODY
    user: str = ""
    extension: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    body: bytes = b""
    has_calls: bool = False

    def html(self, template: str, **values: object) -> str:
        """A template of `views/`, for this visitor."""
        return render.html(template, visit=self, **values)

    def notice(self, text: str, tone: str = "good") -> None:
        """Say this on the next page, where there is a session to keep it."""
        if self.session is not None:
            self.session.notice(tone, text)
