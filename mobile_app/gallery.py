"""Pictures of the counter with made data, for people who choose and for people who check.

Run ``python -m mobile_app.gallery [folder [picture ...]]``; it needs OpenGL but neither display nor server.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mobile_app.gallery_data import DIRECTORY, TODAY, card, rows
from mobile_app.window import WindowMode, prepare

SIZES = {"landscape": (1280, 800), "portrait": (800, 1280)}


def main(words: list[str] | None = None) -> int:
    """Draw every picture into a folder."""
    folder = Path((words or ["docs/screens"])[0])
    prepare(WindowMode.OFFSCREEN, (1280, 1280), pinned=True)  # offscreen pixels do not grow later
    from mobile_app.hands import Hands

    app, stage = make_app()
    hands = Hands(app, SIZES["landscape"])
    chosen = set((words or [])[1:])
    for name, size, arrange in stage():
        if chosen and name not in chosen:
            continue
        if tuple(hands.window.system_size) != size:
            hands.resize(*size)
        arrange()
        hands.pump(12)
        folder.mkdir(parents=True, exist_ok=True)
        hands.shot().quantize(256).save(folder / f"{name}.png", optimize=True)
        print(folder / f"{name}.png")
    hands.close()
    return 0


def make_app() -> tuple[Any, Callable[[], Any]]:
    """Return the counter as an app over made data, and what it is to show, picture by picture."""
    from kivy.app import App

    from mobile_app import i18n
    from mobile_app.loop import Loop
    from mobile_app.screens.card import model as card_model
    from mobile_app.screens.desk import Desk
    from mobile_app.screens.find import model as find_model
    from mobile_app.theme import theme

    theme.still = True
    find: Any = Loop(find_model.FindModel(), find_model.update, lambda effect: None)
    shown: Any = Loop(card_model.CardModel(), card_model.update, lambda effect: None)
    desk = Desk(
        find_emit=find.send, card_emit=shown.send, month=lambda: f"{TODAY.month:02}", person="IM", waiting=2
    )
    find.shown_by(desk.show_find)
    shown.shown_by(desk.show_card)

    class Gallery(App):
        def build(self) -> Any:
            return desk

    def set_scene(
        *,
        language: str = "en",
        dark: bool = False,
        scale: float = 1.0,
        left: bool = False,
        tab: str = "timeline",
        query: str = "",
        opened: bool = True,
        event: Any = None,
    ) -> None:
        theme.dark, theme.font_scale, theme.left_handed = dark, scale, left
        i18n.use(language)
        here = rows(query)
        find.model = find_model.FindModel(query=query, month=f"{TODAY.month:02}")
        recent = here[3:5] if not query else ()
        find.send(find_model.Found(asked=find.model.search, rows=here, recent=recent, held=20_318))
        desk.find.ids.search.ids.ti.text = query
        shown.model = card_model.CardModel()
        if opened:
            find.send(find_model.CardShown(record_id=card().record_id))
            shown.send(card_model.CardRead(card=card(), directory=DIRECTORY, today=TODAY))
            shown.send(card_model.TabPressed(tab=tab))
            if event is not None:
                shown.send(event)
        else:
            shown.show_again()

    def stage() -> Any:
        wide, tall = SIZES["landscape"], SIZES["portrait"]
        for language in ("en", "fr"):
            for shade in (False, True):
                mark = f"{language}-{'dark' if shade else 'light'}"
                look = {"language": language, "dark": shade}
                yield f"card-{mark}", wide, lambda look=look: set_scene(**look)
                yield f"card-portrait-{mark}", tall, lambda look=look: set_scene(**look)
                yield f"find-portrait-{mark}", tall, lambda look=look: set_scene(**look, opened=False)
        yield "search-en", wide, lambda: set_scene(query="lefevre", tab="taste")
        yield "nobody-found-fr", wide, lambda: set_scene(language="fr", query="zzz", opened=False)
        yield "purchases-fr", wide, lambda: set_scene(language="fr", tab="purchases")
        yield "taste-fr", wide, lambda: set_scene(language="fr", tab="taste")
        yield "notes-dark-en", wide, lambda: set_scene(dark=True, tab="notes")
        yield "details-fr", wide, lambda: set_scene(language="fr", tab="details")
        yield (
            "value-en",
            wide,
            lambda: set_scene(tab="taste", event=card_model.ValuePressed(path="sizes/shoes")),
        )
        yield (
            "size-fr",
            wide,
            lambda: set_scene(language="fr", tab="taste", event=card_model.SizeAddPressed()),
        )
        yield (
            "consent-fr",
            wide,
            lambda: set_scene(language="fr", event=card_model.ConsentPressed(channel="email")),
        )
        yield "left-handed-en", wide, lambda: set_scene(left=True)
        yield "text-135-fr", wide, lambda: set_scene(language="fr", scale=1.35)
        yield "details-portrait-fr", tall, lambda: set_scene(language="fr", tab="details")

    return Gallery(), stage


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
