"""What the note detector lets pass, warns of and refuses, in French and English."""

import pytest

from schemas.note_guard import NoteVerdict, iban_holds, judge_note, luhn_holds, nir_holds
from server.proofs.notes import CORPUS, read_corpus

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
    def test_is_large_and_judged_as_promised(self) -> None:
        bad, ordinary = read_corpus(CORPUS)
        assert len(bad) >= 500 and len(ordinary) >= 1500
        missed = [text for _, text in bad if judge_note(text).verdict is NoteVerdict.ALLOW]
        stopped = [text for text in ordinary if judge_note(text).verdict is not NoteVerdict.ALLOW]
        assert len(missed) <= 0.05 * len(bad), missed[:10]
        assert len(stopped) <= 0.01 * len(ordinary), stopped[:10]


class TestNumbers:
    def test_are_told_by_their_check_digits(self) -> None:
        assert luhn_holds("4111111111111111") and not luhn_holds("4111111111111112")
        assert iban_holds("fr1420041010050500013m02606") and not iban_holds("fr1520041010050500013m02606")
        assert nir_holds("185057800608491") and not nir_holds("185057800608492")
