"""Who may do what: roles, rotation without a restart, and nobody's body read before their token."""

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from api.app import create_app
from schemas.errors import InvalidInputError
from schemas.people import read_people

TOKENS = "paula:planner=plan, adam:approver=decide, olga:operator=run, root=all"


@pytest.fixture
def guarded(client, settings):
    """The API with a token of each role."""
    app = create_app(settings.model_copy(update={"api_tokens": read_people(TOKENS)}))
    with TestClient(app, raise_server_exceptions=False) as guarded:
        yield guarded


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


DECISION = {"workflow_id": "wf_1", "action": "accept"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/categories", {"plan", "decide", "all"}),
        ("GET", "/api/approvals/wf_1", {"plan", "decide", "all"}),
        ("POST", "/api/approvals/manufacturing", {"decide", "all"}),
        ("POST", "/api/approvals/markdown", {"decide", "all"}),
        ("POST", "/api/approvals/anything-new", {"decide", "all"}),
        ("POST", "/api/workflows/wf_1/retry", {"run", "all"}),
        ("GET", "/metrics", {"run", "all"}),
        ("GET", "/api/health", {"plan", "decide", "run", "all", "nobody's"}),
    ],
)
def test_each_role_may_do_its_own(guarded, method, path, allowed):
    body = DECISION if method == "POST" else None
    for token in ("plan", "decide", "run", "all", "nobody's"):
        status = guarded.request(method, path, json=body, headers=bearer(token)).status_code
        refused = 401 if token == "nobody's" else 403
        assert (status == refused) == (token not in allowed), (path, token, status)


def test_a_body_is_not_read_before_the_token(guarded):
    answer = guarded.post("/api/workflows/forecast", content=b"{" * 10_000_000)  # 413, and no JSON either
    assert answer.status_code == 401
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_an_operators_token_opens_no_stream(guarded):
    with (
        guarded.websocket_connect("/api/workflows/wf_1/stream?token=run") as line,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        line.receive_text()
    assert closed.value.code == 4403


def test_tokens_in_a_file_are_rotated_without_a_restart(client, settings, tmp_path):
    file = tmp_path / "tokens"
    file.write_text("# who may\nanna=old\n")
    app = create_app(settings.model_copy(update={"api_tokens_file": file}))
    with TestClient(app, raise_server_exceptions=False) as rotating:

        def status(token):
            return rotating.get("/api/categories", headers=bearer(token)).status_code

        assert (status("old"), status("new")) == (200, 401)
        (tmp_path / "next").write_text("anna=old\nanna=new\n")
        (tmp_path / "next").replace(file)
        assert (status("old"), status("new")) == (200, 200)
        file.write_text("anna=new, anna:nothing=x\n")
        assert (status("old"), status("new")) == (200, 200), "a broken file leaves the last tokens in force"
        file.unlink()
        assert status("new") == 200
        file.write_text("anna=new\n")
        assert (status("old"), status("new")) == (401, 200)


def test_a_file_of_tokens_that_is_not_there_is_said_at_the_start(settings, tmp_path):
    missing = settings.model_copy(update={"api_tokens_file": tmp_path / "nowhere"})
    with pytest.raises(InvalidInputError, match="nowhere"):
        create_app(missing)
