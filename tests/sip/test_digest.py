"""Which of several challenges a trunk answers: the topmost that it knows (RFC 8760 section 2.4), and that rightly."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.sipp import Sipp
from tests.support.site import BOX, USERS, Site
from tests.support.waiting import until

REALM = "a realm"
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256, "SHA-512-256": lambda data: hashlib.new("sha512_256", data)}
_REPLY = """\
Via:[$via]
From:[$from]
To:[$to];tag=[pid]server[call_number]
Call-ID: [call_id]
CSeq:[$cseq]
"""
_TAKEN = "".join(
    f'<ereg regexp=".*" search_in="hdr" header="{header}:" assign_to="{header.lower()}"/>'
    for header in ("Via", "From", "To", "CSeq")
)
_SCENARIO = f"""<?xml version="1.0"?>
<scenario name="digest">
  <recv request="REGISTER"><action>{_TAKEN}</action></recv>
  <send><![CDATA[
SIP/2.0 401 Unauthorized
{_REPLY}@challenges@Content-Length: 0

  ]]></send>
  <recv request="REGISTER"><action>{_TAKEN}
  <ereg regexp=".*" search_in="hdr" header="Contact:" assign_to="contact"/></action></recv>
  <send><![CDATA[
SIP/2.0 200 OK
{_REPLY}Contact:[$contact];expires=600
Content-Length: 0

  ]]></send>
</scenario>
"""


def challenge(algorithm: str, qop: str) -> str:
    """Each has a nonce of its own, as Kamailio's and FreeSWITCH's have."""
    quality = f', qop="{qop}"' if qop else ""
    named = f", algorithm={algorithm}" if algorithm else ""
    return f'WWW-Authenticate: Digest realm="{REALM}", nonce="for-{algorithm or "MD5"}"{named}{quality}\n'


def answers(sipp: Sipp) -> list[dict[str, str]]:
    """Every Authorization that came, by its fields."""
    found = re.findall(r"^Authorization: Digest (.*?)\r?$", sipp.messages(), re.MULTILINE)
    return [dict(re.findall(r'(\w+)="?([^",]*)"?', fields)) for fields in found]


def right_response(fields: Mapping[str, str], user: str, password: str) -> str:
    """RFC 7616 section 3.4.1, for qop=auth and without qop (RFC 2617)."""

    def digest(text: str) -> str:
        return HASHES[fields["algorithm"].upper()](text.encode()).hexdigest()  # type: ignore[no-any-return, operator]

    secret, request = digest(f"{user}:{REALM}:{password}"), digest(f"REGISTER:{fields['uri']}")
    between = [fields["nonce"], *(fields[name] for name in ("nc", "cnonce", "qop") if "qop" in fields)]
    return digest(":".join([secret, *between, request]))


@pytest.mark.parametrize(
    ("offered", "qop", "chosen"),
    [
        (("SHA-256", "MD5"), "auth", "SHA-256"),
        (("MD5", "SHA-256"), "auth", "MD5"),
        (("SHA-256",), "", "SHA-256"),
        (("SHA-512-256", "SHA-256", "MD5"), "auth,auth-int", "SHA-512-256"),
        (("SHA3-512", "SHA-256", "TWOFISH", "MD5"), "auth-int,auth", "SHA-256"),
    ],
)
def test_the_topmost_challenge_that_is_known_is_answered(
    site: Site, tmp_path: Path, offered: tuple[str, ...], qop: str, chosen: str
) -> None:
    script = tmp_path / "digest.xml"
    script.write_text(_SCENARIO.replace("@challenges@", "".join(challenge(name, qop) for name in offered)))
    with Sipp(tmp_path / "sipp", script) as server:
        trunk = site.trunk("udp", outbound_proxy=server.place)
        site.use(trunk)
        site.box.wait_trunk(trunk["name"], "registered")
        (fields,) = until(lambda: answers(server), 5, "an answer to the challenge")
        assert (fields["algorithm"], fields["nonce"]) == (chosen, f"for-{chosen}")
        assert fields.get("qop", "") == ("auth" if qop else "")
        assert fields["response"] == right_response(fields, BOX, USERS[BOX])
    site.use()
