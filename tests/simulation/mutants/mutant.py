"""What a planted defect is."""

from schemas.record import Struct


class Change(Struct, frozen=True):
    """A text of a module, and what stands there instead."""

    module: str
    old: str
    new: str
    times: int = 1  # how often the text is there; all of them are replaced


class Mutant(Struct, frozen=True):
    """One defect."""

    name: str
    changes: tuple[Change, ...]


def one(name: str, module: str, old: str, new: str, times: int = 1) -> Mutant:
    """Return a defect of one change."""
    return Mutant(name=name, changes=(Change(module=module, old=old, new=new, times=times),))
