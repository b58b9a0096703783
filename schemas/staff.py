"""Associates, their roles, stores, who is away and who stands in: what colleagues see of each other."""

from uuid import UUID

from schemas.ids import record_id_of
from schemas.record import IsoDate, Kind, OpenEnum, Struct


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


class Absence(Struct, omit_defaults=True):
    """Days on which somebody is away, the last one included. Why, nobody asks.

    Meanwhile his work and his customers show to whoever stands in for him; they stay his.
    """

    absence_id: UUID
    associate_id: UUID
    first_day: IsoDate
    last_day: IsoDate
    stand_in: UUID | None = None
    cancelled: bool = False

    def covers(self, day: str) -> bool:
        """Whether he is away on an ISO day."""
        return not self.cancelled and self.first_day <= day <= self.last_day


def absence_record(absence_id: UUID) -> UUID:
    """Return the record of an absence."""
    return record_id_of(Kind.ABSENCE.value, str(absence_id))
