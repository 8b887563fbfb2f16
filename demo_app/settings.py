"""Settings of the app, each overridable by an environment variable such as `DEMO_WORK_SECONDS=0.2`."""

from functools import lru_cache

from pydantic import PositiveFloat, field_validator
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
