"""What Prefect knows of us: the work pool and the deployments, always written from code."""

from typing import Any

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists

from deployments.worker import WORKER_TYPE, WarmWorker
from flows import FLOWS
from flows.weekly import weekly_variance
from schemas.settings import Settings


def deployments(settings: Settings) -> list[RunnerDeployment]:
    """Every flow's deployment: named as its flow, loaded by module, run by the warm worker."""
    return [_deployment(flow, settings) for flow in FLOWS]


def _deployment(flow: Flow[..., Any], settings: Settings) -> RunnerDeployment:
    module = flow.fn.__module__
    return RunnerDeployment(
        name=flow.name,
        flow_name=flow.name,
        entrypoint=f"{module}.{flow.fn.__name__}",
        work_pool_name=settings.work_pool,
        description=flow.description,
        tags=["fashion-forecast"],
        schedules=_schedules(flow, settings),
    )


def _schedules(flow: Flow[..., Any], settings: Settings) -> list[DeploymentScheduleCreate]:
    if flow.name != weekly_variance.name:
        return []
    every_week = CronSchedule(cron=settings.weekly_cron, timezone=settings.time_zone)
    return [DeploymentScheduleCreate(schedule=every_week, slug="every-week")]


async def register(client: PrefectClient, settings: Settings) -> None:
    """Create or update the work pool and every deployment."""
    template = WarmWorker.get_default_base_job_template()
    try:
        await client.create_work_pool(
            WorkPoolCreate(name=settings.work_pool, type=WORKER_TYPE, base_job_template=template)
        )
    except ObjectAlreadyExists:
        await client.update_work_pool(settings.work_pool, WorkPoolUpdate(base_job_template=template))
    for deployment in deployments(settings):
        await deployment.aapply()
