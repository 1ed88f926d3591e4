"""The certificate that IP telephones see over TLS: the one found in the box's folder, else one made by openssl."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from firmware.registrar.options import Unfit

_DAYS = 3650  # telephones are told once to trust it; a shorter life would silence them one morning
_TIMEOUT_S = 30.0


def ensure_certificate(certificate: Path, key: Path) -> None:
    """Make both files unless they are there. Raises Unfit in words."""
    if certificate.exists() and key.exists():
        return
    openssl = shutil.which("openssl")
    if openssl is None:
        raise Unfit("there is no certificate for TLS, and openssl is not installed to make one")
    certificate.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh_key = key.with_name(key.name + ".new")
    fresh = certificate.with_name(certificate.name + ".new")
    os.close(os.open(fresh_key, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    name = socket.gethostname()[:60] or "twinline"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", str(_DAYS), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},DNS:twinline"]
    command += ["-keyout", str(fresh_key), "-out", str(fresh)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT_S)
    if done.returncode != 0:
        raise Unfit(f"openssl made no certificate: {done.stderr.strip()[-200:]}")
    os.replace(fresh_key, key)
    os.replace(fresh, certificate)
