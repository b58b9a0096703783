"""Finding a customer: what is asked, what an answer changes, and a person who is not there yet."""

from datetime import date

import msgspec
import pytest

from mobile_app.effects import (
    LookBeyond,
    OpenCard,
    PinBeyond,
    Search,
    SearchNotes,
    SeekTwins,
    Submit,
    TurnTablet,
)
from mobile_app.screens.find import further, newcomer, words
from mobile_app.screens.find import model as find
from mobile_app.screens.find.filters import Filters, facets_of
from mobile_app.screens.find.model import FindModel, update
from schemas import details_link
from schemas.ids import id_from
from schemas.mutations import CreateCustomer, SendMessage
from schemas.note_guard import NoteVerdict, judge_note
from sync.replica.note_search import NoteHit
from sync.summary import Summary
from tests.mobile_app.screens.made import CLAIRE, summary

MESSAGE = id_from("message", "link")


def answered(model: FindModel, *rows: Summary, held: int = 1) -> FindModel:
    found = find.Found(asked=model.search, rows=rows, held=held)
    return update(model, found)[0]


class TestAsking:
    def test_follows_what_is_typed(self) -> None:
        model, effects = update(FindModel(), find.Typed(query="lef"))
        assert effects == [Search(query="lef", limit=find.MOST_ROWS)]
        assert update(model, find.Typed(query="lef")) == (model, [])

    def test_narrows_to_mine_and_to_birthdays_of_the_month(self) -> None:
        model, _ = update(FindModel(), find.Entered(today=date(2026, 12, 1)))
        model, _ = update(model, find.FilterPressed(name="mine"))
        _, effects = update(model, find.FilterPressed(name="birthdays"))
        assert effects == [Search(query="", facets=("mine", "birthday:12"), limit=find.MOST_ROWS)]

    def test_a_filter_pressed_again_is_off(self) -> None:
        model, _ = update(FindModel(), find.FilterPressed(name="mine"))
        model, effects = update(model, find.FilterPressed(name="mine"))
        assert not model.filters.mine
        assert effects == [Search(query="", limit=find.MOST_ROWS)]

    def test_for_everyone_drops_the_filters_and_keeps_the_words(self) -> None:
        model = FindModel(query="lef", filters=Filters(mine=True, birthdays=True, tier="gold"))
        _, effects = update(model, find.EveryonePressed())
        assert effects == [Search(query="lef", limit=find.MOST_ROWS)]

    def test_is_repeated_when_something_changed(self) -> None:
        assert update(FindModel(query="x"), find.Changed())[1] == [FindModel(query="x").search]


class TestFilters:
    def test_ask_for_tier_size_like_and_store_at_once(self) -> None:
        model, _ = update(FindModel(), find.FiltersPressed())
        for event in (
            find.FiltersChosen(choice="tier:gold"),
            find.FiltersChosen(choice="size:shoes"),
            find.FiltersChosen(choice="fits:38"),
            find.FiltersTyped(key="like", text="Petits Sacs"),
        ):
            model, effects = update(model, event)
            assert effects == []
        model, effects = update(model, find.FiltersKept())
        assert isinstance(effects[0], Search)
        assert effects[0].facets == ("tier:gold", "size:shoes=38", "like:petits sacs")
        model, effects = update(model, find.FilterPressed(name="tier"))
        assert isinstance(effects[0], Search) and "tier:gold" not in effects[0].facets

    def test_stand_under_what_they_are_about(self) -> None:
        sheet = words.filters_sheet(Filters(size_category="shoes", size="38"))
        assert [group.label for group in sheet.groups] == ["Tier", "Size of", "Size"]
        assert ("fits:38", "38", True) in sheet.groups[2].choices
        assert ("size", "Another size", "", "") in sheet.fields
        rare = words.filters_sheet(Filters(size_category="shoes", size="47½"))
        assert ("size", "Another size", "47½", "") in rare.fields

    def test_of_another_kind_forget_the_size(self) -> None:
        model = FindModel(asking=Filters(size_category="shoes", size="38"))
        model, _ = update(model, find.FiltersChosen(choice="size:gloves"))
        assert model.asking == Filters(size_category="gloves")

    def test_cancelled_change_nothing(self) -> None:
        model, _ = update(FindModel(), find.FiltersPressed())
        model, _ = update(model, find.FiltersChosen(choice="tier:gold"))
        assert update(model, find.FiltersClosed()) == (FindModel(), [])

    def test_of_the_lapsed_ask_for_months_a_year_ago_and_before(self) -> None:
        (asked,) = facets_of(Filters(lapsed=True), today=date(2026, 11, 22))
        months = asked.split("\n")
        assert months[-1] == "seen:2025-11" and "seen:2025-12" not in months and len(months) == 109

    def test_answered_by_nobody_say_what_to_do(self) -> None:
        _, title, advice = words.nothing_words(answered(FindModel(filters=Filters(tier="black"))))
        assert "filters" in title and advice


class TestAScan:
    CARD = "CM-0042-1187"

    def test_opens_the_card_of_its_holder_and_leaves_no_words(self) -> None:
        model, _ = update(FindModel(filters=Filters(mine=True)), find.Scanned(text=self.CARD))
        holder = summary(loyalty_card="cm-0042-1187")
        other = summary(record_id=id_from("row", "other"), loyalty_card="CM-0042-11879")
        found = find.Found(asked=model.search, rows=(other, holder), held=2)
        model, effects = update(model, found)
        assert OpenCard(record_id=CLAIRE) in effects
        assert (model.query, model.selected, model.open) == ("", CLAIRE, True)

    def test_put_into_the_field_is_asked_once(self) -> None:
        model, _ = update(FindModel(), find.Scanned(text=self.CARD))
        assert update(model, find.Typed(query=self.CARD)) == (model, [])

    def test_that_nobody_here_holds_is_looked_for_in_the_house(self) -> None:
        model, _ = update(FindModel(), find.Scanned(text=self.CARD))
        model, effects = update(model, find.Found(asked=model.search, rows=(), held=2))
        assert effects == [LookBeyond(query=self.CARD)]


class TestNotes:
    HIT = NoteHit(who=summary(), excerpt="Aime le velours.")

    def test_are_searched_when_asked(self) -> None:
        assert update(FindModel(query="ve"), further.NotesPressed())[1] == []
        model, effects = update(FindModel(query=" velours "), further.NotesPressed())
        assert effects == [SearchNotes(query="velours")]
        assert words.notes_words(model) == ("note-text-outline", "Searching in the notes…", False)

    def test_that_answer_are_shown_while_the_same_is_asked(self) -> None:
        model, _ = update(FindModel(query="velours"), further.NotesPressed())
        model, _ = update(model, further.NotesFound(query="velours", hits=(self.HIT,)))
        assert model.notes is not None and model.notes.hits == (self.HIT,)
        assert update(model, find.Typed(query="velour"))[0].notes is None

    def test_that_say_nothing_are_told_and_too_late_ones_are_not(self) -> None:
        model, _ = update(FindModel(query="velours"), further.NotesPressed())
        none, _ = update(model, further.NotesFound(query="velours"))
        assert "No note" in words.notes_words(none)[1]
        assert update(model, further.NotesFound(query="soie", hits=(self.HIT,))) == (model, [])

    def test_go_with_who_leaves(self) -> None:
        model, _ = update(FindModel(query="velours"), further.NotesPressed())
        assert update(model, find.Emptied())[0].notes is None


class TestBeyondTheTablet:
    HIT = further.Hit(record_id=id_from("customer", "far"), values={"given_name": "Ada"})

    def asked(self) -> FindModel:
        return update(answered(FindModel(query="ada"), summary()), further.BeyondPressed())[0]

    def test_needs_some_letters(self) -> None:
        assert update(FindModel(query="ad"), further.BeyondPressed())[1] == []
        assert update(FindModel(query="ada"), further.BeyondPressed())[1] == [LookBeyond(query="ada")]

    def test_shows_only_who_is_not_here(self) -> None:
        here = further.Hit(record_id=CLAIRE, values={})
        model, _ = update(self.asked(), further.BeyondFound(query="ada", hits=(here, self.HIT)))
        assert model.beyond is not None and model.beyond.hits == (self.HIT,)

    def test_is_fetched_when_pressed(self) -> None:
        _, effects = update(self.asked(), further.HitPressed(record_id=self.HIT.record_id))
        assert effects == [PinBeyond(record_id=self.HIT.record_id)]

    def test_without_a_line_says_so_and_may_be_tried_again(self) -> None:
        model, _ = update(self.asked(), further.BeyondFound(query="ada", problem="unreachable"))
        _, said, asks = words.beyond_words(model)
        assert "No line" in said and asks

    def test_answered_too_late_is_dropped(self) -> None:
        model, _ = update(self.asked(), find.Typed(query="bob"))
        assert update(model, further.BeyondFound(query="ada", hits=(self.HIT,))) == (model, [])


class TestATwin:
    def test_is_looked_for_while_one_types_and_opened_by_a_tap(self) -> None:
        model, _ = update(FindModel(), newcomer.NewPressed())
        model, effects = update(model, newcomer.NewTyped(field="family_name", text="Lefèvre"))
        assert effects == [SeekTwins(texts={"family_name": "Lefèvre"})]
        model, _ = update(model, newcomer.Twins(texts={"family_name": "Lefèvre"}, found=(summary(),)))
        assert model.new is not None and "here already" in words.new_customer_sheet(model.new).lead
        model, effects = update(model, newcomer.TwinPressed(record_id=CLAIRE))
        assert effects == [OpenCard(record_id=CLAIRE)] and model.new is None

    def test_of_what_was_typed_before_is_dropped(self) -> None:
        model, _ = update(FindModel(), newcomer.NewPressed())
        model, _ = update(model, newcomer.NewTyped(field="family_name", text="Le"))
        assert update(model, newcomer.Twins(texts={"family_name": "L"}, found=(summary(),))) == (model, [])


class TestAnAnswer:
    def test_shows_its_rows(self) -> None:
        model = answered(FindModel(), summary(), held=20_000)
        assert [row.record_id for row in model.rows] == [CLAIRE]
        assert model.held == 20_000

    def test_to_what_is_no_longer_asked_changes_nothing(self) -> None:
        model, _ = update(FindModel(), find.Typed(query="lef"))
        late = find.Found(asked=Search(query="le", limit=find.MOST_ROWS), rows=(summary(),))
        assert update(model, late) == (model, [])


class TestARow:
    def test_opens_the_card_and_turns_a_narrow_screen_to_it(self) -> None:
        model, effects = update(FindModel(), find.RowPressed(record_id=CLAIRE))
        assert effects == [OpenCard(record_id=CLAIRE)]
        assert model.selected == CLAIRE and model.open
        model, effects = update(model, find.BackPressed())
        assert not model.open and effects == []

    def test_of_somebody_who_left_this_tablet_is_selected_no_more(self) -> None:
        model, _ = update(FindModel(selected=CLAIRE, open=True), find.CardShown(record_id=None))
        assert model.selected is None and not model.open


class TestANewCustomer:
    @pytest.mark.parametrize(
        ("query", "texts"),
        [
            ("claire lefèvre", {"given_name": "Claire", "family_name": "Lefèvre"}),
            ("06 12 34", {"phone": "06 12 34"}),
            ("c@example.com", {"email": "c@example.com"}),
            ("", {}),
        ],
    )
    def test_begins_with_what_was_looked_for(self, query: str, texts: dict[str, str]) -> None:
        model, _ = update(FindModel(query=query), newcomer.NewPressed())
        assert model.new is not None and model.new.texts == texts

    def test_begins_empty_when_who_was_looked_for_is_found(self) -> None:
        model = msgspec.structs.replace(answered(FindModel(query="le"), summary()), selected=CLAIRE)
        model, effects = update(model, newcomer.NewPressed())
        assert model.new is not None and model.new.texts == {} and effects == []

    def test_needs_one_name_and_nothing_else(self) -> None:
        model, _ = update(FindModel(), newcomer.NewPressed())
        refused, effects = update(model, newcomer.NewKept(record_id=CLAIRE))
        assert refused.new is not None and refused.new.problem == "name_missing" and effects == []
        model, _ = update(refused, newcomer.NewTyped(field="family_name", text=" Lefèvre "))
        model, effects = update(model, newcomer.NewKept(record_id=CLAIRE))
        created = CreateCustomer(values={"family_name": "Lefèvre"})
        assert effects == [Submit(record_id=CLAIRE, mutation=created), OpenCard(record_id=CLAIRE)]
        assert model.new is None and model.selected == CLAIRE

    def test_with_a_value_that_does_not_fit_is_not_kept(self) -> None:
        model, _ = update(FindModel(), newcomer.NewPressed())
        model, _ = update(model, newcomer.NewTyped(field="given_name", text="C" * 201))
        refused, effects = update(model, newcomer.NewKept(record_id=CLAIRE))
        assert refused.new is not None and refused.new.problem == "value_invalid" and effects == []

    def test_is_not_offered_to_who_may_not_write_one_down(self) -> None:
        model = FindModel(may_create=False)
        assert update(model, newcomer.NewPressed()) == (model, [])

    def test_may_be_handed_the_tablet_with_what_was_written_so_far(self) -> None:
        model, _ = update(FindModel(), newcomer.NewPressed())
        model, _ = update(model, newcomer.NewTyped(field="given_name", text="Anne"))
        model, effects = update(model, newcomer.NewHanded(record_id=CLAIRE))
        assert model.new is None
        assert effects == [TurnTablet(record_id=CLAIRE, begun={"given_name": "Anne"})]

    def test_may_be_written_a_link_by_what_alone_is_known_of_her(self) -> None:
        model = FindModel(query="c@example.com", links_of="maison")
        model, _ = update(model, newcomer.NewPressed())
        asked = newcomer.NewLinked(record_id=CLAIRE, message_id=MESSAGE, language="en")
        model, effects = update(model, asked)
        created, written, opened = effects
        assert created == Submit(record_id=CLAIRE, mutation=CreateCustomer(values={"email": "c@example.com"}))
        assert isinstance(written, Submit) and isinstance(written.mutation, SendMessage)
        message = written.mutation
        assert (message.channel, message.purpose, message.brand) == ("email", "service", "maison")
        assert details_link.PLACE in message.text and message.template == details_link.TEMPLATE
        assert judge_note(message.text).verdict is NoteVerdict.ALLOW
        assert opened == OpenCard(record_id=CLAIRE) and model.new is None and model.selected == CLAIRE

    def test_is_written_to_by_phone_where_no_mail_is_known(self) -> None:
        model, _ = update(FindModel(query="0612345678", links_of="maison"), newcomer.NewPressed())
        _, effects = update(model, newcomer.NewLinked(record_id=CLAIRE, message_id=MESSAGE, language="fr"))
        written = effects[1]
        assert isinstance(written, Submit) and isinstance(written.mutation, SendMessage)
        assert (written.mutation.channel, written.mutation.subject) == ("sms", "")

    def test_is_written_no_link_without_an_address_nor_by_who_may_not_write(self) -> None:
        asked = newcomer.NewLinked(record_id=CLAIRE, message_id=MESSAGE, language="fr")
        model, _ = update(FindModel(query="anne", links_of="maison"), newcomer.NewPressed())
        refused, effects = update(model, asked)
        assert refused.new is not None and refused.new.problem == "address_missing" and effects == []
        assert words.new_customer_sheet(refused.new, links=True).problem
        model, _ = update(FindModel(query="c@example.com"), newcomer.NewPressed())
        assert update(model, asked) == (model, [])
        assert model.new is not None
        assert "link" not in [act.key for act in words.new_customer_sheet(model.new).acts]

    def test_may_be_left_without_a_trace(self) -> None:
        model, _ = update(FindModel(), newcomer.NewPressed())
        assert update(model, newcomer.NewClosed()) == (FindModel(), [])


class TestLeaving:
    def test_leaves_nobody_on_the_screen(self) -> None:
        model = answered(FindModel(query="lef"), summary())
        assert update(model, find.Emptied()) == (FindModel(), [])


class TestTheWords:
    def test_of_a_row_name_town_and_last_visit(self) -> None:
        assert words.name_of("Claire", "Lefèvre") == "Claire Lefèvre"
        assert words.line_about(summary()).startswith("Lyon, last seen")
        assert words.initials_of("Claire", "Lefèvre") == "CL"

    def test_of_a_customer_without_a_name_say_so(self) -> None:
        assert words.name_of(None, None) == "No name yet"
        assert words.initials_of(None, None) == "?"

    def test_count_what_the_tablet_holds_or_what_was_found(self) -> None:
        assert (
            words.count_words(answered(FindModel(), summary(), held=20_000))
            == "20,000 customers on this tablet"
        )
        assert words.count_words(answered(FindModel(query="lef"), summary())) == "1 customer found"
        many = tuple(summary(record_id=id_from("row", str(number))) for number in range(find.MOST_ROWS))
        assert words.count_words(answered(FindModel(query="a"), *many)) == "The first 200 customers"

    def test_say_what_to_do_where_nobody_is(self) -> None:
        for model in (
            answered(FindModel(), held=0),
            answered(FindModel(query="zzz")),
            answered(FindModel(filters=Filters(birthdays=True))),
            answered(FindModel(filters=Filters(mine=True))),
        ):
            _, title, advice = words.nothing_words(model)
            assert title and advice
