"""Draws the faces of a tablet's people, and the form of a full sign-in."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ListProperty, StringProperty

from mobile_app.i18n import tr
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.sign_in.model import Face, FaceTapped, SignInModel
from mobile_app.screens.words import problem_words, role_words
from mobile_app.theme import theme, tone_of
from mobile_app.widgets import Pressable


class FaceTile(Pressable):
    """One person to tap."""

    name = StringProperty()
    role = StringProperty()
    initials = StringProperty()
    tone = ListProperty([[0, 0, 0, 0], [0, 0, 0, 1]])


class PeopleView(FormView):
    """The faces of ``SignInModel``."""

    def show(self, model: SignInModel) -> None:
        """Put the model's faces on the screen; tiles are kept and refilled."""
        ids = self.ids
        ids.title.text = tr("Who is there?")
        ids.store.text = model.store
        ids.other.text = tr("Somebody else")
        refill(ids.faces, model.faces, self._tile, self._fill)

    def _tile(self) -> FaceTile:
        tile = FaceTile()
        tile.bind(on_release=lambda pressed: self.emit(FaceTapped(associate_id=pressed.associate_id)))
        return tile

    def _fill(self, tile: FaceTile, face: Face) -> None:
        tile.associate_id = face.associate_id
        tile.name, tile.role, tile.initials = face.name, role_words(face.role), face.initials
        tile.a11y = face.name
        tile.tone = tone_of(face.associate_id.int, dark=theme.dark)


class SignInView(FormView):
    """The form of ``SignInModel``."""

    def show(self, model: SignInModel) -> None:
        """Put the model's facts in words and on the screen."""
        ids = self.ids
        ids.title.text = tr("Sign in")
        ids.lead.text = tr("Code and password once; then a PIN of your own is enough.")
        ids.code.show(tr("Your code"), model.code)
        ids.password.show(tr("Password"), model.password)
        ids.problem.text = problem_words(model.problem)
        ids.send.text = tr("One moment…") if model.busy else tr("Sign in")
        ids.send.disabled = not model.may_send
        ids.back.text = tr("Back")
        ids.back.disabled = not model.faces
        ids.back.opacity = 1 if model.faces else 0


Builder.load_file(str(Path(__file__).with_name("view.kv")))
