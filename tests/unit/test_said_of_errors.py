"""What the gateway says of adapters and of a settings file is said to a German visitor in German."""

import ast
from collections.abc import Iterator
from pathlib import Path

from firmware.fxs import cable
from firmware.settings.store import Store
from firmware.webadmin.language import speaking
from firmware.webadmin.said import retold

FXS = Path(__file__).parents[2] / "firmware" / "fxs"
# Functions and errors whose text becomes an adapter's reason in the status.
TELLING = ("DeviceLost", "NoNumberLeft", "_end", "check", "check_event")


def test_every_reason_of_an_adapter_is_retold() -> None:
    reasons = {cable.WORDS, "the adapter does not answer", "the adapter was unplugged", *_reasons()}
    assert len(reasons) > 10
    with speaking("de"):
        assert [reason for reason in reasons if retold(reason.replace("{}", "7")) == reason.replace("{}", "7")] == []


def test_a_settings_file_that_cannot_be_used_is_retold(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    said = []
    for content in (b"{", b"[]", b'{"settings": {"1": {"schema": 99, "values": {}}}}'):
        path.write_bytes(content)
        said += Store(path).load().problems
    with speaking("de"):
        told = [retold(text) for text in said]
    assert [text.startswith("settings.json ist ") for text in told] == [True] * 3
    assert not [text for text in told if " is " in text or " are " in text]


def _reasons() -> Iterator[str]:
    """Texts in adapter.py, device.py, limits.py, numbering.py and worker.py that tell why an adapter is not used."""
    for name in ("adapter", "device", "limits", "numbering", "worker"):
        tree = ast.parse((FXS / f"{name}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if called in TELLING:
                    yield from filter(None, map(_text, node.args))
            elif isinstance(node, ast.Return | ast.IfExp) and name in ("device", "limits"):
                values = [node.value] if isinstance(node, ast.Return) else [node.body, node.orelse]
                yield from (text for text in map(_text, values) if " " in text)


def _text(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""
