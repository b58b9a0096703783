"""What is told of the customers of every world: articles, tickets, contacts, promises, messages."""

from typing import Any, Final
from uuid import UUID

from schemas.consent import ContactChannel, Purpose
from schemas.engagement import Touchpoint, TouchpointKind
from schemas.ids import id_from
from schemas.mutations import (
    BookAppointment,
    CreateCustomer,
    LogTouchpoint,
    MakeTask,
    Mutation,
    OpenCase,
    RecordPurchase,
    SendMessage,
    SourceRef,
)
from schemas.product import Money, Product
from schemas.promise import AppointmentKind, CaseKind, TaskKind
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.proofs.twins.stillness import INSTANT_MS

BRAND, FOREIGN = "maison", "atelier"
HERE, NEAR, FAR, ABROAD = "here", "near", "far", "abroad"
DAY_MS: Final = 86_400_000


def product_of(sku: str) -> Product:
    """Return an article."""
    return Product(
        sku=sku,
        name={"fr": sku, "en": sku},
        family="leather",
        price=Money(amount=100_000, currency="EUR"),
        picture=f"{sku}.png",
    )


def edit_made(name: str, values: dict[str, Any]) -> CreateCustomer:
    """Return the edit that makes a customer."""
    return CreateCustomer(values=values, source=SourceRef(system="twin", reference=name))


def edit_purchase(name: str, number: int) -> RecordPurchase:
    """Return a ticket."""
    line = PurchaseLine(
        sku="shoe", title="Derby", quantity=1, amount=25_000 + number, size="38", size_category="shoes"
    )
    return RecordPurchase(
        purchase=Purchase(
            purchase_id=id_from("twin purchase", name),
            source="till",
            reference=name,
            at=INSTANT_MS - (50 + number) * DAY_MS,
            channel=Channel.STORE if number % 2 == 0 else Channel.WEB,
            kind=PurchaseKind.SALE,
            currency="EUR",
            total=25_000 + number,
            lines=(line,),
            store=HERE if number % 2 == 0 else None,
        )
    )


def promise_id(name: str) -> UUID:
    """Return the id of a promise of every world."""
    return id_from("twin promise", name)


def edit_task(name: str, number: int, flavour: int) -> Mutation:
    """Return a task."""
    return MakeTask(
        task_id=promise_id(f"task {name}"),
        kind=TaskKind.CALL,
        text=f"call {number} {flavour}",
        due=f"2026-11-{20 + number + flavour:02}",
    )


def edit_appointment(name: str, number: int, flavour: int) -> Mutation:
    """Return an appointment."""
    starts = INSTANT_MS + number * DAY_MS + flavour
    return BookAppointment(
        appointment_id=promise_id(f"appointment {name}"), kind=AppointmentKind.FITTING, starts=starts
    )


def edit_case(name: str, number: int, flavour: int) -> Mutation:
    """Return a case."""
    text = "clasp" + " broken" * flavour
    return OpenCase(case_id=promise_id(f"case {name}"), kind=CaseKind.REPAIR, text=text)


def edit_message(name: str, number: int, flavour: int) -> Mutation:
    """Return a message."""
    return SendMessage(
        message_id=promise_id(f"message {name}"),
        brand=BRAND,
        channel=ContactChannel.EMAIL,
        purpose=Purpose.SERVICE,
        text=f"come {number}" + " soon" * flavour,
    )


def edit_touchpoint(name: str, number: int) -> LogTouchpoint:
    """Return a contact."""
    return LogTouchpoint(
        touchpoint=Touchpoint(
            touchpoint_id=id_from("twin touchpoint", name),
            at=INSTANT_MS - (45 + number) * DAY_MS,
            kind=TouchpointKind.VISIT if number % 2 == 0 else TouchpointKind.CALL,
            channel=Channel.STORE if number % 2 == 0 else Channel.CALL_CENTRE,
            summary=f"came {number}",
        )
    )
