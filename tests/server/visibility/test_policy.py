"""The policy over the API: drafted, previewed, published, rolled back; what each role then sees and holds."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from schemas.customer import FIELDS
from schemas.mutations import SetField
from schemas.record import Struct
from schemas.visibility import Policy, field_groups
from server.database.pool import Connection
from server.replication import recut
from server.replication.fragments import bodies
from server.replication.push import submit
from server.replication.recut import Step
from tests.server.people import NOW, enrol, envelope, make_customer, principal_named
from tests.server.replication.double import Double
from tests.server.rest.house import EMAIL, PHONE, Asking, asking

pytestmark = pytest.mark.anyio

HIDE_EMAIL = {"seller": {"email": 0}}  # splits the contact group
NO_TITLE = {"seller": {"title": 2}}  # moves no group: still readable


class Office(Struct):
    """Head office, and the database behind it."""

    henri: Asking
    app: Any
    connection: Any
    house: dict[str, UUID]

    async def draft(self, changes: Any) -> httpx.Response:
        return await self.henri.send("PATCH", "/policy/draft", {"changes": changes})

    async def publish(self, changes: Any, *, finish: bool = True) -> dict[str, Any]:
        assert (await self.draft(changes)).status_code == 200
        reply = await self.henri.send("POST", "/policy/publish", {"note": "a test"})
        assert reply.status_code == 202, reply.text
        if finish:
            await recut.finish(self.app.state.pool, grace_s=0)
        made: dict[str, Any] = reply.json()
        return made

    async def fragments_are_right(self) -> None:
        """What is stored in the groups in force is what the customers' rows say, for everybody."""
        document = await self.connection.fetchval(
            "select document from policy where ready_at is not null order by version desc limit 1"
        )
        groups = field_groups(msgspec.convert(document, Policy))
        keys = {key for group in groups for key in group.keys}
        for row in await self.connection.fetch(f"select id, stamps, {', '.join(FIELDS)} from customer"):
            values = {field: row[field] for field in FIELDS if row[field] is not None}
            made = bodies(values, row["stamps"], groups)
            stored = await self.connection.fetch(
                "select grp, body from fragment where record_id = $1", row["id"]
            )
            held = {each["grp"]: each["body"].encode() for each in stored}
            for key in keys | set(made):
                expected = made.get(key, b'{"values":{}}')
                found = msgspec.json.decode(held.get(key, b'{"values":{}}'))
                assert found == msgspec.json.decode(expected), key


@pytest.fixture
async def office(
    client: httpx.AsyncClient, app: Litestar, connection: Connection, house: dict[str, UUID]
) -> Office:
    return Office(henri=await asking(client, "henri"), app=app, connection=connection, house=house)


class TestTheDoors:
    async def test_are_for_those_who_answer_for_the_policy(
        self, client: httpx.AsyncClient, office: Office
    ) -> None:
        await office.draft(NO_TITLE)
        reads = (
            "/policy",
            "/policy/versions",
            "/policy/versions/1",
            "/policy/draft",
            "/policy/draft/preview",
        )
        for code, read, write in (("ines", 403, 403), ("marie", 403, 403), ("paola", 200, 403)):
            who = await asking(client, code)
            for path in reads:
                assert (await who.get(path)).status_code == read, (code, path)
            for method, path, body in (
                ("PATCH", "/policy/draft", {"changes": NO_TITLE}),
                ("DELETE", "/policy/draft", None),
                ("POST", "/policy/publish", {}),
                ("POST", "/policy/roll-back", {"version": 1}),
            ):
                assert (await who.send(method, path, body)).status_code == write, (code, path)
        for path in reads:
            assert (await client.get(f"/v1{path}")).status_code == 401

    @pytest.mark.parametrize(
        "changes",
        [
            {"seller": {"karma": 2}},
            {"wizard": {"title": 2}},
            {"administrator": {"title": 2}},
            {"seller": {"title": 4}},
            {"seller": {"title": -1}},
            {"seller": {"title": "read"}},
            {"seller": 3},
            [],
            {"seller": {"title": True}},
            {"seller": {"title": 1.5}},
            {"seller": {"title": None}},
            {"seller": {"": 2}},
            {"": {"title": 2}},
            {"seller": {"title ": 2}},
            {"Seller": {"title": 2}},
            {"seller": {"id": 2, "title": 2}},
            {"seller": {"title; drop table policy": 2}},
            {"seller": dict.fromkeys((f"field{number}" for number in range(5000)), 2)},
            {"administrator": {"notes": 1}},
        ],
    )
    async def test_refuse_what_is_no_change(self, office: Office, changes: object) -> None:
        assert (await office.draft(changes)).status_code == 422
        assert (await office.henri.get("/policy/draft")).status_code == 404

    async def test_refuse_to_publish_nothing(self, office: Office) -> None:
        assert (await office.henri.send("POST", "/policy/publish", {})).status_code == 404
        assert (await office.henri.send("POST", "/policy/roll-back", {"version": 9})).status_code == 404
        same = await office.henri.send("POST", "/policy/roll-back", {"version": 1})
        assert (same.status_code, same.json()["code"]) == (409, "precondition")
        assert len((await office.henri.get("/policy/versions")).json()["data"]) == 1


class TestADraft:
    async def test_is_put_together_and_changes_nobodys_view(self, office: Office, ines: Asking) -> None:
        before = await ines.get(f"/customers/{office.house['anne']}")
        await office.draft(HIDE_EMAIL)
        reply = await office.draft({"seller": {"address": 2}})
        assert reply.json()["changes"] == {"seller": {"email": 0, "address": 2}}
        back = await office.draft({"seller": {"email": 1}})  # as it stands
        assert back.json()["changes"] == {"seller": {"address": 2}}
        assert (await ines.get(f"/customers/{office.house['anne']}")).content == before.content

    async def test_is_previewed(self, office: Office, client: httpx.AsyncClient) -> None:
        tablet = await Double.of(client, "ines", await enrol(client))
        await tablet.push(
            envelope(office.house["anne"], SetField(field="phone", value="+33611111111"), seq=1)
        )
        await office.draft({"seller": {"email": 0, "phone": 3, "address": 2}, "call_centre": {"town": 2}})
        seen = (await office.henri.get("/policy/draft/preview")).json()
        assert [(each["role"], each["field"], each["was"], each["becomes"]) for each in seen["gains"]] == [
            ("seller", "phone", 1, 3),
            ("seller", "address", 0, 2),
        ]
        assert [(each["role"], each["field"]) for each in seen["loses"]] == [
            ("call_centre", "town"),
            ("seller", "email"),
            ("seller", "other_contacts"),  # where the e-mail goes that gives way when two become one
        ]
        touched = seen["touched"]
        assert (touched["people"], touched["tablets"], touched["customers"]) == (5, 1, 2)
        assert (touched["held_edits"], touched["held_edits_allowed"]) == (1, 1)
        assert seen["groups_made"] and seen["groups_dropped"]

    async def test_is_of_the_policy_it_began_on(self, office: Office) -> None:
        await office.draft(NO_TITLE)
        await office.connection.execute(
            "insert into policy (version, document) select 2, document from policy"
        )
        reply = await office.henri.send("POST", "/policy/publish", {})
        assert (reply.status_code, reply.json()["code"]) == (409, "precondition")
        assert (await office.henri.send("DELETE", "/policy/draft")).status_code == 204
        assert (await office.draft(NO_TITLE)).json()["base"] == 2


class TestPublishing:
    async def test_takes_effect_at_the_next_request_where_no_group_moves(
        self, office: Office, ines: Asking
    ) -> None:
        made = await office.publish(NO_TITLE, finish=False)
        assert made["in_force"] is True
        refused = await ines.send("PATCH", f"/customers/{office.house['anne']}", {"title": "Dr"})
        assert refused.status_code == 403

    async def test_keeps_the_policy_before_in_force_until_all_are_cut(
        self, office: Office, ines: Asking
    ) -> None:
        before = await ines.get(f"/customers/{office.house['anne']}")
        assert (await office.publish(HIDE_EMAIL, finish=False))["in_force"] is False
        pool = office.app.state.pool
        while (await recut.step(pool, at_once=1)) is not Step.NOTHING:
            versions = (await office.henri.get("/policy/versions")).json()["data"]
            if versions[0]["in_force"]:
                break
            assert (await ines.get(f"/customers/{office.house['anne']}")).content == before.content
        assert (versions[0]["done"], versions[0]["total"]) == (2, 2)
        after = (await ines.get(f"/customers/{office.house['anne']}")).json()
        assert "email" not in after and after["phone"] == "•• •• •• 78"
        await office.fragments_are_right()

    async def test_is_refused_while_another_is_on_its_way(self, office: Office) -> None:
        await office.publish(HIDE_EMAIL, finish=False)
        await office.draft(NO_TITLE)
        reply = await office.henri.send("POST", "/policy/publish", {})
        assert (reply.status_code, reply.json()["code"]) == (409, "precondition")

    async def test_is_right_for_a_customer_written_in_between(self, office: Office) -> None:
        await office.publish(HIDE_EMAIL, finish=False)
        pool = office.app.state.pool
        integration = await principal_named(office.connection, "import")
        for _ in range(3):  # the fence, then the first of two customers
            await recut.step(pool, at_once=1)
        for number, record_id in enumerate(office.house.values()):
            change = SetField(field="email", value=f"later{number}@example.org")
            await submit(
                office.connection, integration, [envelope(record_id, change, base={"email": 99})], now=NOW
            )
        await make_customer(office.connection, integration, 9, email="new@example.org", home_store="lyon")
        await recut.finish(pool, grace_s=0)
        await office.fragments_are_right()

    async def test_waits_for_a_writer_who_could_not_know_of_it(self, office: Office) -> None:
        pool = office.app.state.pool
        integration = await principal_named(office.connection, "import")
        async with office.connection.transaction():
            await make_customer(office.connection, integration, 9, email="new@example.org", home_store="lyon")
            await office.publish(HIDE_EMAIL, finish=False)
            for _ in range(4):
                await recut.step(pool)
            versions = (await office.henri.get("/policy/versions")).json()["data"]
            assert versions[0]["in_force"] is False
        await recut.finish(pool, grace_s=0)
        await office.fragments_are_right()

    async def test_is_right_among_busy_writers(self, office: Office, client: httpx.AsyncClient) -> None:
        marie = await asking(client, "marie")

        async def write(number: int) -> None:
            for turn in range(6):
                said = {"email": f"w{number}.{turn}@example.org", "town": f"T{number}{turn}"}
                await marie.send("POST", "/customers", {"family_name": f"N{number}", **said})
                await marie.send("PATCH", f"/customers/{office.house['anne']}", {"town": f"T{turn}"})

        async def publish() -> None:
            await office.publish(HIDE_EMAIL, finish=False)
            while (done := await recut.step(office.app.state.pool, at_once=2)) is not Step.NOTHING:
                await asyncio.sleep(0 if done is Step.WORKED else 0.01)

        await asyncio.gather(write(1), write(2), publish())
        await office.fragments_are_right()

    async def test_is_written_down(self, office: Office) -> None:
        await office.publish(HIDE_EMAIL)
        actions = await office.connection.fetch(
            "select action, facts from audit_event where action like 'policy.%' order by id"
        )
        assert [row["action"] for row in actions] == [
            "policy.drafted",
            "policy.published",
            "policy.came_into_force",
        ]
        assert actions[1]["facts"]["cells"] == ["seller/email: 1 > 0", "seller/other_contacts: 1 > 0"]

    async def test_leaves_nothing_in_groups_that_no_policy_needs(self, office: Office) -> None:
        before = await office.connection.fetch(
            "select distinct grp from fragment where body like '%example%'"
        )
        await office.publish(HIDE_EMAIL)
        after = await office.connection.fetch("select distinct grp from fragment where body like '%example%'")
        assert len(before) == len(after) == 1 and before != after


class TestRollingBack:
    async def test_brings_the_earlier_rights_back_as_a_new_version(
        self, office: Office, ines: Asking
    ) -> None:
        before = await ines.get(f"/customers/{office.house['anne']}")
        await office.publish(HIDE_EMAIL)
        marie_says = SetField(field="email", value="newer@example.org")
        integration = await principal_named(office.connection, "import")
        edit = envelope(office.house["anne"], marie_says, base={"email": 1})
        await submit(office.connection, integration, [edit], now=NOW)
        revs = await office.connection.fetch("select record_id, grp, rev from fragment")
        reply = await office.henri.send("POST", "/policy/roll-back", {"version": 1})
        assert (reply.status_code, reply.json()["version"]) == (202, 3)
        await recut.finish(office.app.state.pool, grace_s=0)
        assert (await ines.get(f"/customers/{office.house['anne']}")).content == before.content
        await office.fragments_are_right()
        now = {
            (row["record_id"], row["grp"]): row["rev"]
            for row in await office.connection.fetch("select record_id, grp, rev from fragment")
        }
        assert all(now[row["record_id"], row["grp"]] >= row["rev"] for row in revs)

    async def test_of_a_withdrawn_grant_restores_nothing_by_itself(
        self, office: Office, ines: Asking
    ) -> None:
        await office.publish({"seller": {"address": 2}})
        await office.publish({"seller": {"address": 0}})
        await office.publish(NO_TITLE)
        assert "address" not in (await ines.get(f"/customers/{office.house['anne']}")).json()


class TestATablet:
    async def test_loses_and_gains_with_the_policy_and_is_never_sent_what_it_may_not_hold(
        self, office: Office, client: httpx.AsyncClient
    ) -> None:
        tablet = await Double.of(client, "ines", await enrol(client))
        await tablet.pull()
        await office.publish({"seller": {"email": 0, "address": 2}}, finish=False)
        await tablet.pull()
        assert b"Hidden" not in tablet.bytes_received
        await recut.finish(office.app.state.pool, grace_s=0)
        tablet.bytes_received = b""
        await tablet.pull()
        held = str(tablet.holds()[1])
        assert "rue Hidden" in held and "•• •• •• 78" in held and "•••@•••" not in held
        for secret in (EMAIL, PHONE, PHONE[3:]):
            assert secret.encode() not in tablet.bytes_received
        fresh = await Double.of(client, "ines", tablet.tablet)
        await fresh.pull()
        assert {key: value for key, value in fresh.holds()[1].items()} == tablet.holds()[1]

    async def test_that_slept_through_two_publications_holds_what_is_right(
        self, office: Office, client: httpx.AsyncClient
    ) -> None:
        tablet = await Double.of(client, "marie", await enrol(client))
        await tablet.pull()
        await office.publish(HIDE_EMAIL)
        marie = await asking(client, "marie")
        await marie.send("PATCH", f"/customers/{office.house['anne']}", {"email": "slept@example.org"})
        await office.henri.send("POST", "/policy/roll-back", {"version": 1})
        await recut.finish(office.app.state.pool, grace_s=0)
        await tablet.pull()
        assert "slept@example.org" in str(tablet.holds()[1]) and EMAIL not in str(tablet.holds()[1])


class TestMaskedGroups:
    async def test_do_not_count_edits_that_look_the_same(
        self, office: Office, client: httpx.AsyncClient
    ) -> None:
        tablet = await Double.of(client, "ines", await enrol(client))
        await tablet.pull()
        before = dict(tablet.fragments), tablet.rows_received
        marie = await asking(client, "marie")
        for phone in ("+33600000078", "+33611111178", PHONE):
            reply = await marie.send("PATCH", f"/customers/{office.house['anne']}", {"phone": phone})
            assert reply.status_code == 200
        await tablet.pull()
        assert (tablet.fragments, tablet.rows_received) == before
        await marie.send("PATCH", f"/customers/{office.house['anne']}", {"phone": "+33600000079"})
        await tablet.pull()
        changed = {key for key, held in tablet.fragments.items() if before[0].get(key) != held}
        assert [key[1].endswith("#masked") for key in changed] == [True]
        (rev,) = (tablet.fragments[key][0] for key in changed)
        assert rev == 2


class TestTheViewOfARole:
    ROLES = (
        ("ines", "seller", "lyon"),
        ("marie", "store_manager", "lyon"),
        ("zoe", "zone_manager", "nice"),
        ("camille", "call_centre", None),
        ("lea", "loyalty_manager", None),
        ("paola", "privacy_officer", None),
        ("adam", "administrator", None),
    )

    @pytest.mark.parametrize(("code", "role", "store"), ROLES)
    async def test_is_byte_for_byte_what_the_role_gets(
        self, client: httpx.AsyncClient, office: Office, code: str, role: str, store: str | None
    ) -> None:
        paola = await asking(client, "paola")
        somebody = await asking(client, code)
        for name in ("anne", "brune"):
            for expand in ("", "purchases,timeline,consents,owned,wish_list,spend"):
                asked = f"role={role}&customer={office.house[name]}" + (f"&store={store}" if store else "")
                more = f"&expand={expand}" if expand else ""
                seen = await paola.get(f"/policy/view?{asked}{more}")
                own = await somebody.get(
                    f"/customers/{office.house[name]}" + (f"?expand={expand}" if expand else "")
                )
                assert (seen.status_code, seen.content) == (own.status_code, own.content), (name, expand)

    async def test_of_somebody_who_was_merged_leads_to_her_survivor_as_the_role_itself_is_led(
        self, client: httpx.AsyncClient, office: Office
    ) -> None:
        anne, brune = office.house["anne"], office.house["brune"]
        merged = await office.henri.send("POST", f"/customers/{brune}/merge", {"into": str(anne)})
        assert merged.status_code == 200, merged.text
        paola, ines = await asking(client, "paola"), await asking(client, "ines")

        asked = await paola.get(f"/policy/view?role=seller&store=lyon&customer={brune}")
        own = await ines.get(f"/customers/{brune}")
        assert (asked.status_code, own.status_code) == (308, 308)
        assert asked.content == own.content
        assert asked.headers["location"] == f"/v1/policy/view?role=seller&store=lyon&customer={anne}"
        led = await paola.get(asked.headers["location"].removeprefix("/v1"))
        assert led.content == (await ines.get(f"/customers/{anne}")).content

        elsewhere = await paola.get(f"/policy/view?role=seller&store=nice&customer={brune}")
        noe = await asking(client, "noe")
        assert elsewhere.status_code == (await noe.get(f"/customers/{brune}")).status_code == 404

    async def test_names_what_was_not_said(self, client: httpx.AsyncClient, office: Office) -> None:
        paola = await asking(client, "paola")
        reply = await paola.get("/policy/view?role=seller&store=lyon")
        assert reply.json()["errors"] == [{"pointer": "/customer", "detail": "required"}]

    async def test_shows_nobody_more_than_he_sees_himself(
        self, client: httpx.AsyncClient, office: Office
    ) -> None:
        query = f"role=seller&store=lyon&customer={office.house['anne']}"
        for code in ("henri", "adam", "ines", "camille"):
            reply = await (await asking(client, code)).get(f"/policy/view?{query}")
            assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed"), code
        assert (await client.get(f"/v1/policy/view?{query}")).status_code == 401

    async def test_holds_no_private_note(self, client: httpx.AsyncClient, office: Office) -> None:
        paola = await asking(client, "paola")
        query = f"role=seller&store=lyon&customer={office.house['anne']}&expand=notes"
        reply = await paola.get(f"/policy/view?{query}")
        assert "For the store" in reply.text
        assert "For Ines" not in reply.text and "For Luc" not in reply.text

    @pytest.mark.parametrize(
        "query", ["role=wizard", "role=seller", "role=seller&store=moon", "role=seller&store=geneva", ""]
    )
    async def test_refuses_what_it_does_not_know(
        self, client: httpx.AsyncClient, office: Office, query: str
    ) -> None:
        paola = await asking(client, "paola")
        reply = await paola.get(f"/policy/view?{query}&customer={office.house['anne']}".replace("?&", "?"))
        assert reply.status_code in (400, 422)


class TestWhatAnotherPolicyKeepsFromADoor:
    async def test_whether_she_may_be_contacted_is_told_without_what_was_written(
        self, office: Office, client: httpx.AsyncClient
    ) -> None:
        await office.publish({"seller": {"messages": 1}})
        ines = await asking(client, "ines")
        asked = f"/customers/{office.house['anne']}/may-contact?channel=email&purpose=marketing"
        assert (await ines.get(asked)).json()["allowed"] in (True, False)

    async def test_the_queue_of_what_leaves_is_nobodys_who_reads_neither_messages_nor_consents(
        self, office: Office, client: httpx.AsyncClient
    ) -> None:
        paola = await asking(client, "paola")
        assert (await paola.get("/outgoing?which=waiting")).status_code == 200
        await office.publish({"privacy_officer": {"messages": 0, "consents": 1}})
        for path in ("/outgoing", "/outgoing?which=waiting"):
            assert (await paola.get(path)).json()["code"] == "not_allowed"

    async def test_whom_a_stolen_tablet_holds_is_told_as_far_as_the_officer_sees_her(
        self, office: Office, client: httpx.AsyncClient
    ) -> None:
        tablet, paola = await enrol(client), await asking(client, "paola")
        path = f"/privacy/devices/{tablet.device_id}/persons"
        (before,) = (await paola.get(path)).json()["data"][:1]
        await office.publish({"privacy_officer": {"email": 0, "phone": 1, "family_name": 2}})
        (after,) = (await paola.get(path)).json()["data"][:1]
        assert "email" in before and "email" not in after
        assert after["phone"].startswith("••") and after["family_name"] == before["family_name"]
