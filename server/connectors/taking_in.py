"""Takes in what a source says: every edit goes the one way in, named by the source's own ids and instants.

What a source says of a person is folded first (``folding``), then told to her record as far as nobody else
has spoken since. What names nobody yet waits (``server.identity.awaiting``). So late, repeated and swapped
deliveries end in the same state.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from schemas.consent import Purpose
from schemas.engagement import Touchpoint, TouchpointKind
from schemas.hlc import pack
from schemas.ids import NOBODY, id_from
from schemas.mutations import (
    CreateCustomer,
    Envelope,
    LogTouchpoint,
    Mutation,
    RecordPurchase,
    SourceRef,
    encode_args,
    op_of,
)
from schemas.note_guard import NoteVerdict, judge_note
from schemas.problem import ErrorCode
from schemas.protocol import Outcome, OutcomeStatus
from schemas.purchase import Purchase, revision
from schemas.record import Channel
from server.audit.alarms import raise_alarm
from server.auth.principal import Principal
from server.auth.sealing import keyed_digest
from server.connectors import folding
from server.connectors.edits import Known, edits_of
from server.connectors.said import (
    ConsentSaid,
    ContactSaid,
    OrderSaid,
    PersonSaid,
    PrivacyAsked,
    Said,
    SignedIn,
    TagsSaid,
    Unreadable,
    WishSaid,
)
from server.connectors.settings import ConnectorSettings
from server.consent import wordings
from server.customers.forms import card_form, email_form, phone_form
from server.database.pool import Connection
from server.identity import awaiting
from server.identity.awaiting import Form
from server.imports.customer_rows import NAMING
from server.policy.in_force import Policies
from server.purchases.ledger import sale_of_nobody
from server.replication.push import Speaking, submit

DAY_MS = 24 * 3600 * 1000

_PASSED = (
    OutcomeStatus.APPLIED, OutcomeStatus.MERGED, OutcomeStatus.REDIRECTED, OutcomeStatus.CONFLICT,
)  # fmt: skip


def guarded(touchpoint: Touchpoint) -> Touchpoint:
    """Return a contact without its words where the guard of notes refuses them: that it happened stays."""
    if judge_note(touchpoint.summary).verdict is NoteVerdict.REFUSE:
        return msgspec.structs.replace(touchpoint, summary="")
    return touchpoint


class TakingIn:
    """What one source says, in the caller's transaction. ``records`` gathers the customers it told of."""

    def __init__(
        self,
        connection: Connection,
        *,
        source: str,
        settings: ConnectorSettings,
        principal: Principal,
        policies: Policies,
        now: datetime,
        secret: bytes,
    ) -> None:
        self._connection = connection
        self._source = source
        self._settings = settings
        self._principal = principal
        self._policies = policies
        self._now = now
        self._secret = secret
        self.records: set[UUID] = set()
        self.forgotten = False  # it told of somebody who asked to be forgotten

    async def take(self, said: Said) -> None:
        """Take in one statement.

        Raises:
            Unreadable: an edit it amounts to is refused, and always will be.
        """
        match said:
            case PersonSaid() | TagsSaid() | ConsentSaid():
                await self._person(said.reference, said)
            case WishSaid():
                await self._wish(said)
            case OrderSaid():
                await self._order(said)
            case ContactSaid():
                await self._contact(said)
            case SignedIn():
                await self._sign_in(said)
            case PrivacyAsked():
                await raise_alarm(
                    self._connection,
                    f"privacy_{said.kind}",
                    once=f"{self._source} {said.kind} {said.once}",
                    brand=self._principal.brand,
                    facts={"source": self._source},
                )
                if said.reference and (whom := await self._of_reference(said.reference)):
                    self.records.add(whom)

    async def claim(self, awaiting_id: UUID, customer_id: UUID, reference: str | None) -> None:
        """Let what waited be of this customer."""
        row = await self._connection.fetchrow("select said from awaiting where id = $1", awaiting_id)
        if row is None:
            return
        if (found := await sale_of_nobody(self._connection, awaiting_id)) is not None:
            await self._purchase(*found, customer_id)
        elif row["said"]:
            match msgspec.convert(row["said"], Said):
                case ContactSaid(touchpoint=touchpoint):
                    await self._log(touchpoint, customer_id)
                case WishSaid() as wish if reference is not None:
                    await self._person(reference, msgspec.structs.replace(wish, reference=reference))
                case _:
                    return
        await awaiting.drop(self._connection, awaiting_id)

    # -- people ----------------------------------------------------------------------------------

    async def _person(self, reference: str, said: PersonSaid | TagsSaid | ConsentSaid | WishSaid) -> None:
        await self._connection.execute(
            "insert into source_record (source, source_id) values ($1, $2) on conflict do nothing",
            self._source,
            reference,
        )
        known = await self._known(reference)
        if known.customer_id is not None:
            self.records.add(known.customer_id)
        elif await self._was_erased(reference):
            await self._forget(reference)
            return
        after = folding.fold(known.payload, said)
        if after == known.payload:
            return
        made = False
        if known.customer_id is None:
            if not any(folding.registers(after).get(field) for field in NAMING):
                await self._keep(reference, after)
                return
            if not await self._create(reference, after):
                return
            made = True
            known = msgspec.structs.replace(await self._known(reference), payload={})
        assert known.customer_id is not None
        await self._keep(reference, after)
        self.records.add(known.customer_id)
        for envelope in edits_of(
            self._source,
            reference,
            known,
            after,
            new=made,
            brand=self._principal.brand,
            granted_under=await self._granted_under(after),
            now_ms=self._ms(),
        ):
            await self._submit([envelope])
        if made:
            await self._flush(reference, known.customer_id)

    async def _create(self, reference: str, payload: folding.Payload) -> bool:
        """Make a person known; False when she asked to be forgotten: then nothing of her is kept."""
        values = {field: value for field, value in folding.registers(payload).items() if value is not None}
        if self._settings.home_store is not None:
            values["home_store"] = self._settings.home_store
        names = ("customer", self._source, reference)
        mutation = CreateCustomer(
            values=values, source=SourceRef(system=self._source, reference=reference[:120])
        )
        outcome = await self._tell(mutation, id_from(*names), id_from("import", *names))
        if outcome.status is OutcomeStatus.ERASED or outcome.code == ErrorCode.PERSON_ERASED.value:
            await self._forget(reference)
            return False
        self._require(outcome)
        return True

    async def _was_erased(self, reference: str) -> bool:
        """Whether the record that this number would make was erased."""
        found: bool = await self._connection.fetchval(
            "select exists (select from erasure where record_id = $1)",
            id_from("customer", self._source, reference),
        )
        return found

    async def _forget(self, reference: str) -> None:
        """Keep nothing of a person who asked to be forgotten, not even that she was told of."""
        self.forgotten = True
        await self._connection.execute(
            "delete from source_record where source = $1 and source_id = $2", self._source, reference
        )

    async def _known(self, reference: str) -> Known:
        row = await self._connection.fetchrow(
            """
            select s.payload, s.customer_id, s.via, c.alias_of, c.stamps, c.tags, c.wish_list,
                   p.stamps as part
            from source_record s
            left join customer c on c.id = s.customer_id
            left join customer_part p on p.customer_id = s.via
            where s.source = $1 and s.source_id = $2 for update of s
            """,
            self._source,
            reference,
        )
        assert row is not None
        return Known(
            payload=row["payload"] or {},
            customer_id=row["alias_of"] or row["customer_id"],
            said_under=row["via"] or row["customer_id"],
            stamps=row["stamps"] or {},
            seen=row["part"] or row["stamps"] or {},
            tags=row["tags"] or {},
            wish_list=row["wish_list"] or {},
        )

    async def _keep(self, reference: str, payload: folding.Payload) -> None:
        await self._connection.execute(
            "update source_record set payload = $3 where source = $1 and source_id = $2",
            self._source,
            reference,
            payload,
        )

    async def _granted_under(self, payload: folding.Payload) -> dict[str, str]:
        """Return the wordings under which a yes of this source counts, as far as they were published."""
        wanted = {
            channel: self._settings.consents[channel]
            for channel in folding.consents(payload)
            if channel in self._settings.consents
        }
        if not wanted:
            return {}
        known = await wordings.published(self._connection, self._principal.brand)
        return {
            channel: version
            for channel, version in wanted.items()
            if f"{self._principal.brand}/{channel}/{Purpose.MARKETING}/{version}" in known
        }

    async def _flush(self, reference: str, customer_id: UUID) -> None:
        """Let everything that waited for this number, and for her visits, be hers."""
        rows = await self._connection.fetch(
            "select visitor from visitor_link where source = $1 and reference = $2 and not shared",
            self._source,
            reference,
        )
        for held in await awaiting.held_under(self._connection, self._reference(reference), self._secret):
            await self.claim(held, customer_id, reference)
        for row in rows:
            await self._claim_visits(row["visitor"], customer_id, reference)

    async def _claim_visits(self, visitor: bytes, customer_id: UUID, reference: str) -> None:
        found = await self._connection.fetch(
            "select awaiting_id from awaiting_key where digest = $1 order by awaiting_id", visitor
        )
        for row in found:
            await self.claim(row["awaiting_id"], customer_id, reference)

    # -- what they do ----------------------------------------------------------------------------

    async def _sign_in(self, said: SignedIn) -> None:
        visitor = keyed_digest(self._secret, *self._visitor(said.visitor))
        row = await self._connection.fetchrow(
            """
            insert into visitor_link as held (source, visitor, reference) values ($1, $2, $3)
            on conflict (source, visitor) do update set shared = held.shared or held.reference <> $3
            returning reference, shared
            """,
            self._source,
            visitor,
            said.reference,
        )
        whom = await self._of_reference(said.reference)
        if whom is not None and row is not None and not row["shared"]:
            await self._claim_visits(visitor, whom, said.reference)

    async def _wish(self, said: WishSaid) -> None:
        reference = said.reference or await self._of_visitor(said.visitor)
        if reference is not None:
            await self._person(reference, said)
        else:
            what = id_from(
                "wish", self._source, said.visitor or "", said.sku, str(said.at), str(said.present)
            )
            await self._wait(what, said, self._forms(said.reference, said.visitor))

    async def _contact(self, said: ContactSaid) -> None:
        said = msgspec.structs.replace(said, touchpoint=guarded(said.touchpoint))
        forms = self._forms(said.reference, said.visitor, said.card, said.phone, said.email)
        if said.touchpoint.kind is not TouchpointKind.APPOINTMENT:
            self._require_past(said.touchpoint.at)
        whom = await self._find(said.reference, said.visitor, forms)
        if whom is None:
            await self._wait(said.touchpoint.touchpoint_id, said, forms)
        else:
            await self._log(said.touchpoint, whom)

    async def _order(self, said: OrderSaid) -> None:
        forms = self._forms(said.reference, said.visitor, said.card, said.phone, said.email)
        purchase = said.purchase
        self._require_past(purchase.at)
        held = await self._connection.fetchrow(
            """
            select p.revision, p.customer_id, coalesce(p.via, c.id) as whom from purchase p
            left join customer c on c.id = p.customer_id where p.source = $1 and p.reference = $2
            """,
            purchase.source,
            purchase.reference,
        )
        if held is not None and held["customer_id"] is not None and held["whom"] is None:
            self.forgotten = True  # the books keep what they have
            return
        whom = held["whom"] if held is not None and held["whom"] else None
        whom = whom or await self._find(said.reference, said.visitor, forms)
        tie = int.from_bytes(sha256(encode_args(RecordPurchase(purchase=purchase))).digest()[:2], "big")
        await self._purchase(purchase, revision(said.revision, tie), whom)
        if whom is None and forms:
            await awaiting.keep(
                self._connection,
                purchase.purchase_id,
                source=self._source,
                said={},
                forms=forms,
                secret=self._secret,
            )

    async def _purchase(self, purchase: Purchase, revision: int, whom: UUID | None) -> None:
        mutation = RecordPurchase(purchase=purchase, revision=revision)
        content = sha256(encode_args(mutation)).hexdigest()
        names = (purchase.source, purchase.reference, content, str(whom))
        self._require(await self._tell(mutation, whom or NOBODY, id_from("connector", "purchase", *names)))
        if whom is not None:
            self.records.add(whom)

    async def _log(self, touchpoint: Touchpoint, whom: UUID) -> None:
        mutation = LogTouchpoint(touchpoint=guarded(touchpoint))
        names = ("connector", "touchpoint", str(touchpoint.touchpoint_id))
        self._require(await self._tell(mutation, whom, id_from(*names), at=touchpoint.at))
        self.records.add(whom)

    async def _wait(self, what: UUID, said: ContactSaid | WishSaid, forms: Sequence[Form]) -> None:
        if forms:
            await awaiting.keep(
                self._connection,
                what,
                source=self._source,
                said=msgspec.to_builtins(said),
                forms=forms,
                secret=self._secret,
            )

    # -- whom ------------------------------------------------------------------------------------

    async def _find(self, reference: str | None, visitor: str | None, forms: Iterable[Form]) -> UUID | None:
        number = reference or await self._of_visitor(visitor)
        if number is not None and (whom := await self._of_reference(number)) is not None:
            return whom
        contacts = [form for form in forms if form[0] in ("card", "phone", "email")]
        return await awaiting.customer_with(self._connection, contacts, self._principal.brand)

    async def _of_reference(self, reference: str) -> UUID | None:
        """Return the record under which the source's number is known."""
        found: UUID | None = await self._connection.fetchval(
            "select coalesce(via, customer_id) from source_record where source = $1 and source_id = $2",
            self._source,
            reference,
        )
        return found

    async def _of_visitor(self, visitor: str | None) -> str | None:
        if visitor is None:
            return None
        found: str | None = await self._connection.fetchval(
            "select reference from visitor_link where source = $1 and visitor = $2 and not shared",
            self._source,
            keyed_digest(self._secret, *self._visitor(visitor)),
        )
        return found

    def _forms(
        self,
        reference: str | None,
        visitor: str | None,
        card: str | None = None,
        phone: str | None = None,
        email: str | None = None,
    ) -> list[Form]:
        """Return by what somebody may be found, the surest first."""
        forms: list[Form] = []
        if reference is not None:
            forms.append(self._reference(reference))
        if visitor is not None:
            forms.append(self._visitor(visitor))
        for kind, form in (
            ("card", card_form(card) if card else None),
            ("phone", phone_form(phone, region=self._settings.region) if phone else None),
            ("email", email_form(email) if email else None),
        ):
            if form is not None:
                forms.append((kind, form))
        return forms

    def _reference(self, reference: str) -> Form:
        return f"reference:{self._source}", reference

    def _visitor(self, visitor: str) -> Form:
        return f"visitor:{self._source}", visitor

    # -- the way in ------------------------------------------------------------------------------

    async def _tell(
        self, mutation: Mutation, record_id: UUID, mutation_id: UUID, *, at: int | None = None
    ) -> Outcome:
        envelope = Envelope(
            seq=0,
            mutation_id=mutation_id,
            record_id=record_id,
            op=op_of(mutation),
            args=encode_args(mutation),
            hlc=pack(min(at or self._ms(), self._ms()), 0),
        )
        return (await self._outcomes([envelope]))[0]

    async def _submit(self, envelopes: list[Envelope]) -> None:
        for outcome in await self._outcomes(envelopes):
            self._require(outcome)

    async def _outcomes(self, envelopes: list[Envelope]) -> list[Outcome]:
        return await submit(
            self._connection,
            self._principal,
            envelopes,
            now=self._now,
            policies=self._policies,
            speaking=Speaking(channel=Channel.IMPORT, author=self._source),
        )

    def _require(self, outcome: Outcome) -> None:
        """Go on with what stands, and with what nobody may have: an erased person's."""
        if outcome.came_to is OutcomeStatus.ERASED:
            self.forgotten = True
        elif outcome.came_to not in _PASSED:
            raise Unreadable(outcome.code or outcome.came_to.value)

    def _require_past(self, at: int) -> None:
        """Refuse what a wrong clock dates ahead: it would stand above everything that follows for years."""
        if at > self._ms() + DAY_MS:
            raise Unreadable("it is dated more than a day ahead")

    def _ms(self) -> int:
        return int(self._now.timestamp() * 1000)
