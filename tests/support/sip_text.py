"""The text of a SIP message, taken apart as far as tests look at it. Knows not who sent it."""

import re


class SipText:
    """One message; whoever noted it gives `text`, with either end of lines."""

    text: str

    @property
    def start_line(self) -> str:
        """`REGISTER sip:example.test SIP/2.0` or `SIP/2.0 200 OK`."""
        return self.text.partition("\n")[0].rstrip("\r")

    @property
    def method(self) -> str:
        """Of the request, or of the one that is answered."""
        return self.header("CSeq").partition(" ")[2]

    @property
    def is_request(self) -> bool:
        """Whether it is no response."""
        return not self.start_line.startswith("SIP/2.0")

    @property
    def body(self) -> str:
        """Its SDP, mostly."""
        return self._parts()[1]

    def header(self, name: str) -> str:
        """The first header field of a name; empty without one. Long names only."""
        found = re.search(rf"^{re.escape(name)}\s*:\s*(.*)$", self._parts()[0], re.IGNORECASE | re.MULTILINE)
        return found.group(1).strip() if found else ""

    def _parts(self) -> tuple[str, str]:
        head, *body = re.split(r"\r?\n\r?\n", self.text, maxsplit=1)
        return head, "".join(body)
