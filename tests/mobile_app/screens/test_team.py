"""The store's work and who is away: what a manager is shown, what a seller may say, who does what then."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, ReadHeld, ReadTeam, Submit
from mobile_app.screens.agenda import Agenda, Item, gather
from mobile_app.screens.card.sheets import editing, may_edit, saving
from mobile_app.screens.directory import Directory
from mobile_app.screens.team.model import (
    Asking,
    AwayPressed,
    CallOffPressed,
    Chosen,
    DecidePressed,
    Entered,
    HeldKnown,
    Kept,
    TeamModel,
    TeamRead,
    Typed,
    UndoPressed,
    update,
)
from mobile_app.screens.team.words import counts
from mobile_app.screens.team.work import Work, shares, waiting
from schemas.mutations import DeclareAbsence, SetField
from schemas.staff import Absence
from schemas.visibility import Level
from sync.replica.draft import Card
from sync.replica.search import EITHER
from sync.search_row import search_row
from sync.summary import Ahead, Summary

ME, PAUL, LEA = (str(UUID(int=number)) for number in (1, 2, 3))
TODAY = date(2026, 11, 20)  # a Friday
STORE = "lyon"
PEOPLE = Directory(people={ME: "Inès M.", PAUL: "Paul R.", LEA: "Léa B."}, me=ME)


def absence(days: int = 3, stand_in: str | None = ME, **more: object) -> Absence:
    return Absence(
        absence_id=UUID(int=9),
        associate_id=UUID(PAUL),
        first_day=TODAY.isoformat(),
        last_day=(TODAY + timedelta(days=days - 1)).isoformat(),
        stand_in=UUID(stand_in) if stand_in else None,
        **more,  # type: ignore[arg-type]
    )


def promise(owner: str, due: int = 0, kind: str = "call", store: str = STORE) -> Ahead:
    return Ahead(
        field="tasks",
        key=f"{owner} {due} {kind}",
        kind=kind,
        state="open",
        round=0,
        day=(TODAY + timedelta(days=due)).isoformat(),
        starts=0,
        minutes=0,
        owner=owner,
        store=store,
        text="",
        since=0,
    )


def customer(number: int, *ahead: Ahead, owner: str = PAUL, second: str | None = None) -> Summary:
    return Summary(
        record_id=UUID(int=100 + number),
        family_name=f"Name {number}",
        home_store=STORE,
        associate_id=owner,
        second_associate_id=second,
        ahead=ahead,
    )


def day(*held: Summary, stood_in_for: str = "", away: str = "", whole: bool = False) -> Agenda:
    facets = {who.record_id: search_row(who).facets for who in held}

    def look(wanted: object, limit: int) -> list[Summary]:
        assert isinstance(wanted, list)
        return [
            who
            for who in held
            if all(any(one in facets[who.record_id] for one in each.split(EITHER)) for each in wanted)
        ]

    return gather(
        look,
        me=ME,
        store=STORE,
        today=TODAY,
        now_ms=0,
        directory=PEOPLE,
        colleagues=(ME, PAUL, LEA),
        stood_in_for=frozenset({stood_in_for} - {""}),
        away=frozenset({away, stood_in_for} - {""}),
        whole=whole,
    )


def owners(items: tuple[Item, ...]) -> list[str]:
    return [item.what.owner for item in items]


class TestTheDay:
    def test_holds_what_somebody_away_has_promised_for_whoever_stands_in(self) -> None:
        theirs = customer(1, promise(PAUL))
        assert owners(day(theirs).to_do) == []
        assert owners(day(theirs, stood_in_for=PAUL).to_do) == [PAUL]

    def test_holds_it_for_the_second_associate_of_that_customer_alone(self) -> None:
        shared, other = customer(1, promise(PAUL), second=ME), customer(2, promise(PAUL), second=LEA)
        assert [item.record_id for item in day(shared, other, away=PAUL).to_do] == [shared.record_id]
        assert owners(day(shared, other).to_do) == [], "while he is there, it is his"

    def test_brings_the_birthdays_of_the_absent_ones_customers(self) -> None:
        born = msgspec.structs.replace(customer(1), birthday="11-22")
        assert day(born).born == ()
        assert [who.record_id for who in day(born, stood_in_for=PAUL).born] == [born.record_id]


class TestShares:
    def test_are_told_with_the_late_first_and_who_is_away(self) -> None:
        agenda = day(
            customer(1, promise(PAUL, -2), promise(PAUL, 3)),
            customer(2, promise(ME), promise("", 1)),
            whole=True,
        )
        told = shares(Work(agenda=agenda, absences=(absence(),)))
        assert [(each.associate_id, each.promised, each.late) for each in told] == [
            (PAUL, 2, 1),
            ("", 1, 0),
            (ME, 1, 0),
            (LEA, 0, 0),
        ]
        assert [each.associate_id for each in told if each.away] == [PAUL]

    def test_leave_out_what_was_promised_in_another_store_by_somebody_else(self) -> None:
        stranger = str(UUID(int=77))
        agenda = day(customer(1, promise(stranger, store="nice")), whole=True)
        assert all(each.promised == 0 for each in shares(Work(agenda=agenda)))

    def test_know_the_waiting_list(self) -> None:
        agenda = day(customer(1, promise(PAUL, kind="arrival"), promise(PAUL), promise("")), whole=True)
        assert len(waiting(agenda)) == 2


class TestCounts:
    def test_say_nothing_of_what_the_role_may_not_know(self) -> None:
        told = {count.text for count in counts(TeamModel(work=Work(agenda=day())))}
        assert "customers without an associate" not in told
        assert not {"allowed contact this week", "withdrew it this week", "changes to decide"} & told
        known = TeamModel(work=Work(agenda=day(), unowned=0, allowed=3, withdrew=1), held=2)
        assert {count.figure for count in counts(known)} >= {"3", "1", "2"}


class TestHerAssociates:
    def test_are_chosen_among_colleagues_and_may_be_nobody(self) -> None:
        card = Card(
            record_id=UUID(int=5),
            values={"second_associate_id": PAUL},
            stamps={},
            levels={"second_associate_id": Level.WRITE, "associate_id": Level.READ},
            pending_fields=frozenset(),
            pending_paths=frozenset(),
        )
        assert may_edit(card, "second_associate_id") and not may_edit(card, "associate_id")
        sheet = editing(card, "second_associate_id")
        assert sheet.texts == {"value": PAUL}
        for said in (LEA, ""):
            chosen = msgspec.structs.replace(sheet, texts={"value": said})
            edit = saving(chosen, fresh="", today=TODAY)
            assert edit == SetField(field="second_associate_id", value=said or None)


class TestUpdate:
    def test_reads_the_work_and_asks_a_manager_once_for_what_is_to_be_decided(self) -> None:
        model, effects = update(TeamModel(), Entered())
        assert effects == [ReadTeam()]
        model, effects = update(model, TeamRead(work=Work(agenda=day()), manages=True))
        assert effects == [ReadHeld()]
        model, effects = update(model, TeamRead(work=Work(agenda=day()), manages=True))
        assert effects == []
        model, _ = update(model, HeldKnown(count=4))
        assert update(model, DecidePressed())[1] == [GoTo(screen="outbox")]

    def test_lets_a_seller_speak_for_himself_alone(self) -> None:
        seller = TeamModel(work=Work(agenda=day(), absences=(absence(),)))
        assert update(seller, AwayPressed(associate_id=PAUL))[0].asking is None
        assert update(seller, AwayPressed(associate_id=ME))[0].asking == Asking(associate_id=ME)
        assert update(seller, CallOffPressed(absence_id=UUID(int=9)))[1] == []

    def test_declares_from_chips_in_three_taps_and_takes_it_back(self) -> None:
        model = TeamModel(work=Work(agenda=day()), manages=True)
        for event in (
            AwayPressed(associate_id=PAUL),
            Chosen(choice="first:monday"),
            Chosen(choice="length:two_weeks"),
            Chosen(choice=f"stand_in:{LEA}"),
        ):
            model, _ = update(model, event)
        model, effects = update(model, Kept(absence_id=UUID(int=9)))
        said = _said(effects)
        assert (said.first_day, said.last_day, str(said.stand_in)) == ("2026-11-23", "2026-12-06", LEA)
        assert model.asking is None
        _, effects = update(model, UndoPressed())
        assert _said(effects).cancelled

    def test_goes_by_a_typed_day_before_a_chip_and_refuses_one_that_is_none(self) -> None:
        model, _ = update(TeamModel(work=Work(agenda=day())), AwayPressed(associate_id=ME))
        for key, text in (("first", "24/12"), ("last", "2/1")):
            model, _ = update(model, Typed(key=key, text=text))
        said = _said(update(model, Kept(absence_id=UUID(int=9)))[1])
        assert (said.first_day, said.last_day, said.stand_in) == ("2026-12-24", "2027-01-02", None)
        for wrong in ("31/02", "soon", "1/1/2020"):
            asked, _ = update(model, Typed(key="last", text=wrong))
            asked, effects = update(asked, Kept(absence_id=UUID(int=9)))
            assert effects == [] and asked.asking is not None and asked.asking.problem == "value_invalid"

    def test_calls_an_absence_off_and_takes_that_back(self) -> None:
        model = TeamModel(work=Work(agenda=day(), absences=(absence(),)), manages=True)
        model, effects = update(model, CallOffPressed(absence_id=UUID(int=9)))
        assert _said(effects).cancelled
        assert _said(update(model, UndoPressed())[1]) == absence()


def _said(effects: list[object]) -> Absence:
    (effect,) = effects
    assert isinstance(effect, Submit) and isinstance(effect.mutation, DeclareAbsence)
    return effect.mutation.absence
