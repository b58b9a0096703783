"""Pictures of the screens around the counter with made data: enrolment, faces, PIN, what waits, settings.

Run ``python -m mobile_app.gallery_around [folder]``: OpenGL is needed; no display, server or database is.
"""

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from mobile_app.screens.outbox.model import Edit, OutboxModel, Standing
from mobile_app.window import WindowMode, prepare

SIZE = (1280, 800)


def main(words: list[str] | None = None) -> int:
    """Draw every screen in both themes into a folder."""
    folder = Path((words or ["docs/screens"])[0])
    prepare(WindowMode.OFFSCREEN, SIZE, pinned=True)
    from kivy.app import App
    from kivy.uix.boxlayout import BoxLayout

    from mobile_app import i18n
    from mobile_app.hands import Hands
    from mobile_app.theme import theme

    page = BoxLayout()

    class Gallery(App):
        def build(self) -> Any:
            return page

    hands = Hands(Gallery(), SIZE)
    views = scenes()
    for language, dark in (("fr", False), ("en", True)):
        i18n.use(language)
        theme.dark = dark
        for name, (view, model) in views.items():
            page.clear_widgets()
            page.add_widget(view)
            view.show(model)
            hands.pump(12)
            path = folder / f"{name}-{language}-{'dark' if dark else 'light'}.png"
            hands.shot(path)
            print(path)
    hands.close()
    return 0


def scenes() -> dict[str, tuple[Any, Any]]:
    """Return each screen's view and the model it is to show."""
    from mobile_app.screens.enrol.model import EnrolModel
    from mobile_app.screens.enrol.view import EnrolView
    from mobile_app.screens.outbox.view import OutboxView
    from mobile_app.screens.pin.model import PinModel
    from mobile_app.screens.pin.view import PinView
    from mobile_app.screens.settings.model import SettingsModel
    from mobile_app.screens.settings.view import SettingsView
    from mobile_app.screens.sign_in.model import Face, SignInModel
    from mobile_app.screens.sign_in.view import PeopleView, SignInView

    def ignore(event: object) -> None: ...

    ines, hugo = UUID(int=5), UUID(int=8)
    faces = (
        Face(associate_id=ines, code="ines", name="Inès C.", role="seller", takes_pin=True),
        Face(associate_id=hugo, code="hugo", name="Hugo D.", role="seller", takes_pin=True),
        Face(
            associate_id=UUID(int=13), code="claire", name="Claire V.", role="store_manager", takes_pin=True
        ),
    )
    return {
        "enrol": (
            EnrolView(emit=ignore),
            EnrolModel(server="https://comptoir.example", code="4812-7730", name="Comptoir 1"),
        ),
        "people": (PeopleView(emit=ignore), SignInModel(faces=faces, store="Lyon, rue de la République")),
        "sign-in": (
            SignInView(emit=ignore),
            SignInModel(form=True, code="ines", problem="wrong_credentials"),
        ),
        "pin": (PinView(emit=ignore), PinModel(associate_id=ines, name="Inès C.", digits="25")),
        "outbox": (OutboxView(emit=ignore), OutboxModel(edits=edits())),
        "settings": (
            SettingsView(emit=ignore),
            SettingsModel(person="Inès C.", role="seller", store="Lyon"),
        ),
    }


def edits() -> tuple[Edit, ...]:
    """Return an edit that was refused, one in conflict and one that waits."""
    return (
        Edit(
            mutation_id=UUID(int=1),
            record_id=UUID(int=1),
            customer="Agnieszka Al-Fassi",
            op="field.set@1",
            said={"field": "email", "value": "a.alfassi@example.test"},
            at_ms=1_795_000_000_000,
            standing=Standing.REFUSED,
            code="field_not_allowed",
        ),
        Edit(
            mutation_id=UUID(int=2),
            record_id=UUID(int=2),
            customer="Louis Laurent",
            op="field.set@1",
            said={"field": "family_name", "value": "Laurens"},
            at_ms=1_795_003_000_000,
            standing=Standing.CONFLICT,
        ),
        Edit(
            mutation_id=UUID(int=3),
            record_id=UUID(int=3),
            customer="Zoé Lefèvre",
            op="entry.put@1",
            said={"field": "sizes", "key": "shoes", "value": {"value": "38"}},
            at_ms=1_795_004_000_000,
            standing=Standing.WAITING,
        ),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
