# ruff: noqa: E501
"""Where made people live: towns around each store and across France and Belgium, streets and house numbers."""

from __future__ import annotations

import itertools
import random
from bisect import bisect
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Town:
    """A town or a city district with its postcode."""

    postcode: str
    name: str
    country: str = "FR"


@dataclass(frozen=True, kw_only=True)
class Home:
    """A postal address as a person says it."""

    lines: tuple[str, ...]
    town: Town


def draw_home(rng: random.Random, *, near: str | None) -> Home:
    """Return an address near the store ``near``, or anywhere in France when it is ``None``.

    One in seven customers of a store lives far from it: travellers, second homes, people who moved.
    """
    area = _FRANCE if near is None or rng.random() < 0.14 else _AROUND.get(near, _FRANCE)
    town = area.draw(rng)
    lines = [f"{_draw_house_number(rng)} {_draw_street(rng, country=town.country)}"]
    dice = rng.random()
    if dice < 0.10:
        lines.insert(0, f"Bâtiment {rng.choice('ABCD')}, appartement {rng.randint(1, 64)}")
    elif dice < 0.16:
        lines.insert(0, f"{rng.randint(1, 6)}e étage, porte {rng.choice(('droite', 'gauche', 'face'))}")
    elif dice < 0.19:
        lines.insert(0, f"Résidence {rng.choice(_RESIDENCES)}")
    return Home(lines=tuple(lines), town=town)


class _Area:
    """Towns with weights, one on each line: ``postcode weight name``."""

    def __init__(self, text: str, *, country: str = "FR") -> None:
        towns, weights = [], []
        for line in text.strip().splitlines():
            postcode, weight, name = line.split(maxsplit=2)
            towns.append(Town(postcode=postcode, name=name, country=country))
            weights.append(int(weight))
        self._towns: Final = towns
        self._sums: Final = list(itertools.accumulate(weights))

    def draw(self, rng: random.Random) -> Town:
        return self._towns[bisect(self._sums, rng.random() * self._sums[-1])]


def _draw_house_number(rng: random.Random) -> str:
    number = max(1, int(rng.expovariate(1 / 38)))
    dice = rng.random()
    if dice < 0.07:
        return f"{number} bis"
    return f"{number} ter" if dice < 0.08 else str(number)


def _draw_street(rng: random.Random, *, country: str) -> str:
    if country == "BE":
        return rng.choice(_BELGIAN_STREETS)
    kind = rng.choices(_STREET_KINDS, _STREET_WEIGHTS)[0]
    return f"{kind} {rng.choice(_STREET_NAMES)}"


_STREET_KINDS: Final = ("rue", "avenue", "boulevard", "place", "impasse", "allée", "chemin", "quai", "cours")
_STREET_WEIGHTS: Final = (58, 14, 9, 5, 4, 4, 3, 2, 1)

_STREET_NAMES: Final = (
    "Victor-Hugo", "de la République", "Jean-Jaurès", "Pasteur", "du Général-de-Gaulle", "Gambetta", "Carnot",
    "de la Liberté", "des Écoles", "de l'Église", "du Moulin", "des Lilas", "des Tilleuls", "Voltaire",
    "Émile-Zola", "Jules-Ferry", "du Maréchal-Foch", "Saint-Martin", "Saint-Antoine", "Notre-Dame", "de Paris",
    "de la Paix", "du Château", "de la Gare", "de Verdun", "Anatole-France", "Jean-Moulin", "Aristide-Briand",
    "Georges-Clemenceau", "Lamartine", "Molière", "Racine", "Condorcet", "Diderot", "de Turenne", "de Bretagne",
    "des Francs-Bourgeois", "de Sévigné", "Vieille-du-Temple", "du Bac", "de Grenelle", "de Vaugirard",
    "Mouffetard", "Oberkampf", "des Martyrs", "Lepic", "Caulaincourt", "de Courcelles", "de Lévis", "Legendre",
    "de Passy", "de la Pompe", "Raynouard", "Mozart", "Cler", "Saint-Dominique", "Sainte-Catherine",
    "du Palais-Gallien", "Judaïque", "Fondaudège", "du Loup", "Mably", "Bossuet", "Vendôme", "Garibaldi",
    "de Créqui", "Duguesclin", "Cuvier", "Tronchet", "Sala", "Auguste-Comte", "des Remparts-d'Ainay",
    "de la Charité", "Mercière", "du Bœuf", "des Capucins", "de la Croix-Rousse", "Marius-Berliet", "des Acacias",
    "des Vignes", "du Pré-aux-Clercs", "de l'Abbé-Grégoire", "d'Alésia", "du Bel-Air", "des Roses", "des Érables",
    "du Lavoir", "de la Fontaine", "des Peupliers", "du Stade", "de Strasbourg", "d'Alsace", "de Lorraine",
    "Louis-Blanc", "Marceau", "Kléber", "Hoche", "Thiers", "Ampère", "Marie-Curie", "George-Sand", "Colette",
    "Simone-Veil", "Louise-Michel", "Berthe-Morisot", "Camille-Claudel", "Claude-Monet", "Auguste-Renoir",
)  # fmt: skip

_BELGIAN_STREETS: Final = (
    "avenue Louise", "rue Américaine", "rue du Bailli", "chaussée de Charleroi", "avenue Molière", "rue Darwin",
    "chaussée de Waterloo", "rue Vanderkindere", "avenue Brugmann", "rue de la Paille", "rue Haute", "rue Blaes",
    "avenue de Tervueren", "rue du Page", "place du Châtelain", "rue Dansaert", "rue de Flandre", "rue Lesbroussart",
    "avenue des Villas", "rue Faider", "drève de Lorraine", "avenue Winston-Churchill", "rue Defacqz",
)  # fmt: skip

_RESIDENCES: Final = (
    "Les Cèdres",
    "Le Parc",
    "Bellevue",
    "Les Terrasses",
    "Le Clos Fleuri",
    "Beau Site",
    "Les Jardins",
)

_PARIS: Final = """
75001 4 Paris
75002 4 Paris
75003 9 Paris
75004 8 Paris
75005 7 Paris
75006 8 Paris
75007 9 Paris
75008 8 Paris
75009 8 Paris
75010 7 Paris
75011 10 Paris
75012 8 Paris
75013 7 Paris
75014 8 Paris
75015 12 Paris
75016 14 Paris
75017 12 Paris
75018 9 Paris
75019 6 Paris
75020 8 Paris
92200 8 Neuilly-sur-Seine
92100 8 Boulogne-Billancourt
92300 5 Levallois-Perret
92130 3 Issy-les-Moulineaux
92400 3 Courbevoie
92500 2 Rueil-Malmaison
92210 2 Saint-Cloud
92330 2 Sceaux
78000 4 Versailles
78100 2 Saint-Germain-en-Laye
78150 1 Le Chesnay-Rocquencourt
78600 1 Maisons-Laffitte
94300 3 Vincennes
94160 2 Saint-Mandé
94130 1 Nogent-sur-Marne
94100 2 Saint-Maur-des-Fossés
93100 3 Montreuil
93260 1 Les Lilas
93500 1 Pantin
95880 1 Enghien-les-Bains
77300 1 Fontainebleau
"""

_AROUND: Final[dict[str, _Area]] = {
    "marais": _Area(_PARIS),
    "saint-honore": _Area(_PARIS),
    "lyon": _Area(
        """
69001 6 Lyon
69002 12 Lyon
69003 10 Lyon
69004 8 Lyon
69005 7 Lyon
69006 14 Lyon
69007 8 Lyon
69008 6 Lyon
69009 6 Lyon
69100 7 Villeurbanne
69300 5 Caluire-et-Cuire
69130 4 Écully
69110 3 Sainte-Foy-lès-Lyon
69160 3 Tassin-la-Demi-Lune
69370 2 Saint-Didier-au-Mont-d'Or
69410 2 Champagne-au-Mont-d'Or
69500 2 Bron
69400 2 Villefranche-sur-Saône
38000 4 Grenoble
38200 1 Vienne
42000 2 Saint-Étienne
74000 3 Annecy
73000 1 Chambéry
71000 1 Mâcon
01000 1 Bourg-en-Bresse
"""
    ),
    "bordeaux": _Area(
        """
33000 26 Bordeaux
33100 6 Bordeaux
33200 8 Bordeaux
33300 4 Bordeaux
33800 4 Bordeaux
33110 5 Le Bouscat
33700 4 Mérignac
33600 4 Pessac
33400 4 Talence
33520 2 Bruges
33120 4 Arcachon
33260 2 La Teste-de-Buch
33500 2 Libourne
33330 1 Saint-Émilion
33950 2 Lège-Cap-Ferret
40000 1 Mont-de-Marsan
47000 1 Agen
24000 1 Périgueux
64200 2 Biarritz
64100 2 Bayonne
17000 2 La Rochelle
16000 1 Angoulême
"""
    ),
    "bruxelles": _Area(
        """
1000 8 Bruxelles
1050 14 Ixelles
1060 6 Saint-Gilles
1180 12 Uccle
1150 8 Woluwe-Saint-Pierre
1200 5 Woluwe-Saint-Lambert
1040 5 Etterbeek
1030 5 Schaerbeek
1170 4 Watermael-Boitsfort
1190 3 Forest
1410 3 Waterloo
1300 2 Wavre
5000 3 Namur
4000 3 Liège
7000 1 Mons
9000 2 Gent
2000 2 Antwerpen
""",
        country="BE",
    ),
}

_FRANCE: Final = _Area(
    """
75011 4 Paris
75015 5 Paris
75018 4 Paris
13001 3 Marseille
13006 4 Marseille
13008 5 Marseille
13100 5 Aix-en-Provence
06000 6 Nice
06400 3 Cannes
06600 2 Antibes
31000 9 Toulouse
34000 6 Montpellier
44000 7 Nantes
35000 5 Rennes
59000 7 Lille
59100 2 Roubaix
67000 7 Strasbourg
68000 1 Colmar
51100 3 Reims
76000 4 Rouen
76600 2 Le Havre
14000 3 Caen
14800 1 Deauville
21000 3 Dijon
25000 2 Besançon
54000 3 Nancy
57000 2 Metz
45000 3 Orléans
37000 3 Tours
49000 3 Angers
72000 2 Le Mans
86000 2 Poitiers
87000 2 Limoges
63000 3 Clermont-Ferrand
29200 3 Brest
56000 2 Vannes
35400 1 Saint-Malo
83000 3 Toulon
83990 1 Saint-Tropez
84000 2 Avignon
30000 2 Nîmes
66000 2 Perpignan
20000 1 Ajaccio
20200 1 Bastia
64000 2 Pau
65000 1 Tarbes
80000 2 Amiens
60200 1 Compiègne
60500 1 Chantilly
62200 1 Boulogne-sur-Mer
10000 1 Troyes
89000 1 Auxerre
18000 1 Bourges
41000 1 Blois
17000 1 La Rochelle
85100 1 Les Sables-d'Olonne
05000 1 Gap
26000 2 Valence
07000 1 Privas
15000 1 Aurillac
12000 1 Rodez
97400 1 Saint-Denis
"""
)
