"""Profiles of providers: what is known of an account there, and what has to be asked. Data in TOML, one file each."""

import tomllib
from functools import cache
from pathlib import Path

from firmware.providers.profile import Asked, Provider, ProviderError, read_provider

__all__ = ["Asked", "Provider", "ProviderError", "available", "by_domain", "find"]

_FOLDER = Path(__file__).parent


@cache
def available(folder: Path = _FOLDER) -> tuple[Provider, ...]:
    """All of them: those that are known first, the one for any provider last. Raises ProviderError."""
    found = [_load(path) for path in sorted(folder.glob("*.toml"))]
    return tuple(sorted(found, key=lambda provider: (not provider.domains, provider.name)))


def find(key: str) -> Provider | None:
    """The one that is called so."""
    return next((provider for provider in available() if provider.key == key), None)


def by_domain(domain: str) -> Provider | None:
    """The one whose domain (with a port or without) this is, or a name below."""
    host = domain.lower().partition(":")[0]
    for provider in available():
        if any(host == own or host.endswith(f".{own}") for own in provider.domains):
            return provider
    return None


def _load(path: Path) -> Provider:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProviderError(f"{path.name} cannot be read: {error}") from error
    return read_provider(path.stem, path.name, values)
