"""Bringing a database to the newest shape."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection as SqlConnection

from schemas.customer import FIELDS
from server.customers.tables import customer
from server.database.migrate import engine_of, migrate
from server.database.pool import Connection


@dataclass
class Differences:
    """What Alembic would still change."""

    found: list[Any]


class TestMigrate:
    async def test_changes_nothing_when_repeated(self, database: str, connection: Connection) -> None:
        before = await connection.fetchval("select count(*) from pg_class")
        await migrate(database)
        assert await connection.fetchval("select count(*) from pg_class") == before

    async def test_leaves_nothing_that_the_catalogue_does_not_describe(self, database: str) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        from server.database.metadata import metadata

        def differences(sync_connection: SqlConnection) -> Differences:
            context = MigrationContext.configure(sync_connection)
            return Differences(list(compare_metadata(context, metadata)))

        engine = engine_of(database)
        async with engine.connect() as opened:
            result = await opened.run_sync(differences)
        await engine.dispose()
        assert result.found == []

    async def test_brings_the_extensions_that_search_stands_on(self, connection: Connection) -> None:
        found = await connection.fetch("select extname from pg_extension")
        assert {"pg_trgm", "unaccent", "fuzzystrmatch"} <= {row["extname"] for row in found}


class TestCustomerTable:
    def test_has_one_column_per_field_of_a_customer(self) -> None:
        assert set(FIELDS) <= set(customer.columns.keys())

    async def test_marks_the_boot_where_a_crash_forgets_it(self, connection: Connection) -> None:
        kind = await connection.fetchval(
            "select relpersistence::text from pg_class where relname = 'boot_marker'"
        )
        assert kind == "u"
