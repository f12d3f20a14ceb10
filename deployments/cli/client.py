"""The command line's side of the REST and WebSocket contract."""

import json
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from schemas.errors import FashionForecastError, UnavailableError
from schemas.settings import Settings

Json = dict[str, Any]
ENDINGS = {"workflow_complete", "error"}
TIMEOUT_SECONDS, PATIENCE_SECONDS, RETRY_SECONDS = 120.0, 60.0, 0.5


class Client:
    """Talks to a running service."""

    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url = url.rstrip("/")
        self._headers = headers
        self._http = httpx.Client(base_url=self._url, headers=headers, timeout=TIMEOUT_SECONDS)

    def get(self, path: str, **params: Any) -> Any:
        """GET a resource.

        Raises:
            FashionForecastError: the service's own words about what was wrong.
        """
        return self._send("GET", path, params={k: v for k, v in params.items() if v is not None})

    def post(self, path: str, body: Json, headers: dict[str, str] | None = None) -> Any:
        """POST a JSON body."""
        return self._send("POST", path, json=body, headers=headers)

    def upload(self, path: str, file: str, content: Any, fields: Json | None = None) -> Any:
        """POST a CSV file."""
        return self._send("POST", path, files={"file": (file, content, "text/csv")}, data=fields or {})

    def _send(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise UnavailableError(
                f"no service answers at {self._url}; start one with: fashion-forecast up"
            ) from error
        body = answer.json()
        if answer.is_error and "checks" not in body:
            raise FashionForecastError(
                body.get("detail", answer.reason_phrase), errors=body.get("errors") or []
            )
        return body

    def messages(self, workflow_id: str, after: int = 0) -> Generator[Json]:
        """A workflow's messages from `after` on, until it ends; a lost line is dialled again where it was."""
        base = self._url.replace("http", "ws", 1)
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            url = f"{base}/api/workflows/{workflow_id}/stream?after={after}"
            try:
                with connect(url, additional_headers=self._headers) as line:
                    for text in line:
                        patience = time.monotonic() + PATIENCE_SECONDS
                        message: Json = json.loads(text)
                        after = message["sequence"]
                        yield message
                        if message["type"] in ENDINGS:
                            return
            except ConnectionClosed as closed:
                if closed.rcvd is not None and closed.rcvd.code >= 4000:
                    raise FashionForecastError(closed.rcvd.reason) from closed
            except OSError as error:  # it may be starting again
                if time.monotonic() > patience:
                    raise UnavailableError(f"the service at {self._url} went away") from error
                time.sleep(RETRY_SECONDS)

    def close(self) -> None:
        """Hang up."""
        self._http.close()


@contextmanager
def running_client(url: str | None = None) -> Iterator[Client]:
    """A client of the service at `url`, or of the one that the settings name."""
    settings = Settings()
    token = next((person.token.get_secret_value() for person in settings.api_tokens), None)
    client = Client(url or f"http://{settings.host}:{settings.api_port}", token)
    try:
        yield client
    finally:
        client.close()
