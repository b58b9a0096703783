"""Who sees which field: levels, policy, field groups, lenses, and the projection all values pass.

The policy is an allow-list: a field it does not name is hidden from every role.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from hashlib import sha256
from typing import Any

from schemas.customer import FIELDS, ONE_TEXT, SENSITIVITY
from schemas.record import Struct
from schemas.sensitivity import Sensitivity
from schemas.staff import Role

MASKED_SUFFIX = "#masked"  # the wire key of a group whose values are masked: another group to a tablet
NOTES = "notes"  # this field is split by audience into groups of its own
# Kept apart from what people type, so that a new name does not send the whole history again ...
BULKY = frozenset({"purchases", "touchpoints", "owned"})
# ... and a task that is done sends neither.
LIVELY = frozenset({"tasks", "appointments", "cases"})
WRITTEN = frozenset({"messages"})  # their texts outweigh what is promised, and move on their own
# Records without personal data: every tablet holds them.
PUBLIC_GROUPS = ("product", "store", "associate", "wording", "stock", "template", "pressure", "absence")

# What gives way when two become one is laid aside in another field, which shows it no better than its own.
MAY_HOLD: Mapping[str, tuple[str, ...]] = {
    "other_contacts": ("email", "phone"),
    "other_addresses": ("address",),
}


class Level(IntEnum):
    """What a role may do with a field: 0 hidden, 1 masked, 2 read, 3 write. Each includes those below it."""

    HIDDEN = 0
    MASKED = 1
    READ = 2
    WRITE = 3


class Policy(Struct):
    """Who may do what, per role and field. ``levels[role][field]``; anything missing is hidden."""

    version: int
    levels: dict[str, dict[str, Level]]

    def level(self, role: str, field: str) -> Level:
        """Return what a role may do with a field. Unknown roles and fields are hidden.

        A field that may hold what another one held is seen no better than that one (``MAY_HOLD``).
        """
        granted = self.levels.get(role, {})
        level = granted.get(field, Level.HIDDEN)
        least = min((granted.get(each, Level.HIDDEN) for each in MAY_HOLD.get(field, ())), default=Level.READ)
        return level if least >= Level.READ else min(level, least)


class FieldGroup(Struct):
    """Fields that every role sees alike. The key is made from its fields: same fields, same key."""

    key: str
    fields: tuple[str, ...]
    masked: bool = False  # some role sees it masked: its masked form is a group of its own beside it

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys under which it is kept, save what notes are split into by audience."""
        return (self.key, self.key + MASKED_SUFFIX) if self.masked else (self.key,)


class Lens(Struct):
    """What one person may see and write, and the groups a tablet may hold for him."""

    role: Role
    policy_version: int
    levels: dict[str, Level]  # hidden fields are absent
    groups: tuple[str, ...]  # wire keys, sorted; masked ones end in "#masked"; notes by audience

    def reads(self, field: str) -> bool:
        """Whether the value may be seen in clear."""
        return self.levels.get(field, Level.HIDDEN) >= Level.READ

    def writes(self, field: str) -> bool:
        """Whether the value may be changed."""
        return self.levels.get(field, Level.HIDDEN) >= Level.WRITE

    def may_give(self, field: str) -> bool:
        """Whether the value may be given when a customer is created: what one is told, one may note down."""
        return self.levels.get(field, Level.HIDDEN) >= Level.MASKED


def field_groups(policy: Policy) -> tuple[FieldGroup, ...]:
    """Return the partition of the customer's fields into groups all roles see alike, in field order.

    As coarse as visibility allows, save that histories are kept apart from what people type and ``notes`` is
    always alone. Fields hidden from every role are in no group: they never leave the server.
    """
    roles = sorted(policy.levels)
    cells: dict[tuple[Any, ...], list[str]] = {}
    for field in FIELDS:
        vector = tuple(min(policy.level(role, field), Level.READ) for role in roles)
        if any(vector):
            cell = (
                (field,) if field == NOTES else (*vector, field in BULKY, field in LIVELY, field in WRITTEN)
            )
            cells.setdefault(cell, []).append(field)
    return tuple(
        FieldGroup(
            key=_group_key(fields),
            fields=tuple(fields),
            masked=any(policy.level(role, fields[0]) == Level.MASKED for role in roles),
        )
        for fields in cells.values()
    )


def _group_key(fields: list[str]) -> str:
    if fields == [NOTES]:
        return NOTES
    return f"{fields[0]}.{sha256(','.join(fields).encode()).hexdigest()[:8]}"


def note_group(level: str, *, store: str | None, author: str) -> str:
    """Return the group that holds notes of this level: the brand's, one store's, or one author's.

    A level this build does not know is treated as private: when in doubt, hidden.
    """
    if level == "brand":
        return NOTES
    if level == "store" and store is not None:
        return f"{NOTES}@store:{store}"
    return f"{NOTES}@own:{author}"


def lens_of(policy: Policy, role: Role, *, person: str, stores: Iterable[str]) -> Lens:
    """Return what a person of this role sees.

    Args:
        person: the associate's id as text; his private notes are his alone.
        stores: the stores whose notes he may read.
    """
    levels = {field: level for field in FIELDS if (level := policy.level(role, field))}
    groups = list(PUBLIC_GROUPS)
    for group in field_groups(policy):
        level = levels.get(group.fields[0], Level.HIDDEN)
        if level == Level.MASKED:
            groups.append(group.key + MASKED_SUFFIX)
        elif level >= Level.READ:
            groups.append(group.key)
            if group.key == NOTES:
                groups += [f"{NOTES}@store:{store}" for store in stores]
                groups.append(f"{NOTES}@own:{person}")
    return Lens(role=role, policy_version=policy.version, levels=levels, groups=tuple(sorted(groups)))


def may_read_note(note: Mapping[str, Any], lens: Lens) -> bool:
    """Whether this person may read this note (JSON-shaped), by its level, store and author."""
    key = note_group(note["level"], store=note.get("store"), author=note["author"])
    return key in lens.groups


def project(values: Mapping[str, Any], lens: Lens) -> dict[str, Any]:
    """Return what the lens shows. Hidden is absent, masked has a fixed shape, notes go by audience."""
    shown: dict[str, Any] = {}
    for field, value in values.items():
        level = lens.levels.get(field, Level.HIDDEN)
        if level == Level.HIDDEN:
            continue
        if level == Level.MASKED:
            shown[field] = mask(field, value)
        elif field == NOTES:
            shown[field] = [note for note in value if may_read_note(note, lens)]
        else:
            shown[field] = value
    return shown


def shows_masked(field: str) -> bool:
    """Whether a screen has a place for the masked shape of a field: of one text, and of ways to reach her.

    The mask of anything else is no value of its kind; a screen says nothing there.
    """
    return field in ONE_TEXT or SENSITIVITY.get(field) in (Sensitivity.CONTACT, Sensitivity.ADDRESS)


def mask(field: str, value: Any) -> Any:
    """Return the masked shape of a value: that something is there, and at most two characters of it."""
    if value is None or value == {} or value == [] or value == ():
        return None
    if field == "phone":
        return f"•• •• •• {str(value)[-2:]}"
    if field == "email":
        return "•••@•••"
    if field == "birth_date":
        return f"--{str(value)[5:]}"
    return "•••"


_H, _M, _R, _W = Level.HIDDEN, Level.MASKED, Level.READ, Level.WRITE
_S = Sensitivity
_CLASSES = (
    _S.IDENTITY, _S.CONTACT, _S.ADDRESS, _S.BIRTH, _S.FAMILY, _S.RELATION, _S.TASTE, _S.NOTE, _S.CONSENT,
    _S.HISTORY, _S.SPEND, _S.LOYALTY, _S.ORIGIN, _S.PROMISE, _S.SERVICE,
)  # fmt: skip
_DEFAULT_ROWS: dict[Role, tuple[Level, ...]] = {
    # role                iden cont addr birt fami rela tast note cons hist spen loya orig prom serv
    Role.SELLER:          (_W,  _M,  _H,  _M,  _W,  _W,  _W,  _W,  _W,  _R,  _R,  _R,  _H,  _W,  _W),
    Role.STORE_MANAGER:   (_W,  _W,  _W,  _W,  _W,  _W,  _W,  _W,  _W,  _R,  _R,  _R,  _R,  _W,  _W),
    Role.ZONE_MANAGER:    (_R,  _M,  _H,  _M,  _R,  _R,  _R,  _R,  _R,  _R,  _R,  _R,  _R,  _R,  _R),
    Role.CALL_CENTRE:     (_W,  _W,  _W,  _M,  _H,  _R,  _R,  _H,  _W,  _R,  _H,  _R,  _H,  _W,  _W),
    Role.HEAD_OFFICE_CRM: (_W,  _R,  _R,  _R,  _R,  _W,  _W,  _H,  _R,  _R,  _R,  _R,  _W,  _R,  _R),
    Role.LOYALTY_MANAGER: (_R,  _M,  _H,  _M,  _H,  _R,  _H,  _H,  _R,  _R,  _R,  _W,  _R,  _H,  _H),
    Role.PRIVACY_OFFICER: (_R,  _R,  _R,  _R,  _R,  _R,  _R,  _R,  _W,  _R,  _R,  _R,  _R,  _R,  _R),
    Role.INTEGRATION:     (_W,  _W,  _W,  _W,  _W,  _W,  _W,  _H,  _W,  _W,  _R,  _W,  _W,  _W,  _W),
    Role.ADMINISTRATOR:   (_H,  _H,  _H,  _H,  _H,  _H,  _H,  _H,  _H,  _H,  _H,  _H,  _H,  _H,  _H),
}  # fmt: skip

DEFAULT_POLICY = Policy(
    version=1,
    levels={
        role.value: {
            field: level
            for field in FIELDS
            if (level := dict(zip(_CLASSES, row, strict=True))[SENSITIVITY[field]])
        }
        for role, row in _DEFAULT_ROWS.items()
    },
)
