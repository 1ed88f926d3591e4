"""What a new box needs to be the same, in a file that only a passphrase opens. Knows no page.

One line of JSON (format, salt, mac), then what openssl made of the compressed contents: AES-256-CTR, encrypted, then
authenticated with HMAC-SHA-256, together with the name of the format. Both keys come from the passphrase by argon2id.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import secrets
import subprocess
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firmware import __version__
from firmware.control import Refused
from firmware.settings import described
from firmware.settings.migrations import SCHEMA, migrate
from firmware.settings.reading import Broken, Newer, values_in
from firmware.webadmin.access.passwords import LENGTH_MAX, keys_of
from firmware.webadmin.language import N_, _

_FORMAT = 2  # 1 held settings of schema 1 or 2 alone, and had no format in its mac
_NAME = re.compile(r"twinline-backup-([1-9][0-9]{0,3})")
_SALT_BYTES = 16
_HEAD_BYTES_MAX = 1000
_CONTENTS_BYTES_MAX = 8 << 20  # 10,000 extensions of which each has changed much, twice
_OPENSSL_S = 20.0
_NO_BACKUP = N_("This is no backup of a Twinline box.")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a backup. `people` are residents and tokens as `Users.others` tells them; None: not in it.

    `step` is that of the first steps, `certificate` the chain and the key, both PEM; "" where they are not in it.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    people: Mapping[str, object] | None = None
    step: str = ""
    certificate: tuple[str, str] = ("", "")


def settings_of(path: Path) -> dict[str, object]:
    """What is stored at `path`, secrets in clear. Raises Refused when it cannot be read."""
    try:
        return values_in(path)
    except FileNotFoundError:
        return {}  # all defaults
    except (OSError, Broken, Newer) as error:
        raise Refused(_("The settings cannot be read just now.")) from error


def sealed(contents: Contents, passphrase: str) -> bytes:
    """The file. Raises OSError, SubprocessError."""
    document = {
        "version": __version__,
        "schema": SCHEMA,
        "settings": contents.settings,
        "people": contents.people,
        "step": contents.step,
        "certificate": contents.certificate,
    }
    salt = secrets.token_bytes(_SALT_BYTES)
    cipher_key, mac_key = keys_of(passphrase[:LENGTH_MAX], salt)
    body = _openssl(zlib.compress(json.dumps(document).encode()), cipher_key, "-e")
    head = {"format": f"twinline-backup-{_FORMAT}", "salt": base64.b64encode(salt).decode()}
    head["mac"] = _mac(mac_key, _FORMAT, salt, body)
    return json.dumps(head).encode() + b"\n" + body


def from_text(text: bytes) -> bytes:
    """The file of what was pasted or uploaded: base64, with line ends and spaces of any kind."""
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""  # which is no backup


def opened(file: bytes, passphrase: str) -> Contents:
    """What is in the file. Raises Refused in words; nothing of it is looked at before it is proved whole."""
    head_line, _newline, body = file.partition(b"\n")
    try:
        head = json.loads(head_line[:_HEAD_BYTES_MAX])
        salt, mac, name = base64.b64decode(head["salt"], validate=True), str(head["mac"]), str(head["format"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(_(_NO_BACKUP)) from error
    match = _NAME.fullmatch(name)
    if match is None or len(salt) != _SALT_BYTES:
        raise Refused(_(_NO_BACKUP))
    format = int(match[1])
    if format > _FORMAT:
        raise _newer("")
    cipher_key, mac_key = keys_of(passphrase[:LENGTH_MAX], salt)
    if not hmac.compare_digest(_mac(mac_key, format, salt, body).encode(), mac.encode("utf-8", "replace")):
        raise Refused(_("The passphrase is not right, or the file is damaged."))
    try:
        opened = _openssl(body, cipher_key, "-d")
        document = json.loads(opened if format == 1 else _unpacked(opened))
        return _contents(document) if format > 1 else Contents(migrate(dict(document), 1))
    except (ValueError, KeyError, TypeError, OSError, zlib.error, subprocess.SubprocessError) as error:
        raise Refused(_(_NO_BACKUP)) from error


def changes_to(values: Mapping[str, object]) -> dict[str, object]:
    """What makes the settings exactly these: all that a backup does not name is its default again."""
    roots = [path for path in described() if "/" not in path]
    return {root: values.get(root) for root in roots} | dict(values)


def _contents(document: dict[str, object]) -> Contents:
    """Raises Refused, and ValueError, KeyError, TypeError for what was not made by us."""
    schema, values, people = document["schema"], document["settings"], document["people"]
    certificate = document["certificate"]
    if not isinstance(schema, int) or not isinstance(values, dict) or not isinstance(certificate, list):
        raise TypeError("no contents of ours")
    if schema > SCHEMA:
        raise _newer(str(document["version"])[:20])
    chain, key = certificate
    return Contents(
        migrate(values, schema),
        people if isinstance(people, dict) else None,
        str(document["step"]),
        (str(chain), str(key)),
    )


def _unpacked(data: bytes) -> bytes:
    """Raises ValueError, zlib.error."""
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(data, _CONTENTS_BYTES_MAX)
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise ValueError("too much, or not whole")
    return unpacked


def _newer(version: str) -> Refused:
    text = _("This backup is of a newer version of Twinline. Please update the box first; nothing was changed.")
    return Refused(f"{text} ({version})" if version else text)


def _mac(key: bytes, format: int, salt: bytes, body: bytes) -> str:
    name = b"" if format == 1 else f"twinline-backup-{format}".encode()
    return hmac.new(key, name + salt + body, hashlib.sha256).hexdigest()


def _openssl(data: bytes, key: bytes, direction: str) -> bytes:
    """The key goes through a pipe of its own: arguments can be read by everybody on the machine."""
    reading, writing = os.pipe()
    try:
        os.write(writing, key.hex().encode() + b"\n")
        os.close(writing)
        command = ["openssl", "enc", "-aes-256-ctr", "-pbkdf2", "-iter", "1", direction, "-pass", f"fd:{reading}"]
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=_OPENSSL_S, check=True, pass_fds=[reading]
        )
    finally:
        os.close(reading)
    return done.stdout
