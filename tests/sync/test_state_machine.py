"""Tasks, appointments and cases moved on several tablets at once: every order of arrival ends alike."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.hlc import pack
from schemas.mutations import MakeTask, MoveAppointment, MoveCase, MoveTask
from schemas.promise import CaseState, TaskKind, TaskState
from schemas.record import Channel, Said
from schemas.states import CASES, MACHINES, TASKS, Machine
from sync.merge_rules import RULES, Rule
from sync.reducer import reduce
from sync.state_machine import Move, MoveVerdict, begun, joined, judge_move, move_of, moved

KEY = UUID(int=77)


def said(number: int, *, wall_ms: int | None = None, author: str = "ines") -> Said:
    reading = pack(number if wall_ms is None else wall_ms, 0)
    return Said(mid=UUID(int=number), hlc=reading, channel=Channel.STORE, author=author, store="lyon")


def fresh(machine: Machine = TASKS) -> dict[str, Any]:
    return begun(machine, {"kind": "call", "due": "2026-11-20"}, said(1))


def to(state: str | None, number: int = 0, machine: Machine = TASKS, **parts: Any) -> Move:
    return Move(machine=machine, key=str(KEY), round=number, to=state, parts=parts, why="")


def arrive(thing: dict[str, Any], moves: list[tuple[Said, Move]]) -> tuple[dict[str, Any], list[MoveVerdict]]:
    """What the server makes of moves whose authors had not seen one another's."""
    verdicts = []
    for who, move in moves:
        verdict = judge_move(thing, move, who, knowing=False)
        verdicts.append(verdict)
        if verdict is MoveVerdict.STANDS:
            thing = moved(thing, move, who)
    return thing, verdicts


@st.composite
def offline(draw: st.DrawFn, machine: Machine, device: int) -> list[tuple[Said, Move]]:
    """What one person does without a line, each move from where her own tablet shows the thing."""
    thing, made = fresh(machine), []
    for place in range(draw(st.integers(0, 3))):
        number = 10 + device * 10 + place
        wall = draw(st.integers(2, 9)) * 10 + place  # clocks of tablets differ; its own only goes on
        wall = max([wall, *(who.hlc >> 16 for who, _ in made)]) + 1
        who = said(number, wall_ms=wall, author=f"tablet {device}")
        state, current = thing["state"], thing.get("round", 0)
        choices: list[Move] = [
            to(
                wanted,
                current + 1 if wanted == machine.begins else current,
                machine,
                **(
                    {"due": f"2026-12-{number}"}
                    if wanted == machine.begins and "due" in machine.parts
                    else {}
                ),
            )
            for wanted in machine.after[state]
        ]
        if not machine.ended(state) and "owner" in machine.parts:
            choices += [to(None, current, machine, owner=f"person {number}")]
        if not choices:
            break
        move = draw(st.sampled_from(choices))
        made.append((who, move))
        thing = moved(thing, move, who)
    return made


def interleavings(queues: list[list[tuple[Said, Move]]]) -> list[list[tuple[Said, Move]]]:
    """Orders of arrival in which each tablet's own moves keep theirs: all, or some from all over."""
    places = [device for device, queue in enumerate(queues) for _ in queue]
    orders = []
    every = sorted(set(permutations(places)))
    for order in every[:: max(1, len(every) // 30)]:
        left = [list(queue) for queue in queues]
        orders.append([left[device].pop(0) for device in order])
    return orders


class TestThings:
    @pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
    @settings(max_examples=60)
    @given(data=st.data())
    def test_end_alike_in_every_order_of_arrival(self, machine: Machine, data: st.DataObject) -> None:
        queues = [data.draw(offline(machine, device)) for device in range(3)]
        queues = [queue[: 6 // max(1, len(queues))] for queue in queues]

        ends = [arrive(fresh(machine), order)[0] for order in interleavings(queues)]

        assert all(end == ends[0] for end in ends)

    @pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
    @settings(max_examples=60)
    @given(data=st.data())
    def test_stay_ended_until_somebody_takes_them_up_again(
        self, machine: Machine, data: st.DataObject
    ) -> None:
        queues = [data.draw(offline(machine, device)) for device in range(3)]
        thing = fresh(machine)
        for who, move in (each for queue in queues for each in queue):
            before = thing
            if judge_move(thing, move, who, knowing=False) is MoveVerdict.STANDS:
                thing = moved(thing, move, who)
            if machine.ended(before["state"]) and not machine.ended(thing["state"]):
                assert move.to == machine.begins and thing["round"] == before.get("round", 0) + 1

    @settings(max_examples=60)
    @given(data=st.data())
    def test_repeat_without_effect(self, data: st.DataObject) -> None:
        moves = data.draw(offline(CASES, 0))

        once, _ = arrive(fresh(CASES), moves)
        twice, verdicts = arrive(once, moves)

        assert twice == once
        assert MoveVerdict.STANDS not in verdicts

    @settings(max_examples=60)
    @given(data=st.data())
    def test_join_whatever_the_order(self, data: st.DataObject) -> None:
        one, two, three = (arrive(fresh(CASES), data.draw(offline(CASES, each)))[0] for each in range(3))

        assert joined(CASES, one, two) == joined(CASES, two, one)
        assert joined(CASES, joined(CASES, one, two), three) == joined(CASES, one, joined(CASES, two, three))
        assert joined(CASES, one, one) == one

    @settings(max_examples=60)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from([None, "open", "done", "cancelled", "never heard of"]),
                st.integers(0, 3),
                st.booleans(),
                st.integers(1, 50),
            ),
            max_size=8,
        )
    )
    def test_take_no_harm_from_moves_that_no_tablet_would_make(
        self, told: list[tuple[str | None, int, bool, int]]
    ) -> None:
        thing = fresh()
        for state, number, with_day, mid in told:
            move = to(state, number, **({"due": "2026-12-24"} if with_day else {}))
            round_before = thing.get("round", 0)
            if judge_move(thing, move, said(mid), knowing=bool(mid % 2)) is MoveVerdict.STANDS:
                thing = moved(thing, move, said(mid))
            assert thing["state"] in TASKS.rank
            assert round_before <= thing.get("round", 0) <= round_before + 1

    def test_have_a_rule_for_every_field_of_their_kind(self) -> None:
        assert {field for field, rule in RULES.items() if rule is Rule.STATES} == set(MACHINES)
        for machine in MACHINES.values():
            assert set(machine.after) == set(machine.rank)
            for state, following in machine.after.items():
                assert all(
                    machine.rank[each] >= machine.rank[state] or each == machine.begins for each in following
                ), "within a round a thing only climbs"


class TestAMove:
    def test_done_stands_over_called_off(self) -> None:
        done, off = (said(11), to("done")), (said(12), to("cancelled"))

        first, told_first = arrive(fresh(), [done, off])
        second, told_second = arrive(fresh(), [off, done])

        assert first == second
        assert first["state"] == "done"
        assert told_first == [MoveVerdict.STANDS, MoveVerdict.REFUSED]
        assert told_second == [MoveVerdict.STANDS, MoveVerdict.STANDS]

    def test_put_off_and_handed_over_at_once_both_stand(self) -> None:
        later, other = (said(11), to(None, due="2026-12-01")), (said(12), to(None, owner="paul"))

        thing, verdicts = arrive(fresh(), [later, other])

        assert (thing["due"], thing["owner"], thing["state"]) == ("2026-12-01", "paul", "open")
        assert verdicts == [MoveVerdict.STANDS, MoveVerdict.STANDS]

    def test_the_later_of_two_days_stands(self) -> None:
        earlier, later = (said(11), to(None, due="2026-12-01")), (said(12), to(None, due="2026-12-02"))

        thing, verdicts = arrive(fresh(), [later, earlier])

        assert thing["due"] == "2026-12-02"
        assert verdicts == [MoveVerdict.STANDS, MoveVerdict.LOST]

    def test_what_was_said_before_it_was_taken_up_again_is_refused(self) -> None:
        thing, _ = arrive(fresh(), [(said(11), to("done")), (said(12), to("open", 1, due="2026-12-01"))])

        assert judge_move(thing, to("cancelled"), said(99), knowing=False) is MoveVerdict.REFUSED
        assert judge_move(thing, to(None, due="2026-12-24"), said(99), knowing=False) is MoveVerdict.LOST
        assert judge_move(thing, to("done", 1), said(99), knowing=True) is MoveVerdict.STANDS

    def test_of_somebody_who_knows_must_follow_the_table(self) -> None:
        off, _ = arrive(fresh(), [(said(11), to("cancelled"))])

        assert judge_move(off, to("done"), said(12), knowing=True) is MoveVerdict.REFUSED
        assert judge_move(off, to("done"), said(12), knowing=False) is MoveVerdict.STANDS
        assert judge_move(off, to(None, due="2026-12-01"), said(12), knowing=True) is MoveVerdict.REFUSED
        assert judge_move(off, to("open"), said(12), knowing=True) is MoveVerdict.REFUSED
        assert judge_move(fresh(), to("open", 1), said(12), knowing=True) is MoveVerdict.REFUSED

    def test_says_only_what_was_said(self) -> None:
        move = move_of(MoveTask(task_id=KEY, due=None))

        assert move is not None and move.parts == {"due": None}
        thing = moved(fresh(), move, said(11))
        assert "due" not in thing

    def test_of_one_kind_is_no_move_of_another(self) -> None:
        values = reduce({}, MakeTask(task_id=KEY, kind=TaskKind.CALL), said(1)).values
        for stray in (MoveCase(case_id=KEY, to=CaseState.SOLVED), MoveAppointment(appointment_id=KEY)):
            move = move_of(stray)
            assert move is not None and move.key not in (values.get(move.machine.field) or {})

    def test_leaves_the_reducer_what_it_was_given(self) -> None:
        made = reduce({}, MakeTask(task_id=KEY, kind=TaskKind.CALL, due="2026-11-20"), said(1)).values
        frozen = repr(made)

        done = reduce(made, MoveTask(task_id=KEY, to=TaskState.DONE, why="Rappelée"), said(2)).values

        assert repr(made) == frozen
        thing = done["tasks"][str(KEY)]
        assert (thing["state"], thing["why"], thing["turns"]["state"]["by"]) == ("done", "Rappelée", "ines")
