"""Tables of the catalogue, the single source of truth of a library.

Times are UTC without a zone, except `Picture.taken_at`, which is what the camera's clock said.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from indexer.catalogue.stored_path import StoredPath

# SQLite counts up by itself only an INTEGER key; PostgreSQL wants BIGINT for a long life.
Key = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 (SQLAlchemy's)


class Root(Base):
    """A folder that was indexed; every location is relative to one."""

    __tablename__ = "root"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    path: Mapped[str] = mapped_column(StoredPath, unique=True)
    state: Mapped[str] = mapped_column(String(16), default="online")
    device: Mapped[int | None] = mapped_column(BigInteger)
    last_scan_at: Mapped[datetime | None]


class Picture(Base):
    """One content, wherever and however often it lies on disk."""

    __tablename__ = "picture"
    # Ids are never used twice: a derived index may still hold the id of a deleted picture.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    width: Mapped[int]
    height: Mapped[int]
    format: Mapped[str] = mapped_column(String(16))
    byte_size: Mapped[int] = mapped_column(BigInteger, index=True)
    frames: Mapped[int] = mapped_column(default=1)
    taken_at: Mapped[datetime | None] = mapped_column(index=True)
    taken_offset_minutes: Mapped[int | None]
    camera: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    colours: Mapped[list[Any] | None]
    perceptual_hash: Mapped[str | None] = mapped_column(String(16))
    favourite: Mapped[bool] = mapped_column(default=False)
    live: Mapped[bool] = mapped_column(default=True)
    change: Mapped[int] = mapped_column(BigInteger, index=True)
    indexed_at: Mapped[datetime]


class Location(Base):
    """A file that holds (or held) a picture."""

    __tablename__ = "location"
    __table_args__ = (UniqueConstraint("root_id", "relative_path"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    picture_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("picture.id"), index=True)
    root_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("root.id"))
    relative_path: Mapped[str] = mapped_column(StoredPath)
    size: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    inode: Mapped[int] = mapped_column(BigInteger)
    missing_since: Mapped[datetime | None]


class Model(Base):
    """A model whose vectors are here; one is active, others are being built or kept."""

    __tablename__ = "model"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(128), unique=True)
    name: Mapped[str] = mapped_column(Text)
    dimensions: Mapped[int]
    matryoshka: Mapped[list[Any]]
    image_size: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class Embedding(Base):
    """A picture's vector: float16, full width, with an xxh3_64 seeded by the picture's id."""

    __tablename__ = "embedding"
    __table_args__ = (Index("ix_embedding_model_id_change", "model_id", "change"),)

    picture_id: Mapped[int] = mapped_column(Key, ForeignKey("picture.id"), primary_key=True)
    model_id: Mapped[int] = mapped_column(Key, ForeignKey("model.id"), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    checksum: Mapped[int] = mapped_column(BigInteger)
    change: Mapped[int] = mapped_column(BigInteger)


class Caption(Base):
    """A description of a picture, by a person, a captioner, an import or the file itself."""

    __tablename__ = "caption"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    picture_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("picture.id"), index=True)
    language: Mapped[str | None] = mapped_column(String(35))
    text: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    model: Mapped[str | None] = mapped_column(Text)
    prompt: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class Failure(Base):
    """A file that could not be indexed, remembered until it changes."""

    __tablename__ = "failure"
    __table_args__ = (UniqueConstraint("root_id", "relative_path"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    root_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("root.id"))
    relative_path: Mapped[str] = mapped_column(StoredPath)
    reason: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    failed_at: Mapped[datetime]


class Tombstone(Base):
    """A picture whose rows were pruned, so that a derived index learns to forget it."""

    __tablename__ = "tombstone"

    picture_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    change: Mapped[int] = mapped_column(BigInteger, index=True)


class State(Base):
    """Single values: `generation` counts every change of what a search may return."""

    __tablename__ = "state"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class PictureText:
    """Column names of the full-text table (FTS5 trigram on SQLite, a plain table elsewhere)."""

    TABLE = "picture_text"
    COLUMNS = ("captions", "names", "folders")
