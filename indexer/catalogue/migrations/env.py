"""Runs migrations on the connection that the program hands over; there is no other way in."""

from alembic import context

from indexer.catalogue.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
