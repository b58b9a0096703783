"""Whose customers a principal may reach, and what his tablet may keep."""

from schemas.visibility import NOTES
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.scope import customer_scopes, reachable, standing_before_one, tablet_scopes
from tests.server.people import give_tablet, hire_everybody, make_customer, principal_named


class TestReach:
    async def test_is_by_store_zone_and_brand(self, connection: Connection) -> None:
        await hire_everybody(connection)
        integration = await principal_named(connection, "import")
        in_lyon = await make_customer(connection, integration, 1, home_store="lyon")
        in_paris = await make_customer(connection, integration, 2, home_store="paris")
        both = {in_lyon, in_paris}
        for code, reached in {
            "ines": {in_lyon},
            "marie": {in_lyon},
            "zoe": {in_lyon},
            "paul": {in_paris},
            "noe": set(),
            "camille": both,
            "henri": both,
            "lea": both,
            "paola": both,
            "adam": set(),
        }.items():
            principal = await principal_named(connection, code)
            assert await reachable(connection, principal, both) == reached, code

    async def test_follows_her_own_associate_anywhere(self, connection: Connection) -> None:
        await hire_everybody(connection)
        integration = await principal_named(connection, "import")
        ines = await principal_named(connection, "ines")
        her = await make_customer(
            connection, integration, home_store="paris", associate_id=str(ines.associate_id)
        )
        assert await reachable(connection, ines, [her]) == {her}


class TestTabletScopes:
    async def test_never_hold_another_store_than_the_tablets(self, connection: Connection) -> None:
        await hire_everybody(connection)
        tablet = await give_tablet(connection, "lyon")
        for code, stores in {
            "ines": ["lyon"],
            "noe": [],
            "zoe": ["lyon"],
            "henri": ["lyon"],
            "adam": [],
        }.items():
            principal = await principal_named(connection, code, tablet)
            held = [key for key in tablet_scopes(principal) if key.startswith("store:")]
            assert held == [f"store:{store}" for store in stores], code

    async def test_of_an_administrator_hold_nobody(self, connection: Connection) -> None:
        await hire_everybody(connection)
        adam = await principal_named(connection, "adam", await give_tablet(connection))
        assert customer_scopes(adam) == ()
        assert set(tablet_scopes(adam)) == {"catalog", "directory"}


class TestStandingBeforeOneCustomer:
    async def test_names_the_brand_and_of_its_stores_those_whose_notes_he_reads(
        self, connection: Connection
    ) -> None:
        await hire_everybody(connection)
        for code in ("ines", "zoe", "camille", "henri", "lea", "paola"):
            principal = await principal_named(connection, code)
            lens = await Policies().lens(connection, principal)
            standing = standing_before_one(principal, lens)
            assert standing.keys == customer_scopes(principal), code
            assert standing.stores == (principal.stores if NOTES in lens.groups else ()), code
