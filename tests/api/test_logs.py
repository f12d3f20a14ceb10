"""What a log shows: no byte that a terminal would obey, whoever wrote it."""

import logging

import pytest
import structlog

from api.logs import configure_logs
from schemas.settings import Settings

HOSTILE = "a\x1b[31mred\x07\r\nFORGED line\x9b2J\u2028\ud800"


@pytest.fixture(autouse=True)
def _loggers_as_they_were():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("form", ["pretty", "json"])
def test_no_control_character_reaches_a_log(capsys, form):
    configure_logs(Settings(_env_file=None, log_format=form))
    structlog.get_logger("a").info(HOSTILE, path=HOSTILE)
    logging.getLogger("b").warning("read %s", HOSTILE)
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 2
    assert all(line.isprintable() for line in written.splitlines())
    assert "FORGED" in written
