"""Where settings are kept: the only user of TinyDB. Survives power cuts, broken files and newer ones."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document

from firmware.settings.check import Judge, SettingError, SettingsRefused
from firmware.settings.declaration import Settings
from firmware.settings.durable import DurableFile
from firmware.settings.migrations import SCHEMA
from firmware.settings.paths import plain_changes
from firmware.settings.reading import (
    DOCUMENT,
    TABLE,
    Broken,
    Newer,
    backup_of,
    parsed,
    problem_of,
    values_before,
    values_in,
)
from firmware.settings.revision import Revision, revise
from firmware.settings.salvage import salvage

_Signature = tuple[int, int, int]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings to run on, and in words what was wrong with those stored."""

    settings: Settings
    problems: tuple[str, ...] = ()
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class _Stored:
    values: dict[str, object]
    problem: str = ""
    is_read_only: bool = False
    is_broken: bool = False


class Store:
    """The settings at `path`. Every method may be called from any thread and process."""

    def __init__(self, path: Path, judge: Judge | None = None) -> None:
        self._file = DurableFile(path)
        self._storage = _Storage(self._file)
        self._judge = judge
        self._latest: tuple[_Signature | None, Revision] | None = None
        self._loaded: tuple[_Signature, Settings] | None = None  # until the first change: read and judged already

    def load(self) -> Loaded:
        """Never raises for what is in the file: a broken one is set aside and the one before it loaded."""
        signature, stored = self._storage.signature(), self._read()
        if stored.is_broken:
            try:
                with self._file.locked():
                    stored = self._set_aside_if_broken(self._read())
            except OSError as error:
                stored = _Stored(stored.values, f"{stored.problem}, nor set aside: {error.strerror}", True)
        settings, errors = salvage(stored.values, self._judge)
        problems = [stored.problem] if stored.problem else []
        problems += [f"setting ignored: {error}" for error in errors]
        self._loaded = (signature, settings) if signature is not None and not problems else None
        return Loaded(settings, tuple(problems), stored.is_read_only)

    def update(self, changes: Mapping[str, object]) -> Settings:
        """Make the changes (see `paths.changed`), judge the whole, keep the whole. Raises SettingsRefused."""
        try:
            with self._file.locked():
                return self._update(changes)
        except OSError as error:
            text = f"{self._file.path.name} cannot be saved: {error.strerror}"
            raise SettingsRefused(SettingError("", text)) from error

    def check(self) -> list[SettingError]:
        """Every error of what is stored. Touches nothing."""
        try:
            return salvage(values_in(self._file.path), self._judge)[1]
        except FileNotFoundError:
            problem = self._read().problem
            return [SettingError("", problem)] if problem else []
        except (OSError, Broken, Newer) as error:
            return [SettingError("", problem_of(self._file.path, error))]

    def _update(self, changes: Mapping[str, object]) -> Settings:
        before, is_salvaged = self._before()
        revision = revise(before, changes, self._judge)
        if is_salvaged:
            self._file.keep_copy_aside()  # what was ignored in it is about to go
        self._write({"schema": SCHEMA, "values": revision.stored})
        self._latest, self._loaded = (self._storage.signature(), revision), None
        return revision.settings

    def _before(self) -> tuple[Revision, bool]:
        """What is stored, and whether some of it was wrong; read anew only where somebody else wrote it."""
        signature = self._storage.signature()
        if self._latest is not None and signature is not None and self._latest[0] == signature:
            return self._latest[1], False
        if self._loaded is not None and self._loaded[0] == signature:
            present = self._loaded[1]
            return Revision(present, plain_changes(present)), False
        stored = self._read()
        if stored.is_broken:  # since it was loaded: nobody was told yet, and the next to load finds it right
            stored = self._set_aside_if_broken(stored)
            _log.warning("%s", stored.problem)
        if stored.is_read_only:
            raise SettingsRefused(SettingError("", stored.problem))
        present, errors = salvage(stored.values, self._judge)
        return Revision(present, plain_changes(present)), bool(errors)

    def _write(self, document: dict[str, object]) -> None:
        with TinyDB(self._storage, storage=lambda storage: storage) as database:
            table = database.table(TABLE)
            if table.contains(doc_id=DOCUMENT):  # upsert would write twice, the first time without settings
                table.update(document, doc_ids=[DOCUMENT])
            else:
                table.insert(Document(document, doc_id=DOCUMENT))

    def _read(self) -> _Stored:
        path = self._file.path
        try:
            return _Stored(values_in(path))
        except FileNotFoundError:
            if not backup_of(path).exists():
                return _Stored({})  # the first start
            values, source = values_before(self._file.path)
            return _Stored(values, f"{path.name} is missing; {source} in use")
        except (OSError, Broken, Newer) as error:
            values, source = values_before(self._file.path)
            is_broken = isinstance(error, Broken)
            return _Stored(values, f"{problem_of(path, error)}; {source} in use", not is_broken, is_broken)

    def _set_aside_if_broken(self, stored: _Stored) -> _Stored:
        if not stored.is_broken:
            return stored
        aside = self._file.set_aside()
        return _Stored(stored.values, f"{stored.problem}; the broken file is kept as {aside.name}")


class _Storage(Storage):
    """TinyDB's view of the durable file: reads and writes it whole, and knows what it wrote last."""

    def __init__(self, file: DurableFile) -> None:
        self._file = file
        self._known: tuple[_Signature | None, dict[str, dict[str, object]]] | None = None

    def signature(self) -> _Signature | None:
        """Tells one state of the file from another; None while there is none."""
        try:
            status = self._file.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def read(self) -> dict[str, dict[str, object]] | None:
        signature = self.signature()
        if self._known is not None and signature is not None and self._known[0] == signature:
            return self._known[1]
        try:
            return parsed(self._file.path)
        except FileNotFoundError:
            return None

    def write(self, data: Mapping[str, Mapping[str, object]]) -> None:
        # With an indent the encoder is Python's own: C's would hold the interpreter for all of it, and audio with it.
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
        self._file.replace(text.encode() + b"\n")
        self._known = (self.signature(), {name: dict(table) for name, table in data.items()})
