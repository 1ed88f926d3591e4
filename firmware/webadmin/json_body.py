"""JSON as the API takes and gives it."""

import json

import bottle

from firmware.webadmin.language import _


def sent(body: bytes) -> object:
    """What a program sent; answers 400 in words where it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bottle.HTTPError(400, _("The body is not JSON.")) from error


def answer(value: object) -> str:
    """The body of the answer, whose type it sets."""
    bottle.response.content_type = "application/json"
    return json.dumps(value)
