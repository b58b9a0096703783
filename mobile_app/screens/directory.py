"""What a screen needs to call people, stores and the house by name."""

from uuid import UUID

from schemas.record import Struct


class Directory(Struct, frozen=True):
    """Names for the codes and ids on a card, and who reads it."""

    stores: dict[str, str] = {}  # code -> name
    people: dict[str, str] = {}  # associate id -> display name
    colleagues: tuple[str, ...] = ()  # associate ids of those who work in the tablet's store
    me: str = ""  # the reader's own associate id
    brand: str = ""  # the house he serves
    device: UUID | None = None  # this tablet

    def store(self, code: str | None) -> str:
        """Return a store's name; its code when the directory does not know it, nothing for nothing."""
        return self.stores.get(code, code) if code else ""

    def person(self, author: str | None) -> str:
        """Return a colleague's name, or nothing for a system or a stranger."""
        return self.people.get(author, "") if author else ""
