"""kill -9 of parts and flows while seasons are planned: `python benchmarks/kill.py`; loopback only, bounded.

Starts plans, kills a part or a flow every few seconds, approves what asks, and says whether every plan was
completed, each stage once and the stream without a gap.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import time

import httpx
from service import flow_processes, sample_service
from sqlalchemy import select

from deployments.supervisor import Service
from models.session import Database
from models.stream import WorkflowLog

MOST_PLANS, MOST_KILLS, PATIENCE_SECONDS = 20, 60, 900
BODY = {"category_id": "womens_dresses", "parameters": {"season_start_date": "2025-02-17"}}
VICTIMS = ("api", "worker", "prefect", "flow")


async def kill_some(service: Service, kills: int, every: float) -> None:
    """One kill -9 after another."""
    choose = random.Random(7)  # noqa: S311  who is killed next
    for _ in range(kills):
        await asyncio.sleep(every)
        victim = choose.choice(VICTIMS)
        if victim == "flow":
            pids = flow_processes(service)
        else:
            process = service.parts[victim].process
            pids = [process.pid] if process else []
        for pid in pids[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL) if victim == "flow" else os.killpg(pid, signal.SIGKILL)
        print(f"killed {victim}")


async def see_through(client: httpx.AsyncClient, key: str) -> str:
    """Start a plan, approve it once it asks, and wait for its end; gives its id."""
    workflow_id, deadline = "", time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if not workflow_id:
                answer = await client.post(
                    "/api/workflows/forecast", json=BODY, headers={"Idempotency-Key": key}
                )
                workflow_id = answer.json()["workflow_id"]
            view = (await client.get(f"/api/workflows/{workflow_id}")).json()
            if view["status"] in {"completed", "failed", "cancelled"}:
                break
            if view["status"] == "awaiting_approval":
                decision = {"workflow_id": workflow_id, "action": "accept"}
                await client.post("/api/approvals/manufacturing", json=decision)
        await asyncio.sleep(0.5)
    return workflow_id


def faults_of(database: Database, workflow_id: str) -> list[str]:
    """What is wrong with a stream."""
    with database.read() as session:
        query = select(WorkflowLog).where(WorkflowLog.workflow_id == workflow_id)
        rows = session.scalars(query.order_by(WorkflowLog.sequence)).all()
    completed = [row.payload["stage"] for row in rows if row.type == "agent_completed"]
    found = [] if [row.sequence for row in rows] == list(range(1, len(rows) + 1)) else ["a gap"]
    found += [] if len(set(completed)) == len(completed) else ["a stage told twice"]
    return found + ([] if rows and rows[-1].type == "workflow_complete" else ["not completed"])


async def main() -> None:
    """Measure, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--plans", type=int, default=6)
    ask.add_argument("--kills", type=int, default=14)
    ask.add_argument("--every", type=float, default=6.0, help="Seconds between kills.")
    given = ask.parse_args()
    async with sample_service("", "") as service:
        began = time.monotonic()
        async with httpx.AsyncClient(base_url=service.addresses.api_url, timeout=30) as client:
            killing = asyncio.create_task(kill_some(service, min(given.kills, MOST_KILLS), given.every))
            plans = range(min(given.plans, MOST_PLANS))
            ids = await asyncio.gather(*(see_through(client, f"plan {number}") for number in plans))
            killing.cancel()
        database = Database(service.settings.resolved_database_url)
        faults = {each: found for each in ids if (found := faults_of(database, each))}
        database.close()
        print(f"{len(ids)} plans after {time.monotonic() - began:.0f} s; faults: {faults or 'none'}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    asyncio.run(main())
