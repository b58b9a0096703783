"""What is told to somebody who writes what a note may not say, and where it belongs instead."""

from mobile_app.i18n import tr
from schemas.note_guard import NoteJudgement, NoteVerdict

# A better place for what was written -> the field it would be added to.
PLACES = {"contact": "other_contacts", "material_allergy": "dislikes"}


def kind_words(kind: str) -> str:
    """Return what a finding is called; a kind this build does not know is called by its general name."""
    known = {
        "health": tr("health"),
        "religion": tr("religion"),
        "origin": tr("origin"),
        "union": tr("politics or a union"),
        "sex_life": tr("private life"),
        "offence": tr("offences"),
        "insult": tr("an insult"),
        "body": tr("somebody's looks"),
        "minor": tr("a child"),
        "card_number": tr("the number of a card"),
        "bank_account": tr("a bank account"),
        "social_security": tr("a social security number"),
        "secret": tr("a secret or the number of a paper"),
    }
    return known.get(kind, tr("something private"))


def guard_words(judged: NoteJudgement) -> str:
    """Return what stands below a note being written; nothing where it may stand as it is."""
    if judged.verdict is NoteVerdict.REFUSE:
        said = tr("A note may not speak of this: {kind}. It cannot be kept, and nothing of it is stored.")
        return said.format(kind=kind_words(judged.kind or ""))
    if judged.verdict is NoteVerdict.WARN and judged.kind == "money":
        return tr("Money trouble does not belong in a note. Write what she wishes instead.")
    if judged.verdict is NoteVerdict.WARN:
        return tr("How to reach her belongs with her contacts, not in a note.")
    if judged.offer == "material_allergy":
        return tr("A material she does not bear is best kept with her tastes: everybody will see it there.")
    return ""


def offer_words(judged: NoteJudgement) -> str:
    """Return what the button to the better place says; nothing where there is none."""
    places = {
        "contact": tr("To her contacts"),
        "material_allergy": tr("To her tastes"),
    }
    return places.get(judged.offer or "", "")


def keep_words(judged: NoteJudgement, *, insisted: bool) -> str:
    """Return what the button that keeps the note says."""
    return tr("Keep anyway") if insisted and judged.verdict is NoteVerdict.WARN else tr("Keep")
