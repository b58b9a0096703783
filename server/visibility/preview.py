"""What a draft would do, before it does it: to roles, to people's tablets, to edits that wait."""

from schemas.customer import FIELDS, SENSITIVITY
from schemas.record import Struct
from schemas.visibility import Level, Policy
from server.database.pool import Connection
from server.policy.publication import Draft, drafted, keys_of

RECENT_DAYS = 7


class Change(Struct):
    """What one role gains or loses of one field. Levels: 0 hidden, 1 masked, 2 read, 3 write."""

    role: str
    field: str
    sensitivity: str
    was: int
    becomes: int

    @property
    def gains(self) -> bool:
        """Whether more may be done than before."""
        return self.becomes > self.was


class Touched(Struct):
    """What is concerned where the change arrives."""

    people: int  # associates of the roles concerned
    tablets: int  # tablets that hold something for one of them today
    held_edits: int  # open held edits of these fields by people of these roles
    held_edits_allowed: int  # of these, edits of fields that their authors could then write
    recent_edits: (
        int  # edits of fields no longer writable, by these roles in the last seven days: the like of
    )
    # them may wait on tablets, which say what they hold only when they send it
    customers: int  # to be cut anew before the policy comes into force; 0: it does at once


class Preview(Struct):
    """A draft's effect."""

    base: int
    mark: str  # of the draft: given back with the publication, nothing is published that was not seen here
    gains: tuple[Change, ...]
    loses: tuple[Change, ...]
    touched: Touched
    groups_made: tuple[str, ...]
    groups_dropped: tuple[str, ...]


def changes_between(now: Policy, then: Policy) -> list[Change]:
    """Return every difference, by role and in the order of the fields."""
    return [
        Change(
            role=role,
            field=field,
            sensitivity=SENSITIVITY[field].value,
            was=int(now.level(role, field)),
            becomes=int(then.level(role, field)),
        )
        for role in sorted({*now.levels, *then.levels})
        for field in FIELDS
        if now.level(role, field) != then.level(role, field)
    ]


async def preview(connection: Connection, now: Policy, draft: Draft) -> Preview:
    """Return what putting a draft in the place of the policy in force would do today."""
    then = drafted(now, draft)
    changes = changes_between(now, then)
    made, dropped = keys_of(then) - keys_of(now), keys_of(now) - keys_of(then)
    return Preview(
        base=now.version,
        mark=draft.mark,
        gains=tuple(change for change in changes if change.gains),
        loses=tuple(change for change in changes if not change.gains),
        touched=await _touched(connection, changes, cut=bool(made)),
        groups_made=tuple(sorted(made)),
        groups_dropped=tuple(sorted(dropped)),
    )


async def _touched(connection: Connection, changes: list[Change], *, cut: bool) -> Touched:
    roles = sorted({change.role for change in changes})
    cells = [f"{change.role}/{change.field}" for change in changes]
    allowed = [f"{change.role}/{change.field}" for change in changes if change.becomes == Level.WRITE]
    lost = [f"{change.role}/{change.field}" for change in changes if change.was == Level.WRITE]
    row = await connection.fetchrow(
        """
        select
          (select count(*) from associate where active and role = any($1)) as people,
          (select count(distinct i.device_id)
           from device_incarnation i join associate a on a.id = i.associate_id
           join device d on d.id = i.device_id and d.revoked_at is null
           where a.active and a.role = any($1) and i.lease_until > now()) as tablets,
          (select count(*) from held_edit h join associate a on a.id = h.author
           where h.review = 'open' and a.role || '/' || (h.args ->> 'field') = any($2)) as held_edits,
          (select count(*) from held_edit h join associate a on a.id = h.author
           where h.review = 'open' and a.role || '/' || (h.args ->> 'field') = any($3)) as held_edits_allowed,
          (select count(*) from audit_event e
           where e.action = 'customer.edited' and e.at > now() - make_interval(days => $5)
             and exists (select from jsonb_array_elements_text(e.facts -> 'fields') field
                         where e.role || '/' || field = any($4))) as recent_edits,
          case when $6 then (select count(*) from customer where alias_of is null) else 0 end as customers
        """,
        roles,
        cells,
        allowed,
        lost,
        RECENT_DAYS,
        cut,
    )
    assert row is not None
    return Touched(**dict(row))
