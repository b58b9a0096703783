# ruff: noqa: E501
"""Names of made people: given names by era, family names by frequency, both as people in France bear them."""

from __future__ import annotations

import itertools
import random
import unicodedata
from bisect import bisect
from dataclasses import dataclass
from typing import Final, Literal

Sex = Literal["F", "M"]
SEXES: Final[tuple[Sex, ...]] = ("F", "M")


@dataclass(frozen=True, kw_only=True)
class PersonName:
    """A name as a seller would type it, and whether the two fields were typed the wrong way round."""

    given_name: str
    family_name: str
    swapped: bool = False


def draw_given_name(rng: random.Random, *, sex: Sex, born: int) -> str:
    """Return a given name as common in the year ``born`` as it was in that year, roughly."""
    if rng.random() < 0.11:
        return _FOREIGN_GIVEN[sex].draw(rng)
    decade = (born - 1940) / 10
    low = int(decade)
    eras = _GIVEN[sex]
    era = min(max(low + (rng.random() < decade - low), 0), len(eras) - 1)
    return eras[era].draw(rng)


def draw_family_name(rng: random.Random) -> str:
    """Return a family name: mostly common ones, some noble, double, Breton, Basque, Corsican or foreign."""
    dice = rng.random()
    if dice < 0.70:
        return _FAMILY.draw(rng)
    if dice < 0.86:
        return _FOREIGN_FAMILY.draw(rng)
    if dice < 0.93:
        return _RARE_FAMILY.draw(rng)
    if dice < 0.97:
        first, second = _FAMILY.draw(rng), _FAMILY.draw(rng)
        return first if first == second else f"{first}-{second}"
    return _compose_family_name(rng)


def draw_name(rng: random.Random, *, sex: Sex, born: int, family_name: str | None = None) -> PersonName:
    """Return a whole name; one in two hundred has given and family name swapped, as tills have them."""
    given = draw_given_name(rng, sex=sex, born=born)
    family = family_name or draw_family_name(rng)
    if rng.random() < 0.005:
        return PersonName(given_name=family, family_name=given, swapped=True)
    return PersonName(given_name=given, family_name=family)


def plain_letters(text: str) -> str:
    """Return the text in lower-case ASCII letters, digits and hyphens, as used in an e-mail address."""
    text = text.replace("œ", "oe").replace("Œ", "Oe").replace("ø", "o").replace("ł", "l")
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter if letter.isalnum() else "-" for letter in folded).strip("-")


class _Weighted:
    """A list of words with weights, written ``word 12 two_words 3``."""

    def __init__(self, text: str) -> None:
        parts = text.split()
        self.words: Final = [word.replace("_", " ") for word in parts[0::2]]
        self._sums: Final = list(itertools.accumulate(int(weight) for weight in parts[1::2]))

    def draw(self, rng: random.Random) -> str:
        return self.words[bisect(self._sums, rng.random() * self._sums[-1])]


def _compose_family_name(rng: random.Random) -> str:
    """Return a name of the old kind: ``de Kergorlan``, ``Le Goff de Brévent``."""
    start = rng.choice(("Ker", "Mont", "Beau", "Roche", "Ville", "Fonte", "Val", "Bré", "Saint-", "Cour"))
    end = rng.choice(
        ("gorlan", "brun", "vallon", "fort", "nay", "mirail", "clair", "vent", "alban", "celles")
    )
    particle = rng.choice(("de", "de", "de La", "du", "d'"))
    estate = f"{start}{end.title() if start.endswith('-') else end}"
    if particle == "d'":
        return f"d'{rng.choice(('Aubenac', 'Estrelle', 'Hautmesnil', 'Orval', 'Ambrières', 'Escourbiac'))}"
    return f"{particle} {estate}"


# Given names by decade of birth, 1940 to 2000; the weight is a share within the decade.
_GIVEN: Final[dict[Sex, list[_Weighted]]] = {
    "F": [
        _Weighted(
            "Monique 60 Françoise 58 Jacqueline 50 Nicole 52 Jeannine 38 Danielle 36 Michèle 40 Colette 28 "
            "Denise 24 Simone 22 Ginette 18 Paulette 16 Marie-Thérèse 22 Odette 14 Josette 20 Annie 26 "
            "Christiane 32 Claudine 26 Arlette 14 Yvette 18 Geneviève 20 Madeleine 14 Éliane 16 Solange 9 "
            "Huguette 11 Bernadette 16 Marie-Claude 16 Renée 12 Suzanne 12 Andrée 12 Hélène 10 Marie 26"
        ),
        _Weighted(
            "Martine 62 Catherine 55 Brigitte 48 Chantal 44 Françoise 44 Christine 40 Monique 34 Nicole 33 "
            "Annie 30 Dominique 26 Evelyne 26 Patricia 24 Sylvie 26 Jocelyne 20 Marie-Christine 18 "
            "Marie-France 15 Marie-Claude 14 Élisabeth 18 Anne 18 Claudine 14 Michèle 22 Béatrice 12 "
            "Geneviève 12 Anne-Marie 14 Agnès 12 Mireille 12 Ghislaine 9 Régine 8 Maryse 9 Colette 9 Joëlle 12"
        ),
        _Weighted(
            "Sylvie 60 Catherine 50 Christine 46 Nathalie 56 Isabelle 54 Véronique 46 Valérie 40 Corinne 32 "
            "Brigitte 26 Martine 24 Patricia 34 Florence 26 Laurence 32 Pascale 24 Sandrine 30 Sophie 26 "
            "Anne 22 Béatrice 16 Agnès 14 Fabienne 16 Muriel 13 Carole 12 Nadine 14 Marie-Laure 9 Hélène 13 "
            "Claire 10 Odile 8 Élisabeth 14 Dominique 10 Caroline 9 Anne-Marie 7 Myriam 9 Karine 12 Virginie 9"
        ),
        _Weighted(
            "Stéphanie 56 Sandrine 46 Céline 52 Karine 34 Virginie 34 Sophie 34 Christelle 30 Delphine 32 "
            "Valérie 26 Nathalie 30 Isabelle 24 Laetitia 24 Caroline 26 Anne 18 Aurélie 26 Émilie 24 Séverine "
            "22 Claire 22 Carole 14 Magali 12 Hélène 12 Anne-Sophie 9 Anne-Laure 8 Estelle 9 Gaëlle 11 "
            "Vanessa 14 Élodie 12 Florence 10 Cécile 16 Marie 24 Sabrina 10 Emmanuelle 13 Bérengère 4 Élise 7"
        ),
        _Weighted(
            "Aurélie 48 Élodie 52 Julie 48 Émilie 48 Céline 26 Marie 36 Laura 30 Jennifer 24 Audrey 28 "
            "Marion 26 Pauline 24 Camille 22 Amandine 24 Mélanie 26 Sabrina 16 Charlotte 16 Claire 18 Anaïs 16 "
            "Lucie 14 Mathilde 12 Fanny 14 Cindy 12 Laetitia 14 Stéphanie 18 Caroline 14 Hélène 10 Alice 9 "
            "Sarah 18 Justine 12 Marine 18 Perrine 5 Solène 5 Clémence 8 Anne-Sophie 5 Adeline 9 Vanessa 12"
        ),
        _Weighted(
            "Marine 34 Camille 36 Laura 36 Manon 34 Léa 34 Pauline 28 Marie 28 Mathilde 22 Chloé 28 Anaïs 24 "
            "Julie 26 Sarah 24 Océane 18 Justine 20 Lucie 20 Morgane 16 Margaux 14 Marion 22 Charlotte 16 "
            "Clara 12 Emma 14 Alice 12 Juliette 10 Éloïse 6 Amélie 10 Clémence 10 Noémie 10 Solène 6 Élise 8 "
            "Mélissa 10 Ophélie 7 Inès 10 Agathe 6 Claire 8 Audrey 7 Eugénie 3 Coralie 7 Alexia 7 Maëlle 4"
        ),
        _Weighted(
            "Léa 34 Emma 34 Manon 30 Chloé 30 Camille 28 Inès 24 Clara 24 Sarah 24 Océane 20 Jade 18 Lucie 18 "
            "Marie 18 Anaïs 14 Louise 16 Juliette 14 Zoé 12 Romane 13 Lola 14 Éva 14 Margaux 11 Mathilde 13 "
            "Lisa 13 Pauline 11 Lou 8 Alice 12 Jeanne 10 Noémie 8 Maëlys 9 Ambre 8 Elsa 8 Capucine 5 "
            "Apolline 4 Garance 4 Victoire 4 Salomé 6 Héloïse 5 Rose 7 Célia 9 Laura 12 Yasmine 5 Éloïse 5"
        ),
    ],
    "M": [
        _Weighted(
            "Jean 70 Michel 66 Claude 46 Jacques 46 André 38 Pierre 42 Bernard 42 Gérard 44 Daniel 38 "
            "Jean-Claude 38 Alain 34 René 30 Roger 26 Guy 28 Robert 28 Christian 28 Jean-Pierre 30 Georges 18 "
            "Henri 16 Marcel 16 Raymond 16 Maurice 14 Yves 18 François 22 Serge 18 Francis 16 Roland 12 "
            "Lucien 8 Gilbert 11 Paul 14 Louis 14 Jean-Marie 12 Gilles 8 Hubert 6"
        ),
        _Weighted(
            "Michel 46 Alain 48 Patrick 46 Jean-Pierre 32 Philippe 44 Bernard 36 Gérard 34 Daniel 32 "
            "Christian 36 Jean-Claude 24 Jacques 26 Dominique 22 Jean 30 Pierre 24 François 26 Serge 20 "
            "Didier 22 Yves 18 Gilles 16 Jean-Paul 14 Jean-Luc 15 Francis 14 Denis 11 Bruno 14 Joël 12 Guy 13 "
            "Jean-Louis 12 Jean-Michel 13 Marc 14 Xavier 7 Hervé 8 Régis 6 Étienne 5 Benoît 5"
        ),
        _Weighted(
            "Philippe 54 Thierry 50 Pascal 46 Éric 46 Laurent 44 Patrick 34 Christophe 46 Bruno 28 Didier 30 "
            "Frédéric 34 Olivier 36 Stéphane 36 Alain 24 Michel 18 Franck 20 Jean-Luc 10 Dominique 15 Gilles 18 "
            "Marc 20 Hervé 18 François 20 Christian 18 Vincent 16 Pierre 16 Jean-François 11 Xavier 12 Denis 10 "
            "Bertrand 7 Arnaud 8 Emmanuel 12 Antoine 6 Benoît 8 Jérôme 10 Yann 6 Luc 6 Guillaume 5 Fabrice 14"
        ),
        _Weighted(
            "Christophe 38 Stéphane 38 Sébastien 50 David 44 Nicolas 42 Frédéric 32 Jérôme 32 Laurent 26 "
            "Olivier 28 Cédric 30 Vincent 24 Guillaume 24 Julien 28 Arnaud 18 Fabrice 16 Thomas 18 Grégory 16 "
            "Benoît 14 Alexandre 20 Matthieu 14 Emmanuel 12 Ludovic 16 Yann 10 Pierre 16 Franck 10 Xavier 10 "
            "François 12 Damien 12 Anthony 14 Fabien 12 Mickaël 14 Sylvain 11 Mathieu 12 Antoine 9 Raphaël 8"
        ),
        _Weighted(
            "Julien 46 Nicolas 44 Thomas 38 Alexandre 36 Guillaume 30 Romain 32 Maxime 32 Anthony 28 Kévin 28 "
            "Jérémy 28 Mathieu 24 Pierre 24 Benjamin 24 Vincent 20 Florian 20 Antoine 22 Clément 18 Adrien 18 "
            "Sébastien 18 David 16 Arnaud 10 Mickaël 14 Aurélien 12 Quentin 12 Jonathan 14 Damien 10 Simon 10 "
            "Rémi 12 Raphaël 9 Loïc 10 Baptiste 9 Fabien 8 François 9 Charles 6 Cyril 7 Thibault 9 Yoann 7"
        ),
        _Weighted(
            "Alexandre 34 Thomas 36 Nicolas 26 Kévin 28 Maxime 32 Quentin 28 Antoine 28 Florian 24 Valentin 24 "
            "Clément 26 Alexis 24 Théo 22 Lucas 24 Hugo 22 Romain 20 Pierre 20 Julien 18 Dylan 14 Jordan 14 "
            "Benjamin 16 Guillaume 13 Adrien 14 Corentin 12 Bastien 10 Baptiste 12 Louis 12 Paul 11 Simon 10 "
            "Arthur 10 Victor 9 Tristan 6 Rémi 8 Mathieu 10 Vincent 8 Axel 7 Léo 8 Thibault 7 Gabriel 6"
        ),
        _Weighted(
            "Lucas 34 Théo 32 Thomas 28 Hugo 30 Enzo 26 Maxime 24 Clément 22 Alexandre 22 Antoine 20 Nathan 22 "
            "Louis 20 Mathis 18 Léo 16 Paul 16 Valentin 14 Tom 13 Arthur 16 Raphaël 14 Jules 13 Ethan 10 "
            "Gabriel 15 Baptiste 13 Victor 10 Adrien 9 Martin 8 Noah 12 Gaspard 4 Augustin 5 Basile 3 Sacha 7 "
            "Romain 9 Pierre 10 Simon 8 Evan 8 Rayan 7 Yanis 8 Timothée 3 Côme 2 Malo 3 Titouan 4 Maël 5"
        ),
    ],
}

_FOREIGN_GIVEN: Final[dict[Sex, _Weighted]] = {
    "F": _Weighted(
        "Fatima 10 Nadia 10 Samira 8 Leïla 8 Yasmina 6 Khadija 4 Aïcha 5 Amina 5 Karima 5 Malika 5 Aminata 4 "
        "Fatou 4 Mariam 4 Maria 10 Ana 5 Carla 4 Lucia 4 Inês 3 Giulia 5 Francesca 4 Chiara 3 Elena 6 Irina 3 "
        "Olga 3 Svetlana 2 Katarzyna 3 Agnieszka 3 Małgorzata 1 Mei 2 Xiaoyan 2 Linh 3 Thi_Mai 2 Yuki 3 Sakura 1 "
        "Emily 4 Charlotte 3 Olivia 3 Sarah 4 Hannah 3 Ingrid 2 Astrid 2 Søren 1 Noor 2 Fleur 2 Anneke 1 "
        "Esther 4 Déborah 3 Rachel 4 Talia 1 Shirine 2 Parisa 1 Ayşe 2 Elif 2 Priya 2 Zeynep 1 María_José 1"
    ),
    "M": _Weighted(
        "Mohamed 12 Karim 9 Ahmed 7 Rachid 7 Samir 6 Mehdi 8 Nabil 4 Youssef 5 Sofiane 4 Amadou 4 Mamadou 4 "
        "Ibrahima 3 Ousmane 3 José 6 Manuel 5 António 3 João 3 Carlos 4 Marco 4 Luca 4 Giovanni 3 Alessandro 3 "
        "Andrei 2 Dmitri 2 Piotr 3 Tomasz 2 Paweł 1 Wei 2 Minh 3 Van_Thanh 1 Kenji 2 Haruto 1 James 4 William 4 "
        "Oliver 2 Henry 2 Lars 2 Sven 1 Jan 2 Pieter 2 Joris 2 Maarten 1 David 4 Élie 2 Nathan 3 Omar 3 Cyrus 1 "
        "Mustafa 2 Emre 1 Raj 1 Arjun 1 Sean 1 Seán 1 Björn 1 Jürgen 1 Iñigo 1"
    ),
}

_FAMILY: Final = _Weighted(
    "Martin 100 Bernard 54 Thomas 50 Petit 48 Robert 47 Richard 46 Durand 44 Dubois 43 Moreau 42 Laurent 42 "
    "Simon 41 Michel 40 Lefebvre 34 Lefèvre 16 Leroy 36 Roux 36 David 36 Bertrand 35 Morel 35 Fournier 33 "
    "Girard 32 Bonnet 32 Dupont 31 Lambert 31 Fontaine 30 Rousseau 30 Vincent 29 Muller 29 Faure 27 André 27 "
    "Mercier 27 Blanc 27 Guérin 26 Boyer 26 Garnier 26 Chevalier 26 François 25 Legrand 25 Gauthier 25 Garcia 25 "
    "Perrin 24 Robin 24 Clément 23 Morin 23 Nicolas 23 Henry 22 Roussel 22 Mathieu 22 Gautier 21 Masson 21 "
    "Marchand 20 Duval 20 Denis 20 Dumont 19 Marie 19 Lemaire 19 Noël 19 Meyer 18 Dufour 18 Meunier 18 Brun 18 "
    "Blanchard 18 Giraud 17 Joly 17 Rivière 17 Lucas 17 Brunet 17 Gaillard 17 Barbier 16 Arnaud 16 Gérard 16 "
    "Roche 16 Renard 16 Schmitt 16 Roy 16 Leroux 15 Colin 15 Vidal 15 Caron 15 Picard 15 Roger 14 Fabre 14 "
    "Aubert 14 Lemoine 14 Renaud 13 Dumas 13 Lacroix 13 Olivier 13 Philippe 12 Bourgeois 12 Pierre 12 Benoît 12 "
    "Rey 12 Leclerc 12 Payet 12 Rolland 12 Leclercq 12 Guillaume 11 Lecomte 11 Jean 11 Lopez 11 Dupuy 11 "
    "Guillot 11 Hubert 11 Berger 11 Carpentier 11 Sanchez 11 Dupuis 10 Moulin 10 Louis 10 Deschamps 10 Huet 10 "
    "Vasseur 10 Boucher 10 Fleury 10 Royer 10 Klein 10 Jacquet 10 Adam 10 Poirier 9 Marty 9 Aubry 9 Guyot 9 "
    "Carré 9 Charles 9 Renault 9 Charpentier 9 Ménard 9 Maillard 9 Baron 9 Bertin 8 Bailly 8 Hervé 8 Schneider 8 "
    "Le_Gall 8 Collet 8 Léger 8 Bouvier 8 Julien 8 Prévost 8 Millet 8 Perrot 8 Daniel 8 Le_Roux 8 Cousin 8 "
    "Germain 8 Breton 8 Rémy 8 Besson 8 Langlois 8 Le_Goff 7 Pelletier 7 Lévêque 7 Perrier 7 Leblanc 7 Barré 7 "
    "Lebrun 7 Marchal 7 Weber 7 Mallet 7 Hamon 7 Boulanger 7 Jacob 7 Monnier 7 Michaud 7 Guichard 6 Poulain 6 "
    "Étienne 6 Tessier 6 Gilles 6 Coulon 6 Chauvin 6 Delattre 6 Maréchal 6 Delmas 6 Ferrand 6 Vallée 6 Besnard 6 "
    "Lagarde 5 Camus 5 Cordier 5 Lebon 5 Bazin 5 Texier 5 Pasquier 5 Delaunay 5 Bigot 5 Hébert 5 Chauvet 5"
)

_RARE_FAMILY: Final = _Weighted(
    "Kerbrat 3 Le_Bihan 5 Tanguy 6 Guivarc'h 1 Kermarrec 3 Corre 4 Etchegaray 2 Etcheverry 3 Irigoyen 2 "
    "Haramburu 1 Casanova 3 Santini 2 Colonna 2 Mattei 2 Ottaviani 1 Paoli 2 Wurtz 2 Zimmermann 3 Kieffer 3 "
    "Schaeffer 2 Vandenberghe 2 Vanhoutte 2 Decroix 2 Delobelle 1 Bonnefoy 3 Chabrol 2 Escande 2 Cazenave 2 "
    "Lacaze 3 Labarthe 2 Puyol 1 Castaing 2 Sérignan 1 Peyrat 1 Brossard 2 Quéméner 2 Jouanneau 1 Thévenot 2 "
    "Bourdelle 1 L'Hostis 1 D'Angelo 1 Champollion 1 Tisserand 2 Ribot 2 Sabatier 3 Vilmorin 1 Grangier 1 "
    "Aguesseau 1 Œuvrard 1 Coët 1 Haÿ 1 Pécheux 1 Loiseau 3 Beauvais 2 Malherbe 2 Quesnel 2 Toutain 2 Hédiard 1"
)

_FOREIGN_FAMILY: Final = _Weighted(
    "Da_Silva 9 Ferreira 7 Fernandes 6 Pereira 6 Rodrigues 6 Dos_Santos 6 Gonçalves 4 Martinez 8 Perez 7 "
    "Rodriguez 6 Gonzalez 5 Hernandez 4 Ruiz 4 Moreno 3 Rossi 4 Ferrari 3 Russo 3 Esposito 2 Benali 4 Haddad 3 "
    "Bouaziz 2 Belkacem 3 Mansouri 3 Hamidi 2 Cherif 3 Zerrouki 2 El_Amrani 2 Benchekroun 1 Ben_Youssef 2 "
    "Diallo 5 Traoré 5 Diop 4 Ndiaye 4 Koné 3 Cissé 3 Touré 3 Mbaye 2 Nguyen 8 Tran 4 Pham 3 Le 2 Vo 1 Chen 4 "
    "Wang 4 Li 3 Zhang 3 Liu 2 Tanaka 1 Sato 1 Kim 2 Park 1 Cohen 6 Lévy 6 Benhamou 2 Azoulay 2 Kowalski 2 "
    "Nowak 2 Wiśniewska 1 Popescu 2 Ionescu 1 Ivanova 1 Petrova 1 Smith 3 Taylor 2 Brown 2 O'Connor 1 "
    "MacLeod 1 Van_den_Broeck 2 De_Smet 2 Peeters 3 Janssens 3 Claes 2 Dubuisson 2 Yılmaz 2 Kaya 1 Sharma 1 "
    "Müller 2 Schröder 1 Björklund 1 Sørensen 1 Håkansson 1 Papadopoulos 1 Arslanian 2 Sarkissian 2 Sahakyan 1"
)
