"""What is read from a person's open store, for that person: names, lists, what is ahead, who it could be."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from mobile_app.screens.agenda import Agenda, gather
from mobile_app.screens.directory import Directory
from mobile_app.screens.shelf import Shelf
from sync.replica.store import Store
from sync.summary import Summary

SHORTEST_TWIN = 4  # letters of a name, digits of a phone


class Reading:
    """One person's questions to his store."""

    def __init__(self, store: Store, *, me: str, here: str, wall_ms: Callable[[], int]) -> None:
        """Open the questions of a person.

        Args:
            me: his id.
            here: the code of the store that the tablet stands in; empty for none.
        """
        self._store = store
        self._me, self._here = me, here
        self._wall_ms = wall_ms
        self._directory: Directory | None = None
        self._shelf: Shelf | None = None
        self._colleagues: tuple[str, ...] | None = None

    def forget_kept(self) -> None:
        """Read names anew: the server has sent something."""
        self._directory = self._colleagues = self._shelf = None

    def search(self, query: str, facets: Collection[str], limit: int) -> list[Summary]:
        """Return the customers that answer, best first; ``mine`` and ``here`` are filters too."""
        own = {"mine": f"associate:{self._me}", "here": f"store:{self._here}"}
        return self._store.search(query, [own.get(facet, facet) for facet in facets], limit)

    def agenda(self, *, whole: bool, week: date | None) -> Agenda:
        """Return what is ahead today, for the person or for everybody whose customers are here."""
        now_ms = self._store.server_time(self._wall_ms())
        return gather(
            lambda facets, limit: self._store.search("", facets, limit),
            me=self._me,
            store=self._here,
            today=datetime.fromtimestamp(now_ms / 1000).date(),
            now_ms=now_ms,
            directory=self.directory(),
            colleagues=self._workers(),
            whole=whole,
            week=week,
        )

    def twins(self, texts: Mapping[str, str], limit: int) -> list[Summary]:
        """Return who of the customers here a person being written down could be, likeliest first.

        Only by what this person may search: a value hidden from him finds nobody.
        """
        name = " ".join(texts.get(part, "").strip() for part in ("given_name", "family_name")).strip()
        asked = [texts.get("email", "").strip(), texts.get("phone", "").strip()]
        asked.append(name if texts.get("family_name", "").strip() else "")
        found: dict[UUID, Summary] = {}
        for query in asked:
            if len(query) >= SHORTEST_TWIN:
                found |= {row.record_id: row for row in self._store.search(query, limit=limit)}
        return list(found.values())[:limit]

    def directory(self) -> Directory:
        """Return the names of colleagues and stores, and who reads them."""
        if self._directory is None:
            shops = self._store.shops()
            here = next((shop for shop in shops if shop.code == self._here), None)
            self._directory = Directory(
                stores={shop.code: shop.name for shop in shops},
                people={str(one.associate_id): one.display_name for one in self._store.associates()},
                me=self._me,
                brand=here.brand if here is not None else "",
                device=self._store.identity.device_id,
            )
        return self._directory

    def shelf(self) -> Shelf:
        """Return the catalogue and what the store has of it."""
        if self._shelf is None:
            self._shelf = Shelf(
                products={product.sku: product for product in self._store.products()},
                stock={stock.sku: stock for stock in self._store.stock()},
                here=self._here,
            )
        return self._shelf

    def _workers(self) -> tuple[str, ...]:
        """Return the ids of those who work in the tablet's store."""
        if self._colleagues is None:
            self._colleagues = tuple(
                str(one.associate_id) for one in self._store.associates() if self._here in one.stores
            )
        return self._colleagues
