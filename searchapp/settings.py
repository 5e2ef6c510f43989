"""Settings from the environment (`SEARCHAPP_*`), with their defaults and meaning."""

from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a person may set once for every command; options of a command win over these."""

    model_config = SettingsConfigDict(env_prefix="SEARCHAPP_", env_ignore_empty=True, frozen=True)

    library: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("searchapp")) / "library",
        description="Folder of the library (catalogue, vectors, thumbnails).",
    )
    database: str | None = Field(
        default=None,
        description="Database URL that replaces the SQLite file, for example "
        "`postgresql+psycopg://user@host/name`.",
    )
    models: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("searchapp")) / "models",
        description="Folder of downloaded and converted models.",
    )
    cache: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("searchapp")),
        description="Folder of what can be made again: exported programs of models, vectors of "
        "evaluated data sets.",
    )
    model: str = Field(
        default="auto",
        description="Model for new libraries: `auto`, a name from `model list`, or a folder.",
    )
    runtime: str = Field(
        default="auto",
        description="Engine that runs the model: `auto`, `openvino`, `inference` or `dynamic`.",
    )
    auth: SecretStr | None = Field(
        default=None,
        description="Password of the browser interface and the API, as it is or hashed "
        "(`scrypt:...`); needed for any `--host` other than this machine.",
    )
    tokens: tuple[SecretStr, ...] = Field(
        default=(),
        description="Tokens that scripts may send as `Authorization: Bearer ...` where a password "
        "is set, as they are or as `sha256:HEX` (JSON list).",
    )
    min_relevance: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Least probability of relevance a result must have; 0 shows everything.",
    )
    pixel_limit: int = Field(
        default=250_000_000,
        gt=0,
        description="Pictures with more pixels than this are refused (decompression bombs).",
    )
    host_names: tuple[str, ...] = Field(
        default=(),
        description="Further host names under which the server may be reached (JSON list).",
    )

    @field_validator("auth")
    @classmethod
    def _an_empty_password_is_none(cls, given: SecretStr | None) -> SecretStr | None:
        return given if given is not None and given.get_secret_value() else None
