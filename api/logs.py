"""Structured logs: one line an event, pretty or JSON, with the request, workflow and flow-run ids."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.types import EventDict

from schemas.settings import Settings

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def escape_controls(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Write out what a terminal would obey and no reader would see; a stack trace keeps its lines."""
    return {key: _escaped(value, key) if isinstance(value, str) else value for key, value in event.items()}


def _escaped(text: str, key: str) -> str:
    shown = _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return shown if key == "exception" else shown.replace("\n", "\\n")


def configure_logs(settings: Settings) -> None:
    """Send our own log lines and every library's through structlog to standard error."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                escape_controls,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("httpx", "httpcore", "websockets"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
