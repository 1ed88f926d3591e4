"""The wizard's form of an outside account: the provider's profile fills in what it knows and asks for the rest."""

from collections.abc import Mapping
from dataclasses import replace

from firmware import providers
from firmware.providers import Asked, Provider
from firmware.settings import Kind
from firmware.webadmin.forms import fields
from firmware.webadmin.forms.fields import Field, Group
from firmware.webadmin.forms.settings_source import SettingsRefused
from firmware.webadmin.language import _

ANEW = "choose"  # in place of a provider: the choice, though an account is there
NEW_NAME = "main"
_ANY = "generic"
_BASE = "trunks/0"
_PART = "part-"
_PART_MAX = 64
# What belongs to one provider's accounts and would lead those of another astray.
_OF_ANOTHER = ("outbound_proxy", "auth_username", "tls_name", "tls_ca_file")


def choices() -> list[tuple[str, str, str]]:
    """Key, name and what is said of each provider."""
    return [(provider.key, _(provider.name), _(provider.about)) for provider in providers.available()]


def chosen(key: str) -> Provider:
    """The provider of this key, that of any account where there is none."""
    provider = providers.find(key) or providers.find(_ANY)
    if provider is None:
        raise LookupError(f"there is no profile {_ANY}")
    return provider


def of(account: Mapping[str, object]) -> Provider:
    """Whose account this is."""
    provider = providers.by_domain(str(account.get("domain", "")))
    is_composed = provider is not None and (not provider.parts or bool(provider.parts_of(account)))
    return provider if provider is not None and is_composed else chosen(_ANY)


def groups(
    provider: Provider, account: Mapping[str, object], sent: Mapping[str, str] | None, errors: Mapping[str, str]
) -> list[Group]:
    """The parts of what is composed, then the settings that are asked for."""
    near = {path.removeprefix(f"{_BASE}/"): text for path, text in errors.items()}
    parts = _parts(provider, account, sent, near)
    settings = _settings(provider, account, sent, near)
    return [Group("", "", parts), *settings] if parts else settings


def asked(provider: Provider, account: Mapping[str, object], sent: Mapping[str, str]) -> dict[str, object]:
    """What of the account changes by what was sent, and by what the profile knows. Raises SettingsRefused."""
    changed = fields.changes(_settings(provider, account, None, {}), sent)
    answers = {part.key: sent.get(_PART + part.key, "").strip() for part in provider.parts}
    if wrong := provider.problems(answers):
        raise SettingsRefused({f"{_BASE}/{_PART}{part.key}": _said(part, answers[part.key]) for part in wrong})
    known = {**provider.trunk, **provider.composed(answers)}
    if account and provider.domains and of(account).key != provider.key:
        known = {**dict.fromkeys(_OF_ANOTHER, ""), **known}
    return changed | {name: value for name, value in known.items() if account.get(name) != value}


def _parts(
    provider: Provider, account: Mapping[str, object], sent: Mapping[str, str] | None, near: Mapping[str, str]
) -> tuple[Field, ...]:
    values = provider.parts_of(account)
    if sent is not None:
        values = {name.removeprefix(_PART): text for name, text in sent.items()}
    return tuple(
        Field(
            _PART + part.key,
            Kind.TEXT,
            _(part.label),
            _(part.help),
            values.get(part.key, ""),
            maximum=_PART_MAX,
            words=_(part.words),
            is_required=True,
            error=near.get(_PART + part.key, ""),
        )
        for part in provider.parts
    )


def _settings(
    provider: Provider, account: Mapping[str, object], sent: Mapping[str, str] | None, near: Mapping[str, str]
) -> list[Group]:
    hints = {asked.key: _(asked.help) for asked in provider.asked if not asked.label}
    only = frozenset(f"trunks/*/{key}" for key in hints)
    found = fields.groups(_BASE, {"name": NEW_NAME, **account}, sent, near, only)
    return [replace(group, fields=tuple(_hinted(field, hints) for field in group.fields)) for group in found]


def _hinted(field: Field, hints: Mapping[str, str]) -> Field:
    """What the provider's profile says of a setting counts more than what every account has in common."""
    return replace(field, help=hints.get(field.name) or field.help)


def _said(part: Asked, answer: str) -> str:
    return _("{} is not {}").format(answer, _(part.words)) if answer else _("is missing: {}").format(_(part.words))
