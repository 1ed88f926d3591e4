"""How a far end proves who it is to a registrar: digest, as little of RFC 2617 as is needed. Knows no calls."""

import hashlib
import re
from dataclasses import dataclass

_CNONCE, _COUNT = "0a4f113b", "00000001"


@dataclass(frozen=True, slots=True)
class Login:
    """Who the far end is at a registrar."""

    user: str
    password: str
    place: tuple[str, int]

    @property
    def address(self) -> str:
        """As in From and To."""
        return f"<sip:{self.user}@{self.place[0]}:{self.place[1]}>"

    def proof(self, challenge: str, method: str, uri: str) -> str:
        """The header line that answers a 401 or 407 (RFC 2617 section 3.2.2, qop=auth)."""
        kind, asked = re.findall(r"^(WWW|Proxy)-Authenticate:(.*)$", challenge, re.MULTILINE | re.IGNORECASE)[0]
        fields = dict(re.findall(r'(\w+)="?([^",\r]*)"?', asked))
        one = _md5(f"{self.user}:{fields['realm']}:{self.password}")
        two = _md5(f"{method}:{uri}")
        response = _md5(f"{one}:{fields['nonce']}:{_COUNT}:{_CNONCE}:auth:{two}")
        name = "Authorization" if kind.upper() == "WWW" else "Proxy-Authorization"
        return (
            f'{name}: Digest username="{self.user}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", '
            f'uri="{uri}", qop=auth, nc={_COUNT}, cnonce="{_CNONCE}", response="{response}", algorithm=MD5'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
