"""The OpenAPI document, made from the declarations of the settings. Knows no request."""

import functools
from typing import Any

from firmware import __version__
from firmware.settings import Settings
from firmware.webadmin.past.calls_filter import CAUSES

_REF = "#/components/schemas/{model}"
_OBJECT = {"type": "object"}
_CHANGES = {
    "type": "object",
    "maxProperties": 500,
    "description": "Settings by path (`telephones/1/name`); null puts back to the default or deletes, `-` appends.",
}
_WARNINGS = {
    "type": "object",
    "properties": {"warnings": {"type": "array", "items": {"type": "string"}}},
    "required": ["warnings"],
}
_REFUSAL = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["text"],
}
_PART = [
    {"name": "count", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 200}},
    {"name": "start", "in": "query", "schema": {"type": "integer", "minimum": 0}},
    {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 60}},
]
_LINES = {
    "type": "object",
    "properties": {"lines": {"type": "array", "items": {"type": "string"}}},
    "required": ["lines"],
}
_SURE = {"type": "object", "properties": {"sure": {"type": "boolean", "description": "Though calls are up"}}}
_RANGE = {"type": "string", "enum": ["24h", "7d", "30d"]}
_DAY = {"type": "string", "format": "date"}
_CALLS_ASKED: dict[str, dict[str, Any]] = {
    "q": {"type": "string", "maxLength": 60, "description": "How the number of somebody who took part begins"},
    "from": _DAY,
    "to": _DAY,
    "direction": {"type": "string", "enum": ["in", "out", "internal"]},
    "outcome": {"type": "string", "enum": ["answered", "missed", "unanswered"]},
    "cause": {"type": "string", "enum": list(CAUSES)},
    "extension": {"type": "string", "maxLength": 10, "description": "For installers; residents see their own"},
    "before": {"type": "string", "maxLength": 60, "description": "What the page before gave as `before`"},
}
_PATH = {"name": "path", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 200}}


@functools.cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    settings = Settings.model_json_schema(ref_template=_REF)
    parts = settings.pop("$defs", {})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Twinline", "version": __version__, "description": "Tokens are made on the page."},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**parts, "Settings": settings, "Refusal": _REFUSAL, "Warnings": _WARNINGS},
        },
        "paths": {**_of_the_box(), **_of_records()},
    }


def _of_the_box() -> dict[str, Any]:
    """What it does now, its settings, and what it can be asked to do."""
    return {
        "/api/v1/status": {"get": _reading("The state of the box", _OBJECT)},
        "/api/v1/calls": {"get": _reading("Calls now", _OBJECT)},
        "/api/v1/settings": {
            "get": _reading("All settings; secrets read ********", _ref("Settings")),
            "patch": _changing("Change settings: all or nothing, in effect at once"),
        },
        "/api/v1/settings/{path}": {
            "parameters": [_PATH],
            "get": _reading("One setting or folder of settings; with `count`, a part of a table", {}, "404")
            | {"parameters": _PART},
        },
        "/api/v1/log": {
            "get": _reading("The last lines of the log that contain `q`", _LINES) | {"parameters": _PART[2:]}
        },
        "/api/v1/restart": {"post": _restarting()},
        "/api/v1/self-test": {"post": _testing()},
        "/api/v1/mine": {
            "get": _reading("The extension of a resident", _OBJECT, "404"),
            "patch": _changing("Change what a resident may, by name", "404"),
        },
    }


def _of_records() -> dict[str, Any]:
    """What happened: past calls, and the figures of the graphs."""
    key = {"name": "key", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
    base = "/api/v1/records"
    calls = _reading("Past calls, newest first, 50 at a time", _OBJECT, "400")
    figures = _reading("Calls by quarters of an hour, sounds, trunks, lines", _OBJECT, "400")
    return {
        f"{base}/calls": {"get": {**calls, "parameters": _query(_CALLS_ASKED)}},
        f"{base}/calls/{{key}}": {"parameters": [key], "get": _reading("One past call", _OBJECT, "404")},
        f"{base}/statistics": {"get": {**figures, "parameters": _query({"range": _RANGE})}},
    }


def _query(fields: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]


def _ref(model: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=model)}


def _reading(summary: str, schema: dict[str, Any], *more: str) -> dict[str, Any]:
    return {"summary": summary, "responses": _responses(schema, "401", "403", "409", "503", *more)}


def _changing(summary: str, *more: str) -> dict[str, Any]:
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": _CHANGES}}},
        "responses": _responses(_ref("Warnings"), "400", "401", "403", "409", "413", "422", "503", *more),
    }


def _restarting() -> dict[str, Any]:
    return {
        "summary": "Start all of the box anew; refused while calls are up, unless that is meant",
        "requestBody": {"required": False, "content": {"application/json": {"schema": _SURE}}},
        "responses": _responses(_OBJECT, "400", "401", "403", "409", "413"),
    }


def _testing() -> dict[str, Any]:
    texts = {name: {"type": "string", "maxLength": 40} for name in ("telephone", "trunk", "number", "caller")}
    kind = {"type": "string", "enum": ["ring", "echo", "incoming"]}
    properties = {"kind": kind, **texts}
    asked = {"type": "object", "properties": properties, "required": ["kind"], "additionalProperties": False}
    names = ("hop", "state", "text")
    hop = {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}
    told = {"type": "object", "properties": {"hops": {"type": "array", "items": hop}}, "required": ["hops"]}
    return {
        "summary": "Make a test call; the answer comes when it is over, with each hop in words",
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": _responses(told, "400", "401", "403", "409", "413", "503"),
    }


def _responses(schema: dict[str, Any], *refusals: str) -> dict[str, Any]:
    said = {"description": "Why not, in words", "content": {"application/json": {"schema": _ref("Refusal")}}}
    done = {"description": "Done", "content": {"application/json": {"schema": schema}}}
    return {"200": done, **dict.fromkeys(sorted(refusals), said)}
