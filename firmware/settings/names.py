"""Rules about names: what a setting calls by name must be there. They read raw data, as `rules` does."""

from collections.abc import Iterator, Mapping

from firmware.settings.describe import described

Broken = tuple[str, str]


def broken_names(raw: Mapping[str, object]) -> Iterator[Broken]:
    """(path, words) of everything that is called by a name that nothing has."""
    yield from _trunks_exist(raw)
    yield from _schedules_exist(raw)
    yield from _members_exist(raw)
    yield from _destinations_exist(raw)
    yield from _mailboxes_have_owners(raw)


def _trunks_exist(raw: Mapping[str, object]) -> Iterator[Broken]:
    known = {str(trunk.get("name")) for _, trunk in entries(raw, "trunks")}
    known |= {f"line:{socket}" for socket in table(raw, "outside_lines")}
    dialling = raw.get("dialling")
    places = [("dialling/routes", dialling.get("routes") if isinstance(dialling, dict) else None)]
    places += [
        (f"outbound_routes/{index}/trunks", route.get("trunks")) for index, route in entries(raw, "outbound_routes")
    ]
    places += [(f"inbound_routes/{index}/trunk", route.get("trunk")) for index, route in entries(raw, "inbound_routes")]
    for path, value in places:
        named = (
            [(f"{path}/{index}", name) for index, name in enumerate(value)]
            if isinstance(value, list)
            else [(path, value)]
        )
        for where, name in named:
            if isinstance(name, str) and name and name not in known:
                yield where, f'"{name}" is no trunk; there is {", ".join(sorted(known)) or "none"}'


def _schedules_exist(raw: Mapping[str, object]) -> Iterator[Broken]:
    known = table(raw, "schedules")
    for index, route in entries(raw, "inbound_routes"):
        name = route.get("schedule")
        if isinstance(name, str) and name and name not in known:
            yield f"inbound_routes/{index}/schedule", f'"{name}" is no schedule'


def _members_exist(raw: Mapping[str, object]) -> Iterator[Broken]:
    known = _extensions(raw)
    for name, group in table(raw, "groups").items():
        members = group.get("members")
        for index, member in enumerate(members if isinstance(members, list) else ()):
            if isinstance(member, str) and member not in known:
                yield f"groups/{name}/members/{index}", f"nobody has extension {member}"


def _mailboxes_have_owners(raw: Mapping[str, object]) -> Iterator[Broken]:
    known = _extensions(raw)
    for index, trunk in entries(raw, "trunks"):
        owner = trunk.get("messages_for")
        if isinstance(owner, str) and owner and owner not in known:
            yield f"trunks/{index}/messages_for", f"nobody has extension {owner}"


def _destinations_exist(raw: Mapping[str, object]) -> Iterator[Broken]:
    extensions, groups = _extensions(raw), {"all", *table(raw, "groups")}
    for path, destination in _destinations(raw):
        kind, _, name = str(destination or "").partition(":")
        if kind == "extension" and name not in extensions:
            yield path, f"nobody has extension {name}"
        elif kind == "group" and name not in groups:
            yield path, f'there is no group "{name}"'


def _destinations(raw: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for index, trunk in entries(raw, "trunks"):
        yield f"trunks/{index}/destination", trunk.get("destination")
    for socket, line in table(raw, "outside_lines").items():
        yield f"outside_lines/{socket}/destination", line.get("destination")
    for index, route in entries(raw, "inbound_routes"):
        yield f"inbound_routes/{index}/destination", route.get("destination")
    for name, group in table(raw, "groups").items():
        yield f"groups/{name}/otherwise", group.get("otherwise")
    for number, extension in table(raw, "extensions").items():
        forwarding = extension.get("forwarding")
        for when, destination in forwarding.items() if isinstance(forwarding, dict) else ():
            yield f"extensions/{number}/forwarding/{when}", destination
    calls = raw.get("calls")
    yield "calls/when_full", calls.get("when_full") if isinstance(calls, dict) else None


def _extensions(raw: Mapping[str, object]) -> set[str]:
    sockets = {str(telephone.get("extension")) for telephone in table(raw, "telephones").values()}
    return {*sockets, *table(raw, "extensions")}


def table(raw: Mapping[str, object], name: str) -> dict[str, dict[str, object]]:
    """The entries of a table that are no nonsense, its default where it is missing."""
    found = raw.get(name, described()[name].default)
    return (
        {str(key): value for key, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}
    )


def entries(raw: Mapping[str, object], name: str) -> list[tuple[int, dict[str, object]]]:
    """The entries of a list that are no nonsense, by index."""
    found = raw.get(name)
    return [(i, item) for i, item in enumerate(found) if isinstance(item, dict)] if isinstance(found, list) else []
