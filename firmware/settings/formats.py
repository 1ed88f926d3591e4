"""How a setting is written down, and what the texts among them may look like. Knows no setting."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from pydantic.config import JsonDict

# Control characters would end a SIP header or a log line early.
TEXT = r"^[^\x00-\x1f\x7f]*$"
TEXT_WORDS = "text without control characters"
SIP_USER = r'^[^\x00-\x20\x7f<>"]*$'
SIP_USER_WORDS = "text without spaces, quotes and angle brackets"
HOST = r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z]([0-9A-Za-z._-]*[0-9A-Za-z])?)"
HOST_PORT = rf"^{HOST}(:[0-9]{{1,5}})?$"
HOST_PORT_WORDS = "a host name or address, with :port where needed"
ADDRESS = r"^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$"
# Until the page has a login, nobody but this machine may see it.
LOOPBACK = r"^(127(\.[0-9]{1,3}){3}|::1|localhost)$"
DESTINATION = r"^(extension|group|queue|menu|voicemail|conference|fax|number):[0-9A-Za-z+*#_-]{1,32}$"
TARGET = rf"^$|{DESTINATION}"
DESTINATION_WORDS = 'a destination such as "group:all", "extension:101" or "number:+4930123456"'
PHONE_NUMBER = r"^\+?[0-9*#]{0,32}$"

TRUNKS_MAX = 16  # each registers, keeps alive and holds a connection
ROUTES_MAX = 16
EXTENSIONS_MAX = 10_000
GROUPS_MAX = 100
GROUP_MAX = 32  # who rings at the same time
LIST_MAX = 1000  # a block list that somebody gathered over years
NAMESERVERS_MAX = 4  # each that is silent delays every question

SocketNumber = Annotated[str, StringConstraints(pattern=r"^[1-8]$")]
RouteName = Annotated[str, StringConstraints(pattern=r"^(line:[1-8]|[a-z0-9-]{1,20})$")]
NameServer = Annotated[str, StringConstraints(max_length=261, pattern=HOST_PORT)]
ExtensionNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")]
CallerPattern = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{1,20}\*?$")]
CALLER_PATTERN_WORDS = "digits with a leading + where needed; a final * stands for the rest"
Target = Annotated[str, StringConstraints(pattern=TARGET)]
Codec = Literal["g722", "pcma", "pcmu", "opus", "g729"]
CallerIdSetting = Literal[
    "country",
    "off",
    "bellcore-fsk",
    "etsi-fsk-during-ringing",
    "etsi-fsk-ring-pulse",
    "etsi-fsk-dtas",
    "sin227",
    "dtmf",
    "dtmf-reversal",
    "dtmf-denmark",
]


def setting(label: str, help: str, default: Any = ..., words: str = "", **bounds: Any) -> Any:
    """A field with its label and help; `words` say what a pattern means."""
    extra: JsonDict = {"words": words}
    if callable(default):
        return Field(default_factory=default, title=label, description=help, json_schema_extra=extra, **bounds)
    return Field(default, title=label, description=help, json_schema_extra=extra, **bounds)


def text(label: str, help: str, default: Any = "", max_length: int = 64, **bounds: Any) -> Any:
    """A field for a text, by default any without control characters."""
    bounds = {"pattern": TEXT, "words": TEXT_WORDS, **bounds}
    return setting(label, help, default, max_length=max_length, **bounds)


def target(label: str, help: str) -> Any:
    """A field for a destination that may be empty."""
    return setting(label, f"{help} Empty: nowhere.", "", words=DESTINATION_WORDS, pattern=TARGET)
