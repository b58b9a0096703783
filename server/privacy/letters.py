"""The answer she gets: a letter about her case, in English or French, to be read and printed."""

import html
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from server.privacy.access_words import NAMES, Language, Words, said
from server.privacy.cases import Case, CaseKind, Outcome, WhyLonger, WhyNot

_ASKED: Final[Mapping[str, Words]] = {
    CaseKind.ACCESS: ("to see the data we hold of you", "à accéder à vos données"),
    CaseKind.PORTABILITY: (
        "to receive your data to take elsewhere",
        "à recevoir vos données pour les emporter",
    ),
    CaseKind.RECTIFICATION: ("to have your data put right", "à faire rectifier vos données"),
    CaseKind.ERASURE: ("to have your data erased", "à faire effacer vos données"),
    CaseKind.RESTRICTION: ("to have the use of your data restricted", "à limiter l'usage de vos données"),
    CaseKind.OBJECTION: ("not to be profiled", "à ne plus faire l'objet de profilage"),
}
_DONE: Final[Mapping[str, Words]] = {
    CaseKind.ACCESS: (
        "Your data is enclosed, as a page to read and as a file that other programs read. It says where each"
        " value came from, who has seen it and what is left out.",
        "Vous trouverez vos données ci-jointes, en page lisible et en fichier réutilisable par d'autres"
        " logiciels. Il indique d'où vient chaque valeur, qui l'a vue et ce qu'il ne contient pas.",
    ),
    CaseKind.PORTABILITY: (
        "Your data is enclosed as a file that other programs read.",
        "Vos données sont jointes dans un fichier réutilisable par d'autres logiciels.",
    ),
    CaseKind.RECTIFICATION: ("We have put your data right.", "Nous avons rectifié vos données."),
    CaseKind.ERASURE: (
        "Your data is erased, on our tablets too as soon as each has called, and after fourteen days at the"
        " latest. Your purchases stay in our books, as the law demands, and no longer lead to you.",
        "Vos données sont effacées, y compris sur nos tablettes dès que chacune s'est connectée, et au plus"
        " tard après quatorze jours. Vos achats restent dans nos livres comptables, comme la loi l'exige, et"
        " ne conduisent plus à vous.",
    ),
    CaseKind.RESTRICTION: (
        "Your data is kept and used for nothing until you tell us otherwise. Nobody can change it meanwhile.",
        "Vos données sont conservées sans être utilisées, jusqu'à ce que vous nous disiez autre chose."
        " Personne ne peut les modifier entre-temps.",
    ),
    CaseKind.OBJECTION: (
        "We no longer evaluate your purchases and visits: you are in no segment, no suggestion and no sum.",
        "Nous n'évaluons plus vos achats ni vos visites : vous n'êtes plus dans aucun segment, aucune"
        " suggestion, aucun cumul.",
    ),
}
_PARTLY: Final[Words] = (
    "We have done what you asked in part only, because {reason}.",
    "Nous n'avons fait qu'en partie ce que vous demandiez, parce que {reason}.",
)
_REFUSED: Final[Words] = (
    "We cannot do what you asked, because {reason}.",
    "Nous ne pouvons pas faire ce que vous demandez, parce que {reason}.",
)
_WHY_NOT: Final[Mapping[str, Words]] = {
    WhyNot.NOT_IDENTIFIED: (
        "we could not make sure that it is you who asks",
        "nous n'avons pas pu nous assurer que c'est bien vous qui demandez",
    ),
    WhyNot.UNFOUNDED: ("there is clearly no ground for it", "la demande est manifestement infondée"),
    WhyNot.EXCESSIVE: (
        "it repeats what we answered a short while ago",
        "elle répète ce à quoi nous avons répondu il y a peu",
    ),
    WhyNot.RIGHTS_OF_OTHERS: (
        "it would reveal what concerns other people",
        "cela révélerait ce qui concerne d'autres personnes",
    ),
    WhyNot.LEGAL_OBLIGATION: (
        "the law obliges us to keep some of it",
        "la loi nous oblige à en garder une partie",
    ),
    WhyNot.LEGAL_CLAIMS: (
        "some of it is needed for claims at law",
        "une partie est nécessaire à l'exercice de droits en justice",
    ),
}
_LONGER: Final[Words] = (
    "We need more time, until {due} at the latest, because {reason}.",
    "Il nous faut plus de temps, au plus tard jusqu'au {due}, parce que {reason}.",
)
_WHY_LONGER: Final[Mapping[str, Words]] = {
    WhyLonger.COMPLEX: ("your request is complex", "votre demande est complexe"),
    WhyLonger.MANY: ("we have many requests at this time", "nous avons beaucoup de demandes en ce moment"),
}
_WAITING: Final[Words] = (
    "You will have our answer by {due}.",
    "Vous aurez notre réponse au plus tard le {due}.",
)
_RECTIFIED: Final[Words] = (
    "What was put right: {fields}. What was noted before is kept for {months} months, seen by nobody in our"
    " stores, so that it can be explained and undone; then it is deleted. Our tablets show the new value with"
    " their next call.",
    "Ce qui a été rectifié : {fields}. Ce qui était noté avant est gardé {months} mois, hors de vue des"
    " boutiques, afin de pouvoir l'expliquer et revenir en arrière, puis supprimé. Nos tablettes montrent la"
    " nouvelle valeur dès leur prochaine connexion.",
)
_RECEIPT: Final[Words] = ("Number of the receipt: {about}.", "Numéro du reçu : {about}.")
_COMPLAINT: Final[Words] = (
    "You may complain to the supervisory authority of your country (in France: CNIL, 3 place de Fontenoy,"
    " 75007 Paris, cnil.fr) and go to court.",
    "Vous pouvez adresser une réclamation à l'autorité de contrôle (en France : CNIL, 3 place de Fontenoy,"
    " 75007 Paris, cnil.fr) et saisir la justice.",
)
_HEADING: Final[Words] = ("Your request", "Votre demande")
_OPENING: Final[Words] = ("On {received} you asked {asked}.", "Le {received}, vous avez demandé {asked}.")

_PAGE: Final = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{heading}</title>
<style>body{{font:17px/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem}}
:root{{color-scheme:light dark}}</style><h1>{heading}</h1>{parts}<p><small>{number}</small></p></html>"""


def letter(case: Case, language: Language, *, kept_months: int) -> bytes:
    """Return the letter about a case as it stands: received, extended or answered. It holds no value of hers.

    Args:
        kept_months: how long a former value is kept.
    """
    parts = [html.escape(text) for text in paragraphs(case, language, kept_months=kept_months)]
    return _PAGE.format(
        language=language,
        heading=_in(_HEADING, language),
        parts="".join(f"<p>{text}</p>" for text in parts),
        number=case.id,
    ).encode()


def paragraphs(case: Case, language: Language, *, kept_months: int) -> Sequence[str]:
    """Return what a letter says, paragraph by paragraph."""
    asked = _in(_ASKED[case.kind], language)
    told = [_in(_OPENING, language).format(received=_day(case.received_on, language), asked=asked)]
    due = _day(case.due_on, language)
    if case.outcome is None:
        if case.extension_reason:
            why = _in(_WHY_LONGER[WhyLonger(case.extension_reason)], language)
            told.append(_in(_LONGER, language).format(due=due, reason=why))
        else:
            told.append(_in(_WAITING, language).format(due=due))
        return (*told, _in(_COMPLAINT, language))
    if case.outcome_reason:
        refused = case.outcome == Outcome.REFUSED
        why = _in(_WHY_NOT[WhyNot(case.outcome_reason)], language)
        told.append(_in(_REFUSED if refused else _PARTLY, language).format(reason=why))
    else:
        told.append(_in(_DONE[case.kind], language))
    for what, about in case.facts:
        if what == "rectified":
            fields = ", ".join(said(NAMES, field, language) for field in about.split())
            told.append(_in(_RECTIFIED, language).format(fields=fields, months=kept_months))
        elif what == "erased":
            told.append(_in(_RECEIPT, language).format(about=about))
    return (*told, _in(_COMPLAINT, language))


def _in(words: Words, language: Language) -> str:
    return words[language == "fr"]


def _day(day: date, language: Language) -> str:
    return f"{day:%d/%m/%Y}" if language == "fr" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
