"""The fingerprint of the page's certificate, which the page shows and the box speaks. Knows neither."""

import hashlib
import ssl
from pathlib import Path

CERTIFICATE = Path("tls/cert.pem")  # in the configuration folder; there is one where nginx does TLS
_BYTES_MAX = 256 * 1024  # more than any chain that the page takes
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def fingerprint(pem: str) -> str:
    """SHA-256 of the first certificate, as browsers show it: `AB:CD:...`. Raises ValueError."""
    start = pem.index(_BEGIN)
    der = ssl.PEM_cert_to_DER_cert(pem[start : pem.index(_END, start) + len(_END)])
    digest = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def fingerprint_in(path: Path) -> str:
    """The same of a file; "" where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return fingerprint(file.read(_BYTES_MAX).decode("ascii", "replace"))
    except (OSError, ValueError):
        return ""
