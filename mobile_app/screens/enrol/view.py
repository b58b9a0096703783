"""Draws the first screen of a new tablet."""

from pathlib import Path

from kivy.lang import Builder

from mobile_app.i18n import NAMES, language, tr
from mobile_app.screens.enrol.model import EnrolModel, LanguageChosen
from mobile_app.screens.forms import FormView
from mobile_app.screens.words import problem_words


class EnrolView(FormView):
    """Shows an ``EnrolModel``."""

    def show(self, model: EnrolModel) -> None:
        """Put the model's facts in words and on the screen."""
        ids = self.ids
        ids.title.text = tr("A new tablet")
        ids.lead.text = tr("Ask a manager for a code. It is good for one tablet and for ten minutes.")
        ids.server.show(tr("Server"), model.server, hint="https://")
        ids.code.show(tr("Code"), model.code)
        ids.name.show(tr("What is this tablet called?"), model.name, hint=tr("Counter 1"))
        ids.problem.text = problem_words(model.problem)
        ids.send.text = tr("One moment…") if model.busy else tr("Enrol this tablet")
        ids.send.disabled = not model.may_send
        self._other = next(each for each in NAMES if each != language())
        ids.language.text = NAMES[self._other]

    def speak_the_other(self) -> None:
        """The button was pressed."""
        self.emit(LanguageChosen(language=self._other))


Builder.load_file(str(Path(__file__).with_name("view.kv")))
