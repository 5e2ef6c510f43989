"""The first schema: pictures, where they lie, their vectors, captions, failures, full text."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Paths are compared byte by byte, which SQLite does by itself.
PATH = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _places()
    _pictures()
    _vectors()
    _words()
    op.create_table(
        "state",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_state"),
    )
    op.execute("INSERT INTO state (key, value) VALUES ('generation', '0')")


def _places() -> None:
    op.create_table(
        "root",
        sa.Column("id", KEY, nullable=False),
        sa.Column("path", PATH, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("device", sa.BigInteger()),
        sa.Column("last_scan_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_root"),
        sa.UniqueConstraint("path", name="uq_root_path"),
    )
    op.create_table(
        "failure",
        sa.Column("id", KEY, nullable=False),
        sa.Column("root_id", sa.BigInteger(), nullable=False),
        sa.Column("relative_path", PATH, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failure"),
        sa.ForeignKeyConstraint(["root_id"], ["root.id"], name="fk_failure_root_id"),
        sa.UniqueConstraint("root_id", "relative_path", name="uq_failure_root_id_relative_path"),
    )


def _pictures() -> None:
    op.create_table(
        "picture",
        sa.Column("id", KEY, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("taken_offset_minutes", sa.Integer()),
        sa.Column("camera", sa.Text()),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("colours", sa.JSON()),
        sa.Column("perceptual_hash", sa.String(16)),
        sa.Column("favourite", sa.Boolean(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("indexed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_picture"),
        sa.UniqueConstraint("content_hash", name="uq_picture_content_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_picture_byte_size", "picture", ["byte_size"])
    op.create_index("ix_picture_taken_at", "picture", ["taken_at"])
    op.create_index("ix_picture_change", "picture", ["change"])
    op.create_table(
        "location",
        sa.Column("id", KEY, nullable=False),
        sa.Column("picture_id", sa.BigInteger(), nullable=False),
        sa.Column("root_id", sa.BigInteger(), nullable=False),
        sa.Column("relative_path", PATH, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("missing_since", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_location"),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name="fk_location_picture_id"),
        sa.ForeignKeyConstraint(["root_id"], ["root.id"], name="fk_location_root_id"),
        sa.UniqueConstraint("root_id", "relative_path", name="uq_location_root_id_relative_path"),
    )
    op.create_index("ix_location_picture_id", "location", ["picture_id"])
    op.create_table(
        "tombstone",
        sa.Column("picture_id", KEY, nullable=False, autoincrement=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("picture_id", name="pk_tombstone"),
    )
    op.create_index("ix_tombstone_change", "tombstone", ["change"])


def _vectors() -> None:
    op.create_table(
        "model",
        sa.Column("id", KEY, nullable=False),
        sa.Column("fingerprint", sa.String(128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("matryoshka", sa.JSON(), nullable=False),
        sa.Column("image_size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
        sa.UniqueConstraint("fingerprint", name="uq_model_fingerprint"),
    )
    op.create_table(
        "embedding",
        sa.Column("picture_id", KEY, nullable=False),
        sa.Column("model_id", KEY, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("picture_id", "model_id", name="pk_embedding"),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name="fk_embedding_picture_id"),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_embedding_model_id"),
    )
    op.create_index("ix_embedding_model_id_change", "embedding", ["model_id", "change"])


def _words() -> None:
    op.create_table(
        "caption",
        sa.Column("id", KEY, nullable=False),
        sa.Column("picture_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(35)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("model", sa.Text()),
        sa.Column("prompt", sa.Text()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_caption"),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name="fk_caption_picture_id"),
    )
    op.create_index("ix_caption_picture_id", "caption", ["picture_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE picture_text USING fts5("
            "picture_id UNINDEXED, captions, names, folders, tokenize='trigram')"
        )
    else:
        op.create_table(
            "picture_text",
            sa.Column("picture_id", sa.BigInteger(), nullable=False),
            sa.Column("captions", sa.Text(), nullable=False),
            sa.Column("names", sa.Text(), nullable=False),
            sa.Column("folders", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("picture_id", name="pk_picture_text"),
        )
    if op.get_bind().dialect.name == "postgresql":
        # Searches ask for exactly this expression (searchapp/query/textual.py).
        op.execute(
            "CREATE INDEX ix_picture_text_words ON picture_text USING gin (to_tsvector('simple', "
            "translate(captions || ' ' || names || ' ' || folders, '_-./', '    ')))"
        )
