"""Settings of the app, each overridable by an environment variable such as `DEMO_WORK_SECONDS=0.2`."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How long the pretended work takes, in seconds, and the database's URL, or nothing for a temporary one."""

    model_config = SettingsConfigDict(env_prefix="DEMO_")

    work_seconds: PositiveFloat = 1.0
    database_url: str = ""

    @field_validator("database_url")
    @classmethod
    def _each_thread_can_open_it(cls, url: str) -> str:
        if url and ("://" not in url or url.rstrip("/") == "sqlite:" or ":memory:" in url):
            raise ValueError("DEMO_DATABASE_URL must name a database that threads can share, as sqlite:///file.db does")
        return url


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises `pydantic.ValidationError` when a `DEMO_` variable is not what its field asks for.
    """
    return Settings()


class QueueSettings(BaseSettings):
    """What the queue needs to know; times in seconds. The values given here are for production.

    Raises `pydantic.ValidationError`, with the name of the variable in its text, for what cannot work.
    """

    # A URL has a password in it, which no message may show.
    model_config = SettingsConfigDict(env_prefix="DEMO_", hide_input_in_errors=True)

    broker_url: str = Field(
        default="", repr=False, description="Where messages wait: redis://… or amqp://…; without it there is no queue."
    )
    result_backend: str = Field(
        default="",
        repr=False,
        description="Where states and results are kept; left out, in the Redis that is the broker.",
    )
    visibility_timeout: PositiveInt = Field(
        default=3600,
        description="Redis hands an unacknowledged message out again after this, so no task may take as long, "
        "nor be put off for as long.",
    )
    restore_interval: PositiveInt = Field(
        default=10,
        description="Seconds between two looks of a worker for messages that a dead one had not acknowledged.",
    )
    restore_throttle: PositiveInt = Field(
        default=1, description="Look each time; Celery's own 10 skips nine looks of ten, so that it takes 100 s."
    )
    socket_timeout: PositiveFloat = Field(
        default=5,
        description="A Redis that accepts and never answers is given up; Celery's own default waits for ever.",
    )
    connect_timeout: PositiveFloat = Field(
        default=2, description="A host that does not even accept is given up; Celery's own default waits for ever."
    )
    publish_retries: NonNegativeInt = Field(
        default=2, description="Two repeats outlast a broken connection; more only keep the client waiting."
    )
    publish_deadline: PositiveFloat = Field(
        default=3, description="A request waits this long for the queue; then it is answered 503."
    )
    publishers: PositiveInt = Field(
        default=4, le=10, description="Threads that talk to the queue; Celery's pool has 10 connections for them."
    )
    result_expires: PositiveInt = Field(
        default=3600,
        description="Results are removed after this, else Redis fills up; afterwards a state reads PENDING.",
    )
    soft_time_limit: PositiveInt = Field(
        default=540,
        description="Raises SoftTimeLimitExceeded in the task, which can still tidy up (prefork pool only).",
    )
    time_limit: PositiveInt = Field(
        default=600, description="Kills the process of the task, which may hang for ever else (prefork pool only)."
    )
    soft_shutdown_timeout: PositiveFloat = Field(
        default=10, description="What runs may finish before a cold shutdown gives it back to the queue."
    )
    prefetch_multiplier: PositiveInt = Field(
        default=1,
        description="A process reserves one message at a time; Celery's own 4 let short tasks wait behind long ones.",
    )

    @property
    def redis(self) -> bool:
        """Whether the broker is Redis or speaks its protocol."""
        return self.broker_url.startswith("redis")

    @property
    def results(self) -> str:
        """The URL of the result backend."""
        return self.result_backend or self.broker_url

    @field_validator("*", mode="wrap")
    @classmethod
    def _name_the_variable(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            raise ValueError(f"{_variable(str(info.field_name))}: {error.errors()[0]['msg']}") from None

    @field_validator("broker_url", "result_backend")
    @classmethod
    def _is_a_url(cls, url: str, info: ValidationInfo) -> str:
        if url and "://" not in url:
            raise ValueError(f"{_variable(str(info.field_name))} must be a URL such as redis://127.0.0.1:6379/0")
        return url

    @model_validator(mode="after")
    def _results_have_a_place(self) -> Self:
        if self.broker_url and not self.redis and not self.result_backend:
            raise ValueError(
                "DEMO_RESULT_BACKEND must say where results are kept, as db+sqlite:///results.db does: "
                "the broker that DEMO_BROKER_URL names is not Redis and keeps none"
            )
        return self

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        if self.soft_time_limit > self.time_limit:
            raise ValueError("DEMO_SOFT_TIME_LIMIT must not be longer than DEMO_TIME_LIMIT: it would never be reached")
        if self.redis and self.visibility_timeout <= self.time_limit:
            raise ValueError(
                "DEMO_VISIBILITY_TIMEOUT must be longer than DEMO_TIME_LIMIT: "
                "a task that still runs would be handed to a second worker, and be done twice"
            )
        return self


# What a lesson sets instead, so that everything happens while one watches.
LESSON: Mapping[str, str] = {
    "DEMO_VISIBILITY_TIMEOUT": "15",  # the task of a killed worker comes back while one watches; its tasks take 3 s
    "DEMO_RESTORE_INTERVAL": "1",  # and not up to ten seconds after that
    "DEMO_SOFT_TIME_LIMIT": "8",  # reached within a lesson's patience
    "DEMO_TIME_LIMIT": "10",  # less than the visibility timeout, as always
    "DEMO_SOFT_SHUTDOWN_TIMEOUT": "1",  # a worker that is told to stop does not keep the notebook waiting
}


class QueueSetting(NamedTuple):
    """One line of the table: a variable, its value in production and in a lesson, and why it is set at all."""

    variable: str
    production: str
    lesson: str
    reason: str


def queue_table() -> Iterator[QueueSetting]:
    """All settings of the queue, in the order of the class."""
    for name, field in QueueSettings.model_fields.items():
        variable, production = _variable(name), str(field.default)
        yield QueueSetting(variable, production, LESSON.get(variable, production), str(field.description))


def _variable(name: str) -> str:
    return f"DEMO_{name.upper()}"
