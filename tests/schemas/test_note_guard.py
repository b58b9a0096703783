"""What the note detector lets pass, warns of and refuses, in French and English."""

import pytest

from schemas.note_guard import NoteVerdict, iban_holds, judge_note, luhn_holds, nir_holds
from server.proofs.notes import CORPUS, SETS, judge_set, read_corpus

ALLOWED = (
    *("sac noir", "croix en or", "Robe noire taille 38", "gold cross"),
    *("cadeau de baptême", "folle de sacs", "café noir", "chocolat noir", "Black Friday", "cuir d'agneau"),
    *("commande 100234567", "habite rue Saint-Honoré", "paie toujours par carte", "has put it aside"),
    *("coup de foudre pour le modèle camel", "bleu roi", "Indian silk shawl", "sac de médecin en veau"),
)
REFUSED = {
    "health": (
        "elle a un cancer",
        "c.a.n.c.e.r",
        "ELLE EST DIABÉTIQUE",
        "pregnant again",
        "sous antidepresseurs",
    ),
    "religion": ("cliente musulmane", "he is Jewish", "va à la messe"),
    "origin": ("type africain", "black woman, elegant", "d'origine turque"),
    "union": ("déléguée CGT", "votes Labour"),
    "offence": ("sort de prison", "shoplifter"),
    "insult": ("quelle conne", "old hag", "sac noir mais cliente radine"),
    "card_number": ("4111 1111 1111 1111", "commande 4111111111111111", "CB ٤١١١١١١١١١١١١١١١"),
    "bank_account": ("FR14 2004 1010 0505 0001 3M02 606",),
    "social_security": ("1 85 05 78 006 084 91",),
    "secret": ("code de carte 4821",),
}
WARNED = {
    "phone": ("06 12 34 56 78", "+33612345678"),
    "email": ("a.b@example.org", "lucie arobase example point fr"),
    "money": ("interdit bancaire", "card declined twice"),
}


class TestJudgeNote:
    @pytest.mark.parametrize("text", ALLOWED)
    def test_lets_the_trade_speak(self, text: str) -> None:
        assert judge_note(text).verdict is NoteVerdict.ALLOW, judge_note(text)

    @pytest.mark.parametrize("kind", REFUSED)
    def test_refuses(self, kind: str) -> None:
        for text in REFUSED[kind]:
            judged = judge_note(text)
            assert (judged.verdict, judged.kind) == (NoteVerdict.REFUSE, kind), text

    @pytest.mark.parametrize("kind", WARNED)
    def test_warns_of(self, kind: str) -> None:
        for text in WARNED[kind]:
            judged = judge_note(text)
            assert (judged.verdict, judged.kind) == (NoteVerdict.WARN, kind), text

    def test_offers_a_better_place(self) -> None:
        assert judge_note("allergique au nickel").offer == "material_allergy"
        assert judge_note("06 12 34 56 78").offer == "contact"

    def test_lets_no_harmless_word_excuse_the_next_sentence(self) -> None:
        assert judge_note("Aime le cuir. Malade depuis mars, tres malade.").verdict is NoteVerdict.REFUSE

    def test_never_repeats_the_text(self) -> None:
        assert "cancer" not in repr(judge_note("elle a un cancer"))

    def test_survives_whatever_is_typed(self) -> None:
        for text in ("", " ", "\x00", "\u202e", "1" * 4000, "+" * 4000, "a " * 2000, "\U0001f483" * 500):
            judge_note(text)


class TestTheCorpus:
    @pytest.mark.parametrize(
        ("name", "bad", "ordinary", "recall", "false"),
        [
            ("tuned", 500, 1_500, 0.95, 0.01),
            ("remembered", 300, 450, 0.95, 0.01),
            ("evading", 230, 240, 0.95, 0.05),
            ("allusive", 70, 70, 0.95, 0.05),
            ("held out", 160, 140, 0.90, 0.03),
            ("afresh", 60, 150, 0.75, 0.01),
        ],
    )
    def test_is_large_and_judged_as_promised(
        self, name: str, bad: int, ordinary: int, recall: float, false: float
    ) -> None:
        shown: list[str] = []
        judged = judge_set(CORPUS, SETS[name], [], shown)
        assert judged.bad >= bad and judged.ordinary >= ordinary
        assert judged.recall >= recall and judged.false <= false, shown[:10]

    @pytest.mark.parametrize("name", ["remembered", "evading", "allusive", "held out", "afresh"])
    def test_keeps_apart_what_was_tuned_on(self, name: str) -> None:
        def notes(folders: tuple[str, ...]) -> set[str]:
            read = [read_corpus(CORPUS / folder) for folder in folders]
            return {text for bad, ordinary in read for text in (*(each for _, each in bad), *ordinary)}

        common = notes(SETS[name]) & notes(SETS["tuned"])
        assert len(common) <= 4, common  # a test card has one number


class TestADisguise:
    @pytest.mark.parametrize(
        "text",
        [
            "elle a un c@nc3r",
            "quelle c0nnasse",
            "musulmna convaincu",
            "hysteriqeu au moindre retard",
            "d.e.p.r.e.s.s.i.v.e",
            "elle est bou limique",  # in two
            "quelle connnasse",
            "sous insulline",
            "e5croc notoire",
            "she is an alc0holic",
        ],
    )
    def test_is_seen_through(self, text: str) -> None:
        assert judge_note(text).verdict is NoteVerdict.REFUSE


class TestAWayToReachHer:
    @pytest.mark.parametrize(
        "text",
        [
            "jeanne.roy at firm dot com",
            "jeanne point roy chez orange point fr",
            "jeanneroy arobase gmail",
            "07911 123456",
            "415-555-2671",
        ],
    )
    def test_is_seen_however_it_is_said(self, text: str) -> None:
        assert judge_note(text).offer == "contact", text

    @pytest.mark.parametrize(
        "text",
        [
            "at Dior dot prints sold out",
            "chez Orange, rue de Lyon",
            "Ref 100-200-3000",
            "at home point de croix",
        ],
    )
    def test_is_not_seen_where_there_is_none(self, text: str) -> None:
        assert judge_note(text).verdict is NoteVerdict.ALLOW, text


class TestAHarshWord:
    """Of a thing it is none of a person."""

    @pytest.mark.parametrize(
        "text", ["Le manteau est moche, dit-elle", "Ugly zip, replaced", "Moroccan leather bag"]
    )
    def test_passes_beside_a_thing(self, text: str) -> None:
        assert judge_note(text).verdict is NoteVerdict.ALLOW

    @pytest.mark.parametrize(
        "text", ["Elle est moche", "Moroccan lady with a leather bag", "ugly woman, nice coat"]
    )
    def test_counts_beside_a_person(self, text: str) -> None:
        assert judge_note(text).verdict is NoteVerdict.REFUSE


class TestHowSellersType:
    """Short forms and slang of what none may say; and the trade's words that come near it."""

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("seropo d apres collegue", "health"),
            ("preggers, dont say", "health"),
            ("miscarried in june", "health"),
            ("a perdu son bb", "health"),
            ("fibro, fatigue vite", "health"),
            ("elle est sous tutelle", "health"),
            ("fidele de la mosquee du quartier", "religion"),
            ("cgtiste convaincu", "union"),
            ("macron lover", "union"),
            ("mariee a une femme", "sex_life"),
            ("quel boulet", "insult"),
            ("en instance de divorce", "money"),
            ("pas solvable", "money"),
            ("sdf ?", "money"),
            ("lives on food stamps", "money"),
            ("nss 2 85 05 78 006 084 36", "secret"),
        ],
    )
    def test_is_understood(self, text: str, kind: str) -> None:
        assert judge_note(text).verdict is not NoteVerdict.ALLOW
        assert judge_note(text).kind == kind

    @pytest.mark.parametrize(
        "text",
        [
            "fond de teint peau foncée, teinte 8",
            "foundation for dark skin tones, shade 9",
            "gilet jaune moutarde taille S",
            "green party dress size 8",
            "likes jewish museum exhibit catalogue we had in window",
            "pendentif signe du cancer en argent",
            "boucles boulet argent, fermoir à revoir",
        ],
    )
    def test_leaves_the_trade_its_words(self, text: str) -> None:
        assert judge_note(text).verdict is NoteVerdict.ALLOW

    @pytest.mark.parametrize(
        "text",
        ["gilet jaune convaincu", "peau foncée", "mère de la cliente : cancer", "elle est juive, musée"],
    )
    def test_excuses_nobody_by_them(self, text: str) -> None:
        assert judge_note(text).verdict is not NoteVerdict.ALLOW


class TestNumbers:
    def test_are_told_by_their_check_digits(self) -> None:
        assert luhn_holds("4111111111111111") and not luhn_holds("4111111111111112")
        assert iban_holds("fr1420041010050500013m02606") and not iban_holds("fr1520041010050500013m02606")
        assert nir_holds("185057800608491") and not nir_holds("185057800608492")
