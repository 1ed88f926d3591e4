"""The API does what its OpenAPI document says, whatever it is asked: schemathesis asks, the real settings answer."""

import json
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import positive_data_acceptance

from firmware.webadmin import openapi
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import pages_of

OPERATIONS = [
    (path, method)
    for path, operations in openapi.document()["paths"].items()
    for method in operations
    if method != "parameters"
]
often = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    run = tmp_path_factory.mktemp("box") / "run"
    run.mkdir()
    with Gateway(run):
        yield pages_of(run)


@pytest.fixture(scope="module")
def api(pages: Pages) -> schemathesis.BaseSchema:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", pages.wsgi)
    assert json.loads(json.dumps(openapi.document())) == schema.raw_schema
    return schema


@pytest.fixture(scope="module", params=[Role.INSTALLER, Role.RESIDENT], ids=lambda role: role.name.lower())
def token(pages: Pages, request: pytest.FixtureRequest) -> str:
    return pages.users.make_token("house", request.param, "101" if request.param is Role.RESIDENT else "")


@pytest.mark.long
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_answers_as_its_document_says(
    api: schemathesis.BaseSchema, token: str, path: str, method: str
) -> None:
    @often
    @given(case=api[path][method].as_strategy())
    def ask(case: Case) -> None:
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            excluded_checks=[positive_data_acceptance],  # which settings go together, no schema tells
        )

    ask()
