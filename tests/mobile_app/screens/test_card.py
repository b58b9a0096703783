"""The card: what is told first, one line of time, what may be said, and how it is taken back."""

from typing import Any
from uuid import UUID

import pytest

from mobile_app.effects import ReadPast, Submit, WantPictures
from mobile_app.screens.card import events
from mobile_app.screens.card import model as cards
from mobile_app.screens.card.details import details
from mobile_app.screens.card.facts import days_until, first_facts, spend_by_month
from mobile_app.screens.card.model import update
from mobile_app.screens.card.past import Past, PastValue
from mobile_app.screens.card.sheet_words import restorable, sheet_content
from mobile_app.screens.card.sheets import Ask, NotSaid, iso_day
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.timeline import channels_of, kinds_of, through, timeline
from mobile_app.screens.card.wardrobe import shares, wardrobe
from schemas.engagement import NoteLevel
from schemas.ids import id_from
from schemas.mutations import (
    AddElement,
    PutEntry,
    RecordConsent,
    RemoveElement,
    RemoveEntry,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.note_guard import NoteVerdict
from schemas.staff import Role
from sync.replica.draft import Card
from tests.mobile_app.screens.made import CLAIRE, DIRECTORY, NOTE, NOW_MS, TODAY, ago, card, purchase, values

NEW_NOTE = id_from("note", "new")


def opened(held: Card | None = None) -> CardModel:
    read = events.CardRead(card=held or card(), directory=DIRECTORY, today=TODAY, now_ms=NOW_MS)
    return update(CardModel(), read)[0]


def play(model: CardModel, *events: events.CardEvent) -> tuple[CardModel, list[Any]]:
    """Return the model after these events and every mutation submitted on the way."""
    mutations = []
    for event in events:
        model, effects = update(model, event)
        mutations += [effect.mutation for effect in effects if isinstance(effect, Submit)]
    return model, mutations


class TestTheFirstFacts:
    def test_are_at_most_three_with_a_near_birthday_first(self) -> None:
        facts = first_facts(card().values, TODAY)
        assert [fact.kind for fact in facts] == ["birthday", "last_12_months", "lifetime"]
        assert facts[0].amount == 11  # 3 December

    def test_say_nothing_of_money_to_who_may_not_see_it(self) -> None:
        held = card(Role.CALL_CENTRE)
        assert not {"last_12_months", "lifetime"} & {fact.kind for fact in first_facts(held.values, TODAY)}

    def test_of_somebody_new_say_that_nothing_was_bought(self) -> None:
        assert [fact.kind for fact in first_facts({"purchases": []}, TODAY)] == ["nothing_bought"]

    def test_of_a_leap_day_birthday_come_on_the_first_of_march(self) -> None:
        assert days_until("02-29", TODAY) == days_until("03-01", TODAY)
        assert days_until("11-22", TODAY) == 0

    def test_draw_twelve_months_the_oldest_first(self) -> None:
        months = spend_by_month(card().values, TODAY)
        assert [number for number, _ in months] == [12, *range(1, 12)]
        assert months[-1] == (11, 89000) and months[3] == (3, 120000)
        assert spend_by_month({}, TODAY) == ()


class TestTheTimeline:
    def test_has_all_channels_newest_first(self) -> None:
        moments = timeline(values())
        assert [moment.at for moment in moments] == sorted((moment.at for moment in moments), reverse=True)
        assert {moment.kind for moment in moments} == {
            "sale", "return", "visit", "web_view", "note", "granted", "withdrawn",
        }  # fmt: skip

    def test_of_one_channel_leaves_out_the_others(self) -> None:
        moments = timeline(values())
        assert channels_of(moments)[0] in ("store", "web")
        assert {moment.kind for moment in through(moments, "web")} == {"sale", "return", "web_view"}
        assert through(moments, "") == moments

    def test_of_one_kind_leaves_out_the_others(self) -> None:
        moments = timeline(values())
        assert kinds_of(moments) == ("kind:purchase", "kind:contact", "kind:note", "kind:consent")
        assert {moment.kind for moment in through(moments, "kind:purchase")} == {"sale", "return"}
        assert {moment.kind for moment in through(moments, "kind:note")} == {"note"}

    def test_leaves_out_a_note_taken_back(self) -> None:
        gone = {"note_id": NOTE, "text": "", "level": "store", "author": "x", "at": 1, "withdrawn": True}
        assert "note" not in {moment.kind for moment in timeline(values(notes=[gone]))}

    def test_marks_what_was_not_sent_yet(self) -> None:
        waiting = [moment for moment in timeline(values(), [f"notes/{NOTE}"]) if moment.waits]
        assert [moment.kind for moment in waiting] == ["note"]

    def test_of_nothing_is_empty(self) -> None:
        assert timeline({}) == ()


class TestTheDetails:
    def test_of_a_seller_show_contacts_masked_and_no_address(self) -> None:
        held = card()
        sections = {section.key: section for section in details(held.values, held.levels)}
        contact = {row.path: row for row in sections["contact"].rows}
        assert contact["phone"].value == "•• •• •• 78" and not contact["phone"].writable
        assert "address" not in sections and "origin" not in sections

    def test_of_a_manager_show_them_in_clear_to_be_changed(self) -> None:
        held = card(Role.STORE_MANAGER)
        rows = {row.path: row for section in details(held.values, held.levels) for row in section.rows}
        assert rows["phone"].value == "+33612345678" and rows["phone"].writable
        assert rows["address"].value["city"] == "Lyon"

    def test_of_an_administrator_are_empty(self) -> None:
        held = card(Role.ADMINISTRATOR)
        assert details(held.values, held.levels) == ()


class TestOpening:
    def test_another_customer_closes_sheet_and_note_but_keeps_the_tab(self) -> None:
        model, _ = play(opened(), events.TabPressed(tab="notes"), events.NoteTyped(text="half a tho"))
        model, _ = play(model, events.SizeAddPressed())
        other = Card(**{**_parts(card()), "record_id": id_from("customer", "other")})
        model, _ = play(model, events.CardRead(card=other, directory=DIRECTORY, today=TODAY, now_ms=NOW_MS))
        assert (model.tab, model.note, model.sheet, model.made) == ("notes", "", None, None)

    def test_the_same_customer_again_keeps_what_is_being_written(self) -> None:
        model, _ = play(opened(), events.NoteTyped(text="half a tho"))
        model, _ = play(model, events.CardRead(card=card(), directory=DIRECTORY, today=TODAY, now_ms=NOW_MS))
        assert model.note == "half a tho"

    def test_somebody_who_left_empties_the_card(self) -> None:
        model, _ = play(opened(), events.CardRead(card=None, directory=DIRECTORY, today=TODAY, now_ms=NOW_MS))
        assert model.card is None
        assert update(model, events.NoteWritten(note_id=NEW_NOTE)) == (model, [])


class TestASize:
    def test_is_three_taps(self) -> None:
        model, mutations = play(
            opened(),
            events.SizeAddPressed(),
            events.SheetChosen(choice="ring"),
            events.SheetTyped(key="value", text="54"),
            events.SheetKept(fresh=NEW_NOTE),
        )
        assert mutations == [PutEntry(field="sizes", key="ring", value={"value": "54"})]
        assert model.sheet is None

    def test_without_a_value_is_not_kept(self) -> None:
        model, mutations = play(opened(), events.SizeAddPressed(), events.SheetKept(fresh=NEW_NOTE))
        assert mutations == [] and model.sheet is not None and model.sheet.problem == "value_missing"

    def test_changed_goes_back_to_what_it_was(self) -> None:
        _, mutations = play(
            opened(),
            events.ValuePressed(path="sizes/shoes"),
            events.EditPressed(),
            events.SheetTyped(key="value", text="40"),
            events.SheetKept(fresh=NEW_NOTE),
            events.UndoPressed(),
        )
        assert mutations[-1] == PutEntry(field="sizes", key="shoes", value={"value": "39"})

    def test_added_goes_away_again(self) -> None:
        _, mutations = play(
            opened(),
            events.SizeAddPressed(),
            events.SheetChosen(choice="ring"),
            events.SheetTyped(key="value", text="54"),
            events.SheetKept(fresh=NEW_NOTE),
            events.UndoPressed(),
        )
        assert mutations[-1] == RemoveEntry(field="sizes", key="ring")


class TestALike:
    def test_is_added_and_taken_back(self) -> None:
        _, mutations = play(
            opened(),
            events.WordAddPressed(field="likes"),
            events.SheetTyped(key="value", text="velvet"),
            events.SheetKept(fresh=NEW_NOTE),
            events.UndoPressed(),
        )
        assert mutations == [
            AddElement(field="likes", element="velvet"),
            RemoveElement(field="likes", element="velvet", seen=()),
        ]

    def test_is_removed_as_far_as_it_is_seen(self) -> None:
        _, mutations = play(opened(), events.ValuePressed(path="likes/silk"), events.RemovePressed())
        assert mutations == [RemoveElement(field="likes", element="silk", seen=(id_from("edit", "silk"),))]


class TestANote:
    def test_is_kept_at_once_at_its_level_and_leaves_an_empty_line(self) -> None:
        model, mutations = play(
            opened(),
            events.NoteLevelPressed(level=NoteLevel.PRIVATE),
            events.NoteTyped(text=" Water without lemon. "),
            events.NoteWritten(note_id=NEW_NOTE),
        )
        note = WriteNote(note_id=NEW_NOTE, text="Water without lemon.", level=NoteLevel.PRIVATE)
        assert mutations == [note]
        assert model.note == ""

    def test_is_cut_where_the_server_would_refuse_it(self) -> None:
        model, _ = play(opened(), events.NoteTyped(text="x" * 5000))
        assert len(model.note) == cards.LONGEST_NOTE

    def test_of_nothing_is_no_note(self) -> None:
        _, mutations = play(opened(), events.NoteTyped(text="  "), events.NoteWritten(note_id=NEW_NOTE))
        assert mutations == []

    def test_that_speaks_of_health_is_kept_nowhere(self) -> None:
        model, mutations = play(
            opened(),
            events.NoteTyped(text="Enceinte de cinq mois"),
            events.NoteWritten(note_id=NEW_NOTE),
            events.NoteWritten(note_id=NEW_NOTE),
        )
        assert mutations == []
        assert (model.judged.verdict, model.judged.kind, model.made) == (NoteVerdict.REFUSE, "health", None)
        assert "enceinte" not in repr(model.judged).lower()

    def test_that_is_warned_of_is_kept_when_insisted_on(self) -> None:
        typed = events.NoteTyped(text="Had the card declined twice"), events.NoteWritten(note_id=NEW_NOTE)
        model, mutations = play(opened(), *typed)
        assert (mutations, model.insisted) == ([], True)
        model, mutations = play(model, events.NoteWritten(note_id=NEW_NOTE))
        assert [type(each) for each in mutations] == [WriteNote]
        assert (model.note, model.insisted) == ("", False)

    def test_changed_into_another_warning_asks_again(self) -> None:
        model, _ = play(
            opened(),
            events.NoteTyped(text="Had the card declined twice"),
            events.NoteWritten(note_id=NEW_NOTE),
            events.NoteTyped(text="Call 06 12 34 56 78"),
        )
        assert (model.judged.kind, model.insisted) == ("phone", False)

    def test_of_a_material_is_offered_a_place_among_her_tastes(self) -> None:
        model, mutations = play(
            opened(), events.NoteTyped(text="Allergique au nickel"), events.NoteOfferTaken()
        )
        assert mutations == []
        assert model.sheet is not None
        assert (model.sheet.ask, model.sheet.path) == (Ask.WORD, "dislikes")

    def test_offers_no_place_that_the_role_may_not_write(self) -> None:
        model, _ = play(opened(), events.NoteTyped(text="Call 06 12 34 56 78"), events.NoteOfferTaken())
        assert model.sheet is None

    def test_is_taken_back_by_its_author_alone(self) -> None:
        press = events.ValuePressed(path=f"notes/{NOTE}"), events.RemovePressed()
        assert play(opened(), *press)[1] == [WithdrawNote(note_id=UUID(NOTE))]
        theirs = [{**values()["notes"][0], "author": "somebody-else"}]
        assert play(opened(card(notes=theirs)), *press)[1] == []


class TestHerConsent:
    def test_withdrawn_by_a_slip_is_given_back_in_knowledge_of_the_slip(self) -> None:
        key = "valmere/email/marketing"
        model, mutations = play(
            opened(), events.ConsentPressed(channel="email"), events.Answered(key=key, granted=False)
        )
        assert isinstance(mutations[0], RecordConsent) and mutations[0].state == "withdrawn"
        assert model.made is not None  # it stood granted before: it may be put back

    def test_withdrawn_where_she_had_never_said_yes_is_not_lifted_by_undo(self) -> None:
        key = "valmere/phone/marketing"
        model, mutations = play(opened(), events.Answered(key=key, granted=False))
        assert len(mutations) == 1
        assert model.made is None
        assert play(model, events.UndoPressed())[1] == []

    def test_given_quotes_the_no_that_stood(self) -> None:
        _, mutations = play(opened(), events.Answered(key="valmere/sms/marketing", granted=True))
        assert mutations[0].knows == (id_from("event", "no-sms"),)

    def test_is_not_recorded_by_who_may_not(self) -> None:
        model = opened(card(Role.HEAD_OFFICE_CRM))
        assert play(model, events.Answered(key="valmere/email/marketing", granted=True))[1] == []


class TestARegister:
    def test_is_changed_by_who_may(self) -> None:
        _, mutations = play(
            opened(card(Role.STORE_MANAGER)),
            events.ValuePressed(path="phone"),
            events.EditPressed(),
            events.SheetTyped(key="value", text="+33698765432"),
            events.SheetKept(fresh=NEW_NOTE),
            events.UndoPressed(),
        )
        assert mutations == [
            SetField(field="phone", value="+33698765432"),
            SetField(field="phone", value="+33612345678"),
        ]

    def test_is_not_changed_by_who_sees_a_mask(self) -> None:
        model, _ = play(opened(), events.ValuePressed(path="phone"), events.EditPressed())
        assert model.sheet is not None and model.sheet.ask is Ask.VALUE

    def test_language_is_chosen(self) -> None:
        _, mutations = play(
            opened(),
            events.ValuePressed(path="language"),
            events.EditPressed(),
            events.SheetChosen(choice="it"),
            events.SheetKept(fresh=NEW_NOTE),
        )
        assert mutations == [SetField(field="language", value="it")]


class TestADay:
    @pytest.mark.parametrize(
        ("typed", "day"),
        [
            ("24/12/1980", "1980-12-24"),
            ("24.12", "--12-24"),
            ("1980-12-24", "1980-12-24"),
            ("--12-24", "--12-24"),
        ],
    )
    def test_is_read_as_people_write_it(self, typed: str, day: str) -> None:
        assert iso_day(typed) == day

    @pytest.mark.parametrize("typed", ["soon", "45/12", "12/31/1980", "1/1/1", ""])
    def test_that_is_none_is_refused(self, typed: str) -> None:
        with pytest.raises(NotSaid):
            iso_day(typed)

    def test_is_kept_under_its_name(self) -> None:
        _, mutations = play(
            opened(),
            events.EntryAddPressed(field="important_dates"),
            events.SheetTyped(key="label", text="First visit"),
            events.SheetTyped(key="date", text="2/5"),
            events.SheetKept(fresh=NEW_NOTE),
        )
        entry = {"label": "First visit", "date": "--05-02"}
        assert mutations == [PutEntry(field="important_dates", key="First visit", value=entry)]

    @pytest.mark.parametrize(("typed", "kept"), [("1/2/1990", True), ("1/2/2087", False)])
    def test_of_birth_is_not_in_the_future(self, typed: str, kept: bool) -> None:
        model, mutations = play(
            opened(),
            events.ValuePressed(path="birth_date"),
            events.SheetTyped(key="value", text=typed),
            events.SheetKept(fresh=NEW_NOTE),
        )
        assert bool(mutations) == kept
        assert kept or (model.sheet is not None and model.sheet.problem == "value_invalid")


class TestWhatAValueWasBefore:
    PATH = "sizes/shoes"

    def told(self, ended: float = 3, **said: Any) -> events.PastKnown:
        value = PastValue(
            entry_id=7,
            path=self.PATH,
            value=said.get("value", {"value": "38"}),
            ended_at=ago(ended),
            undo_until=ago(ended - 30),
        )
        return events.PastKnown(past=Past(path=self.PATH, values=(value,)))

    def test_is_asked_for_at_a_long_press_by_who_reads_it(self) -> None:
        _, effects = update(opened(), events.ValueHeld(path=self.PATH))
        assert effects == [ReadPast(record_id=CLAIRE, path=self.PATH)]
        assert update(opened(), events.ValueHeld(path="phone"))[1] == []  # sees a mask
        assert update(opened(), events.ValueHeld(path=f"notes/{NOTE}"))[1] == []

    def test_stands_again_at_one_tap_and_that_can_be_undone(self) -> None:
        model, mutations = play(
            opened(),
            events.ValueHeld(path=self.PATH),
            self.told(),
            events.PutBackPressed(entry_id=7),
            events.UndoPressed(),
        )
        assert mutations == [
            PutEntry(field="sizes", key="shoes", value={"value": "38"}),
            PutEntry(field="sizes", key="shoes", value={"value": "39"}),
        ]
        assert model.sheet is None

    @pytest.mark.parametrize(("ended", "value"), [(31, {"value": "38"}), (3, None)])
    def test_is_not_offered_after_thirty_days_or_where_it_was_nothing(self, ended: float, value: Any) -> None:
        model, _ = play(opened(), events.ValueHeld(path=self.PATH), self.told(ended, value=value))
        assert restorable(model) == ()

    def test_of_another_value_is_not_shown(self) -> None:
        model, _ = play(opened(), events.ValueHeld(path="likes/silk"), self.told())
        assert model.past is None

    def test_without_a_line_says_so(self) -> None:
        unknown = events.PastKnown(past=Past(path=self.PATH, problem="unreachable"))
        model, _ = play(opened(), events.ValueHeld(path=self.PATH), unknown)
        content = sheet_content(model)
        assert content is not None and any("line" in told.text for told in content.told)


class TestTheWardrobe:
    OWNED = [
        {"sku": "A-1", "title": "Scarf", "at": ago(40), "quantity": 1},
        {"sku": "B-2", "title": "Coat", "at": ago(4), "quantity": 2, "size": "38"},
    ]

    def test_shows_the_latest_first(self) -> None:
        assert [piece.sku for piece in wardrobe({"owned": self.OWNED})] == ["B-2", "A-1"]

    def test_asks_for_the_pictures_that_are_not_here_when_it_is_looked_at(self) -> None:
        model, _ = update(opened(card(owned=self.OWNED)), events.PictureKnown(sku="A-1", file="/a.png"))
        _, effects = update(model, events.TabPressed(tab="wardrobe"))
        assert effects == [WantPictures(skus=("B-2",))]
        assert update(model, events.TabPressed(tab="notes"))[1] == []

    def test_draws_shares_of_the_largest_the_most_first(self) -> None:
        assert shares({"store": 100, "web": 400, "app": -5}) == (("web", 400, 1.0), ("store", 100, 0.25))
        assert shares(None) == ()


class TestAnEntryOfSeveralParts:
    def test_of_an_address_is_one_value(self) -> None:
        _, mutations = play(
            opened(card(Role.STORE_MANAGER)),
            events.ValuePressed(path="address"),
            events.SheetTyped(key="line1", text="9 quai de Saône"),
            events.SheetTyped(key="country", text="be"),
            events.SheetKept(fresh=NEW_NOTE),
        )
        assert mutations[0].value == {
            "line1": "9 quai de Saône", "postal_code": "69002", "city": "Lyon", "country": "BE",
        }  # fmt: skip

    def test_of_the_family_gets_a_key_of_its_own(self) -> None:
        _, mutations = play(
            opened(),
            events.EntryAddPressed(field="family"),
            events.SheetChosen(choice="daughter"),
            events.SheetTyped(key="date", text="5/3/2015"),
            events.SheetKept(fresh=NEW_NOTE),
        )
        assert mutations == [
            PutEntry(
                field="family",
                key=NEW_NOTE.hex[-12:],
                value={"relation": "daughter", "date": "2015-03-05"},
            )
        ]

    @pytest.mark.parametrize(
        ("field", "problem"),
        [
            ("family", "value_missing"),
            ("social_handles", "value_missing"),
            ("important_dates", "value_missing"),
        ],
    )
    def test_without_what_it_needs_is_not_kept(self, field: str, problem: str) -> None:
        model, mutations = play(
            opened(card(Role.STORE_MANAGER)),
            events.EntryAddPressed(field=field),
            events.SheetKept(fresh=NEW_NOTE),
        )
        assert mutations == [] and model.sheet is not None and model.sheet.problem == problem

    def test_is_not_added_by_who_may_not(self) -> None:
        assert play(opened(), events.EntryAddPressed(field="other_contacts"))[0].sheet is None


class TestUndo:
    def test_is_over_when_its_seconds_have_passed(self) -> None:
        model, _ = play(opened(), events.NoteTyped(text="x"), events.NoteWritten(note_id=NEW_NOTE))
        model, _ = play(model, events.UndoOver(makes=model.makes - 1))
        assert model.made is not None  # the seconds of an earlier edit
        model, _ = play(model, events.UndoOver(makes=model.makes))
        assert play(model, events.UndoPressed())[1] == []

    def test_happens_once(self) -> None:
        model, _ = play(opened(), events.NoteTyped(text="x"), events.NoteWritten(note_id=NEW_NOTE))
        model, first = play(model, events.UndoPressed())
        assert len(first) == 1
        assert play(model, events.UndoPressed())[1] == []


class TestLeaving:
    def test_leaves_nobody_on_the_screen(self) -> None:
        assert update(opened(), events.Emptied()) == (CardModel(), [])


def _parts(held: Card) -> dict[str, Any]:
    return {name: getattr(held, name) for name in held.__struct_fields__}


def test_a_purchase_without_a_store_still_has_a_place_in_time() -> None:
    moments = timeline({"purchases": [purchase(1, 1, 100, channel="web")]})
    assert moments[0].store is None and moments[0].at == ago(1)


def test_the_made_card_is_hers() -> None:
    assert card().record_id == CLAIRE
