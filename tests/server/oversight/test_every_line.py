"""Every door has its line in the audit trail, or a reason why it has none."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute

from schemas.mutations import SetField
from schemas.protocol import CONTENT_TYPE, PROTOCOL, Caller, LookRequest, PullRequest, PushRequest, encode
from schemas.record import Struct
from server.database.pool import Connection
from tests.server.people import PASSWORD, associate_id, bearer, customer_id, enrol, envelope, sign_in
from tests.server.rest.house import Asking, asking, furnish

ANNE, BRUNE = customer_id(1), customer_id(2)
HER = "/v1/customers/{customer_id}"
WORDING = "/v1/consent-wordings/{channel}/{purpose}/{version}"


class Line(Struct):
    """Who asks for what, and the line that must be there afterwards."""

    door: str
    who: str
    action: str
    body: Any = None
    path: str = ""  # where the door's own path is not enough
    subject: UUID | None = ANNE


def _line(door: str, who: str, action: str, body: Any = None, **more: Any) -> Line:
    return Line(door=door, who=who, action=action, body=body, **more)


# In this order: what is changed at the end has been read before.
LINES = (
    _line("GET /v1/customers", "ines", "customer.listed"),
    _line(f"GET {HER}", "ines", "customer.read"),
    _line(f"GET {HER}/consents", "ines", "customer.consents_read"),
    _line(f"GET {HER}/history", "ines", "customer.history_read"),
    _line(f"GET {HER}/loyalty", "ines", "customer.loyalty_read"),
    _line(
        f"GET {HER}/may-contact", "ines", "customer.contact_asked", path="?channel=email&purpose=marketing"
    ),
    _line(f"GET {HER}/merges", "henri", "customer.merges_read"),
    _line(f"GET {HER}/notes", "ines", "customer.notes_read"),
    _line(f"GET {HER}/preferences", "ines", "customer.preferences_read"),
    _line(f"GET {HER}/provenance", "ines", "customer.provenance_read"),
    _line(f"GET {HER}/purchases", "ines", "customer.purchases_read"),
    _line(f"GET {HER}/suggestions", "ines", "customer.suggestions_read"),
    _line(f"GET {HER}/timeline", "ines", "customer.timeline_read"),
    _line(f"POST {HER}/reveal", "ines", "customer.revealed", {"field": "phone", "reason": "call_back"}),
    _line(
        "GET /v1/policy/view", "paola", "customer.viewed_as", path=f"?role=seller&store=lyon&customer={ANNE}"
    ),
    _line("GET /v1/privacy/customers/{customer_id}/file", "paola", "customer.access_file"),
    _line("GET /v1/privacy/customers/{customer_id}/limits", "paola", "customer.limits_read"),
    _line(
        "POST /v1/privacy/cases",
        "paola",
        "privacy.case_opened",
        {"customer_id": str(ANNE), "kind": "access", "received_on": f"{date.today()}"},
    ),
    _line("GET /v1/privacy/cases", "paola", "privacy.case_listed"),
    _line("GET /v1/privacy/retention", "paola", "retention.previewed", subject=None),
    _line("GET /v1/audit", "paola", "audit.read", subject=None),
    _line("GET /v1/audit/export", "paola", "audit.exported", subject=None),
    _line("POST /v1/customers", "ines", "customer.created", {"family_name": "Neuve"}, subject=None),
    _line(
        "POST /v1/customers/duplicates",
        "ines",
        "customer.found",
        {"given_name": "Anne", "family_name": "Durand"},
    ),
    _line(f"PATCH {HER}", "ines", "customer.edited", {"town": "Villeurbanne"}),
    _line(f"POST {HER}/notes", "ines", "customer.edited", {"text": "Rings at noon", "level": "store"}),
    _line(f"DELETE {HER}/notes/{{note_id}}", "ines", "customer.edited"),
    _line(f"PUT {HER}/preferences/{{kind}}/{{key}}", "ines", "customer.edited", {}),
    _line(f"DELETE {HER}/preferences/{{kind}}/{{key}}", "ines", "customer.edited"),
    _line(f"POST {HER}/loyalty/adjustments", "lea", "customer.edited", {"points": 10, "reason": "gesture"}),
    _line(f"POST {HER}/loyalty/redemptions", "ines", "customer.edited", {"points": 1}),
    _line(
        f"POST {HER}/consents",
        "ines",
        "customer.edited",
        {"brand": "maison", "channel": "sms", "purpose": "marketing", "state": "withdrawn", "how": "spoken"},
    ),
    _line(
        "POST /v1/privacy/customers/{customer_id}/rectifications",
        "paola",
        "customer.rectified",
        {"values": {"town": "Lyon"}, "reason": "case 1"},
    ),
    _line(
        "POST /v1/privacy/customers/{customer_id}/limits",
        "paola",
        "customer.limited",
        {"kind": "profiling", "reason": "case 2"},
    ),
    _line(f"POST {HER}/merge/preview", "henri", "customer.merge_previewed", {"into": str(BRUNE)}),
    _line(
        "PATCH /v1/policy/draft",
        "henri",
        "policy.drafted",
        {"changes": {"seller": {"town": 0}}},
        subject=None,
    ),
    _line("PUT /v1/identity/automatic", "henri", "identity.switched", {"on": False}, subject=None),
    _line("DELETE /v1/policy/draft", "henri", "policy.draft_discarded", subject=None),
    _line(
        "PUT /v1/extraction-caps/{role}",
        "paola",
        "policy.cap_set",
        {"reads_per_hour": None, "people_per_day": None, "export_rows": None},
        subject=None,
    ),
    _line(
        "POST /v1/service-accounts",
        "adam",
        "service.made",
        {"name": "x", "role": "integration", "areas": ["customers:read"]},
        subject=None,
    ),
    _line("POST /v1/devices/enrolment-codes", "marie", "device.code_made", {"store": "lyon"}, subject=None),
    _line(
        "PATCH /v1/staff/{associate_id}",
        "adam",
        "staff.moved",
        {"stores": ["nice"]},
        subject=associate_id("luc"),
    ),
    _line(
        "PUT /v1/absences/{absence_id}",
        "marie",
        "absence.declared",
        {
            "associate_id": str(associate_id("ines")),
            "first_day": "2031-03-01",
            "last_day": "2031-03-09",
        },
        subject=associate_id("ines"),
    ),
    _line(f"POST {HER}/merge", "henri", "customer.merged", {"into": str(BRUNE)}),
    _line(f"POST {HER}/unmerge", "henri", "customer.unmerged"),
    _line(
        "POST /v1/privacy/erasures",
        "paola",
        "customer.erased",
        {"customer_id": str(BRUNE), "reason": "case 3"},
        subject=BRUNE,
    ),
)

# Doors with a line that another story shows, because more has to happen before.
TOLD_ELSEWHERE = {
    "GET /v1/privacy/cases/{case_id}": "privacy.case_read: tests/server/privacy/test_journeys.py",
    "GET /v1/privacy/cases/{case_id}/letter": "privacy.case_read: tests/server/privacy/test_journeys.py",
    "POST /v1/privacy/cases/{case_id}/extend": "privacy.case_extended: tests/server/privacy/test_journeys.py",
    "POST /v1/privacy/cases/{case_id}/answer": "privacy.case_answered: tests/server/privacy/test_journeys.py",
    f"GET {HER}/consents/{{event_id}}/proof": "customer.consent_proof_read: tests/server/consent",
    f"PUT {WORDING}": "consent.wording_drafted: tests/server/consent",
    f"POST {WORDING}/publish": "consent.wording_published: tests/server/consent",
    f"POST {WORDING}/expire": "consent.wording_expired: tests/server/consent",
    "POST /v1/auth/sign-in": "auth.signed_in, auth.sign_in_refused: below",
    "POST /v1/auth/sign-out": "auth.signed_out: below",
    "POST /v1/auth/refresh": "auth.refresh_reused: below; going on is no sign-in",
    "POST /v1/auth/oidc/begin": "nobody is known yet",
    "POST /v1/auth/oidc/finish": "auth.signed_in, auth.sign_in_refused: tests/server/staff/test_oidc.py",
    "POST /v1/auth/oidc/sign-out": "auth.signed_out: tests/server/staff/test_oidc.py",
    "POST /v1/auth/oidc/back-channel-logout": "auth.signed_out: tests/server/staff/test_back_channel.py",
    "PUT /v1/staff/{associate_id}/identity": "staff.identity_linked: tests/server/staff/test_oidc.py",
    "POST /v1/devices/enrol": "device.enrolled: below",
    "POST /v1/devices/{device_id}/revoke": "device.revoked: below",
    "POST /v1/sealed-values": "customer.sealed: tests/server/customers/test_sealed.py",
    "POST /v1/sync/pull": "sync.pulled: below",
    "POST /v1/sync/look": "customer.found, customer.pinned: below",
    "POST /v1/sync/push": "customer.edited: below",
    "POST /v1/sync/snapshot": "sync.snapshot_given: tests/server/replication/test_snapshot.py",
    "GET /v1/sync/snapshot/{snapshot_id}/{number}": "given with the offer, which has the line",
    "POST /v1/alarms/{alarm_id}/acknowledge": "alarm.acknowledged: test_extraction.py",
    "POST /v1/service-accounts/{account_id}/keys": "service.key_made: test_service_keys.py",
    "POST /v1/service-accounts/{account_id}/close": "service.closed: test_service_keys.py",
    "POST /v1/service-keys/{key_id}/revoke": "service.key_revoked: test_service_keys.py",
    "POST /v1/policy/publish": "policy.published: tests/server/visibility",
    "POST /v1/policy/roll-back": "policy.rolled_back: tests/server/visibility",
    "GET /v1/privacy/erasures/{case_id}": "erasure.read: tests/server/privacy",
    "PUT /v1/privacy/retention/rules/{name}": "retention.rule_changed: tests/server/privacy",
    "POST /v1/privacy/limits/{limit_id}/lift": "customer.limit_lifted: tests/server/privacy",
    "GET /v1/privacy/devices/{device_id}/persons": "customer.listed_as_exposed: tests/server/privacy",
    f"POST {HER}/history/{{entry_id}}/restore": "customer.edited: tests/server/review",
    "GET /v1/conflicts": "conflict.listed: tests/server/review",
    "POST /v1/conflicts/{conflict_id}/resolve": "conflict.decided: tests/server/review",
    "GET /v1/held-edits": "held_edit.listed: tests/server/review",
    "POST /v1/held-edits/{mutation_id}/apply": "held edits: tests/server/review",
    "POST /v1/held-edits/{mutation_id}/dismiss": "held edits: tests/server/review",
    "GET /v1/identity/pairs": "customer.pair_read: tests/server/identity",
    "POST /v1/identity/pairs/{one}/{other}/merge": "customer.merged: tests/server/identity",
    "POST /v1/identity/pairs/{one}/{other}/dismiss": "tests/server/identity",
    "POST /v1/leave/{token}": "consent.withdrawn_by_link: tests/server/outgoing/test_links.py",
    "POST /v1/confirm/{token}": "consent.confirmed_by_link: tests/server/outgoing/test_links.py",
    "POST /v1/details/{token}": "customer.details_by_link: tests/server/outgoing/test_details.py",
    "PUT /v1/message-templates/{code}": "message.template_published: tests/server/outgoing",
    "POST /v1/message-templates/{code}/retire": "message.template_retired: tests/server/outgoing",
    "PUT /v1/contact-pressure/{purpose}": "message.pressure_set: tests/server/outgoing",
    "GET /v1/outgoing": "outgoing.listed: tests/server/outgoing",
    "POST /v1/outgoing/{line_id}/retry": "outgoing.retried: tests/server/outgoing",
    **{
        f"{door}": "connector.…: tests/server/connectors/test_doors.py"
        for door in (
            "POST /v1/connectors",
            "PUT /v1/connectors/{connector_id}/settings",
            "POST /v1/connectors/{connector_id}/secrets",
            "POST /v1/connectors/{connector_id}/close",
            "POST /v1/connectors/{connector_id}/deliveries",
            "POST /v1/connectors/{connector_id}/deliveries/{delivery_id}/retry",
        )
    },
    **{
        f"{door}": "import.…: tests/server/imports/test_doors.py"
        for door in (
            "POST /v1/imports",
            "POST /v1/imports/proposals",
            "PUT /v1/import-mappings/{name}",
            *(f"POST /v1/imports/{{import_id}}/{what}" for what in ("rehearse", "apply", "stop", "undo")),
            "GET /v1/imports/{import_id}/refused",
        )
    },
    **{
        f"{door}": "webhook.…: tests/server/webhooks/test_telling.py"
        for door in (
            "POST /v1/webhook-endpoints",
            "PUT /v1/webhook-endpoints/{endpoint_id}",
            "POST /v1/webhook-endpoints/{endpoint_id}/secrets",
            "POST /v1/webhook-endpoints/{endpoint_id}/remove",
            "POST /v1/webhook-endpoints/{endpoint_id}/messages/{message_id}/replay",
        )
    },
    **{
        f"POST /v1/{door}": "what a source tells is dealt with later, in its own name"
        for door in (
            "hooks/{connector_id}",
            *("identify", "track", "page", "screen", "alias", "group", "batch"),
        )
    },
    "POST /v1/rescue": "rescue.taken_in: tests/server/replication/test_rescue.py",
}

# What is promised to customers: each kind alike, with its line; tests/server/promises.
PROMISED = (
    *(
        f"/v1/customers/{{customer_id}}/{kind}"
        for kind in ("tasks", "appointments", "cases", "messages", "promises")
    ),
    *(
        "/v1/tasks",
        "/v1/appointments",
        "/v1/cases",
        "/v1/messages",
        "/v1/promises",
        "/v1/today",
        "/v1/follow-ups",
    ),
)

# Doors behind which nothing of a person is, and nothing is changed.
SILENT = {
    *("GET /v1/message-templates", "GET /v1/contact-pressure", "GET /v1/leave/{token}"),
    "GET /v1/confirm/{token}",
    "GET /v1/details/{token}",
    "GET /v1/consent-wordings",
    *("GET /health", "GET /ready", "GET /schema", "GET /schema/openapi.json", "GET /schema/{path}"),
    *("GET /v1/openapi.json", "GET /v1/me", "GET /v1/stores", "GET /v1/staff", "GET /v1/divergences"),
    "GET /v1/devices",
    "GET /v1/absences",
    *("GET /v1/policy", "GET /v1/policy/draft", "GET /v1/policy/draft/preview", "GET /v1/policy/versions"),
    *("GET /v1/policy/versions/{version}", "GET /v1/privacy/register", "POST /v1/sync/check"),
    *("GET /v1/privacy/retention/rules",),
    *("GET /v1/products", "GET /v1/products/{sku}", "GET /v1/products/{sku}/picture"),
    *("GET /v1/products/{sku}/stock", "PUT /v1/products/{sku}/stock/{store}"),
    *("GET /v1/identity/automatic",),
    *("GET /v1/connectors", "GET /v1/connectors/{connector_id}/deliveries"),
    *("GET /v1/imports", "GET /v1/imports/{import_id}", "GET /v1/advertising-costs"),
    *("GET /v1/webhook-endpoints", "GET /v1/webhook-endpoints/{endpoint_id}/messages"),
    *("GET /v1/alarms", "GET /v1/extraction-caps", "GET /v1/audit/head", "GET /v1/service-accounts"),
}


class TestEveryDoor:
    async def test_has_its_line_or_a_reason_for_none(self, app: Litestar) -> None:
        doors = {
            f"{method} {route.path_format}"
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for method in route.methods
            if method != "OPTIONS"
        }
        doors = {door for door in doors if not door.partition(" ")[2].startswith(PROMISED)}
        told = [*(line.door for line in LINES), *TOLD_ELSEWHERE, *SILENT]
        assert sorted(doors - set(told)) == [], "a door without a word about its line in the audit trail"
        assert sorted(set(told) - doors) == [], "a door that is not there"
        assert len(told) == len(set(told))

    async def test_leaves_its_line(self, client: httpx.AsyncClient, connection: Connection) -> None:
        await furnish(connection)
        people: dict[str, Asking] = {}
        note_id = ""
        wrong: list[str] = []
        for line in LINES:
            who = people.setdefault(line.who, await asking(client, line.who))
            method, _, template = line.door.partition(" ")
            path = template.format_map(
                {
                    "customer_id": ANNE,
                    "note_id": note_id,
                    "kind": "likes",
                    "key": "soie",
                    "role": "seller",
                    "absence_id": ANNE,
                    "associate_id": associate_id("luc"),
                }
            )
            before = await connection.fetchval("select coalesce(max(id), 0) from audit_event")
            reply = await who.send(method, path.removeprefix("/v1") + line.path, line.body)
            if reply.status_code >= 300:
                wrong.append(f"{line.door}: {reply.text}")
                continue
            if line.door == f"POST {HER}/notes":
                note_id = reply.json()["data"][0]["note_id"]
            rows = await connection.fetch(
                "select actor, subject_id from audit_event where id > $1 and action = $2", before, line.action
            )
            if {row["actor"] for row in rows} != {associate_id(line.who)}:
                wrong.append(f"{line.door} left no line {line.action} of {line.who}")
            elif line.subject not in {None, *(row["subject_id"] for row in rows)}:
                wrong.append(f"{line.door} left a line about somebody else")
        assert not wrong, wrong


class TestSigningIn:
    async def test_leaves_a_line_whatever_comes_of_it(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        tablet = await enrol(client)
        await client.post("/v1/auth/sign-in", json={"code": "ines", "password": "wrong"})
        await client.post("/v1/auth/sign-in", json={"code": "nobody", "password": PASSWORD})
        tokens = await sign_in(client, "ines", tablet)
        await client.post("/v1/auth/sign-out", json={"refresh_token": tokens["refresh_token"]})
        stolen = {"refresh_token": (await sign_in(client, "luc"))["refresh_token"]}
        await client.post("/v1/auth/refresh", json=stolen)
        await connection.execute("update refresh_token set used_at = used_at - interval '2 minutes'")
        await client.post("/v1/auth/refresh", json=stolen)
        manager = await sign_in(client, "marie")
        await client.post(f"/v1/devices/{tablet.device_id}/revoke", headers=bearer(manager))
        rows = await connection.fetch("select action, subject_id, actor from audit_event order by id")
        told = {(row["action"], row["subject_id"]) for row in rows}
        ines, luc = associate_id("ines"), associate_id("luc")
        assert told >= {
            ("auth.sign_in_refused", ines),
            ("auth.sign_in_refused", None),
            ("auth.signed_in", ines),
            ("auth.signed_out", ines),
            ("auth.refresh_reused", luc),
            ("device.enrolled", tablet.device_id),
            ("device.revoked", tablet.device_id),
        }


class TestATablet:
    async def test_that_is_given_people_leaves_a_line_and_one_that_is_given_nothing_leaves_none(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        tablet = await enrol(client)
        tokens = await sign_in(client, "ines", tablet)
        caller = Caller(
            protocol=PROTOCOL,
            app_version="1",
            device_id=tablet.device_id,
            incarnation=tablet.incarnation,
            fence=0,
            sent_at=0,
        )

        async def send(door: str, message: Any) -> None:
            reply = await client.post(
                f"/v1/sync/{door}",
                content=encode(message),
                headers=bearer(tokens) | {"content-type": CONTENT_TYPE},
            )
            assert reply.status_code == 200, reply.text

        await send("pull", PullRequest(caller=caller))
        row = await connection.fetchrow("select * from audit_event where action = 'sync.pulled'")
        assert row is not None
        assert (row["actor"], row["device_id"]) == (associate_id("ines"), tablet.device_id)
        assert row["facts"]["customers"] == 1
        assert "store:lyon" in row["facts"]["scopes"]
        await send("look", LookRequest(caller=caller, query="Petit"))
        await send("look", LookRequest(caller=caller, record_ids=(BRUNE,)))
        for action in ("customer.found", "customer.pinned"):
            subject = await connection.fetchval(
                "select subject_id from audit_event where action = $1", action
            )
            assert subject == BRUNE, action
        edit = envelope(ANNE, SetField(field="town", value="Lyon 2"), seq=1)
        await send("push", PushRequest(caller=caller, edits=(edit,)))
        edited = await connection.fetchval(
            "select count(*) from audit_event where action = 'customer.edited' and actor = $1 and subject_id = $2",  # noqa: E501
            associate_id("ines"),
            ANNE,
        )
        assert edited >= 1
