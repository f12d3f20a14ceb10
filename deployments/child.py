"""What runs inside a flow run's own process."""

import multiprocessing
import os
import threading
from uuid import UUID

from prefect.engine import handle_engine_signals
from prefect.flow_engine import load_flow, load_flow_run, run_flow


def run_flow_run(flow_run_id: str) -> None:
    """Run one flow run to its end, its suspension or its abort; exits non-zero when it crashed."""
    _end_with_the_worker()
    identifier = UUID(flow_run_id)
    with handle_engine_signals(identifier):
        flow_run = load_flow_run(identifier)
        run_flow(load_flow(flow_run), flow_run=flow_run)


def _end_with_the_worker() -> None:
    """A run whose worker died would be run twice once another worker takes it over, so it ends too."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(os.EX_TEMPFAIL)

    threading.Thread(target=wait, daemon=True, name="end-with-the-worker").start()
