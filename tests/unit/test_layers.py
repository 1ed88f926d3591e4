"""The layers of the design, held by reading the imports: the table below says who may know whom."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = "firmware"
FILE_MAX_LINES = 300
FUNCTION_MAX_LINES = 40  # 30 is the rule; a constructor that only names its parts may be longer

# Decide, and do nothing: they get bytes, events and the time, and return what has to be done.
PURE_FXS = (
    *("fxs.line", "fxs.profile", "fxs.hooks"),
    *(f"fxs.callerid.{name}" for name in ("messages", "dtmf", "plan")),
    *(f"fxs.protocol.{name}" for name in ("frames", "wire", "hello", "reports", "requests", "orders")),
)
PURE_TELEPHONY = (
    *(f"telephony.lines.{name}" for name in ("port", "port_far", "port_flash", "port_state", "port_steps")),
    *("telephony.lines.port_waiting", "telephony.lines.port_words", "telephony.lines.outside"),
    *(f"telephony.numbering.{name}" for name in ("code_names", "codes", "dialplan", "digits", "fence")),
    *(f"telephony.numbering.{name}" for name in ("ledger", "numbers", "pins", "routes")),
    *("telephony.media.beat", "telephony.media.tones", "telephony.pbx.channels"),
    *("telephony.sip.registration", "telephony.sip.quality"),
    *("telephony.events", "telephony.summary"),
)
# What every room of telephony may know: the words of calls, the sides of calls, the seams, the thread they live on.
CALL_WORDS = (
    *(f"telephony.{name}" for name in ("events", "extension", "legs", "loop", "seams", "services", "sights", "sounds")),
    *("telephony.summary", "telephony.feature_parts"),
)
PURE = PURE_FXS + PURE_TELEPHONY

# package or module -> what of ours it may import; the longest name that fits counts. Everything may import itself
# (what lies in the same package and below) and `firmware.__version__`.
HELPERS = ("log", "log_files", "folder", "fingerprint")
PARTS = (
    "control",
    "countries",
    "providers",
    "dsp",
    "fxs",
    "settings",
    "telephony",
    "judge",
    "priority",
    "heartbeat",
    "setup_code",
    *HELPERS,
)
LAYERS: Mapping[str, tuple[str, ...]] = {
    "__main__": ("commands",),
    "log": (),
    "log_files": ("log",),
    "folder": (),
    "fingerprint": (),
    "priority": (),
    "heartbeat": (),
    "setup_code": (),
    "judge": ("countries", "settings", "telephony.numbering.digits", "telephony.numbering.codes"),
    "dsp": (),
    "countries": (),
    "providers": (),
    "fxs": ("dsp", *HELPERS),
    **dict.fromkeys(PURE_FXS, ("dsp", *PURE_FXS)),
    "fxs.simulator": ("dsp", "fxs", "control", *HELPERS),
    "telephony": ("dsp", "fxs.line", "countries", *HELPERS),
    "telephony.lines": (
        "telephony.media",
        "telephony.numbering",
        *CALL_WORDS,
        "dsp",
        "fxs.line",
        "countries",
        *HELPERS,
    ),
    "telephony.media": ("dsp", *CALL_WORDS, *HELPERS),
    "telephony.numbering": (*CALL_WORDS, "countries", *HELPERS),
    "telephony.pbx": (*CALL_WORDS, *HELPERS),
    "telephony.sip": ("telephony.media", *CALL_WORDS, *HELPERS),
    **dict.fromkeys(PURE_TELEPHONY, ("fxs.line", "countries", *PURE_TELEPHONY)),
    "telephony.features": ("telephony.numbering.code_names", *CALL_WORDS, "records"),
    "settings": (),
    "records": (),
    "appliance": ("control", "settings", "setup_code", *HELPERS),
    "vpn": (),
    "registrar": (),
    "control": (),
    "webadmin": ("control", "countries", "providers", "settings", "records", "setup_code", *HELPERS),
    "webadmin.graphs": (),
    "gateway": ("records", "registrar", "setup_code", *PARTS),
    "app": ("gateway", "records", "setup_code", *PARTS),
    "supervisor": ("heartbeat", *HELPERS),
    "commands": ("app", "supervisor", "webadmin.process", "appliance", "records", *PARTS),
}
# Exceptions to the table the other way: who is let into the house, but not into this room.
DENIED: Mapping[str, tuple[str, ...]] = {
    "webadmin": ("settings.store",),  # the gateway is the only writer; `settings.reading` reads
    "control": ("settings",),
    "appliance": ("settings.store",),
}
DOING = {"asyncio", "io", "os", "queue", "select", "selectors", "socket", "subprocess", "tempfile", "threading", "time"}

# Third-party package -> its only importers.
IMPORTERS: Mapping[str, tuple[str, ...]] = {
    "argon2": ("webadmin.access.passwords",),
    "bottle": ("webadmin",),
    "cffi": ("dsp",),
    "cobs": ("fxs.protocol.frames",),
    "dns": ("telephony.sip.targets",),
    "pjsua2": ("telephony.sip", "telephony.media.bridge"),
    "phonenumbers": ("telephony.numbering.numbers",),
    "pydantic": ("settings",),
    "RPi": ("appliance.pins",),
    "gpiod": ("appliance.pins",),
    "serial": ("fxs.device",),
    "tinydb": ("settings.store",),
    "pyudev": ("fxs.hotplug",),
    "waitress": ("webadmin",),
    "zeroconf": ("appliance.discovery",),
}

FILES = {
    ".".join(path.relative_to(ROOT / OURS).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / OURS).rglob("*.py"))
}
MODULES = {"" if name == "__init__" else name for name in FILES}


def violations(module: str, source: str) -> Iterator[str]:
    """Every broken rule in a module of ours, as `line: words`."""
    tree = ast.parse(source)
    for line, name in sorted(set(imports(tree, module))):
        if name == OURS or name.startswith(f"{OURS}."):
            yield from wrong_layer(module, name.removeprefix(OURS).removeprefix("."), line)
        else:
            yield from wrong_package(module, name, line)
    yield from bad_habits(module, tree)
    yield from too_long(source)


def imports(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """(line, full name of the module) of every import, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = node.module or ""
            if node.level:
                package = [OURS, *module.split(".")][: -node.level or None]
                above = ".".join([*package, *filter(None, [node.module])])
            for alias in node.names:
                name = f"{above}.{alias.name}"
                is_module = name.removeprefix(f"{OURS}.") in MODULES
                yield node.lineno, name if is_module else above


def wrong_layer(module: str, target: str, line: int) -> Iterator[str]:
    if not target or module == "":
        return
    owner = longest(module, LAYERS)
    if owner is None:
        yield f"{line}: {module} is in no layer: give it one in the table of tests/unit/test_layers.py"
        return
    if any(within(target, denied) for name in DENIED if within(module, name) for denied in DENIED[name]):
        yield f"{line}: {owner} may not import {OURS}.{target}"
    elif within(module, "telephony.features") and within(target, "telephony.features") and target != module:
        yield f"{line}: a feature may not import another, {OURS}.{target}"
    elif not any(within(target, allowed) for allowed in (owner, *LAYERS[owner])):
        may = ", ".join(LAYERS[owner]) or "nothing of ours"
        yield f"{line}: {owner} may import {may}, but not {OURS}.{target}"


def wrong_package(module: str, name: str, line: int) -> Iterator[str]:
    package = name.partition(".")[0]
    if package in sys.stdlib_module_names:
        if package in DOING and module in PURE:
            yield f"{line}: {module} only decides: no I/O, threads and clocks, so not {package}"
    elif package not in IMPORTERS:
        yield f"{line}: {package} is a new package: name its only importer in tests/unit/test_layers.py"
    elif not any(within(module, importer) for importer in IMPORTERS[package]):
        yield f"{line}: only {', '.join(IMPORTERS[package])} may import {package}, not {module}"


def too_long(source: str) -> Iterator[str]:
    lines = source.count("\n")
    if lines > FILE_MAX_LINES:
        yield f"{lines}: the file has {lines} lines, {FILE_MAX_LINES} are allowed"


def bad_habits(module: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"{node.lineno}: a bare except hides what went wrong"
        elif isinstance(node, ast.Call):
            yield from bad_call(module, node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_MAX_LINES:
                yield f"{node.lineno}: {node.name} has {lines} lines, {FUNCTION_MAX_LINES} are allowed"


def bad_call(module: str, node: ast.Call) -> Iterator[str]:
    on = {keyword.arg for keyword in node.keywords if getattr(keyword.value, "value", None) is True}
    if "shell" in on:
        yield f"{node.lineno}: shell=True lets what comes from outside run programs"
    if within(module, "webadmin"):
        if "debug" in on:
            yield f"{node.lineno}: debug=True shows the inside of the box to the LAN"
        if ast.unparse(node.func).endswith("cookie") and any(word.arg == "secret" for word in node.keywords):
            yield f"{node.lineno}: cookies with secret= are pickled by bottle"
    if module in PURE and ast.unparse(node.func) == "open":
        yield f"{node.lineno}: {module} only decides: it opens no file"


def within(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")


def longest(module: str, table: Mapping[str, object]) -> str | None:
    return max((name for name in table if within(module, name)), key=len, default=None)


def test_the_layers_of_the_design_are_kept() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{violation}"
        for module, path in FILES.items()
        for violation in violations("" if module == "__init__" else module, path.read_text())
    ]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("module", "source", "words"),
    [
        (
            "fxs.adapter",
            "import firmware.telephony.lines.port",
            "fxs may import dsp, log, log_files, folder, fingerprint, but not",
        ),
        ("fxs.adapter", "from firmware import telephony", "but not firmware.telephony"),
        ("fxs.adapter", "def f():\n    from firmware.settings import Settings", "2: fxs may import"),
        ("telephony.lines.port", "from firmware.fxs.adapter import Adapter", "but not firmware.fxs.adapter"),
        ("webadmin.process", "from firmware.settings.store import Store", "may not import firmware.settings.store"),
        ("control.server", "from firmware.settings import Settings", "may not import"),
        ("telephony.features.queue", "import firmware.telephony.features.menu", "may not import another"),
        (
            "telephony.lines.port",
            "from firmware.telephony.sip.trunk import Trunk",
            "but not firmware.telephony.sip.trunk",
        ),
        ("webadmin.pages", "from firmware.gateway import plain", "but not firmware.gateway"),
        ("fxs.line", "from firmware import log", "but not firmware.log"),
        ("newcomer", "import firmware.log", "is in no layer"),
        ("gateway.roster", "import firmware.app", "but not firmware.app"),
        ("webadmin.pages", "import tinydb", "only settings.store may import tinydb"),
        ("fxs.adapter", "import serial", "only fxs.device may import serial"),
        ("fxs.adapter", "import requests", "requests is a new package"),
        ("fxs.hooks", "import time", "only decides"),
        ("fxs.hooks", "open('x')", "opens no file"),
        ("log", "try:\n    f()\nexcept:\n    pass", "3: a bare except"),
        ("log", "run('x', shell=True)", "shell=True"),
        ("webadmin.server", "run(debug=True)", "debug=True"),
        ("webadmin.server", "response.set_cookie('a', 'b', secret='x')", "pickled"),
        ("log", "def f():\n" + "    f()\n" * 40, "1: f has 41 lines"),
        ("log", "f()\n" * 301, "the file has 301 lines"),
    ],
)
def test_a_broken_rule_is_found_and_said(module: str, source: str, words: str) -> None:
    assert words in "\n".join(violations(module, source))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("fxs.device", "import serial\nimport time\nfrom firmware.fxs.line import LineId"),
        ("fxs.simulator.process", "from firmware.control import ControlServer\nimport firmware.dsp.ring"),
        ("telephony.lines.port", "from firmware import __version__\nfrom firmware.fxs.line import OffHook"),
        ("webadmin.process", "from firmware.settings import Settings\nimport bottle"),
        ("app", "from firmware.settings.store import Store\nimport firmware.telephony.sip.engine"),
        ("commands.gateway", "from firmware.app import main"),
    ],
)
def test_what_is_allowed_is_not_complained_about(module: str, source: str) -> None:
    assert list(violations(module, source)) == []


@pytest.mark.parametrize("table", [LAYERS, DENIED, IMPORTERS], ids=["LAYERS", "DENIED", "IMPORTERS"])
def test_the_tables_name_only_what_the_design_knows(table: Mapping[str, tuple[str, ...]]) -> None:
    known = {"records", "appliance", "registrar", "vpn", "webadmin"} | {name.partition(".")[0] for name in LAYERS}
    for names in table.values() if table is IMPORTERS else [*table.values(), tuple(table)]:
        assert {name.partition(".")[0] for name in names} <= known
