"""A language model's server on loopback that speaks both wire formats and misbehaves as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Says:
    """A proper answer: text, or calls of tools (name and arguments)."""

    text: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    refusal: str | None = None


@dataclass(frozen=True)
class Fails:
    """An answer that is none: a status, a body that may be no JSON, headers."""

    status: int = 500
    body: str = '{"error": {"message": "no"}}'
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hangs:
    """Nothing, for a while."""

    seconds: float = 30.0


@dataclass(frozen=True)
class Cuts:
    """The connection is cut, in the middle of a body."""


Step = Says | Fails | Hangs | Cuts


class ModelServer:
    """Answers with one step after the other; the last one again and again."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.stopped = threading.Event()
        self.url = ""

    def next_step(self, path: str, body: dict[str, Any]) -> Step:
        self.requests.append((path, body))
        return self.steps[min(len(self.requests), len(self.steps)) - 1]


@contextmanager
def model_server(*steps: Step) -> Iterator[ModelServer]:
    """Serve the steps on a free port."""
    script = ModelServer(steps or (Fails(),))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            return

        def do_GET(self) -> None:
            step = script.steps[0]
            if isinstance(step, Hangs):
                script.stopped.wait(step.seconds)
            status = step.status if isinstance(step, Fails) else 200
            self._send(status, '{"object": "list", "data": []}', {})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            step = script.next_step(self.path, json.loads(raw))
            if isinstance(step, Hangs):
                script.stopped.wait(step.seconds)
                self.close_connection = True
            elif isinstance(step, Cuts):
                self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": ')
                self.wfile.flush()
                self.close_connection = True
            elif isinstance(step, Fails):
                self._send(step.status, step.body, step.headers)
            else:
                wire = responses_body if self.path.endswith("/responses") else completions_body
                self._send(200, json.dumps(wire(step, len(script.requests))), {})

        def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
            data = body.encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        script.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def completions_body(step: Says, number: int) -> dict[str, Any]:
    """The answer as /chat/completions gives it."""
    calls = [
        {
            "id": f"call_{number}_{i}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(given)},
        }
        for i, (name, given) in enumerate(step.calls)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": step.text or None, "refusal": step.refusal}
    if calls:
        message["tool_calls"] = calls
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def responses_body(step: Says, number: int) -> dict[str, Any]:
    """The answer as /responses gives it."""
    output: list[dict[str, Any]] = [
        {
            "type": "function_call",
            "id": f"fc_{number}_{i}",
            "call_id": f"call_{number}_{i}",
            "name": name,
            "arguments": json.dumps(given),
            "status": "completed",
        }
        for i, (name, given) in enumerate(step.calls)
    ]
    part = (
        {"type": "refusal", "refusal": step.refusal}
        if step.refusal
        else {"type": "output_text", "text": step.text, "annotations": []}
    )
    if not output:
        output = [
            {
                "type": "message",
                "id": f"msg_{number}",
                "role": "assistant",
                "status": "completed",
                "content": [part],
            }
        ]
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1,
        "model": "test",
        "output": output,
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 120,
        },
    }
