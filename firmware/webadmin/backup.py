"""Settings in a file that only a passphrase opens. Knows no page.

One line of JSON (format, salt, mac), then what openssl made of the settings: AES-256-CTR, encrypted, then
authenticated with HMAC-SHA-256. Both keys come from the passphrase by argon2id.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path

from firmware.control import Refused
from firmware.settings import described
from firmware.settings.reading import Broken, Newer, values_in
from firmware.webadmin.language import _
from firmware.webadmin.passwords import LENGTH_MAX, keys_of

_FORMAT = "twinline-backup-1"
_SALT_BYTES = 16
_HEAD_BYTES_MAX = 1000
_OPENSSL_S = 20.0


def settings_of(path: Path) -> dict[str, object]:
    """What is stored at `path`, secrets in clear. Raises Refused when it cannot be read."""
    try:
        return values_in(path)
    except FileNotFoundError:
        return {}  # all defaults
    except (OSError, Broken, Newer) as error:
        raise Refused(_("The settings cannot be read just now.")) from error


def sealed(values: Mapping[str, object], passphrase: str) -> bytes:
    """The file. Raises OSError, SubprocessError."""
    salt = secrets.token_bytes(_SALT_BYTES)
    cipher_key, mac_key = keys_of(passphrase[:LENGTH_MAX], salt)
    sealed_values = _openssl(json.dumps(values).encode(), cipher_key, "-e")
    mac = hmac.new(mac_key, salt + sealed_values, hashlib.sha256).hexdigest()
    head = {"format": _FORMAT, "salt": base64.b64encode(salt).decode(), "mac": mac}
    return json.dumps(head).encode() + b"\n" + sealed_values


def opened(file: bytes, passphrase: str) -> dict[str, object]:
    """The settings in the file. Raises Refused in words; nothing of the file is looked at before it is proved whole."""
    head_line, _newline, sealed_values = file.partition(b"\n")
    try:
        head = json.loads(head_line[:_HEAD_BYTES_MAX])
        salt, mac = base64.b64decode(head["salt"], validate=True), str(head["mac"])
        if head["format"] != _FORMAT or len(salt) != _SALT_BYTES:
            raise ValueError("another format")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(_("This is no backup of a Twinline box.")) from error
    cipher_key, mac_key = keys_of(passphrase[:LENGTH_MAX], salt)
    expected = hmac.new(mac_key, salt + sealed_values, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), mac.encode("utf-8", "replace")):
        raise Refused(_("The passphrase is not right, or the file is damaged."))
    try:
        values = json.loads(_openssl(sealed_values, cipher_key, "-d"))
    except (ValueError, OSError, subprocess.SubprocessError) as error:
        raise Refused(_("This is no backup of a Twinline box.")) from error
    return values if isinstance(values, dict) else {}


def changes_to(values: Mapping[str, object]) -> dict[str, object]:
    """What makes the settings exactly these: all that a backup does not name is its default again."""
    roots = [path for path in described() if "/" not in path]
    return {root: values.get(root) for root in roots} | dict(values)


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
