"""What an operator sees in the Prefect UI: progress, and tables, texts and pictures beside a run."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact
from prefect.context import get_run_context
from prefect.events import emit_event
from prefect.logging import get_run_logger

from schemas.stages import PROGRESS_EVENT, Stage


class PrefectOperator:
    """Tells the run that this is called in; satisfies `tasks.stage.Operator`."""

    def progress(self, workflow_id: str, stage: Stage, fraction: float, message: str) -> None:
        """A log line and an event that belongs to the flow run."""
        get_run_logger().info(message)
        context = get_run_context()
        flow_run_id = getattr(getattr(context, "task_run", None), "flow_run_id", None)
        emit_event(
            event=PROGRESS_EVENT,
            resource={"prefect.resource.id": f"fashion-forecast.workflow.{workflow_id}"},
            related=[
                {
                    "prefect.resource.id": f"prefect.flow-run.{flow_run_id}",
                    "prefect.resource.role": "flow-run",
                }
            ],
            payload={
                "workflow_id": workflow_id,
                "stage": stage.name,
                "message": message,
                "progress_pct": round(stage.progress(fraction), 1),
            },
        )

    def table(self, name: str, subject: str, description: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """A table artifact."""
        create_table_artifact(
            key=_key(name, subject), description=description, table=[dict(row) for row in rows]
        )

    def note(self, name: str, subject: str, text: str) -> None:
        """A Markdown artifact."""
        create_markdown_artifact(key=_key(name, subject), markdown=text)

    def picture(self, name: str, subject: str, description: str, draw: Callable[[], bytes]) -> None:
        """An image artifact."""
        url = f"data:image/png;base64,{base64.b64encode(draw()).decode()}"
        create_image_artifact(key=_key(name, subject), image_url=url, description=description)


def _key(*parts: str) -> str:
    """Artifact keys take small letters, numbers and dashes."""
    return "-".join(parts).replace("_", "-").lower()
