"""What the doors to customers answer with, for the API document: bodies are passed on as they are stored."""

from uuid import UUID

from litestar.openapi.datastructures import ResponseSpec

from schemas.customer import Customer
from schemas.record import Stamp, Struct


class CustomerView(Customer, frozen=True, kw_only=True, omit_defaults=True):
    """A customer as one person may see her. Hidden and empty fields are absent."""

    id: UUID
    provenance: dict[str, Stamp] = {}  # field or field/entry -> where the value came from; only if asked for


class CustomerPage(Struct):
    """Some customers, and where to go on. There are no totals."""

    data: list[CustomerView]
    has_more: bool
    next_cursor: str | None


ONE_CUSTOMER = {200: ResponseSpec(CustomerView, generate_examples=False, description="The customer.")}
NEW_CUSTOMER = {201: ResponseSpec(CustomerView, generate_examples=False, description="The customer.")}
CUSTOMERS = {200: ResponseSpec(CustomerPage, generate_examples=False, description="A page of customers.")}
