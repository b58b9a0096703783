"""Suggestions on the card: seen, answered, taken back, and what the next ones make of it. No window."""

from typing import Any
from uuid import UUID

import msgspec

from mobile_app.effects import Submit, WantPictures
from mobile_app.gallery_data import DIRECTORY, TODAY, card
from mobile_app.gallery_shelf import shelf
from mobile_app.screens.card.events import AdviceAnswered, CardRead, TabPressed, UndoPressed
from mobile_app.screens.card.model import update
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.shelf import Shelf, found
from schemas.advice import Answer
from schemas.mutations import PutEntry, RemoveEntry
from schemas.record import Said
from schemas.staff import Role
from sync.reducer import reduce
from sync.replica.draft import Card

NOW = 1_795_190_400_000


def read(held: Card, before: CardModel | None = None) -> tuple[CardModel, list[Any]]:
    event = CardRead(card=held, directory=DIRECTORY, today=TODAY, now_ms=NOW, shelf=shelf())
    return update(before or CardModel(), event)


def looking_at(role: Role = Role.SELLER, **values: Any) -> CardModel:
    held = card(role)
    held = msgspec.structs.replace(held, values={**held.values, **values})
    return update(read(held)[0], TabPressed(tab="advice"))[0]


class TestAdvice:
    def test_is_worked_out_when_it_is_looked_at(self) -> None:
        model, _ = read(card())
        assert model.advised == ()

        model, effects = update(model, TabPressed(tab="advice"))

        assert len(model.advised) > 3
        assert effects == [WantPictures(skus=tuple(each.sku for each in model.advised))]

    def test_never_shows_what_she_owns_refused_or_does_not_bear(self) -> None:
        skus = {each.sku for each in looking_at().advised}
        assert not skus & {"SO03-NOIR", "SC02-NUIT", "SC03-BORD"}
        careful = looking_at(dislikes={"allergique à la cire végétale": [], "cuir grainé": []})
        assert not {each.sku for each in careful.advised} & {"SA01-SAPI"}

    def test_keeps_her_answer_as_an_edit_that_may_be_taken_back(self) -> None:
        model = looking_at()
        sku = model.advised[0].sku

        model, effects = update(model, AdviceAnswered(sku=sku, answer=Answer.REFUSED))

        edit = PutEntry(field="advice", key=sku, value={"answer": "refused", "at": NOW})
        assert model.card is not None
        assert effects == [Submit(record_id=model.card.record_id, mutation=edit)]
        _, effects = update(model, UndoPressed())
        assert [each.mutation for each in effects] == [RemoveEntry(field="advice", key=sku)]

    def test_shows_something_else_as_soon_as_she_has_answered(self) -> None:
        model = looking_at()
        sku = model.advised[0].sku
        model, (said,) = update(model, AdviceAnswered(sku=sku, answer=Answer.ACCEPTED))
        held = model.card
        assert held is not None
        change = reduce(
            held.values, said.mutation, Said(mid=UUID(int=1), hlc=0, channel="store", author="me")
        )

        model, _ = read(msgspec.structs.replace(held, values={**held.values, **change.values}), model)

        assert sku not in {each.sku for each in model.advised}

    def test_tells_nothing_of_what_the_reader_may_not_see(self) -> None:
        """With the history hidden, no reason speaks of what she bought."""
        held = card(Role.SELLER)
        levels = {field: level for field, level in held.levels.items() if field != "owned"}
        values = {field: value for field, value in held.values.items() if field != "owned"}
        model, _ = read(msgspec.structs.replace(held, values=values, levels=levels))
        model, _ = update(model, TabPressed(tab="advice"))
        assert {each.why.value for each in model.advised} <= {"same_taste", "new_in_size"}


class TestShelf:
    def test_finds_by_the_beginning_of_words_whatever_their_accents(self) -> None:
        def skus(query: str, **more: Any) -> list[str]:
            return [each.sku for each in found(shelf(), query, limit=50, **more)]

        assert skus("etole ecru") == ["SC04-ECRU"]
        assert skus("GARANCE") == ["SA01-SAPI", "AC01-NOIR"]
        assert skus("sc0") == ["SC03-BORD", "SC02-NUIT", "SC04-ECRU"]
        assert skus("garance", family="bags") == ["SA01-SAPI"]
        assert skus("veau") == ["SA06-BORD"]
        assert skus("nothing of it") == []
        assert "PP06-SAUG" not in skus("", in_stock=True)

    def test_says_nothing_of_stock_that_nobody_counted(self) -> None:
        assert shelf().pieces("PP06-SAUG") is None
        assert shelf().pieces("SO03-NOIR", "99") == 0
        assert Shelf().pieces("SO03-NOIR") is None
