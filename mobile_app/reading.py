"""What is read from a person's open store, for that person: names, lists, what is ahead, who it could be."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

from mobile_app.screens.agenda import Agenda, gather
from mobile_app.screens.directory import Directory
from mobile_app.screens.shelf import Shelf
from mobile_app.screens.team.work import SINCE_DAYS, Work
from schemas.staff import Absence
from sync.replica.likeness import Likenesses
from sync.replica.note_search import NoteSearch
from sync.replica.search import EITHER
from sync.replica.store import Store
from sync.replica.team import absences, away, count, days_back, made_between, stood_in_for
from sync.search_row import SECOND, UNOWNED
from sync.summary import DAY_MS, NO, YES, Summary

MOST_SHOWN = 500  # new customers
MOST_OWNERLESS = 5


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
        self._likenesses = Likenesses(store)
        self.notes = NoteSearch(store)
        self._directory: Directory | None = None
        self._shelf: Shelf | None = None
        self._colleagues: tuple[str, ...] | None = None
        self._absences: tuple[Absence, ...] | None = None

    def forget_kept(self) -> None:
        """Read names anew: the server has sent something."""
        self._directory = self._colleagues = self._shelf = self._absences = None

    def search(self, query: str, facets: Collection[str], limit: int) -> list[Summary]:
        """Return the customers that answer, best first; ``mine`` and ``here`` are filters too.

        One's own are those one serves, first or second, and today those of whoever one stands in for.
        """
        served = (f"associate:{each}" for each in (self._me, *sorted(self._stood_in_for())))
        mine = EITHER.join((*served, f"{SECOND}:{self._me}"))
        own = {"mine": mine, "here": f"store:{self._here}"}
        return self._store.search(query, [own.get(facet, facet) for facet in facets], limit)

    def agenda(self, *, whole: bool, week: date | None) -> Agenda:
        """Return what is ahead today, for the person or for everybody whose customers are here."""
        now_ms, absences = self._now_ms(), self.absences()
        today = _day_of(now_ms)
        return gather(
            lambda facets, limit: self._store.search("", facets, limit),
            me=self._me,
            store=self._here,
            today=today,
            now_ms=now_ms,
            directory=self.directory(),
            colleagues=self._workers(),
            stood_in_for=stood_in_for(absences, me=self._me, today=today),
            away=away(absences, today=today),
            whole=whole,
            week=week,
        )

    def absences(self) -> tuple[Absence, ...]:
        """Return who of the store is away when."""
        if self._absences is None:
            self._absences = absences(self._store)
        return self._absences

    def team(self) -> Work:
        """Return the store's work; what the role may not know is left out."""
        agenda = self.agenda(whole=True, week=None)
        lens, here = self._store.lens, f"store:{self._here}"
        knows_owners = lens is not None and lens.reads("associate_id")
        knows_consents = lens is not None and lens.reads("consents")
        days = days_back(agenda.today, SINCE_DAYS)

        def said(word: str) -> int:
            return count(self._store, [here, EITHER.join(f"{word}:{day}" for day in days)])

        first_ms = agenda.now_ms - SINCE_DAYS * DAY_MS
        fresh = made_between(self._store, first_ms, agenda.now_ms + DAY_MS, MOST_SHOWN)
        today = agenda.today.isoformat()
        return Work(
            agenda=agenda,
            absences=tuple(each for each in self.absences() if each.last_day >= today),
            unowned=count(self._store, [here, UNOWNED]) if knows_owners else None,
            to_own=tuple(self._store.search("", [here, UNOWNED], MOST_OWNERLESS)) if knows_owners else (),
            fresh=tuple(each for each in fresh if each.home_store == self._here),
            allowed=said(YES) if knows_consents else None,
            withdrew=said(NO) if knows_consents else None,
        )

    def twins(self, texts: Mapping[str, str], limit: int) -> list[Summary]:
        """Return who of the customers here a person being written down could be, likeliest first."""
        return self._likenesses.find(texts, limit)

    def directory(self) -> Directory:
        """Return the names of colleagues and stores, and who reads them."""
        if self._directory is None:
            shops = self._store.shops()
            here = next((shop for shop in shops if shop.code == self._here), None)
            self._directory = Directory(
                stores={shop.code: shop.name for shop in shops},
                people={str(one.associate_id): one.display_name for one in self._store.associates()},
                colleagues=self._workers(),
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

    def _stood_in_for(self) -> frozenset[str]:
        return stood_in_for(self.absences(), me=self._me, today=_day_of(self._now_ms()))

    def _now_ms(self) -> int:
        return self._store.server_time(self._wall_ms())


def _day_of(now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000).date()
