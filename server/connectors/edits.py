"""From what a source says of a person now to the edits that her record lacks of it. Pure.

A source changes what it was the last to say; where a person or another source has spoken since, theirs stays.
No word of a source is a consent, unless head office said under which wording its customers tick.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.hlc import pack
from schemas.ids import id_from
from schemas.mutations import (
    AddElement,
    Envelope,
    Mutation,
    PutEntry,
    RecordConsent,
    RemoveElement,
    RemoveEntry,
    SetField,
    encode_args,
    op_of,
)
from schemas.record import Channel, Struct
from server.connectors import folding
from sync.reducer import adder_tag


class Known(Struct):
    """What is known of a source's person: what it said before, and her record."""

    payload: dict[str, Any]
    customer_id: UUID | None
    said_under: UUID | None  # her own record, whoever answers for it now
    stamps: dict[str, Any]  # of what stands
    seen: dict[str, Any]  # of her own record
    tags: dict[str, Any]
    wish_list: dict[str, Any]


def edits_of(
    source: str,
    reference: str,
    known: Known,
    after: folding.Payload,
    *,
    new: bool,
    brand: str,
    granted_under: Mapping[str, str],
    now_ms: int,
) -> Iterator[Envelope]:
    """Yield the edits; the same statements give edits of the same ids.

    Args:
        new: her record was made a moment ago, with the fields as they are.
        granted_under: channel -> the wording under which this source's yes counts.
    """
    assert known.said_under is not None
    said = _Said(
        source=source,
        reference=reference,
        record_id=known.said_under,
        seen=known.seen,
        now_ms=now_ms,
    )
    if not new:
        yield from _registers(said, known, after)
    yield from _tags(said, known, after)
    yield from _wishes(said, known, after)
    for channel, events in folding.consents(after).items():
        yield from _consents(said, channel, events, brand=brand, wording=granted_under.get(channel))


class _Said(Struct):
    source: str
    reference: str
    record_id: UUID
    seen: dict[str, Any]
    now_ms: int

    def name(self, path: str, *parts: str) -> UUID:
        return id_from("connector", self.source, self.reference, path, *parts)

    def envelope(
        self, mutation: Mutation, mutation_id: UUID, *, path: str | None = None, at: int | None = None
    ) -> Envelope:
        base = {path: self.seen[path]["rev"]} if path is not None and path in self.seen else {}
        return Envelope(
            seq=0,
            mutation_id=mutation_id,
            record_id=self.record_id,
            op=op_of(mutation),
            args=encode_args(mutation),
            base=base,
            hlc=pack(min(at or self.now_ms, self.now_ms), 0),
        )


def _registers(said: _Said, known: Known, after: folding.Payload) -> Iterator[Envelope]:
    before = {**(known.payload.get("values") or {}), **folding.registers(known.payload)}
    for field, value in sorted(folding.registers(after).items()):
        if before.get(field) == value:
            continue
        spoken = known.stamps.get(field)
        if spoken is not None and spoken.get("author") != said.source:
            continue
        at = after["said"][field][0]
        revision = spoken["rev"] if spoken is not None else 0
        yield said.envelope(
            SetField(field=field, value=value), said.name(field, str(at), str(revision)), path=field
        )


def _tags(said: _Said, known: Known, after: folding.Payload) -> Iterator[Envelope]:
    before, now = folding.added(known.payload), folding.added(after)
    for tag in sorted(now.keys() - before.keys()):
        yield said.envelope(
            AddElement(field="tags", element=tag), said.name(f"tags/{tag}", "add", str(now[tag]))
        )
    for tag in sorted(before.keys() - now.keys()):
        own = said.name(f"tags/{tag}", "add", str(before[tag]))
        held = {adder_tag(UUID(each)) for each in known.tags.get(tag, ())}
        if adder_tag(own) in held:
            yield said.envelope(
                RemoveElement(field="tags", element=tag, seen=(own,)),
                said.name(f"tags/{tag}", "remove", str(before[tag])),
            )


def _wishes(said: _Said, known: Known, after: folding.Payload) -> Iterator[Envelope]:
    before = folding.wishes(known.payload)
    for sku, wish in sorted(folding.wishes(after).items()):
        path = f"wish_list/{sku}"
        if sku in before and before[sku] == wish:
            continue
        at = after["said"][path][0]
        revision = str(known.stamps.get(path, {}).get("rev", 0))
        if wish is not None:
            value = {"sku": sku, "title": wish["title"], "at": wish["at"], "channel": Channel.WEB.value}
            put = PutEntry(field="wish_list", key=sku, value=value)
            yield said.envelope(put, said.name(path, "put", str(at), revision), path=path)
        elif sku in known.wish_list:
            gone = RemoveEntry(field="wish_list", key=sku)
            yield said.envelope(gone, said.name(path, "remove", str(at), revision), path=path)


def _consents(
    said: _Said, channel: str, events: list[tuple[int, str]], *, brand: str, wording: str | None
) -> Iterator[Envelope]:
    """Yield the whole ledger of a channel: a yes is told again when an older no becomes known."""
    withdrawn: list[tuple[int, UUID]] = []
    for at, state in events:
        if state == ConsentState.WITHDRAWN.value:
            mutation_id = said.name(f"consents/{channel}", state, str(at))
            withdrawn.append((at, mutation_id))
            yield said.envelope(
                _consent(brand, channel, ConsentState.WITHDRAWN, wording=None, knows=()), mutation_id, at=at
            )
    if wording is None:
        return
    for at, state in events:
        if state == ConsentState.GRANTED.value:
            knows = tuple(sorted(mutation_id for when, mutation_id in withdrawn if when < at))
            yield said.envelope(
                _consent(brand, channel, ConsentState.GRANTED, wording=wording, knows=knows),
                said.name(f"consents/{channel}", state, str(at), wording, *map(str, knows)),
                at=at,
            )


def _consent(
    brand: str, channel: str, state: ConsentState, *, wording: str | None, knows: tuple[UUID, ...]
) -> RecordConsent:
    return RecordConsent(
        brand=brand,
        channel=ContactChannel(channel),
        purpose=Purpose.MARKETING,
        state=state,
        knows=knows,
        wording=wording,
        how="web_form" if state is ConsentState.GRANTED else "import",
    )
