"""Brings stored settings of older versions up to date. Knows no store.

A change of the schema comes with a step here and a frozen file of the old schema among the tests.
"""

from collections.abc import Callable, Mapping

Values = dict[str, object]
Step = Callable[[Values], Values]

SCHEMA = 1
STEPS: Mapping[int, Step] = {}  # by the schema that a step starts from


def migrate(values: Values, schema: int, to: int = SCHEMA, steps: Mapping[int, Step] = STEPS) -> Values:
    """`values` of `schema` as values of schema `to`."""
    for step in range(schema, to):
        values = steps[step](values)
    return values
