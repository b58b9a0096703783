"""A customer's values cut into field groups: the JSON bodies that tablets and REST readers receive. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from schemas.record import Stamp
from schemas.visibility import MASKED_SUFFIX, NOTES, FieldGroup, mask, note_group

EMPTY_BODY = b'{"values":{}}'  # what a group holds when its last value is gone

# In one order whatever was changed first: the order of entries must not tell of edits that are not seen.
_encoder = msgspec.json.Encoder(order="deterministic")


Content = tuple[dict[str, Any], dict[str, Any]]  # values by field, and stamps by path


def bodies(
    values: Mapping[str, Any], stamps: Mapping[str, Stamp | Mapping[str, Any]], groups: Iterable[FieldGroup]
) -> dict[str, bytes]:
    """Return the body of every group that holds anything, by group key (``contents`` says of what)."""
    return {key: written(content) for key, content in contents(values, stamps, groups).items()}


def contents(
    values: Mapping[str, Any], stamps: Mapping[str, Stamp | Mapping[str, Any]], groups: Iterable[FieldGroup]
) -> dict[str, Content]:
    """Return what every group holds, by group key. Empty values are left out, and so is a group without any.

    A group that is stored but missing here has been emptied: its body is ``EMPTY_BODY``. A group that some
    role sees masked has a second body without stamps, which changes only when what that role sees does.

    Args:
        values: field -> JSON-shaped value.
        stamps: path (field or field/entry) -> where the value came from.
        groups: the policy's partition; ``notes`` is split further by audience.
    """
    stamped: dict[str, dict[str, Any]] = {}
    for path, stamp in stamps.items():
        stamped.setdefault(path.partition("/")[0], {})[path] = stamp
    made: dict[str, Content] = {}
    for group in groups:
        if group.key == NOTES:
            made.update(_notes(values.get(NOTES) or (), stamped.get(NOTES, {})))
            if group.masked and NOTES in made:
                made[NOTES + MASKED_SUFFIX] = {NOTES: mask(NOTES, values[NOTES])}, {}
            continue
        held = {field: value for field in group.fields if not is_empty(value := values.get(field))}
        said = {
            path: _sent(stamp) for field in group.fields for path, stamp in stamped.get(field, {}).items()
        }
        if held or said:
            made[group.key] = held, said
        if held and group.masked:
            masked = {field: mask(field, value) for field, value in held.items()}
            made[group.key + MASKED_SUFFIX] = masked, {}
    return made


def written(content: Content) -> bytes:
    """Return the body that holds this."""
    values, stamps = content
    return _encoder.encode({"values": values, "stamps": stamps} if stamps else {"values": values})


def _sent(stamp: Stamp | Mapping[str, Any]) -> Mapping[str, Any]:
    """The stamp as it leaves the house: nobody outside asks which mutation set a value; an id is heavy."""
    plain: Mapping[str, Any] = msgspec.to_builtins(stamp) if isinstance(stamp, Stamp) else stamp
    sent = dict(plain)
    sent.pop("mid", None)
    return sent


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: None, or an empty collection."""
    return value is None or (not value and isinstance(value, dict | list | tuple))


def _notes(notes: Iterable[Mapping[str, Any]], stamps: Mapping[str, Any]) -> dict[str, Content]:
    by_audience: dict[str, list[Mapping[str, Any]]] = {}
    for note in notes:
        key = note_group(note["level"], store=note.get("store"), author=note["author"])
        by_audience.setdefault(key, []).append(note)
    return {
        key: (
            {NOTES: held},
            {path: _sent(stamps[path]) for note in held if (path := f"{NOTES}/{note['note_id']}") in stamps},
        )
        for key, held in by_audience.items()
    }
