"""Brings stored settings of older versions up to date. Knows no store.

A change of the schema comes with a step here and a frozen file of the old schema among the tests.
"""

from collections.abc import Callable, Mapping

Values = dict[str, object]
Step = Callable[[Values], Values]

SCHEMA = 2


def _without_ports_of_connections(values: Values) -> Values:
    """Nothing ever listened there: calls over TCP and TLS come on the connections that the box opens itself."""
    sip = values.get("sip")
    if not isinstance(sip, dict):
        return values
    return values | {"sip": {key: value for key, value in sip.items() if key not in ("tcp_port", "tls_port")}}


STEPS: Mapping[int, Step] = {1: _without_ports_of_connections}  # by the schema that a step starts from


def migrate(values: Values, schema: int, to: int = SCHEMA, steps: Mapping[int, Step] = STEPS) -> Values:
    """`values` of `schema` as values of schema `to`."""
    for step in range(schema, to):
        values = steps[step](values)
    return values
