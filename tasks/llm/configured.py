"""The language model that the settings name, and its library, loaded before it is needed."""

import importlib

from schemas.settings import Settings
from tasks.llm.model import ModelSettings


def language_model(settings: Settings) -> ModelSettings | None:
    """The configured language model; None where there is no key, and rules do the work."""
    if settings.openai_api_key is None or not settings.openai_api_key.get_secret_value():
        return None
    return ModelSettings(
        model=settings.openai_model,
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        api=settings.openai_wire,
        timeout_seconds=settings.llm_timeout_seconds,
        requests_per_minute=settings.llm_requests_per_minute,
        tracing=settings.llm_tracing,
    )


def load_model_library(settings: Settings) -> None:
    """Import what speaks to the model, where one is configured: seconds that no request should wait for."""
    if language_model(settings) is not None:
        importlib.import_module("tasks.parameters.agent")
        importlib.import_module("tasks.narration.agents")
