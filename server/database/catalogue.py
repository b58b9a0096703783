"""Every table and every column there is: what it holds, and which role may do what with it.

A table or a column that is missing here has no way out: no caller's role is given it, and the tests fail. The
grants and row policies of the wall are made from this and from the policy in force (`wall.py`).
"""

from enum import StrEnum

from schemas.record import Struct


class Kind(StrEnum):
    """Whose data a table holds."""

    CUSTOMER = "customer"  # of a customer, or an index by which she is found
    COLLEAGUE = "colleague"  # of a colleague, his tablet, his sign-in
    TRACE = "trace"  # who did what
    HOUSE = "house"  # of nobody
    WALL = "wall"  # the wall's own


class Held(Struct):
    """A table: its columns, those that prove something, and what the kinds of work may do."""

    kind: Kind
    columns: str  # every one
    proof: str = ""  # columns that only the gate reads: what somebody proves himself with
    engine: str = "select insert update delete"
    gate: str = ""
    keeper: str = ""
    files: str = ""
    door: str = ""  # columns it reads


class Right(Struct):
    """What a caller's role may do with a table, and with which rows.

    In ``rows``, {me} is the asking role; rows of another table named there are again only those he may see.
    """

    table: str
    verb: str = "select"
    columns: str = ""  # none: all of them
    rows: str | None = None  # None: a table of nobody's data
    fields: tuple[str, ...] = ()  # customer's fields that his role must read in clear
    files: bool = False  # also the role that cuts downloads


ALL = "select insert update delete"

TABLES: dict[str, Held] = {
    "alembic_version": Held(kind=Kind.WALL, columns="version_num", engine=""),
    "wall": Held(
        kind=Kind.WALL, columns="only prefix password key inner_pad outer_pad stated policies", engine=""
    ),
    "wall_lens": Held(kind=Kind.WALL, columns="role version fields searchable groups"),
    # -- people who may ask ------------------------------------------------------------------------
    "associate": Held(
        kind=Kind.COLLEAGUE,
        columns="id code given_name family_name role stores zone brand language password_hash active epoch"
        " created_at",
        proof="password_hash",
        gate="select update",
        door="id given_name family_name role stores zone brand language active epoch",
    ),
    "absence": Held(
        kind=Kind.COLLEAGUE,
        columns="id associate_id first_day last_day stand_in cancelled hlc said_by created_at",
        door="associate_id first_day last_day stand_in cancelled",
        gate="select",
    ),
    "associate_past": Held(kind=Kind.COLLEAGUE, columns="associate_id until role"),
    "device": Held(
        kind=Kind.COLLEAGUE,
        columns="id store name secret_hash enrolled_by epoch enrolled_at revoked_at seen_at",
        gate=ALL,
        door="id store revoked_at epoch",
    ),
    "enrolment_code": Held(
        kind=Kind.COLLEAGUE,
        columns="code_hash store made_by expires_at used_at",
        proof="code_hash",
        gate=ALL,
    ),
    "signing_key": Held(
        kind=Kind.COLLEAGUE,
        columns="kid sealed_private public created_at retired_at",
        proof="sealed_private",
        engine="",
        gate=ALL,
    ),
    "refresh_family": Held(
        kind=Kind.COLLEAGUE,
        columns="id associate_id device_id created_at expires_at ended_at end_reason provider_person"
        " provider_session",
        gate=ALL,
        door="id associate_id ended_at",
    ),
    "refresh_token": Held(
        kind=Kind.COLLEAGUE,
        columns="token_hash family_id created_at used_at sealed_successor",
        proof="token_hash sealed_successor",
        engine="",
        gate=ALL,
    ),
    "sign_in_attempt": Held(
        kind=Kind.COLLEAGUE, columns="subject failures window_start", engine="", gate=ALL
    ),
    "idempotency_key": Held(
        kind=Kind.COLLEAGUE, columns="associate_id key request_digest record_id created_at"
    ),
    "device_incarnation": Held(
        kind=Kind.COLLEAGUE,
        columns="device_id incarnation associate_id watermark fence lease_until seen_at app_version",
    ),
    "divergence": Held(
        kind=Kind.COLLEAGUE, columns="id device_id associate_id store buckets app_version created_at"
    ),
    "extraction": Held(
        kind=Kind.COLLEAGUE,
        columns="person since place reads people",
        gate=ALL,
        door="person since reads people",
    ),
    "extraction_person": Held(kind=Kind.CUSTOMER, columns="person day customer_id", gate=ALL),
    "extraction_cap": Held(
        kind=Kind.HOUSE,
        columns="role reads_per_hour people_per_day export_rows set_by set_at",
        gate="select",
        door="role reads_per_hour people_per_day export_rows",
    ),
    "alarm": Held(
        kind=Kind.TRACE,
        columns="id kind once at brand associate_id device_id stores facts acknowledged_at acknowledged_by",
        gate="select insert",
    ),
    "service_account": Held(
        kind=Kind.COLLEAGUE,
        columns="id name brand role stores areas active made_by created_at",
        gate="select",
    ),
    "service_key": Held(
        kind=Kind.COLLEAGUE,
        columns="id account_id prefix key_hash made_by created_at expires_at revoked_at used_at",
        gate="select update",
    ),
    "staff_identity": Held(
        kind=Kind.COLLEAGUE, columns="issuer subject associate_id created_at", gate=ALL
    ),
    "oidc_attempt": Held(
        kind=Kind.COLLEAGUE,
        columns="state_hash browser_hash sealed expires_at",
        proof="state_hash browser_hash sealed",
        engine="",
        gate=ALL,
    ),
    # -- the trail ---------------------------------------------------------------------------------
    "audit_event": Held(
        kind=Kind.TRACE,
        columns="id at actor role device_id store action subject_kind subject_id facts link prev_hash hash",
        engine="select insert",
        gate="insert",
        keeper="select insert update",
    ),
    "audit_head": Held(
        kind=Kind.TRACE,
        columns="place link hash at breaks signature",
        engine="select",
        keeper="select insert update",
    ),
    # -- of nobody ---------------------------------------------------------------------------------
    "store": Held(
        kind=Kind.HOUSE, columns="code name city brand zone country", gate="select",
        door="code brand zone",
    ),
    "product": Held(
        kind=Kind.HOUSE,
        columns="id sku name family price currency colour material size_category sizes launched picture"
        " complements created_at wear_months",
    ),
    "stock": Held(kind=Kind.HOUSE, columns="sku store size quantity counted_at"),
    "policy": Held(
        kind=Kind.HOUSE,
        columns="version document note published_by published_at key ready_at cut_fence cut_after cut_done"
        " cut_total swept_at",
        engine="select insert update",
        gate="select",
        door="version ready_at",
    ),
    "retention_rule": Held(
        kind=Kind.HOUSE, columns="brand rule version months changed_by created_at"
    ),
    "retention_run": Held(
        kind=Kind.HOUSE, columns="id as_of erased traces finished_at created_at"
    ),
    "policy_field": Held(kind=Kind.HOUSE, columns="field since"),
    "policy_draft": Held(kind=Kind.HOUSE, columns="only base changes edited_by edited_at"),
    "boot": Held(
        kind=Kind.HOUSE,
        columns="boot_id floor system_identifier timeline created_at start_lsn gc_floor place",
    ),
    "boot_marker": Held(
        kind=Kind.HOUSE,
        columns="only boot_id started database gc_floor",
        door="boot_id started database gc_floor",
    ),
    "gc_mark": Held(kind=Kind.HOUSE, columns="id at system_identifier floor"),
    "identity_count": Held(kind=Kind.HOUSE, columns="value n"),
    "identity_switch": Held(kind=Kind.HOUSE, columns="brand automatic changed_by changed_at"),
    "identity_cursor": Held(kind=Kind.HOUSE, columns="scope base target after"),
    "name_token": Held(kind=Kind.HOUSE, columns="token"),
    "name_token_delete": Held(kind=Kind.HOUSE, columns="variant token"),
    "scope": Held(kind=Kind.COLLEAGUE, columns="id key"),
    # -- of customers ------------------------------------------------------------------------------
    "customer": Held(
        kind=Kind.CUSTOMER,
        columns="id given_name family_name title language town birth_date email phone address other_contacts"
        " other_addresses important_dates family home_store associate_id second_associate_id client_since"
        " origin sizes computed_sizes likes dislikes payment_preference delivery_preference social_handles"
        " notes consents loyalty loyalty_card purchases touchpoints owned wish_list spend tags occasions"
        " stamps brand alias_of erased_at created_at limits"
        " appointments cases tasks messages advice contact_preference",
    ),
    "customer_part": Held(kind=Kind.CUSTOMER, columns="customer_id root values stamps turns"),
    "customer_search": Held(kind=Kind.CUSTOMER, columns="customer_id tokens weight"),
    "contact_point": Held(kind=Kind.CUSTOMER, columns="kind normalised customer_id"),
    "member": Held(
        kind=Kind.CUSTOMER, columns="scope record_id kind state rev xid moved into_id"
    ),
    "fragment": Held(kind=Kind.CUSTOMER, columns="record_id grp rev xid body recent"),
    "pin": Held(kind=Kind.CUSTOMER, columns="scope record_id used_at"),
    "receipt": Held(
        kind=Kind.CUSTOMER,
        columns="mutation_id record_id device_id incarnation seq status code detail created_at",
    ),
    "held_edit": Held(
        kind=Kind.CUSTOMER,
        columns="mutation_id record_id op args base code author device_id store policy_version hlc review"
        " created_at decided_by decided_at via",
    ),
    "late_verdict": Held(
        kind=Kind.CUSTOMER, columns="mutation_id record_id device_id status code xid created_at"
    ),
    "conflict": Held(
        kind=Kind.CUSTOMER,
        columns="id record_id field mine theirs theirs_stamp mutation_id owner state hlc created_at "
        "decided_at mine_stamp base store keep decided_by via",
    ),
    "field_past": Held(
        kind=Kind.CUSTOMER, columns="id record_id field value stamp lost_to created_at via"
    ),
    "merge": Held(
        kind=Kind.CUSTOMER,
        columns="id loser winner choices reason merged_by turn created_at undone_at undone_by",
    ),
    "merge_record": Held(
        kind=Kind.CUSTOMER, columns="merge_id path source loser_rev kept_rev"
    ),
    "erasure": Held(kind=Kind.CUSTOMER, columns="record_id xid created_at case_id"),
    "erasure_ack": Held(kind=Kind.CUSTOMER, columns="device_id record_id created_at associate_id"),
    "erasure_case": Held(kind=Kind.CUSTOMER, columns="id asked_by reason ids sales_kept created_at"),
    "erasure_fingerprint": Held(kind=Kind.CUSTOMER, columns="fingerprint case_id created_at"),
    "privacy_case": Held(
        kind=Kind.CUSTOMER,
        columns="id customer_id brand kind received_on due_on extended_by extension_reason outcome"
        " outcome_reason facts opened_by answered_by answered_at created_at",
    ),
    "processing_limit": Held(
        kind=Kind.CUSTOMER,
        columns="id customer_id kind reason asked_by lifted_by lifted_at via created_at",
    ),
    "reveal": Held(
        kind=Kind.CUSTOMER, columns="id customer_id associate_id device_id field reason created_at"
    ),
    "consent_event": Held(
        kind=Kind.CUSTOMER,
        columns="id position customer_id brand channel purpose state at_ms knows wording language how author"
        " store device_id mutation_id received_at via wording_hash signature confirms",
    ),
    "consent_wording": Held(
        kind=Kind.HOUSE,
        columns="version brand channel purpose texts published_at until confirm written_by created_at",
    ),
    "loyalty_entry": Held(
        kind=Kind.CUSTOMER,
        columns="id customer_id at_ms points reason reference author mutation_id received_at via"
        " holder held",
    ),
    "purchase": Held(
        kind=Kind.CUSTOMER,
        columns="id customer_id source reference kind channel store author at_ms total currency mutation_id"
        " received_at via revision",
    ),
    "purchase_line": Held(
        kind=Kind.CUSTOMER,
        columns="purchase_id position sku title quantity amount unit_price size size_category colour family",
    ),
    "promise": Held(
        kind=Kind.CUSTOMER, columns="id field customer_id state ended day owner via"
    ),
    "outgoing": Held(
        kind=Kind.CUSTOMER,
        columns="id customer_id kind brand channel purpose author state reason attempts not_before claim"
        " claimed_until answer created_at ended_at via",
    ),
    "message_template": Held(
        kind=Kind.HOUSE,
        columns="brand code version purpose channels texts title retired written_by created_at",
    ),
    "contact_pressure": Held(kind=Kind.HOUSE, columns="brand purpose most days changed_by changed_at"),
    "touchpoint": Held(
        kind=Kind.CUSTOMER,
        columns="id customer_id kind channel at_ms summary store author sku mutation_id received_at via",
    ),
    "source_record": Held(
        kind=Kind.CUSTOMER, columns="source source_id customer_id batch_id payload received_at via"
    ),
    "identity_key": Held(kind=Kind.CUSTOMER, columns="key customer_id"),
    "identity_seen": Held(kind=Kind.CUSTOMER, columns="customer_id digest counted"),
    "identity_pair": Held(
        kind=Kind.CUSTOMER, columns="one other bits findings state found_at decided_by decided_at"
    ),
    "connector": Held(
        kind=Kind.HOUSE,
        columns="id source kind brand settings sealed_secrets active made_by created_at",
    ),
    "delivery": Held(
        kind=Kind.CUSTOMER,
        columns="id connector_id reference topic body state attempts due_at error ended_at records"
        " received_at",
    ),
    "visitor_link": Held(kind=Kind.CUSTOMER, columns="source visitor reference shared created_at"),
    "awaiting": Held(kind=Kind.CUSTOMER, columns="id source said received_at"),
    "awaiting_key": Held(kind=Kind.CUSTOMER, columns="awaiting_id rank digest"),
    "awaiting_match": Held(
        kind=Kind.CUSTOMER,
        columns="id awaiting_id customer_id state attempts due_at error ended_at",
    ),
    "webhook_endpoint": Held(
        kind=Kind.HOUSE,
        columns="id account_id brand url types sealed_secrets active seen failing_since stopped_because"
        " made_by created_at",
    ),
    "webhook_message": Held(
        kind=Kind.CUSTOMER,
        columns="id endpoint_id record_id type into_id state attempts due_at error ended_at created_at",
    ),
    "import_batch": Held(
        kind=Kind.CUSTOMER,
        columns="id source file_name file_hash mapping state position counts started_by started_at ended_at",
    ),
    "import_file": Held(
        kind=Kind.CUSTOMER,
        columns="id brand source file_name mapping store dialect body lines brought_by state wanted stop"
        " leased_until done rehearsed result batch_id error created_at",
    ),
    "import_mapping": Held(kind=Kind.HOUSE, columns="brand name document saved_by saved_at"),
    "import_before": Held(kind=Kind.CUSTOMER, columns="batch_id subject key before"),
    "advertising_cost": Held(
        kind=Kind.HOUSE,
        columns="id brand source day utm_source utm_medium campaign campaign_id term content currency cost"
        " impressions clicks batch_id written_at",
    ),
    "import_edit": Held(kind=Kind.CUSTOMER, columns="batch_id mutation_id record_id"),
    "import_refusal": Held(
        kind=Kind.CUSTOMER, columns="batch_id line code reason original created_at"
    ),
    "snapshot_file": Held(
        kind=Kind.CUSTOMER,
        columns="id channels base token sizes digests created_at",
        files="insert",
    ),
    "snapshot_part": Held(kind=Kind.CUSTOMER, columns="file_id number body", files="insert"),
    "snapshot_wish": Held(kind=Kind.HOUSE, columns="channels document asked_at"),
}  # fmt: skip

_REACHED = "exists (select from member m where m.record_id = {subject} and m.state = 1)"
_STANDS = "(select wall_stands({me}))"
_MINE = "associate_id = (select wall_person({me}))"
_DREW = "person = (select wall_person({me}))"
_KEYS = "key = any((select wall_keys({me}))::text[])"


def _reached(subject: str) -> str:
    return _REACHED.replace("{subject}", subject)


RIGHTS: tuple[Right, ...] = (
    Right(table="scope", columns="id key", rows=_KEYS, files=True),
    Right(table="scope", verb="insert", columns="key", rows=_KEYS),
    Right(table="scope", verb="update", columns="key", rows=_KEYS),
    Right(table="member", rows="scope = any((select wall_scopes({me}))::int[])", files=True),
    Right(
        table="fragment",
        rows=f"grp = any((select wall_groups({{me}}))::text[]) and {_reached('fragment.record_id')}",
        files=True,
    ),
    Right(table="erasure", columns="record_id xid created_at", rows=_STANDS, files=True),
    Right(
        table="late_verdict",
        columns="mutation_id device_id status code xid",
        rows="device_id = (select wall_device({me}))",
        files=True,
    ),
    Right(table="boot", files=True),
    Right(table="boot_marker", files=True),
    Right(table="policy", columns="version document key ready_at"),
    Right(table="store"),
    Right(table="consent_wording"),
    Right(table="message_template"),
    Right(table="contact_pressure"),
    Right(table="product"),
    Right(table="stock"),
    Right(table="device", columns="id enrolled_at", rows="id = (select wall_device({me}))"),
    Right(table="device_incarnation", rows=_MINE),
    Right(table="device_incarnation", verb="insert", rows=_MINE),
    Right(
        table="device_incarnation",
        verb="update",
        columns="fence lease_until seen_at app_version",
        rows=_MINE,
    ),
    Right(table="erasure_ack", rows=_MINE),
    Right(table="erasure_ack", verb="insert", columns="device_id associate_id record_id", rows=_MINE),
    Right(
        table="divergence",
        verb="insert",
        columns="device_id associate_id store buckets app_version",
        rows=_MINE,
    ),
    Right(
        table="audit_event",
        verb="insert",
        columns="actor role device_id store action subject_kind subject_id facts",
        rows="actor = (select wall_person({me}))",
    ),
    Right(table="extraction", rows=_DREW),
    Right(table="extraction", verb="insert", rows=_DREW),
    Right(table="extraction", verb="update", rows=_DREW),
    Right(table="extraction_person", rows=_DREW),
    Right(table="extraction_person", verb="insert", rows=_DREW),
    Right(table="customer", columns="id", rows=_reached("customer.id")),  # and the fields his role reads
    Right(table="name_token", rows=_STANDS, fields=("given_name", "family_name")),
    Right(table="name_token_delete", rows=_STANDS, fields=("given_name", "family_name")),
    Right(table="purchase", rows=_reached("purchase.customer_id"), fields=("purchases",)),
    Right(
        table="purchase_line",
        rows="exists (select from purchase p where p.id = purchase_line.purchase_id)",
        fields=("purchases",),
    ),
    Right(table="touchpoint", rows=_reached("touchpoint.customer_id"), fields=("touchpoints",)),
    Right(table="loyalty_entry", rows=_reached("loyalty_entry.customer_id"), fields=("loyalty",)),
    Right(table="consent_event", rows=_reached("consent_event.customer_id"), fields=("consents",)),
    Right(
        table="promise",
        rows=f"field = any((select wall_fields({{me}}))::text[]) and {_reached('promise.customer_id')}",
    ),
    Right(
        table="field_past",
        rows="split_part(field, '/', 1) = any((select wall_fields({me}))::text[])"
        f" and {_reached('field_past.record_id')}",
    ),
)

# A caller may carry these out; each asks for his standing, or tells nothing of anybody.
FUNCTIONS = (
    "name_life()",
    "wall_stands(text)",
    "wall_person(text)",
    "wall_device(text)",
    "wall_keys(text)",
    "wall_scopes(text)",
    "wall_groups(text)",
    "wall_fields(text)",
    "find_by_contact(text[], text[], text[], int)",
    "find_by_words(text[], uuid, text[], int, boolean)",
    "words_held(text[], text[], int)",
    "words_held_from(text, text, text[], int)",
)
