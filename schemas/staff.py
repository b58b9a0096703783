"""Associates, their roles, stores, and what the directory shows of them."""

from uuid import UUID

from schemas.record import OpenEnum, Struct


class Role(OpenEnum):
    """What somebody does for the house; the policy gives each role its rights."""

    SELLER = "seller"
    STORE_MANAGER = "store_manager"
    ZONE_MANAGER = "zone_manager"
    CALL_CENTRE = "call_centre"
    HEAD_OFFICE_CRM = "head_office_crm"
    LOYALTY_MANAGER = "loyalty_manager"
    PRIVACY_OFFICER = "privacy_officer"
    INTEGRATION = "integration"
    ADMINISTRATOR = "administrator"


ROLES: tuple[Role, ...] = tuple(Role)


class Store(Struct):
    """A shop, as the directory shows it."""

    code: str
    name: str
    city: str
    brand: str
    zone: str
    country: str = "FR"  # ISO 3166-1 alpha-2


class Associate(Struct):
    """A member of staff, as colleagues see him: no sign-in facts here."""

    associate_id: UUID
    display_name: str  # "Inès M."
    role: Role
    stores: tuple[str, ...] = ()
