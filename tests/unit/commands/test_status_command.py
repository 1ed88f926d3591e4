"""`twinline status`: a line a thing, or the snapshot as it is."""

import json

from firmware.commands.status import in_words
from firmware.folder import Folder
from tests.unit.commands.command_line import STATUS, Gateway, on, twinline


def test_without_a_gateway_status_ends_in_3(folder: Folder) -> None:
    result = on(folder, "status")
    assert (result.returncode, result.stdout) == (3, "")
    assert "not running?" in result.stderr


def test_config_may_stand_before_and_after_the_command(folder: Folder, gateway: Gateway) -> None:
    for arguments in (
        ["--config", str(folder.path), "status", "--json"],
        ["status", f"--config={folder.path}", "--json"],
        ["status", "--json", "--config", str(folder.path)],
    ):
        result = twinline(*arguments)
        assert json.loads(result.stdout) == STATUS, result.stderr


def test_status_in_words_is_a_line_a_thing(folder: Folder, gateway: Gateway) -> None:
    result = on(folder, "status")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "Twinline 0.1.0, up 3 min, DE, simulated",
        "error       trunk main  wrong password",
        "adapter     S1  ready",
        "telephone 1 11  Kitchen  talking  12",
        "line 1      idle",
        "trunk       main  waiting  wrong password  again in 30 s",
        "call        11 Kitchen to 12  talking  1:02  g722",
        "channels    1 of 2 in use",
    ]


def test_status_in_words_survives_a_gateway_that_says_little() -> None:
    assert list(in_words({})) == ["Twinline , up 0 s"]
    assert list(in_words({"calls": [{}], "lines": [{}], "trunks": [{}], "adapters": [{}], "health": [{}]}))
