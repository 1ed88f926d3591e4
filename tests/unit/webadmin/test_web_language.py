"""Both languages: nothing is missing, and everybody hears the own one."""

import ast
import importlib.util
import re
import time
from pathlib import Path
from types import ModuleType

import pytest

from firmware.telephony.events import Cause
from firmware.telephony.sip import registration
from firmware.telephony.sip.connection_words import Certificate, certificate_words, failure_words
from firmware.telephony.sip.trial_steps import echo_ended, echo_heard, time_over
from firmware.webadmin import words
from firmware.webadmin.language import _, best, speaking
from firmware.webadmin.said import PATTERNS, retold
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway, Simulator
from tests.unit.webadmin.wsgi_browser import Browser, pages_of

ROOT = Path(__file__).parents[3]
HOLE = re.compile(r"\{[^}]*\}")
ENGLISH = re.compile(r"\b(the|is|was|not|no|and|has|far|refused|busy|call)\b")


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_is_translated_and_compiled(messages: ModuleType) -> None:
    for language in messages.LANGUAGES:
        catalog = messages.updated(language)
        assert messages.untranslated(catalog) == [], "run tools/messages.py and translate"
        assert messages.path_of(language, "mo").read_bytes() == messages.compiled(catalog), "run tools/messages.py"


def test_a_translation_holds_what_its_text_holds(messages: ModuleType) -> None:
    for language in messages.LANGUAGES:
        for message in messages.updated(language):
            if not message.id:
                continue
            one = message.id if isinstance(message.id, str) else message.id[0]
            translations = [message.string] if isinstance(message.string, str) else message.string
            for translated in translations:
                assert len(HOLE.findall(translated)) == len(HOLE.findall(one)), one
                assert not re.search("[<>]", translated), "no markup in messages"


def test_no_template_holds_words_outside_the_catalogue() -> None:
    for path in (ROOT / "firmware" / "webadmin" / "views").glob("*.tpl"):
        text = re.sub(r"(?m)^\s*%.*$", "", path.read_text())
        text = re.sub(r"\{\{.*?\}\}", "", text)
        text = re.sub(r"<(svg|title|style)\b.*?</\1>", "", text, flags=re.S)
        shown = re.sub(r"<[^>]*>", " ", text).replace("Twinline", "").replace("/api/openapi.json", "")
        shown += " ".join(re.findall(r'(?:title|placeholder|aria-label)="([^"{]+)"', text))
        assert not re.findall(r"[A-Za-z]{3,}", shown), path.name


def test_whatever_the_judges_of_settings_say_can_be_retold() -> None:
    """Each f-string that tells an error has its pattern: with values in it, it is still translated."""
    for name in ("check", "rules", "paths"):
        tree = ast.parse((ROOT / "firmware" / "settings" / f"{name}.py").read_text())
        for sentence in sentences(tree):
            text = sentence.replace("{}", "7")
            with speaking("de"):
                assert retold(text) != text or text in ("none",), f"{name}: {sentence}"


def sentences(tree: ast.AST) -> list[str]:
    """The words of `yield path, words` and of SettingError(path, words)."""
    found = []
    for node in ast.walk(tree):
        pair = node.value.elts if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) else None
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("SettingError", "_refused"):
            pair = node.args
        if pair and len(pair) == 2:
            found += [text for text in [plain(pair[1])] if text]
    return [text for text in found if not text.startswith("more than")]


def plain(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return text.replace("there is no such setting{}", "there is no such setting")
    return ""


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("99999 is not a whole number from 0 to 600", "99999 geht hier nicht; erwartet: eine ganze Zahl von 0 bis 600"),
        ('"x" is not one of tls, tcp', "„x“ ist keines von tls, tcp"),
        ("is missing: 2 to 6 digits", "fehlt: 2 bis 6 Ziffern"),
        ("something that no catalogue knows", "something that no catalogue knows"),
        ("", ""),
    ],
)
def test_what_other_processes_say_is_retold(english: str, german: str) -> None:
    assert retold(english) == english
    with speaking("de"):
        assert retold(english) == german


def test_patterns_are_found_whatever_is_in_them() -> None:
    with speaking("de"):
        for pattern in PATTERNS:
            retold(pattern.replace("{}", "{} ('\"\n"))
        retold("x" * 100_000)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr,de;q=0.5,en;q=0.3", "de"),
        ("fr, it", "en"),
        ("de;q=0", "en"),
        ("xx;q=9;;,,;q", "en"),
        ("de," * 10_000, "de"),
    ],
)
def test_the_browsers_languages_are_weighed(header: str, language: str) -> None:
    assert best(header) == language


def test_each_visitor_is_spoken_to_in_the_own_language_at_the_same_time(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with Gateway(run), Simulator(run):
        pages = pages_of(run)
        pages.start()
        try:
            one, two = Browser(pages), Browser(pages)
            until(lambda: two.get("/").status == 200, 10, "the page finds the gateway")
            german = {"HTTP_ACCEPT_LANGUAGE": "de-DE,de;q=0.9"}
            for _time in range(2):
                assert '<html lang="de">' in one.get("/", **german).text
                assert "Im Gespräch" in one.get("/parts", **german).text
                assert "Talking" in two.get("/parts").text
            assert one.press("/language", language="de", next="/settings").headers["location"] == "/settings"
            assert "Einstellungen" in one.get("/settings").text, "kept in a cookie"
            one.press("/language", language="xx")
            assert "Einstellungen" in one.get("/settings").text
            one.press("/language", language="en")
            assert "Settings" in one.get("/settings", **german).text
        finally:
            pages.stop()


def test_outside_of_a_visit_english_is_spoken() -> None:
    assert _("Ready") == "Ready"
    assert words.of_line("idle", "").words == "Ready"
    with speaking("de"):
        assert words.of_line("idle", "").words == "Bereit"
        assert words.of_line("talking", "12").words == "Im Gespräch mit 12"
    with speaking("xx"):
        assert _("Ready") == "Ready"


def test_whatever_a_trial_of_an_account_says_can_be_retold() -> None:
    now = time.time()
    causes = (cause for cause in Cause if cause.facts.sip in range(400, 700))
    said = [
        *(
            f"sip.example.org: {registration.words_of(status, '')}"
            for status in (401, 402, 403, 404, 407, 408, 423, 503)
        ),
        *(certificate_words(Certificate(1 << bit, ["a.example"], 0, 0), now) for bit in (1, 2, 3, 4, 6, 7, 8, 9, 30)),
        certificate_words(Certificate(1 << 2 | 1 << 30 | 1, ["a.example"], 0, 0), now),
        *(failure_words(text) for text in ("PJ_EEOF", "PJ_ETIMEDOUT", "wrong version number", "handshake failure")),
        *(echo_ended(cause, is_answered=False, is_sound=False).text for cause in causes),
        *(echo_ended(Cause.NORMAL, is_answered=True, is_sound=is_sound).text for is_sound in (True, False)),
        echo_heard(40).text,
        time_over(is_registering=True, is_answered=False, is_sound=False).text,
    ]
    with speaking("de"):
        for text in said:
            assert not ENGLISH.search(retold(text)), f"{text}: {retold(text)}"
