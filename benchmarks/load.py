"""Many plans at once, and many reads: `python benchmarks/load.py`; loopback only, and bounded.

Starts plans within a second, watches until each waits for its approval, then reads at a steady rate while one
more plan runs, and says how long answers took. With --database and --prefect-database it runs on PostgreSQL.
"""

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Sequence

import httpx
from service import flow_processes, resident_mebibytes, sample_service

from deployments.supervisor import Service

MOST_PLANS, MOST_SECONDS, PATIENCE_SECONDS = 100, 120, 600
BODY = {"category_id": "womens_dresses", "parameters": {"season_start_date": "2025-02-17"}}
READS = (
    ("one workflow", 40),
    ("list", 20),
    ("categories", 14),
    ("forecasts", 13),
    ("health", 13),
)  # in per cent


def told(name: str, seconds: Sequence[float]) -> None:
    """Print a spread."""
    line = sorted(seconds)
    at = [line[min(int(len(line) * share), len(line) - 1)] * 1000 for share in (0.5, 0.95, 1.0)]
    print(f"{name}: {len(line)} answers, median {at[0]:.0f} ms, p95 {at[1]:.0f} ms, most {at[2]:.0f} ms")


async def start_plans(client: httpx.AsyncClient, plans: int) -> list[str]:
    """Start plans within one second; gives their ids."""

    async def start(number: int) -> tuple[float, str]:
        await asyncio.sleep(number / plans)
        began = time.monotonic()
        answer = await client.post("/api/workflows/forecast", json=BODY)
        return time.monotonic() - began, answer.raise_for_status().json()["workflow_id"]

    started = await asyncio.gather(*(start(number) for number in range(plans)))
    told("POST of a plan", [seconds for seconds, _ in started])
    return [workflow_id for _, workflow_id in started]


async def watch(service: Service, client: httpx.AsyncClient, ids: Sequence[str]) -> None:
    """Wait until every plan waits for its approval; say how many ran at once."""
    began, most, memory = time.monotonic(), 0, 0.0
    counts: Counter[str] = Counter()
    while time.monotonic() - began < PATIENCE_SECONDS:
        processes = await asyncio.to_thread(flow_processes, service)
        most = max(most, len(processes))
        memory = max(memory, resident_mebibytes(processes))
        listed = (await client.get("/api/workflows", params={"limit": 100})).raise_for_status().json()
        counts = Counter(view["status"] for view in listed["workflows"] if view["workflow_id"] in ids)
        if counts["awaiting_approval"] + counts["failed"] == len(ids):
            break
        await asyncio.sleep(0.25)
    print(f"after {time.monotonic() - began:.0f} s: {dict(counts)}")
    limit = service.settings.worker_limit
    print(f"at most {most} processes of flows (limit {limit}), {memory:.0f} MiB together")


async def read(client: httpx.AsyncClient, ids: Sequence[str], a_second: int, seconds: int) -> None:
    """Read at a steady rate, whether answers come or not."""
    paths = {
        "list": "/api/workflows?limit=20",
        "categories": "/api/categories",
        "forecasts": "/api/forecasts",
        "health": "/api/health",
    }
    choose = random.Random(7)  # noqa: S311  which read comes next
    names, weights = [name for name, _ in READS], [weight for _, weight in READS]
    failed: Counter[str] = Counter()
    took: list[float] = []

    async def once() -> None:
        name = choose.choices(names, weights)[0]
        path = paths.get(name, f"/api/workflows/{choose.choice(ids)}")
        began = time.monotonic()
        try:
            answer = await client.get(path, timeout=10)
            took.append(time.monotonic() - began)
            if answer.is_error:
                failed[str(answer.status_code)] += 1
        except httpx.HTTPError as error:
            failed[type(error).__name__] += 1

    await client.post("/api/workflows/forecast", json=BODY)
    async with asyncio.TaskGroup() as group:
        begin = time.monotonic()
        for number in range(a_second * seconds):
            await asyncio.sleep(max(begin + number / a_second - time.monotonic(), 0))
            group.create_task(once())
    told(f"{a_second} reads a second for {seconds} s", took)
    print(f"failed: {dict(failed) or 'none'}")


async def main() -> None:
    """Measure, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--plans", type=int, default=50)
    ask.add_argument("--reads", type=int, default=100, help="Reads a second.")
    ask.add_argument("--seconds", type=int, default=60)
    ask.add_argument("--database", default="", help="URL of a database for the product; SQLite by default.")
    ask.add_argument(
        "--prefect-database", default="", help="URL of a database for Prefect; SQLite by default."
    )
    given = ask.parse_args()
    began = time.monotonic()
    async with sample_service(given.database, given.prefect_database) as service:
        print(f"ready after {time.monotonic() - began:.0f} s, the sample data included")
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=service.addresses.api_url, timeout=60, limits=limits) as client:
            ids = await start_plans(client, min(given.plans, MOST_PLANS))
            await watch(service, client, ids)
            await read(client, ids, min(given.reads, 500), min(given.seconds, MOST_SECONDS))
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    asyncio.run(main())
