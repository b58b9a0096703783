"""Merging and unmerging over HTTP: one person afterwards, nothing lost, and everything back if undone."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel
from schemas.ids import id_from
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    Mutation,
    PutEntry,
    RecordConsent,
    RedeemPoints,
    SetField,
    SourceRef,
    WriteNote,
)
from schemas.protocol import Outcome
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.people import NOW, NOW_MS, envelope, make_customer, principal_named
from tests.server.rest.house import EMAIL, PHONE, Asking, asking, purchase, tell

pytestmark = pytest.mark.anyio

OTHER_PHONE = "+33698765432"
OTHER_EMAIL = "a.durand@example.net"


@pytest.fixture
async def henri(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """Somebody of head office."""
    return await asking(client, "henri")


@pytest.fixture
async def twin(house: dict[str, UUID], connection: Connection) -> UUID:
    """The same Anne as she is known in Nice."""
    integration = await principal_named(connection, "import")
    her = await make_customer(
        connection,
        integration,
        7,
        given_name="Anna",
        family_name="Durand",
        home_store="nice",
        phone=OTHER_PHONE,
        email=OTHER_EMAIL,
        loyalty_card="MB000077",
        language="fr",
    )
    await tell(connection, integration, her, purchase(20), AdjustPoints(points=50, reason="welcome"))
    noe = await principal_named(connection, "noe")
    await tell(
        connection,
        noe,
        her,
        PutEntry(field="sizes", key="shoes", value={"value": "39"}),
        PutEntry(field="sizes", key="ring", value={"value": "52"}),
        AddElement(field="likes", element="or"),
        WriteNote(note_id=id_from("note", "nice"), text="Knows the manager", level=NoteLevel.STORE),
        consent(ConsentState.WITHDRAWN),
    )
    return her


def consent(state: ConsentState) -> RecordConsent:
    return RecordConsent(
        brand="maison", channel=ContactChannel.EMAIL, purpose=Purpose.MARKETING, state=state, how="spoken"
    )


async def merge(who: Asking, loser: UUID, winner: UUID, **more: Any) -> httpx.Response:
    return await who.send("POST", f"/customers/{loser}/merge", {"into": str(winner), **more})


async def profile(who: Asking, customer_id: UUID) -> dict[str, Any]:
    reply = await who.get(
        f"/customers/{customer_id}?expand=purchases,timeline,notes,consents,owned,wish_list,spend"
    )
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def say(connection: Connection, code: str, record_id: UUID, mutation: Mutation, **base: int) -> Outcome:
    principal = await principal_named(connection, code)
    edit = envelope(record_id, mutation, base=base, at_ms=NOW_MS + 1)
    (outcome,) = await submit(connection, principal, [edit], now=NOW)
    return outcome


class TestMerge:
    async def test_makes_one_customer_with_everything_of_both(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        anne = house["anne"]

        reply = await merge(henri, twin, anne)

        assert reply.json() == {"id": str(anne), "merged": str(twin)}, reply.text
        hers = await profile(henri, anne)
        assert (hers["phone"], hers["email"], hers["language"]) == (PHONE, EMAIL, "fr")
        spare = {entry["value"] for entry in hers["other_contacts"].values()}
        assert spare == {OTHER_PHONE, OTHER_EMAIL}
        assert {key: size["value"] for key, size in hers["sizes"].items()} == {"shoes": "38", "ring": "52"}
        assert set(hers["likes"]) == {"cachemire", "or"}
        assert len(hers["purchases"]) == 6 and hers["spend"]["purchases"] == 6
        assert hers["loyalty"]["points"] == 6 * 305 + 50
        assert hers["consents"]["maison/email/marketing"]["state"] == "withdrawn"
        notes = await connection.fetchval("select notes from customer where id = $1", anne)
        assert len(notes) == 5

    async def test_shows_before_what_it_would_keep_and_changes_nothing(
        self, henri: Asking, house: dict[str, UUID], twin: UUID
    ) -> None:
        before = await profile(henri, house["anne"])

        reply = await henri.send(
            "POST",
            f"/customers/{twin}/merge/preview",
            {"into": str(house["anne"]), "keep": {"given_name": "this"}},
        )

        values = reply.json()["values"]
        assert values["given_name"] == {"keep": "this", "this": "Anna", "into": "Anne"}
        assert values["family_name"]["keep"] == "both"
        assert values["likes/or"]["keep"] == "both"
        assert not any(path.startswith("notes") for path in values), "head office reads no notes"
        assert await profile(henri, house["anne"]) == before

    async def test_keeps_what_head_office_chose_also_in_the_next_merge(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        third = await make_customer(
            connection, await principal_named(connection, "marie"), 8, phone="+33611111111"
        )
        await merge(henri, twin, house["anne"], keep={"phone": "into", "given_name": "this"})

        reply = await merge(henri, third, house["anne"])

        assert reply.status_code == 200
        hers = await profile(henri, house["anne"])
        assert (hers["phone"], hers["given_name"]) == (PHONE, "Anna")

    async def test_is_followed_by_the_old_address(
        self, henri: Asking, ines: Asking, house: dict[str, UUID], twin: UUID
    ) -> None:
        await merge(henri, house["anne"], twin)

        for who in (henri, ines):
            for end in ("", "/timeline?limit=2", "/provenance", "/consents"):
                reply = await who.get(f"/customers/{house['anne']}{end}")
                assert reply.status_code == 308, (end, reply.text)
                assert reply.headers["location"] == f"/v1/customers/{twin}{end}"
                assert (await who.get(f"/customers/{twin}{end}")).status_code == 200

    async def test_says_nothing_of_the_survivor_to_those_who_may_not_reach_her(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, client: httpx.AsyncClient
    ) -> None:
        await merge(henri, twin, house["anne"])
        for code in ("paul", "adam"):
            reply = await (await asking(client, code)).get(f"/customers/{twin}")
            assert reply.status_code in {403, 404} and "location" not in reply.headers

    async def test_lets_every_shop_that_knew_one_of_them_find_her_by_either_name(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, client: httpx.AsyncClient
    ) -> None:
        await merge(henri, twin, house["anne"])

        noe = await asking(client, "noe")
        for query in ("anna durand", "anne durand"):
            found = (await noe.get(f"/customers?q={query}")).json()["data"]
            assert [each["id"] for each in found] == [str(house["anne"])], query
        for query in (PHONE, OTHER_PHONE, EMAIL, OTHER_EMAIL, "MB000077"):
            found = (await henri.get("/customers?q=" + query.replace("+", "%2B"))).json()["data"]
            assert [each["id"] for each in found] == [str(house["anne"])], query

    async def test_is_refused_for_the_merged_the_erased_the_same_and_the_unknown(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        anne, brune, erased = house["anne"], house["brune"], uuid4()
        await connection.execute("insert into erasure (record_id) values ($1)", erased)
        await merge(henri, twin, anne)

        cases = [
            (await merge(henri, twin, brune), "already_merged"),
            (await merge(henri, brune, twin), "already_merged"),
            (await merge(henri, anne, twin), "already_merged"),
            (await merge(henri, brune, erased), "person_erased"),
            (await merge(henri, erased, brune), "person_erased"),
            (await merge(henri, brune, brune), "invalid"),
            (await merge(henri, brune, anne, keep={"notes": "this"}), "invalid"),
            (await merge(henri, brune, anne, keep={"nothing": "this"}), "invalid"),
            (await merge(henri, brune, uuid4()), "not_found"),
            (await merge(henri, uuid4(), brune), "not_found"),
            (await henri.send("POST", f"/customers/{brune}/unmerge"), "not_merged"),
            (await henri.send("POST", f"/customers/{uuid4()}/unmerge"), "not_found"),
        ]
        for reply, code in cases:
            assert reply.json()["code"] == code and 400 <= reply.status_code < 500, reply.text

    async def test_is_for_head_office_alone(
        self, house: dict[str, UUID], twin: UUID, client: httpx.AsyncClient
    ) -> None:
        for code in ("ines", "marie", "zoe", "camille", "lea", "adam"):
            who = await asking(client, code)
            for reply in (
                await merge(who, twin, house["anne"]),
                await who.send("POST", f"/customers/{twin}/merge/preview", {"into": str(house["anne"])}),
                await who.send("POST", f"/customers/{twin}/unmerge"),
                await who.get(f"/customers/{twin}/merges"),
            ):
                assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed"), code

    async def test_is_done_once_under_one_key(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        path, body = f"/customers/{twin}/merge", {"into": str(house["anne"])}
        first = await henri.send("POST", path, body, Idempotency_Key="merge-1")
        second = await henri.send("POST", path, body, Idempotency_Key="merge-1")
        assert first.json() == second.json() and first.status_code == second.status_code == 200
        assert await connection.fetchval("select count(*) from merge") == 1

    async def test_goes_one_way_when_two_people_do_it_both_ways_at_once(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        anne = house["anne"]
        replies = await asyncio.gather(merge(henri, anne, twin), merge(henri, twin, anne))
        assert sorted(reply.status_code for reply in replies) == [200, 409]
        assert await connection.fetchval("select count(*) from customer where alias_of is not null") == 1

    async def test_shortens_chains(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        await merge(henri, twin, house["anne"])
        await merge(henri, house["anne"], house["brune"])
        rows = await connection.fetch("select alias_of from customer where id <> $1", house["brune"])
        assert {row["alias_of"] for row in rows} == {house["brune"]}
        into = await connection.fetch("select distinct into_id from member where state = 2")
        assert [row["into_id"] for row in into] == [house["brune"]]
        merges = (await henri.get(f"/customers/{house['brune']}/merges")).json()["data"]
        assert [(each["merged"], each["into"]) for each in merges] == [
            (str(house["anne"]), str(house["brune"])),
            (str(twin), str(house["anne"])),
        ]


class TestEditsOfTheMerged:
    async def test_land_on_the_survivor(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        await merge(henri, twin, house["anne"])

        outcome = await say(connection, "noe", twin, AddElement(field="likes", element="perles"))

        assert (outcome.status, outcome.detail) == ("redirected", {"into": str(house["anne"])})
        assert "perles" in (await profile(henri, house["anne"]))["likes"]

    async def test_of_a_value_that_survived_go_through(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        await merge(henri, twin, house["anne"], keep={"given_name": "this"})

        outcome = await say(
            connection, "noe", twin, SetField(field="given_name", value="Hanna"), given_name=1
        )

        assert outcome.status == "redirected"
        assert (await profile(henri, house["anne"]))["given_name"] == "Hanna"

    async def test_of_a_value_that_gave_way_are_for_a_person_to_decide(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        await merge(henri, twin, house["anne"], keep={"given_name": "into"})

        for field, mutation in (
            ("given_name", SetField(field="given_name", value="Hanna")),
            ("town", SetField(field="town", value="Cannes")),
        ):
            outcome = await say(connection, "noe", twin, mutation, **{field: 1})
            assert (outcome.status, outcome.detail["field"]) == ("conflict", field)
            assert outcome.detail["into"] == str(house["anne"])
        kept = await connection.fetch("select record_id, field, mine, via from conflict order by field")
        assert [tuple(row) for row in kept] == [
            (house["anne"], "given_name", "Hanna", twin),
            (house["anne"], "town", "Cannes", twin),
        ]

    async def test_follow_a_chain(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        await merge(henri, twin, house["anne"], keep={"language": "this", "given_name": "this"})
        await merge(henri, house["anne"], house["brune"], keep={"given_name": "into"})

        survived = await say(connection, "camille", twin, SetField(field="language", value="it"), language=1)
        gave_way = await say(
            connection, "camille", twin, SetField(field="given_name", value="X"), given_name=1
        )

        assert (survived.status, gave_way.status) == ("redirected", "conflict")
        assert (await profile(henri, house["brune"]))["language"] == "it"


class TestUnmerge:
    async def test_gives_both_back_as_they_were(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, client: httpx.AsyncClient
    ) -> None:
        before = [await profile(henri, each) for each in (house["anne"], twin)]
        await merge(henri, twin, house["anne"], keep={"phone": "this"})

        reply = await henri.send("POST", f"/customers/{twin}/unmerge")

        assert reply.json() == {"id": str(twin), "was_merged_into": str(house["anne"])}
        assert [await profile(henri, each) for each in (house["anne"], twin)] == before
        noe, ines = await asking(client, "noe"), await asking(client, "ines")
        assert (await noe.get(f"/customers/{twin}")).status_code == 200
        assert (await noe.get(f"/customers/{house['anne']}")).status_code == 404
        assert (await ines.get(f"/customers/{twin}")).status_code == 404
        notes = (await noe.get(f"/customers/{twin}/notes")).json()
        assert [note["text"] for note in notes["data"]] == ["Knows the manager"]

    async def test_puts_what_came_later_where_it_belongs(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        anne = house["anne"]
        await merge(henri, twin, anne)
        for who, customer_id, mutations in (
            ("noe", twin, (AddElement(field="likes", element="of twin"), consent(ConsentState.WITHDRAWN))),
            ("ines", anne, (AddElement(field="likes", element="of anne"),)),
            ("import", twin, (purchase(31), AdjustPoints(points=7, reason="late"))),
            ("import", anne, (purchase(32),)),
        ):
            for mutation in mutations:
                assert (await say(connection, who, customer_id, mutation)).status in ("applied", "redirected")
        assert (await profile(henri, anne))["spend"]["purchases"] == 8

        await henri.send("POST", f"/customers/{twin}/unmerge")

        hers, theirs = await profile(henri, anne), await profile(henri, twin)
        assert set(hers["likes"]) == {"cachemire", "of anne"} and set(theirs["likes"]) == {"or", "of twin"}
        assert hers["spend"]["purchases"] == 6 and theirs["spend"]["purchases"] == 2
        assert theirs["loyalty"]["points"] == 2 * 305 + 57 and hers["loyalty"]["points"] == 6 * 305
        assert hers["consents"]["maison/email/marketing"]["state"] == "granted"
        assert (
            await connection.fetchval("select count(*) from consent_event where customer_id = $1", twin) == 2
        )

    async def test_says_of_points_only_who_moved_them_on_this_card(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        anne = house["anne"]

        async def told(customer_id: UUID) -> Any:
            reply = await henri.get(f"/customers/{customer_id}?expand=provenance")
            said = reply.json()["provenance"].get("loyalty")
            return said and (said["author"], said["hlc"])

        await tell(connection, await principal_named(connection, "import"), twin, RedeemPoints(points=10))
        before = [await told(anne), await told(twin)]
        assert before[0] is None and before[1] is not None
        await merge(henri, twin, anne)
        assert await told(anne) == before[1]
        spent = RedeemPoints(points=5, reward="cup")
        assert (await say(connection, "import", twin, spent)).status == "redirected"
        late = await told(anne)

        await henri.send("POST", f"/customers/{twin}/unmerge")

        assert [await told(anne), await told(twin)] == [None, late]

    async def test_of_one_in_a_chain_takes_along_those_merged_into_her(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        anne, brune = house["anne"], house["brune"]
        await merge(henri, twin, anne, keep={"given_name": "this"})
        whole = await profile(henri, anne)
        await merge(henri, anne, brune)
        await say(connection, "import", twin, purchase(33))

        await henri.send("POST", f"/customers/{anne}/unmerge")

        assert (await profile(henri, brune)).get("purchases") is None
        hers = await profile(henri, anne)
        assert hers["spend"]["purchases"] == 7
        for field in ("given_name", "phone", "likes", "sizes", "other_contacts", "consents"):
            assert hers[field] == whole[field], field
        assert (await henri.get(f"/customers/{twin}")).headers["location"] == f"/v1/customers/{anne}"
        await henri.send("POST", f"/customers/{twin}/unmerge")
        assert (await profile(henri, twin))["spend"]["purchases"] == 2

    async def test_gives_out_no_revision_twice(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        anne, brune = house["anne"], house["brune"]

        async def shown() -> dict[str, int]:
            stamps = await connection.fetchval("select stamps from customer where id = $1", anne)
            return {path: stamp["rev"] for path, stamp in stamps.items()}

        await merge(henri, twin, anne, keep={"language": "this"})
        edit = SetField(field="language", value="de")
        said = await say(connection, "ines", anne, edit, language=(await shown())["language"])
        assert said.status == "applied"
        before = await shown()
        await merge(henri, anne, brune)

        await henri.send("POST", f"/customers/{anne}/unmerge")

        after = await shown()
        assert before["language"] > 2 and all(after[path] >= rev for path, rev in before.items())

    async def test_lets_them_be_merged_again_the_other_way(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        await merge(henri, twin, house["anne"])
        await henri.send("POST", f"/customers/{twin}/unmerge")
        assert (await merge(henri, house["anne"], twin)).status_code == 200
        assert (await profile(henri, twin))["spend"]["purchases"] == 6
        assert await connection.fetchval("select count(*) from customer_part") == 2

    async def test_remembers_the_source_it_came_from(
        self, henri: Asking, house: dict[str, UUID], twin: UUID, connection: Connection
    ) -> None:
        source = SourceRef(system="till", reference="9")
        await connection.execute(
            "insert into source_record (source, source_id, customer_id) values ($1, $2, $3)",
            source.system,
            source.reference,
            twin,
        )
        owner = "select customer_id from source_record where source_id = '9'"
        await merge(henri, twin, house["anne"])
        assert await connection.fetchval(owner) == house["anne"]
        await henri.send("POST", f"/customers/{twin}/unmerge")
        assert await connection.fetchval(owner) == twin
