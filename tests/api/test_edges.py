import base64
import json

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from api.app import create_app
from schemas.people import read_people
from schemas.settings import Planner, Settings

PARAMETERS = {"season_start_date": "2025-02-17"}


def assert_problem(answer, status, *words):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert all(word in answer.text for word in words), answer.text
    return problem


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"category_id": "womens_dresses"}, ["either parameters or user_input"]),
        ({"category_id": "womens_dresses", "parameters": PARAMETERS, "user_input": "x"}, ["either"]),
        ({"category_id": "womens_dresses", "user_input": ""}, ["user_input"]),
        ({"category_id": "womens_dresses", "user_input": "x" * 501}, ["user_input"]),
        ({"category_id": "womens_dresses", "parameters": {"forecast_horizon_weeks": 53}}, ["52"]),
        ({"category_id": "womens_dresses", "parameters": {"dc_holdback_percentage": 45}}, ["holdback"]),
        ({"category_id": "womens_dresses", "parameters": {"markdown_checkpoint_week": 13}}, ["12 weeks"]),
        (
            {"category_id": "womens_dresses", "parameters": {**PARAMETERS, "season_end_date": "2025-05-12"}},
            ["2025-05-11"],
        ),
    ],
)
def test_an_invalid_request_is_refused_and_named(client, body, words):
    assert_problem(client.post("/api/workflows/forecast", json=body), 422, *words)


def test_a_sentence_that_is_unsure_starts_nothing_and_asks(client):
    body = {"category_id": "womens_dresses", "user_input": "20 or 30 weeks, whenever you like"}
    problem = assert_problem(client.post("/api/workflows/forecast", json=body), 422, "low confidence")
    assert all(error["loc"] == ["body", "user_input"] for error in problem["errors"])
    assert problem["errors"]


def test_words_are_read_with_their_quotes(client):
    body = {"user_input": "8 weeks from 2025-02-17, ship everything up front"}
    answer = client.post("/api/parameters/extract", json=body)
    assert answer.status_code == 200
    parameters = answer.json()["parameters"]
    assert (parameters["forecast_horizon_weeks"], parameters["season_start_date"]) == (8, "2025-02-17")
    assert parameters["replenishment_strategy"] == "none"
    assert answer.json()["fields"]["forecast_horizon_weeks"]["quote"] == "8 weeks"


def test_a_question_is_answered_until_the_sentence_is_ready(client):
    body = {"user_input": "12 weeks from 2025-03-03, replenish in big stores, hold most of it"}
    asked = client.post("/api/parameters/extract", json=body).json()
    assert not asked["ready"]
    assert {question["field"] for question in asked["questions"]} == {
        "replenishment_strategy",
        "dc_holdback_percentage",
    }
    assert all(question["options"] for question in asked["questions"])
    answers = [{"id": "dc_holdback_percentage", "value": "sixty percent"}]
    half = client.post("/api/parameters/answer", json={**body, "answers": answers}).json()
    assert [question["field"] for question in half["questions"]] == ["replenishment_strategy"]
    option = half["questions"][0]["options"][0]["value"]
    answers.append({"id": "replenishment_strategy", "value": option})
    ready = client.post("/api/parameters/answer", json={**body, "answers": answers}).json()
    assert ready["ready"]
    assert ready["parameters"]["dc_holdback_percentage"] == 0.6
    assert ready["parameters"]["replenishment_strategy"] == option


def test_an_answer_to_no_question_is_refused(client):
    body = {"user_input": "12 weeks", "answers": [{"id": "colour", "value": "red"}]}
    assert_problem(client.post("/api/parameters/answer", json=body), 422, "colour")


def test_the_locale_of_a_request_decides_how_a_date_is_read(client):
    body = {"user_input": "12 weeks from 03/04/2025"}
    starts = [
        client.post("/api/parameters/extract", json={**body, "locale": locale}).json()["parameters"][
            "season_start_date"
        ]
        for locale in ("US", "UK", "DE")
    ]
    assert starts == ["2025-03-04", "2025-04-03", "2025-04-03"]


def test_the_usual_holdback_is_the_planners_own(client, settings):
    known = settings.model_copy(
        update={
            "api_tokens": read_people("anna=s3cret"),
            "planners": {"anna": Planner(locale="UK", time_zone="Europe/London", usual_holdback=0.3)},
        }
    )
    with TestClient(create_app(known)) as annas:
        found = annas.post(
            "/api/parameters/extract",
            json={"user_input": "12 weeks from 03/04/2025, the usual holdback"},
            headers={"Authorization": "Bearer s3cret"},
        ).json()["parameters"]
    assert (found["season_start_date"], found["dc_holdback_percentage"]) == ("2025-04-03", 0.3)


def test_words_that_no_database_can_hold_are_read_all_the_same(client):
    answer = client.post(
        "/api/parameters/extract",
        content=b'{"user_input": "12 weeks\\u0000 from March 2 \\ud800 \\u0001"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in {200, 422}


def test_extractions_are_throttled(client, settings):
    slow = settings.model_copy(update={"extractions_per_minute": 2})
    with TestClient(create_app(slow), raise_server_exceptions=False) as hurried:
        body = {"user_input": "8 weeks"}
        answers = [hurried.post("/api/parameters/extract", json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 0


def test_an_unknown_category_lists_those_there_are(client):
    body = {"category_id": "hats", "parameters": PARAMETERS}
    assert_problem(client.post("/api/workflows/forecast", json=body), 404, "hats", "womens_dresses")


@pytest.mark.parametrize(
    "path",
    [
        "/api/workflows/wf_nothing",
        "/api/workflows/wf_nothing/results",
        "/api/forecasts/fc_nothing",
        "/api/allocations/fc_nothing",
        "/api/markdowns/fc_nothing",
        "/api/approvals/wf_nothing",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_a_404(client, path):
    assert_problem(client.get(path), 404)


def test_while_the_engine_is_away_health_says_what_is_missing(client):
    answer = client.get("/api/health")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    checks = answer.json()["checks"]
    assert {name: check["ok"] for name, check in checks.items() if name != "llm"} == {
        "database": True,
        "prefect": False,
        "worker": False,
    }


def test_a_key_used_for_another_request_is_a_conflict(client):
    for weeks, status in ((12, 202), (10, 409)):
        answer = client.post(
            "/api/workflows/forecast",
            json={
                "category_id": "womens_dresses",
                "parameters": {**PARAMETERS, "forecast_horizon_weeks": weeks},
            },
            headers={"Idempotency-Key": "spring"},
        )
        assert answer.status_code == status, answer.text
    assert_problem(answer, 409, "spring")


def test_nothing_that_does_not_wait_can_be_decided(client):
    body = {"workflow_id": "wf_nothing", "action": "accept"}
    assert_problem(client.post("/api/approvals/manufacturing", json=body), 404)
    body["safety_stock_pct"] = 0.5
    assert_problem(client.post("/api/approvals/manufacturing", json=body), 422, "safety_stock_pct")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client):
    body = json.dumps({"category_id": "womens_dresses", "user_input": "x" * 20_000})
    assert_problem(client.post("/api/workflows/forecast", content=body), 413)


def test_an_upload_that_is_too_large_is_refused(client):
    content = b"date,category,store_id,quantity_sold\n" + b"2024-01-01,a,s,1\n" * 100_000
    answer = client.post("/api/data/upload-historical-sales", files={"file": ("h.csv", content, "text/csv")})
    assert_problem(answer, 413)


HISTORY = b"date,category,store_id,quantity_sold,revenue\n2024-01-01,Hats,S1,3,30\n2024-01-08,Hats,S1,4,40\n"


def upload(client, content, kind="text/csv", path="/api/data/upload-historical-sales"):
    return client.post(path, files={"file": ("h.csv", content, kind)})


def test_a_history_is_taken_and_the_same_file_changes_nothing(client):
    for _ in range(2):
        answer = upload(client, HISTORY)
        assert answer.status_code == 200, answer.text
        assert answer.json()["rows_imported"] == 2
        assert answer.json()["date_range"] == {"start": "2024-01-01", "end": "2024-01-08"}
        assert answer.json()["categories_detected"] == ["hats"]
    counts = {row["category_id"]: row["row_count"] for row in client.get("/api/categories").json()}
    assert counts["hats"] == 2


def test_a_file_with_one_bad_row_is_refused_whole(client):
    problem = assert_problem(upload(client, HISTORY + b"2024-13-01,Hats,S1,-4,1\n"), 422)
    assert problem["errors"][0]["row"] == 4
    assert {error["column"] for error in problem["errors"]} == {"date", "quantity_sold"}
    assert "hats" not in {row["category_id"] for row in client.get("/api/categories").json()}


def test_what_is_not_csv_is_a_415(client):
    assert_problem(upload(client, b"%PDF", "application/pdf"), 415, "application/pdf")


def test_once_stores_are_described_a_history_with_others_is_refused(client):
    stores = b"store_id,store_name,store_size_sqft\nS1,First,1000\n"
    assert upload(client, stores, path="/api/data/upload-stores").json()["rows_imported"] == 1
    assert upload(client, HISTORY).status_code == 200
    assert_problem(upload(client, HISTORY.replace(b"S1", b"S9")), 422, "S9")
    assert [store["store_id"] for store in client.get("/api/stores").json()] == ["S1"]


def test_an_unknown_workflow_closes_the_stream_with_4404(client):
    with (
        client.websocket_connect("/api/workflows/wf_nothing/stream") as line,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        line.receive_text()
    assert closed.value.code == 4404


def test_with_tokens_set_only_their_bearers_come_in(client, settings: Settings):
    guarded = settings.model_copy(update={"api_tokens": read_people("anna=s3cret")})
    with TestClient(create_app(guarded), raise_server_exceptions=False) as stranger:
        answer = stranger.get("/api/categories")
        assert_problem(answer, 401, "Bearer")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert stranger.get("/api/categories", headers={"Authorization": "Bearer s3cret"}).status_code == 200
        with (
            stranger.websocket_connect("/api/workflows/wf_nothing/stream") as line,
            pytest.raises(WebSocketDisconnect) as closed,
        ):
            line.receive_text()
        assert closed.value.code == 4401


def test_every_route_is_described_with_a_summary_and_its_errors(client):
    document = client.get("/openapi.json").json()
    assert "Problem" in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path} has no summary"
            if path != "/api/health":
                assert "401" in operation["responses"], f"{method} {path} does not say who may call it"


HOSTILE = ["\u0000", "a\u0000b", "\ud800", "\udfff tail"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/workflows/forecast", {"category_id": None, "parameters": PARAMETERS}),
        ("/api/workflows/forecast", {"category_id": "womens_dresses", "user_input": None}),
        ("/api/workflows/forecast", {"category_id": "womens_dresses", "parameters": {None: 1}}),
        ("/api/parameters/extract", {"user_input": None}),
        ("/api/approvals/manufacturing", {"workflow_id": "wf_1", "action": "accept", "note": None}),
        ("/api/approvals/markdown", {"workflow_id": None, "action": "accept"}),
        ("/api/workflows/weekly-review", {"forecast_id": None}),
        ("/api/plans/compare", {"category_id": None, "plans": [{"name": "a", "parameters": {}}] * 2}),
        ("/api/agents/demand/forecast", {"category_id": None, "parameters": PARAMETERS}),
    ],
)
def test_text_that_no_database_holds_is_refused_wherever_it_stands(client, path, body, text):
    def filled(part):
        if isinstance(part, dict):
            return {text if key is None else key: filled(value) for key, value in part.items()}
        return text if part is None else part

    answer = client.post(path, content=json.dumps(filled(body)), headers={"Content-Type": "application/json"})
    assert_problem(answer, 422)


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        encoded(["2025-01-01T00:00:00", "wf_1"]),
        encoded(["0001-01-01T00:00:00+14:00", "wf_1"]),
        encoded(["2025-01-01T00:00:00Z", "\ud800"]),
        encoded(["2025-01-01T00:00:00Z", "\u0000"]),
        encoded({"a": 1}),
        base64.urlsafe_b64encode(b"[" * 250).decode(),
        "nonsense",
        "=",
        "%C3%A9",
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(client, cursor):
    assert_problem(client.get(f"/api/workflows?cursor={cursor}"), 422, "cursor")


@pytest.mark.parametrize(
    "path",
    [
        f"/api/forecasts?skip={2**63}",
        "/api/forecasts?limit=101",
        "/api/forecasts?skip=-1",
        f"/api/variance/fc_1/week/{10**30}",
        "/api/variance/fc_1/week/0",
        "/api/workflows?category_id=%00",
        "/api/forecasts/%00",
        "/api/workflows/wf_%ED%A0%80",
    ],
)
def test_numbers_and_ids_have_bounds(client, path):
    assert_problem(client.get(path), 422)


@pytest.mark.parametrize("start", ["9999-12-31", "0001-01-01", "2100-12-30", "1900-01-01"])
def test_a_season_lies_within_the_calendar(client, start):
    body = {"category_id": "womens_dresses", "parameters": {**PARAMETERS, "season_start_date": start}}
    assert_problem(client.post("/api/workflows/forecast", json=body), 422, "2100-12-31")


@pytest.mark.parametrize(
    "sentence", ["12 weeks from 9999-12-31", "12 weeks from 0001-01-01", "12 weeks from December 30th 2100"]
)
def test_a_season_in_words_lies_within_the_calendar_too(client, sentence):
    answer = client.post("/api/parameters/extract", json={"user_input": sentence})
    assert answer.status_code in {200, 422}
    assert answer.status_code == 422 or answer.json()["confidence"] == "low"
    body = {"category_id": "womens_dresses", "user_input": sentence}
    assert_problem(client.post("/api/workflows/forecast", json=body), 422)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "true", '"3"'])
def test_what_is_no_number_is_refused(client, number):
    body = f'{{"forecast_id": "fc_1", "actual_sales_week_1_to_n": [{number}], "remaining_weeks": 3}}'
    answer = client.post(
        "/api/workflows/reforecast", content=body, headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 422, "actual_sales_week_1_to_n")


@pytest.mark.parametrize("key", ["", "x" * 201, "spr\u00efng"])
def test_an_idempotency_key_is_some_plain_text(client, key):
    body = {"category_id": "womens_dresses", "parameters": PARAMETERS}
    headers = {"Idempotency-Key": key.encode("latin-1")}
    assert_problem(client.post("/api/workflows/forecast", json=body, headers=headers), 422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"category_id": ', "application/json", 400),
        (b"\xff\xfe\xfd", "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b"category_id=a", "application/x-www-form-urlencoded", 415),
        (b"a,b", "text/csv", 415),
        (b"{}", None, 415),
    ],
)
def test_a_body_that_cannot_be_read_says_why(client, content, kind, status):
    headers = {"Content-Type": kind} if kind else {}
    assert_problem(client.post("/api/workflows/forecast", content=content, headers=headers), status)


def test_a_file_is_sent_as_a_form(client):
    answer = client.post("/api/data/upload-stores", json={"file": "store_id"})
    assert_problem(answer, 415, "multipart/form-data")


def test_a_body_that_grows_too_large_as_it_arrives_is_refused(client):
    body = (b" " * 4096 for _ in range(8))
    answer = client.post(
        "/api/workflows/forecast", content=body, headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 413)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/workflows/wf_1", "GET"),
        ("GET", "/api/workflows/forecast", "POST"),
        ("GET", "/api/approvals/markdown", "POST"),
        ("PATCH", "/api/categories", "GET"),
    ],
)
def test_another_method_is_a_405_that_names_those_there_are(client, method, path, allowed):
    answer = client.request(method, path)
    assert_problem(answer, 405)
    assert allowed in answer.headers["allow"].split(", ")


def test_a_fault_of_our_own_is_a_problem_with_its_id_and_tells_no_secret(client, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the password is hush")

    monkeypatch.setattr("api.routes.catalogue.list_stores", broken)
    origin = {"Origin": "http://localhost:3000"}
    answer = client.get("/api/stores", headers=origin)
    assert_problem(answer, 500)
    assert "hush" not in answer.text
    assert answer.headers["access-control-allow-origin"] == origin["Origin"]
