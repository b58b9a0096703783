"""A slice of the attacks on the wall, and whether holes in it are noticed."""

from server.proofs.lens import connected_to
from server.proofs.wall import attack, fill, found_out
from server.proofs.wall_attacks import ATTACKS
from server.proofs.wall_holes import HOLES


async def forget_everybody(database: str) -> None:
    """Take from everybody what a copy of a database gives him: to connect, and to make temporary tables."""
    async with connected_to(database) as connection:
        await connection.execute(f'revoke all on database "{database.rsplit("/", 1)[1]}" from public')
        row = await connection.fetchrow("select prefix from wall")
        assert row is not None
        await connection.execute(
            f'grant connect on database "{database.rsplit("/", 1)[1]}" to {row["prefix"]}_app'
        )


class TestProve:
    async def test_no_attack_is_answered(self, database: str) -> None:
        assert len(ATTACKS) >= 60
        await forget_everybody(database)
        target = await fill(database)
        tally = await attack(target, roles=("seller", "privacy_officer"), alone=False)
        assert tally.answered == []
        assert tally.missed == []
        assert tally.arrived > 20

    async def test_attacks_answer_once_there_is_a_hole(self, database: str) -> None:
        target = await fill(database)
        hole = next(hole for hole in HOLES if hole.name == "a column")
        assert await found_out(target, hole.knock, hole.mend)
