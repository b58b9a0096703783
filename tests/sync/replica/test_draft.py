"""Folding a record with edits, whatever the policy says."""

from typing import Any
from uuid import UUID

import pytest

from schemas.customer import FIELDS
from schemas.protocol import FragmentBody
from schemas.staff import Role
from schemas.visibility import Lens, Level, mask, shows_masked
from sync.replica.draft import fold
from sync.replica.meta import Identity
from sync.search_row import search_row
from sync.summary import summarize

CLAIRE = UUID(int=1)
IDENTITY = Identity(device_id=UUID(int=2), incarnation=UUID(int=3), author=str(UUID(int=4)), shop="lyon")
NOTE = {"note_id": str(UUID(int=9)), "text": "x", "level": "brand", "author": "a", "at": 1}
VALUES: dict[str, Any] = {
    "given_name": "Claire",
    "family_name": "Lefèvre",
    "birth_date": "1980-05-12",
    "sizes": {"shoes": {"value": "38"}},
    "computed_sizes": {"top": {"value": "M", "purchases": 3}},
    "likes": {"bleu": []},
    "loyalty": {"tier": "gold", "points": 3},
    "purchases": [{"at": 5}],
    "touchpoints": [{"at": 7, "kind": "visit"}],
    "notes": [NOTE],
}


def lens_with(level: Level) -> Lens:
    return Lens(
        role=Role.SELLER,
        policy_version=1,
        levels=dict.fromkeys(FIELDS, level) if level else {},
        groups=("notes",),
    )


class TestFold:
    @pytest.mark.parametrize("level", list(Level))
    def test_makes_a_card_and_a_line_at_every_level(self, level: Level) -> None:
        shown = VALUES if level >= Level.READ else {field: mask(field, VALUES[field]) for field in VALUES}
        lens = lens_with(level)
        card = fold(CLAIRE, [FragmentBody(values=shown)], [], identity=IDENTITY, lens=lens)
        line = summarize(CLAIRE, card.values, card.levels, pending=0)
        row = search_row(line)
        if level >= Level.READ:
            assert (line.last_seen, line.tier, line.sizes) == (7, "gold", {"shoes": "38", "top": "M"})
            assert card.values["notes"] == [NOTE]
            assert row.names == ("Lefèvre", "Claire")
        else:
            assert (line.family_name, line.tier, line.sizes, row.names) == (None, None, {}, ())
            assert line.birthday == ("05-12" if level == Level.MASKED else None)
            assert set(card.values) == {
                each for each in VALUES if level == Level.MASKED and shows_masked(each)
            }
