"""Whom to think of today and what is to be done: found by filters, told only as far as the reader sees it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from mobile_app.effects import GoTo, OpenCard, ReadAgenda, Submit
from mobile_app.gallery_agenda import agenda as made_agenda
from mobile_app.screens.agenda import Agenda, gather
from mobile_app.screens.directory import Directory
from mobile_app.screens.follow_ups import model as follow_ups
from mobile_app.screens.follow_ups.model import Section
from mobile_app.screens.today import model as today
from mobile_app.screens.today.reasons import MOST, Do, Why, people
from mobile_app.screens.today.words import reason_words
from schemas.hlc import pack
from schemas.ids import id_from
from schemas.mutations import MoveTask
from schemas.promise import TaskState
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Level, Policy, lens_of, project
from sync.replica.search import SearchIndex
from sync.search_row import search_row
from sync.summary import Summary, summarize

TODAY = date(2026, 11, 22)  # a Sunday
NOW_MS = 1_795_338_000_000
DAY_MS = 86_400_000
ME, PAUL = str(id_from("associate", "ines")), str(id_from("associate", "paul"))


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def thing(kind: str, state: str = "open", since: int = 0, **parts: Any) -> dict[str, Any]:
    turn = {"hlc": pack(NOW_MS - since * DAY_MS, 0), "mid": str(UUID(int=9)), "by": ME}
    return {
        "kind": kind,
        "state": state,
        "at": NOW_MS,
        "by": ME,
        "store": "lyon",
        "turns": {"state": turn},
    } | {
        "owner": ME,
        **parts,
    }


def customer(number: int, **values: Any) -> dict[str, Any]:
    return {"given_name": "Anne", "family_name": f"No {number}", "associate_id": ME, **values}


def ahead(
    customers: list[dict[str, Any]], role: Role = Role.SELLER, policy: Policy = DEFAULT_POLICY, **asked: Any
) -> Agenda:
    """Return the agenda of a reader whose tablet holds these customers, through his lens."""
    lens = lens_of(policy, role, person=ME, stores=["lyon"])
    lines: dict[UUID, Summary] = {}
    for number, values in enumerate(customers):
        shown = project(values, lens)
        record_id = id_from("customer", str(number))
        lines[record_id] = summarize(record_id, shown, lens.levels, pending=0)
    index = SearchIndex((record_id, search_row(line)) for record_id, line in lines.items())
    return gather(
        lambda facets, limit: [lines[found] for found in index.find("", facets, limit)],
        me=ME,
        store="lyon",
        today=TODAY,
        now_ms=NOW_MS,
        directory=Directory(me=ME),
        **asked,
    )


class TestPeople:
    def test_are_five_at_most_each_once_with_the_most_pressing_reason(self) -> None:
        found = ahead(
            [
                customer(0, tasks={"a": thing("call", due=day(-2)), "b": thing("message", due=day(0))}),
                *(customer(number, tasks={"a": thing("call", due=day(0))}) for number in range(1, 5)),
                customer(5, birth_date="1984-11-24"),
                customer(6, cases={"a": thing("repair", "solved", since=3)}),
                customer(7, tasks={"a": thing("call", due=day(1))}),
                customer(
                    8, loyalty={"tier": "gold", "points": 900}, purchases=[{"at": NOW_MS - 240 * DAY_MS}]
                ),
            ]
        )

        chosen = people(found)

        assert [each.why for each in chosen] == [Why.OVERDUE, Why.DUE, Why.DUE, Why.SOLVED, Why.BIRTHDAY]
        assert len({each.record_id for each in chosen}) == MOST
        assert (chosen[0].more, chosen[0].do) == (1, Do.DONE)

    def test_who_bought_much_and_stayed_away_come_when_there_is_room(self) -> None:
        long_ago = [{"at": NOW_MS - 240 * DAY_MS}]
        found = ahead(
            [
                customer(0, loyalty={"tier": "gold", "points": 900}, purchases=long_ago),
                customer(1, loyalty={"tier": "black", "points": 9_000}, purchases=long_ago),
                customer(2, loyalty={"tier": "silver", "points": 9}, purchases=long_ago),
                customer(3, loyalty={"tier": "gold", "points": 900}, purchases=[{"at": NOW_MS - DAY_MS}]),
                customer(4, loyalty={"tier": "gold", "points": 900}, purchases=long_ago)
                | {"associate_id": PAUL},
            ]
        )

        assert [(each.why, each.who.family_name) for each in people(found)] == [
            (Why.LAPSED, "No 1"),
            (Why.LAPSED, "No 0"),
        ]

    def test_of_a_colleague_and_of_another_store_are_left_to_them(self) -> None:
        found = ahead(
            [
                customer(0, tasks={"a": thing("call", due=day(0), owner=PAUL)}),
                customer(1, tasks={"a": thing("call", due=day(0), owner=None, store="nice")}),
                customer(2, tasks={"a": thing("call", due=day(0), owner=None)}),
            ]
        )

        assert [each.who.family_name for each in people(found)] == ["No 2"]

    def test_with_a_birthday_at_the_turn_of_the_year_or_on_a_leap_day(self) -> None:
        for today_is, born, expected in (
            (date(2026, 12, 29), "01-02", date(2027, 1, 2)),
            (date(2027, 2, 27), "02-29", date(2027, 2, 28)),
            (date(2028, 2, 27), "02-29", date(2028, 2, 29)),
        ):
            found = Agenda(me=ME, today=today_is, born=(Summary(record_id=UUID(int=1), birthday=born),))
            assert [each.day for each in people(found)] == [expected]

    def test_an_unreadable_day_does_no_harm(self) -> None:
        found = Agenda(me=ME, today=TODAY, born=(Summary(record_id=UUID(int=1), birthday="13-45"),))
        assert people(found) == ()

    def test_are_told_in_words(self) -> None:
        made = made_agenda()
        model, _ = today.update(today.TodayModel(), today.AgendaRead(agenda=made))
        assert all(reason_words(model, person) for person in model.people)


REASONS = {
    "tasks": customer(0, tasks={"a": thing("call", due=day(-1))}),
    "cases": customer(0, cases={"a": thing("complaint", "solved", since=2)}),
    "birth_date": customer(0, birth_date="1984-11-23"),
    "purchases": customer(
        0, loyalty={"tier": "gold", "points": 9}, purchases=[{"at": NOW_MS - 240 * DAY_MS}]
    ),
}


class TestANarrowRole:
    @pytest.mark.parametrize("hidden", REASONS)
    def test_is_told_no_reason_it_may_not_see(self, hidden: str) -> None:
        """Changing a field that is hidden changes nothing of what is shown."""
        levels = dict(DEFAULT_POLICY.levels["seller"])
        levels[hidden] = Level.HIDDEN
        narrow = Policy(version=2, levels={"seller": {name: at for name, at in levels.items() if at}})
        with_it = customer(0, **{name: REASONS[hidden][name] for name in REASONS[hidden] if name != "x"})
        without = {name: value for name, value in with_it.items() if name != hidden}

        assert people(ahead([with_it])), "the reason is one where it is seen"
        assert people(ahead([with_it], policy=narrow)) == people(ahead([without], policy=narrow)) == ()


class TestToday:
    def test_reads_what_is_ahead_when_it_comes_to_the_front(self) -> None:
        assert today.update(today.TodayModel(), today.Entered())[1] == [ReadAgenda()]

    def test_does_the_one_thing_and_takes_it_back(self) -> None:
        model, _ = today.update(today.TodayModel(), today.AgendaRead(agenda=made_agenda()))
        first = model.people[0]
        assert first.item is not None

        done, effects = today.update(model, today.ActPressed(record_id=first.record_id))

        key = UUID(first.item.what.key)
        assert effects == [
            Submit(record_id=first.record_id, mutation=MoveTask(task_id=key, to=TaskState.DONE))
        ]
        _, undone = today.update(done, today.UndoPressed())
        assert undone == [
            Submit(record_id=first.record_id, mutation=MoveTask(task_id=key, to=TaskState.OPEN, round=1))
        ]

    def test_opens_the_card_of_who_is_tapped(self) -> None:
        model, _ = today.update(today.TodayModel(), today.AgendaRead(agenda=made_agenda()))
        record_id = model.people[1].record_id
        _, effects = today.update(model, today.PersonPressed(record_id=record_id))
        assert effects == [OpenCard(record_id=record_id), GoTo(screen="find")]

    def test_keeps_nothing_of_who_left(self) -> None:
        model, _ = today.update(today.TodayModel(), today.AgendaRead(agenda=made_agenda()))
        assert today.update(model, today.Emptied())[0] == today.TodayModel()


class TestFollowUps:
    def read(self, *, whole: bool = False) -> follow_ups.FollowUpsModel:
        event = follow_ups.AgendaRead(agenda=made_agenda(whole=whole))
        return follow_ups.update(follow_ups.FollowUpsModel(whole=whole), event)[0]

    def test_are_overdue_today_later_and_some_day(self) -> None:
        sections = dict(self.read().sections)
        assert {section: len(items) for section, items in sections.items()} == {
            Section.OVERDUE: 1,
            Section.TODAY: 2,
            Section.UPCOMING: 4,
            Section.SOME_DAY: 1,
        }
        assert len(dict(self.read(whole=True).sections)[Section.UPCOMING]) == 5

    def test_show_the_days_of_a_week(self) -> None:
        model = self.read()
        assert [len(items) for _, items in model.days] == [2, 1, 0, 0, 1, 0, 0]
        after, effects = follow_ups.update(model, follow_ups.WeekPressed(by=1))
        assert effects == [ReadAgenda(whole=False, week=model.agenda.today + timedelta(days=7))]
        assert after.week is not None

    def test_are_put_off_in_two_taps_and_back_in_one(self) -> None:
        model = self.read()
        item = model.sections[0][1][0]
        asked, _ = follow_ups.update(model, follow_ups.LaterPressed(key=item.what.key))

        after, effects = follow_ups.update(asked, follow_ups.Chosen(choice="saturday"))

        key = UUID(item.what.key)
        assert effects == [Submit(record_id=item.record_id, mutation=MoveTask(task_id=key, due="2026-11-21"))]
        assert after.sheet is None
        _, back = follow_ups.update(after, follow_ups.UndoPressed())
        assert back == [Submit(record_id=item.record_id, mutation=MoveTask(task_id=key, due=item.what.day))]

    def test_are_handed_over(self) -> None:
        model = self.read()
        item = model.sections[1][1][0]
        for event in (follow_ups.ItemPressed(key=item.what.key), follow_ups.Chosen(choice="other")):
            model, _ = follow_ups.update(model, event)
        _, effects = follow_ups.update(model, follow_ups.Chosen(choice=PAUL))
        assert effects == [
            Submit(record_id=item.record_id, mutation=MoveTask(task_id=UUID(item.what.key), owner=PAUL))
        ]

    def test_take_no_step_that_cannot_follow(self) -> None:
        model = self.read()
        item = model.sections[0][1][0]
        model, _ = follow_ups.update(model, follow_ups.ItemPressed(key=item.what.key))
        assert follow_ups.update(model, follow_ups.Chosen(choice="solved"))[1] == []

    def test_forget_a_sheet_whose_thing_is_gone(self) -> None:
        model = self.read()
        model, _ = follow_ups.update(model, follow_ups.ItemPressed(key="gone"))
        assert model.about is None
        assert follow_ups.update(model, follow_ups.Chosen(choice="done"))[1] == []
