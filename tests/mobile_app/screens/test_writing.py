"""Writing to a customer from her card: what may be and why stands there before anybody can type."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from mobile_app.gallery_data import DIRECTORY, PRESSURE, TEMPLATES, TODAY, at, card
from mobile_app.screens.card import events, shown
from mobile_app.screens.card import model as cards
from mobile_app.screens.card.sheet_words import sheet_content
from mobile_app.screens.card.timeline import timeline
from schemas.messages import MessageState
from schemas.mutations import MoveMessage, SendMessage
from schemas.visibility import Level

FRESH = UUID(int=5)
NOW_MS = at("2026-11-20")


def opened(*happened: Any, **values: Any) -> tuple[shown.CardModel, list[Any]]:
    held = card()
    held = msgspec.structs.replace(held, values={**held.values, **values})
    read = events.CardRead(
        card=held,
        directory=DIRECTORY,
        today=TODAY,
        now_ms=NOW_MS,
        templates=TEMPLATES,
        pressure=PRESSURE,
    )
    model, effects = shown.CardModel(), []
    for event in (read, events.WritePressed(), *happened):
        model, more = cards.update(model, event)
        effects += more
    return model, effects


class TestWriting:
    def test_shows_the_text_with_her_name_filled_in_and_sends_that(self) -> None:
        model, _ = opened(events.SheetTyped(key="text", text="À samedi !"))
        content = sheet_content(model)
        assert content is not None
        preview = content.told[-1].text
        name = card().values["family_name"]
        assert name in preview and "{name}" not in preview and preview.endswith("À samedi !")

        model, (sent,) = cards.update(model, events.SheetKept(fresh=FRESH))

        assert isinstance(sent, cards.Submit) and isinstance(sent.mutation, SendMessage)
        assert (sent.mutation.text, sent.mutation.template, sent.mutation.version) == (preview, "arrived", 1)
        assert model.sheet is None

    def test_can_be_taken_back(self) -> None:
        model, _ = opened(events.SheetKept(fresh=FRESH))
        _, (back,) = cards.update(model, events.UndoPressed())
        assert isinstance(back, cards.Submit)
        assert back.mutation == MoveMessage(message_id=FRESH, to=MessageState.CANCELLED)

    @pytest.mark.parametrize(
        ("choices", "values", "reason"),
        [
            (("channel:sms",), {}, "never asked"),
            ((), {"consents": {}}, "never asked"),
            ((), {"limits": {"restriction": 1}}, "used for nothing"),
            (("template:invited",), {"purchases": []}, "proves"),
            (
                (),
                {
                    "messages": {
                        str(UUID(int=n)): {
                            "state": "sent", "brand": "maison", "purpose": "service", "at": NOW_MS - n,
                            "by": "x", "text": "x", "channel": "email",
                        }
                        for n in range(1, 4)
                    }
                },
                "enough was written",
            ),
        ],
    )  # fmt: skip
    def test_offers_nothing_to_type_in_where_it_may_not_be(
        self, choices: tuple[str, ...], values: dict[str, Any], reason: str
    ) -> None:
        model, _ = opened(*(events.SheetChosen(choice=each) for each in choices), **values)
        content = sheet_content(model)
        assert content is not None
        assert reason in content.told[0].text, content.told
        assert (content.fields, [act.key for act in content.acts]) == ((), ["close"])
        _, effects = cards.update(model, events.SheetKept(fresh=FRESH))
        assert effects == []

    def test_asks_for_words_and_refuses_some(self) -> None:
        own = events.SheetChosen(choice="template:own")
        model, effects = opened(own, events.SheetKept(fresh=FRESH))
        assert model.sheet is not None and (model.sheet.problem, effects) == ("value_missing", [])
        model, effects = opened(
            own, events.SheetTyped(key="text", text="Elle est diabétique"), events.SheetKept(fresh=FRESH)
        )
        assert model.sheet is not None and (model.sheet.problem, effects) == ("note_refused", [])

    def test_is_offered_to_who_may(self) -> None:
        held = card()
        reader = msgspec.structs.replace(held, levels={**held.levels, "messages": Level.READ})
        read = events.CardRead(card=reader, directory=DIRECTORY, today=TODAY, now_ms=NOW_MS)
        model, _ = cards.update(shown.CardModel(), read)
        model, _ = cards.update(model, events.WritePressed())
        assert model.sheet is None

    def test_is_on_the_timeline_with_what_became_of_it(self) -> None:
        written = [each for each in timeline(card().values) if each.kind == "written"]
        assert {(each.state, each.why) for each in written} == {("sent", ""), ("refused", "pressure")}
