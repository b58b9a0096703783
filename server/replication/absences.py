"""Who may say that somebody is away, and to whom his customers may be lent meanwhile."""

from datetime import date, timedelta

from schemas.problem import ErrorCode
from schemas.staff import Absence, Role
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.judging import BOOK_ROLES, Judgement, refused

LONGEST_DAYS = 366

_ABOUT = """
select a.id is not null as known,
       coalesce(a.stores && $6, false) as within,
       $3::uuid is null or exists (
         select 1 from associate s where s.id = $3 and s.id <> a.id and s.active and s.brand = a.brand
           and s.role = any($5) and s.stores && a.stores) as fits,
       exists (select 1 from absence x where x.id = $1 and x.associate_id <> $2) as taken
from (values (1)) one (one)
left join associate a on a.id = $2 and a.brand = $4 and a.active and a.role = any($5)
"""


async def barred_from_declaring(
    connection: Connection, absence: Absence, principal: Principal
) -> Judgement | None:
    """Return why a principal may not declare an absence, or None when he may.

    Everybody declares his own; a manager that of whoever works in a store of his. Whoever stands in works in
    one of the absent one's stores: nobody lends a customer to another house.
    """
    try:
        first, last = date.fromisoformat(absence.first_day), date.fromisoformat(absence.last_day)
    except ValueError:
        return refused(ErrorCode.FIELD_INVALID, field="first_day", rule="no such day")
    if not timedelta(0) <= last - first < timedelta(days=LONGEST_DAYS):
        return refused(ErrorCode.FIELD_INVALID, field="last_day", rule="before the first, or a year after it")
    row = await connection.fetchrow(
        _ABOUT,
        absence.absence_id,
        absence.associate_id,
        absence.stand_in,
        principal.brand,
        [role.value for role in BOOK_ROLES],
        list(principal.stores),
    )
    assert row is not None
    own = absence.associate_id == principal.associate_id
    manages = principal.role in (Role.STORE_MANAGER, Role.ZONE_MANAGER) and row["within"]
    if not row["known"] or row["taken"] or not (own or manages):
        return refused(ErrorCode.NOT_ALLOWED)
    if not row["fits"]:
        rule = "not a colleague of one of the same stores"
        return refused(ErrorCode.FIELD_INVALID, field="stand_in", rule=rule)
    return None
