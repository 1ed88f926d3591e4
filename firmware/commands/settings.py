"""`twinline settings`: reads and changes them, through the gateway where it runs, in the store otherwise."""

import argparse
import json
import sys
import time
from collections.abc import Mapping

from firmware.commands import OK, USAGE
from firmware.commands.say import complain, say
from firmware.folder import Folder, FolderInUse

_GATEWAY_RETURNS_S = 5.0  # while `twinline run` starts it (again), changes wait for it
_RETRY_S = 0.1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add get, set, dump and docs."""
    actions = parser.add_subparsers(dest="action", metavar="get|set|dump|docs", required=True)
    get = actions.add_parser("get", help="print the setting, or the part, at PATH")
    get.add_argument("path", nargs="?", default="", metavar="PATH")
    change = actions.add_parser("set", help="make changes together, or none of them")
    change.add_argument("changes", nargs="*", metavar="PATH=VALUE", help="PATH alone asks for the value: for passwords")
    change.add_argument("--delete", action="append", default=[], metavar="PATH", help="default again, or entry gone")
    actions.add_parser("dump", help="print all settings as JSON, secrets masked")
    actions.add_parser("docs", help="print what can be set")


def run(arguments: argparse.Namespace) -> int:
    """Do what `arguments.action` says."""
    folder = Folder(arguments.config)
    if arguments.action == "docs":
        from firmware.settings.documentation import markdown

        say(markdown())
        return OK
    if arguments.action == "set":
        return _set(folder, arguments)
    value = _get(folder, arguments.path if arguments.action == "get" else "")
    say(value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False))
    return OK


def _get(folder: Folder, path: str) -> object:
    from firmware.control import ControlClient, Unreachable

    try:
        with ControlClient(folder.gateway_socket) as gateway:
            return gateway.call("settings.get", path=path)
    except Unreachable:
        return _get_directly(folder, path)


def _set(folder: Folder, arguments: argparse.Namespace) -> int:
    changes: dict[str, object] = {}
    for change in arguments.changes:
        path, _, text = change.partition("=")
        changes[path] = _value_of(path, text if "=" in change else _asked_for(path))
    changes.update(dict.fromkeys(arguments.delete))
    if not changes:
        complain("nothing to set: name PATH=VALUE")
        return USAGE
    result = _change(folder, changes)
    for warning in result.get("warnings", []) if isinstance(result, dict) else []:
        complain(f"note: {warning}")
    return OK


def _value_of(path: str, text: str) -> object:
    from firmware.settings import value_of_text

    return value_of_text(path, text)


def _asked_for(path: str) -> str:
    """Typed without being shown, and without a trace in the shell's history and the list of processes."""
    import getpass

    from firmware.control import Refused
    from firmware.settings import SettingsRefused, expect

    try:
        expect(path)
        # A script writes it to us, where nobody could see it being typed anyway.
        text = getpass.getpass(f"{path}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    except SettingsRefused as refusal:
        raise Refused(str(refusal)) from refusal
    except EOFError:
        text = ""
    if not text:
        raise Refused(f"{path}: no value was given: write {path}=VALUE, or type it when asked")
    return text


def _change(folder: Folder, changes: Mapping[str, object]) -> object:
    """Through the gateway, or directly while no box runs on the folder, which is held meanwhile."""
    from firmware.control import ControlClient, Unreachable

    deadline = time.monotonic() + _GATEWAY_RETURNS_S
    while True:
        try:
            with ControlClient(folder.gateway_socket) as gateway:
                return gateway.call("settings.set", changes=changes)
        except Unreachable as unreachable:
            try:
                with folder.held():
                    return _change_directly(folder, changes)
            except FolderInUse:
                if time.monotonic() >= deadline:
                    raise unreachable from None
        time.sleep(_RETRY_S)


def _get_directly(folder: Folder, path: str) -> object:
    from firmware.control import Refused
    from firmware.judge import judge
    from firmware.settings import SettingsRefused, look_up, plain
    from firmware.settings.reading import read_settings
    from firmware.settings.store import Store

    for error in Store(folder.settings, judge).check():  # no box runs that could have told
        complain(f"note: {error}")
    try:
        return look_up(plain(read_settings(folder.settings, judge)), path)
    except SettingsRefused as refusal:
        raise Refused(str(refusal)) from refusal


def _change_directly(folder: Folder, changes: Mapping[str, object]) -> object:
    from firmware.control import Refused
    from firmware.judge import judge
    from firmware.settings import SettingsRefused
    from firmware.settings.store import Store

    store = Store(folder.settings, judge)
    loaded = store.load()
    for problem in () if loaded.is_read_only else loaded.problems:  # after the change nobody could tell
        complain(f"note: {problem}")
    try:
        store.update(changes)
    except SettingsRefused as refusal:
        raise Refused(str(refusal)) from refusal
    return {}
