"""Every setting, from the environment or a `.env` file; `.env.example` shows them all."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from schemas.defaults import SEASON
from schemas.extraction import Locale
from schemas.parameters import DEFAULT_HOLDBACK
from schemas.people import Person, read_people

PREFIX = "FASHION_FORECAST_"


class Planner(BaseModel):
    """What is remembered of one planner; what is left out is as for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    locale: Locale | None = None
    time_zone: str | None = None
    usual_holdback: Annotated[float, Field(ge=0, le=1)] = DEFAULT_HOLDBACK

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)


def known_zone(name: str) -> str:
    """The name of a time zone, as long as there is such a zone.

    Raises:
        ValueError: there is none.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {name!r}; write one such as Europe/London") from error
    return name


NOBODY = Planner()


class Settings(BaseSettings):
    """Settings of every process. Names are upper case with the prefix FASHION_FORECAST_, but for those that
    other tools share: DATABASE_URL and OPENAI_*. Prefect's own settings (PREFECT_…) stay Prefect's."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        populate_by_name=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(Path("var"), description="Where the embedded databases, results and logs are kept.")
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("DATABASE_URL"),
        description="SQLAlchemy URL of the product's database; empty means SQLite under the home directory.",
    )
    prefect_database_url: str = Field(
        "",
        description="SQLAlchemy URL of Prefect's own database when `up` starts its server "
        "(postgresql+asyncpg://…); empty means SQLite under the home directory.",
    )
    prefect_api_url: str = Field(
        "",
        validation_alias=AliasChoices("PREFECT_API_URL"),
        description="An existing Prefect server (http://host:4200/api); empty means that `up` starts one.",
    )
    host: str = Field("127.0.0.1", description="Address that the API and the Prefect server listen on.")
    api_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8000, description="Port of the API; 0 takes a free one."
    )
    prefect_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        4200, description="Port of the Prefect server that `up` starts; 0 takes a free one."
    )
    api_tokens: Annotated[tuple[Person, ...], NoDecode] = Field(
        (),
        description="Who may use the API, as name=token or name:role=token pairs separated by commas "
        "(planner, approver, operator, admin; no role is admin); empty means everybody.",
    )
    api_tokens_file: Path | None = Field(
        None,
        description="File with such pairs, one a line; read again when it changes, so that tokens can be "
        "rotated.",
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["http://localhost:3000", "http://localhost:5173"],
        description="Origins whose pages may call the API, separated by commas.",
    )
    max_upload_mb: Annotated[int, Field(ge=1)] = Field(
        100, description="Largest file that an upload may have, in MiB."
    )
    max_body_kb: Annotated[int, Field(ge=1)] = Field(
        256, description="Largest JSON body that a request may have, in KiB."
    )
    idempotency_key_days: Annotated[float, Field(gt=0)] = Field(
        30.0, description="Days for which a client's Idempotency-Key stands for the work that it started."
    )
    extractions_per_minute: Annotated[int, Field(ge=1)] = Field(
        60, description="Parameter extractions that one client may ask for in a minute."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe level that is logged."
    )
    log_format: Literal["pretty", "json"] = Field(
        "pretty", description="Log lines for people or for machines."
    )
    work_pool: str = Field(
        "fashion-forecast", description="Prefect work pool that the deployments and the worker share."
    )
    worker_limit: Annotated[int, Field(ge=1)] = Field(
        4, description="Flow runs that one worker runs at once."
    )
    keep_runs_days: Annotated[float, Field(ge=1)] = Field(
        90.0,
        description="Days after which Prefect's record of a run that has ended, its artifacts and its stored "
        "results are deleted; what was planned and decided stays.",
    )
    approval_timeout_days: Annotated[float, Field(gt=0)] = Field(
        30.0, description="Days after which an approval that nobody decided fails its workflow."
    )
    variance_threshold: Annotated[float, Field(gt=0)] = Field(
        SEASON.variance_threshold,
        description="Cumulative |actual ÷ forecast − 1| over which a season is forecast again.",
    )
    weekly_cron: str = Field(
        "0 6 * * 1", description="When the weekly check of all active seasons runs (cron)."
    )
    time_zone: str = Field(
        "UTC", description="Time zone of the weekly check, and of “tomorrow” in a planner's sentence."
    )
    country: str = Field("US", description="Country whose holidays the forecast knows (ISO 3166-1 alpha-2).")
    locale: Locale = Field(
        "US",
        description="Whose calendar sentences are read by (US, UK, DE, FR, ES): "
        "03/04 is month first in US only.",
    )
    planners: dict[str, Planner] = Field(
        default_factory=dict,
        description="What is remembered of each planner, as JSON by the name of the token: "
        'locale, time_zone and usual_holdback, such as {"anna": {"locale": "UK", "usual_holdback": 0.3}}.',
    )
    spread_floor: Annotated[float, Field(ge=0, le=1)] = Field(
        SEASON.spread_floor,
        description="Least log spread of a season total that orders and shown intervals reckon with; "
        "after n years of history it is this ÷ √(1 + n).",
    )
    seed: int = Field(0, description="Seeds every random draw; same inputs and seed, same plan.")
    openai_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("OPENAI_API_KEY"),
        description="Key of the language model; none means rules only.",
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("OPENAI_BASE_URL"),
        description="Any OpenAI-compatible server; empty means OpenAI.",
    )
    openai_model: str = Field(
        "gpt-4o-mini",
        validation_alias=AliasChoices("OPENAI_MODEL"),
        description="Model that reads sentences and writes notes.",
    )
    openai_wire: Literal["responses", "chat_completions"] = Field(
        "chat_completions",
        validation_alias=AliasChoices("OPENAI_WIRE"),
        description="Wire format that the model's server speaks.",
    )
    llm_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        5.0, description="Total time that one use of the language model may take, retries included."
    )
    llm_requests_per_minute: Annotated[int, Field(ge=1)] = Field(
        60, description="Requests to the language model in a minute, by one process; our own limit."
    )
    llm_tracing: bool = Field(False, description="Send the Agents SDK's traces to OpenAI.")

    @field_validator("api_tokens", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        return read_people(value) if isinstance(value, str) else value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        return (
            [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
        )

    @property
    def guarded(self) -> bool:
        """Whether the API asks for tokens."""
        return bool(self.api_tokens) or self.api_tokens_file is not None

    @property
    def resolved_database_url(self) -> str:
        """The product's database: `database_url`, or SQLite under `home`."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'fashion-forecast.db'}"


def environment_name(field: str) -> str:
    """The environment variable that sets `field`."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else PREFIX + field.upper()


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
