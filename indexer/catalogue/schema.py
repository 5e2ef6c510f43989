"""Which schema a catalogue has, and how it gets to this program's."""

from sqlalchemy import Connection, inspect

HEAD = "0001"


def found_version(connection: Connection) -> str | None:
    """The schema version written in the catalogue; None where there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def upgrade(connection: Connection) -> None:
    """Bring the catalogue to `HEAD` inside the connection's own transaction."""
    # Alembic takes 0.2 s to import; a catalogue that is up to date never needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "indexer.catalogue:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
