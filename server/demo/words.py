# ruff: noqa: E501
"""What sellers write down and what a timeline says: short sentences in French and English about taste and service.

Nothing here is of a kind that a house may not keep: no health, faith, opinion, origin or money troubles.
"""

from __future__ import annotations

import random
from typing import Final

LIKES: Final = {
    "materials": ("cachemire", "soie", "cuir grainé", "daim", "laine mérinos", "lin", "or jaune", "argent"),
    "styles": ("coupes amples", "coupes droites", "sacs portés épaule", "petits formats", "pièces intemporelles", "imprimés", "talons bas", "détails dorés", "séries limitées", "emballage cadeau soigné"),
    "moments": ("avant-premières", "invitations aux soirées", "rendez-vous le matin", "essayages au calme", "thé vert", "café serré"),
}  # fmt: skip
DISLIKES: Final = (
    "logos visibles", "talons hauts", "polyester", "col roulé", "fermetures dorées", "parfums sucrés", "attente en caisse",
    "appels en journée", "laine qui gratte", "matières brillantes", "sacs lourds", "motifs animaliers",
)  # fmt: skip
OCCASIONS: Final = (
    "anniversaire de mariage",
    "voyage d'affaires",
    "mariage à venir",
    "rentrée",
    "fêtes de fin d'année",
    "week-ends à la mer",
    "naissance dans la famille",
)
TAGS: Final = (
    "ambassadrice",
    "presse",
    "cliente voyageuse",
    "avant-première",
    "retouches fréquentes",
    "personnel de maison",
)
PAYMENTS: Final = (
    "Carte bancaire",
    "Carte bancaire",
    "Carte, en trois fois",
    "Carte sans contact",
    "Virement",
    "Carte cadeau",
)
DELIVERIES: Final = (
    "Retrait en boutique",
    "À domicile",
    "À domicile, le soir",
    "Point relais",
    "Coursier",
    "Chez la gardienne",
)
RELATIONS: Final = ("husband", "wife", "sister", "brother", "mother", "father", "daughter", "son", "friend")

CAMPAIGNS: Final[dict[str, tuple[str, ...]]] = {
    "store": ("", "", "", "Soirée d'ouverture", "Vitrine de Noël", "Parrainage"),
    "web": ("", "Lettre d'information", "Recherche Google", "Carnet de Noël", "Liste de naissance"),
    "app": ("", "Lancement de l'application"),
    "social": ("Instagram printemps", "Instagram Noël", "Pinterest carrés de soie"),
    "call_centre": ("", "Catalogue papier"),
}


def write_note(rng: random.Random, *, english: bool, product: str | None, woman: bool) -> str:
    """Return a note of one to three sentences as an associate would write it."""
    pool = _NOTES_EN if english else _NOTES_FR
    kinds = list(pool)
    chosen = rng.sample(kinds, rng.choices((1, 2, 3), (62, 31, 7))[0])
    if product is None:
        chosen = [kind for kind in chosen if kind != "product"] or ["taste"]
    words = (_WORDS_EN if english else _WORDS_FR)["F" if woman else "M"]
    sentences = []
    for kind in chosen:
        text = rng.choice(pool[kind])
        for slot, choices in words.items():
            if slot in text:
                text = text.replace(slot, rng.choice(choices))
        sentences.append(text.replace("{product}", product or ""))
    return " ".join(sentences)


def describe(rng: random.Random, kind: str, *, product: str | None) -> str:
    """Return one line for the timeline about a contact of this kind."""
    lines = _SUMMARIES[kind]
    if product is None:
        lines = tuple(line for line in lines if "{product}" not in line)
    return rng.choice(lines).replace("{product}", product or "") if lines else ""


_WORDS_FR: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "F": {
        "{lui}": ("elle",), "{e}": ("e",),
        "{proche}": ("son mari", "sa sœur", "sa mère", "sa fille", "une amie", "sa belle-mère"),
        "{moment}": ("le samedi matin", "en fin de journée", "entre midi et deux", "le mardi", "tôt, avant l'affluence"),
        "{style}": ("les coupes simples", "les tons chauds", "les pièces qui durent", "les petits formats", "le ton sur ton", "les matières mates", "les imprimés discrets"),
        "{voyage}": ("Lisbonne", "Londres", "la Bretagne", "Milan", "New York", "Biarritz", "Marrakech", "Tokyo"),
        "{mois}": ("en mars", "au printemps", "avant l'été", "à la rentrée", "début décembre", "après les soldes"),
    },
    "M": {
        "{lui}": ("lui",), "{e}": ("",),
        "{proche}": ("sa femme", "sa compagne", "son frère", "son père", "sa fille", "un ami"),
        "{moment}": ("le samedi matin", "en fin de journée", "entre midi et deux", "le jeudi soir"),
        "{style}": ("les coupes droites", "les bleus", "les pièces sobres", "le cuir patiné", "les semelles fines", "les matières naturelles"),
        "{voyage}": ("Lisbonne", "Londres", "la Bretagne", "Milan", "New York", "Genève", "Bruxelles"),
        "{mois}": ("en mars", "au printemps", "avant l'été", "à la rentrée", "début décembre", "après les soldes"),
    },
}  # fmt: skip

_NOTES_FR: Final[dict[str, tuple[str, ...]]] = {
    "taste": (
        "Préfère {style}.", "Aime {style}, à garder en tête pour les nouveautés.", "Cherche surtout {style} cette saison.",
        "Regarde d'abord la matière, ensuite la couleur.", "N'aime pas être pressé{e}, laisser du temps pour comparer.",
        "Connaît très bien la maison, inutile de présenter les classiques.", "Porte nos pièces tous les jours, regarde beaucoup la solidité.",
    ),
    "product": (
        "Ravi{e} de « {product} », en parle autour de {lui}.", "A hésité longtemps pour « {product} », reviendra peut-être pour une autre couleur.",
        "« {product} » acheté pour {proche}.", "Aimerait « {product} » dans un autre coloris {mois}.",
        "Montrer ce qui va avec « {product} » à la prochaine visite.", "Entretien de « {product} » expliqué, fiche remise.",
    ),
    "gift": (
        "Cherche une idée pour {proche} {mois}.", "Fait ses cadeaux de Noël chez nous, prévoir un rendez-vous fin novembre.",
        "Vient souvent avec {proche}.", "Paquet cadeau toujours bienvenu, ruban vert.", "Prépare un anniversaire dans la famille {mois}.",
    ),
    "service": (
        "Vient plutôt {moment}.", "Préfère un message à un appel.", "Rappeler {mois} pour la nouvelle collection.",
        "Part bientôt pour {voyage}, cherche quelque chose de léger.", "Demander avant d'envoyer, passe volontiers en boutique.",
        "Retouche promise pour vendredi, prévenir par message.", "Mettre de côté sa pointure dès l'arrivée.",
        "Très agréable, échange long autour des carrés de soie.", "À prévenir pour la soirée de printemps.",
    ),
}  # fmt: skip

_WORDS_EN: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    sex: {
        "{them}": (them,), "{their}": (their,),
        "{style}": ("simple cuts", "warm tones", "pieces that last", "small sizes", "matte leathers", "quiet prints"),
        "{someone}": (f"{their} mother", f"{their} sister", f"{their} partner", "a friend", f"{their} brother"),
        "{time}": ("Saturday mornings", "late afternoons", "lunchtime", "quiet weekdays"),
        "{when}": ("in spring", "before the summer", "early December", "after the sales"),
    }
    for sex, them, their in (("F", "her", "her"), ("M", "him", "his"))
}  # fmt: skip

_NOTES_EN: Final[dict[str, tuple[str, ...]]] = {
    "taste": ("Prefers {style}.", "Keen on {style} this season.", "Looks at the material first, then the colour.", "Knows the house well, no need to present the classics."),
    "product": ("Delighted with “{product}”.", "Took a long time over “{product}”, may come back for another colour.", "Bought “{product}” for {someone}.", "Show {them} what goes with “{product}” next time."),
    "gift": ("Looking for something for {someone} {when}.", "Often comes with {someone}.", "Always likes it gift-wrapped."),
    "service": ("Usually comes on {time}.", "Would rather have a message than a call.", "Call again {when} about the new collection.", "Put {their} size aside when it arrives.", "Speaks French well but prefers English."),
}  # fmt: skip

_SUMMARIES: Final[dict[str, tuple[str, ...]]] = {
    "visit": ("Passage en boutique, sans achat", "Essayage de « {product} »", "A montré « {product} » à une amie", "Visite pendant la présentation de la collection", "Retrait d'une retouche"),
    "call": ("Demande si « {product} » est disponible", "Question sur un délai de livraison", "Rappel pour un rendez-vous", "Question sur l'entretien de « {product} »", "Prise de rendez-vous"),
    "email": ("Réponse à l'invitation", "Question sur « {product} »", "Remerciements après la visite", "Demande de facture", "Lettre d'information ouverte"),
    "message": ("Photo de « {product} » envoyée", "Remercie pour la mise de côté", "Demande les horaires", "Réserve « {product} »"),
    "social": ("A aimé une publication", "Commentaire sous « {product} »", "Message privé : demande de prix de « {product} »", "Identifie la maison sur une photo"),
    "web_view": ("{product}",),
    "web_search": ("sac cognac", "carré soie", "ceinture homme", "mocassin noir", "idée cadeau", "pull cachemire", "bougie figuier"),
    "cart": ("Panier laissé : {product}",),
    "appointment": ("Rendez-vous en boutique", "Rendez-vous : présentation privée", "Rendez-vous : retouches"),
    "repair": ("Réparation de « {product} » : couture", "Réparation de « {product} » : fermoir", "Entretien de « {product} »"),
    "sign_up": ("Fiche créée en boutique", ),
}  # fmt: skip
