"""Backup and restore: what is in it comes back, what is wrong with it is said and changes nothing."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.settings.migrations import SCHEMA
from firmware.setup_code import SetupCodes
from firmware.webadmin.guard import LARGE_BODY_BYTES_MAX
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from firmware.webadmin.system import backup
from firmware.webadmin.system.backup import Contents
from firmware.webadmin.system.pages import Machine
from firmware.webadmin.tls.certificate import Certificates
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Answer, Browser

PASSWORD = "purple kettle on the roof"
OTHER_PASSWORD = "a green bicycle in the rain"
PASSPHRASE = "seven slow green bicycles"
OLD = Path(__file__).with_name("data") / "backup-1.txt"
TRUNK = {"name": "main", "domain": "sip.example.org", "username": "4930", "password": "very secret"}


class Box:
    """The page of one box, with a gateway that keeps settings and a certificate."""

    def __init__(self, folder: Path) -> None:
        (folder / "run").mkdir(parents=True)
        (folder / "settings.json").symlink_to(folder / "gateway-settings.json")
        self.gateway = Gateway(folder / "run")
        self.certificates = Certificates(folder / "tls")
        self.pages = Pages(folder, SetupCodes(folder), machine=Machine(certificates=self.certificates))
        self.pages.users.set_password("installer", PASSWORD, Role.INSTALLER)
        self.browser = Browser(self.pages)

    def backup(self, **more: str) -> str:
        answer = self.browser.press("/system/backup", passphrase=PASSPHRASE, password=PASSWORD, **more)
        assert answer.headers["content-disposition"].startswith("attachment")
        return answer.text

    def restore(self, file: str, passphrase: str = PASSPHRASE) -> Answer:
        return self.browser.press("/system/restore", file=file, passphrase=passphrase, password=PASSWORD)

    def upload(self, file: bytes, passphrase: str = PASSPHRASE) -> Answer:
        return self.browser.upload("/system/restore", {"upload": file}, passphrase=passphrase, password=PASSWORD)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path / "one")
    with box.gateway:
        yield box


@pytest.fixture
def new_box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path / "two")
    with box.gateway:
        yield box


def test_a_backup_brings_back_exactly_what_was_set_secrets_and_all(box: Box) -> None:
    desk = box.gateway.desk
    desk.set({f"trunks/-/{name}": value for name, value in TRUNK.items()} | {"telephones/1/name": "Kitchen"})
    before = box.gateway.applied[-1]
    file = box.backup()
    assert "very secret" not in base64.b64decode(file).decode("latin-1")
    for bring_back in (lambda: box.restore(file), lambda: box.upload(file.encode())):
        desk.set({"trunks/0": None, "telephones/1/name": "Attic", "country": "DE", "calls/no_answer_s": 33})
        assert bring_back().status == 303
        assert box.gateway.applied[-1] == before


@pytest.mark.long
def test_ten_thousand_extensions_come_back_too(box: Box, new_box: Box) -> None:
    rooms = {
        str(10_000 + number): {
            "name": f"Room {number} of the house by the sea",
            "password": f"secret-{number}-of-this-telephone",
            "forwarding": {"busy": f"extension:{10_000 + number ^ 1}", "no_answer": "number:+4930123456"},
            "no_answer_s": 20,
        }
        for number in range(10_000)
    }
    box.gateway.desk.set({"extensions": rooms})
    file = box.backup().encode()
    assert len(file) < LARGE_BODY_BYTES_MAX / 2
    assert new_box.upload(file).status == 303
    assert new_box.gateway.applied[-1] == box.gateway.applied[-1]


@pytest.mark.long
def test_a_new_box_has_people_tokens_and_first_steps_too_but_keeps_its_installer(box: Box, new_box: Box) -> None:
    box.pages.users.set_password("101", OTHER_PASSWORD, Role.RESIDENT, "101")
    token = box.pages.users.make_token("heating", Role.INSTALLER)
    box.browser.press("/wizard/country", do="skip")
    new_box.pages.users.set_password("installer", OTHER_PASSWORD + "!", Role.INSTALLER)
    new_box.pages.users.set_password("102", OTHER_PASSWORD, Role.RESIDENT, "102")
    stranger = Browser(new_box.pages, role=Role.RESIDENT, extension="102")
    answer = new_box.browser.upload(
        "/system/restore",
        {"upload": box.backup().encode()},
        passphrase=PASSPHRASE,
        password=OTHER_PASSWORD + "!",
    )
    assert answer.status == 303
    users = new_box.pages.users
    assert users.check("101", OTHER_PASSWORD) is not None
    assert users.of_token(token) is not None
    assert users.check("installer", OTHER_PASSWORD + "!") is not None, "who brought it back is not locked out"
    assert users.check("102", OTHER_PASSWORD) is None
    assert stranger.get("/account").status == 303, "who is no resident any more is signed out"
    assert new_box.browser.get("/wizard").headers["location"] == "/wizard/telephones"


@pytest.mark.long
def test_the_certificate_is_in_a_backup_only_when_asked_for(box: Box, new_box: Box) -> None:
    box.certificates.ensure(["box.example"])
    there = box.certificates.present()
    assert there is not None
    without = backup.opened(backup.from_text(box.backup().encode()), PASSPHRASE)
    assert without.certificate == ("", "")
    assert new_box.upload(box.backup(certificate="yes").encode()).status == 303
    here = new_box.certificates.present()
    assert here is not None
    assert here.fingerprint == there.fingerprint


@pytest.mark.long
def test_a_certificate_that_works_no_more_is_left_out_and_told(box: Box) -> None:
    contents = Contents({"country": "DE"}, None, "", ("nonsense", "nonsense"))
    answer = box.upload(base64.encodebytes(backup.sealed(contents, PASSPHRASE)))
    assert answer.status == 303
    assert "was left out" in box.browser.get("/system").text
    assert box.gateway.applied[-1].country == "DE"


def test_a_backup_of_the_first_format_is_still_read(box: Box) -> None:
    box.pages.users.set_password("101", OTHER_PASSWORD, Role.RESIDENT, "101")
    assert box.upload(OLD.read_bytes()).status == 303
    settings = box.gateway.applied[-1]
    assert (settings.country, settings.telephones["1"].name) == ("DE", "Kitchen")
    assert box.pages.users.check("101", OTHER_PASSWORD) is not None, "people were not in it: they stay"


@pytest.mark.long
def test_a_backup_of_a_newer_version_is_refused_in_words(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(backup, "SCHEMA", SCHEMA + 1)
        newer_schema = backup.sealed(Contents({"country": "DE"}), PASSPHRASE)
    head, body = backup.sealed(Contents({"country": "DE"}), PASSPHRASE).split(b"\n", 1)
    newer_format = json.dumps(json.loads(head) | {"format": "twinline-backup-3"}).encode() + b"\n" + body
    for file in (newer_schema, newer_format):
        answer = box.upload(base64.encodebytes(file))
        assert answer.status == 422
        assert "newer version of Twinline" in answer.text
    assert box.gateway.applied == []


@pytest.mark.long
def test_a_backup_that_is_wrong_changes_nothing(box: Box) -> None:
    def text(values: dict[str, object]) -> str:
        return base64.b64encode(backup.sealed(Contents(values), PASSPHRASE)).decode()

    good = base64.b64decode(text({"country": "DE"}))
    older = json.loads(good.partition(b"\n")[0]) | {"format": "twinline-backup-1"}
    for sent, passphrase, words in (
        (text({"country": "DE"}), "another passphrase", "passphrase is not right"),
        (base64.b64encode(good[:-1] + b"\x00").decode(), PASSPHRASE, "damaged"),
        (
            base64.b64encode(json.dumps(older).encode() + b"\n" + good.partition(b"\n")[2]).decode(),
            PASSPHRASE,
            "damaged",
        ),
        ("hello", PASSPHRASE, "no backup"),
        ("", PASSPHRASE, "no backup"),
        ("ü€", PASSPHRASE, "no backup"),
        (text({"nonsense": 1}), PASSPHRASE, "no such setting"),
    ):
        for answer in (box.restore(sent, passphrase), box.upload(sent.encode(), passphrase)):
            assert answer.status == 422
            assert words in answer.text
    assert box.gateway.applied == []


def test_an_upload_has_a_cap_and_only_there(box: Box) -> None:
    assert box.upload(b"A" * (LARGE_BODY_BYTES_MAX - 4096)).status == 422
    assert box.upload(b"A" * LARGE_BODY_BYTES_MAX).status == 413
    assert box.browser.upload("/account", {"upload": b"A" * 70_000}).status == 413


@pytest.mark.long
def test_every_backup_of_the_same_settings_looks_different() -> None:
    contents = Contents({"country": "DE"}, step="done")
    one, two = backup.sealed(contents, PASSPHRASE), backup.sealed(contents, PASSPHRASE)
    assert one != two
    assert backup.opened(one, PASSPHRASE) == backup.opened(two, PASSPHRASE) == contents
