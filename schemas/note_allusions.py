# ruff: noqa: E501  (a pattern is read whole)
"""Patterns of the note detector for what is said around a thing: by the signs, helpers, garments, feasts, places
and sayings that go with it. Over folded text, as ``note_words``."""

from collections.abc import Mapping
from typing import Final

_HER: Final = r"(?:her|his|their|son|sa|ses|leur|leurs)"
_JOINT: Final = r"(?:dos|genoux?|hanches?|chevilles?|epaules?|poignets?|jambes?|nuque|cervicales|backs?|knees?|hips?|shoulders?|ankles?|wrists?|neck|legs?)"
_HURTS: Final = r"(?:(?:l |le |la |lui )?(?:fait|font) (?:souffrir|mal)|ne plien?t? plus|douloureu\w*|foutue?s?|cassee?s?|fracture\w*|bloquee?s?|enfle\w*|gonfle\w*|pains?|injur\w+|(?:is |are )?killing|hurts?|aches?|problems?|trouble|swollen|broken|plus courte)"

_ILLNESS: Final = (
    r"irm|mri|ct scan|biops\w+|coloscop\w+|colonoscop\w+|mammogra\w+|prise de sang|bilan sanguin|blood (?:tests?|sugar|pressure|disorder)|radiographie|ponction|chemo port",
    rf"(?:{_HER}|un|une|une? nouvelle?|voit|chez (?:le|la|un|une)|suivie? par (?:un|une)|sees? an?|seeing an?) (?:aide[- ]soignante?|garde[- ]malade|auxiliaire de vie|orthophoniste|kine\w*|psy\w*|ergotherap\w+|oncolog\w+|cardiolog\w+|neurolog\w+|urolog\w+|physio\w*|therapist|shrink|carers?|caregivers?|specialist)\b",
    r"(?:infirmi\w+|nurse|aide[- ]soignante?|carer) (?:vient|passe|comes?|visits?|chaque|tous les|every)|speech therap\w+|orthophonist\w*",
    rf"{_JOINT} (?:\w+ )?{_HURTS}|(?:souffre|souffrait|suffers?|suffering) (?:de|du|des|d|from|with)(?: \w+)? \w+|bad (?:back|knees?|hips?|heart)|slipped disc",
    r"deambulateur|walking frame|zimmer|bequilles?|crutches|walking stick|avec (?:une|sa) canne|assistance respiratoire|respirateur|stents?\b|sonde (?:gastrique|urinaire)|minerve|corset (?:medical|orthopedique)|attelle|insulin pump|pompe a insuline",
    r"(?:prend|prenait|avale|gobe|takes?|taking|sous|on) (?:\w+ ){0,2}(?:cachets?|pills?|comprimes|calmants?|anxiolytiq\w*|tranquilli[sz]\w+|sedatives?|neuroleptiq\w*|steroids|betabloquants?)|calmants?|for (?:her|his) nerves",
    r"daltonien\w*|colou?r ?blind|dmla|(?:vue|ouie|audition|memoire) (?:qui )?(?:baisse|decline)|perd (?:la|l) (?:vue|ouie|memoire)|los(?:ing|t) (?:her|his) (?:sight|eyesight|hearing|memory)|los[et]s? an? (?:eye|leg|arm|finger|breast|kidney)|borgne|one eyed|early dementia",
    r"insomnia\w*|tremblements?|shak(?:y|ing) hands|tremors?|vertiges|faint(?:ed|s|ing)|evanoui\w*|fait (?:une|des) (?:chutes?|crises?|malaises?)|(?:trouble|difficulty|struggles? to|hard to) (?:breath\w*|walk\w*|stand\w*|swallow\w*)|(?:du mal|peine|difficultes) a (?:respirer|marcher|se lever|se tenir|tenir debout|monter)|station debout|must sit\b|panic attacks?",
    r"rechut\w+|relaps\w+|nouveau protocole|protocole de soins?|(?:recovering|recovered) from|se (?:remet|releve) (?:\w+ )?(?:de|d|du)\b|en remission|(?:waiting list|liste d attente|attend)(?: \w+){0,2} (?:greffe|rein|kidney|liver|foie|coeur|transplant)|leuk(?:a)?emi\w*|shingles|zona\b|(?:traitement|treatment) (?:contre|for) \w+|polio\w*|hypertension|cholesterol|coeur ouvert|open heart|high risk",
    r"(?:gluten|lactose)[- ](?:intoleran\w+|free)|intoleran\w+ (?:au|a|to) (?:gluten|lactose)|coelia\w+|celiac|menopaus\w+|bouffees de chaleur|hot flush\w*|sautes d humeur|mood swings|borderline (?:\||changes|personality|elle|il|she|he)|lost (?:twins|the twins|a twin)",
    r"(?:elle|il|she|he) (?:a )?(?:beat|vaincu|battu|survecu|survived) (?:a |au |an? )?\w+|desintox\w*|detox (?:clinic|cure)|dans le coma",
)

_FEAST: Final = r"(?:yom )?(?:kippour|kippur|shabbat|sabbath|ramadan|careme|pessah|passover|rosh hashana\w*|souccot|toussaint|orthodox christmas)"
_FAITH: Final = (
    rf"(?:ferme|fermee?s?|absente?s?|off|closed|away|jamais|never|indisponible|ne travaille pas|pas d appel|no calls|does ?n t work)(?: \w+){{0,4}} {_FEAST}|(?:coptic|orthodox) (?:christmas|easter)",
    r"(?:doesn t|does not|ne|never|no) (?:work|travaille|drive|conduit|travels?)(?: pas)? (?:on |le )?(?:samedis?|saturdays?|vendredis?|fridays?|sundays?|dimanches?)(?: \w+)? (?:tres |very )?(?:pratiqu\w+|religi\w+|observant|croyant\w*)",
    r"(?:porte|wears?|en|in|sous) (?:une? |an? |the |her |son |sa |le |la )?(?:abaya|hijab|voile integral|kippa\w*|turban|niqab|burqa|burka|tchador|djellaba|qamis|headscarf|soutane|croix mais)",
    r"(?:la )?mecque|mecca|hadj|hajj|omra\b|umrah|pelerin\w*|pilgrim\w*",
    r"vicars?|rabbins?|rabbis?|imams?|moines?|monks?\b|pretres?|priests?|pasteure?s?|pastors?|eveques?|bishops?|diacres?|deacons?|clergy\w*|missionar\w+|missionnaires?|soeur de la paroisse|bonnes? soeurs?",
    r"gospel choir|(?:very|tres|strict\w*|devout|old school|good|bon(?:ne)?s?) (?:christian\w*|chretien\w*|catholi\w+|protestant\w*|observant)|christian (?:values|family|school)",
    r"(?:non[- ]?)?believers?|mecreante?s?|incroyante?s?|(?:ne croit|croit) (?:pas|plus) (?:en dieu|a rien)|mais ne croit pas|no religion|religion oblige|raisons? religieuses?|hates? (?:christmas|church\w*|priests?)|hare krishna|coptes?|coptic|maronites?|druzes?|evangeli\w+|distribue des (?:bibles|tracts religieux)",
    r"(?:no|pas de|jamais de|sans|ni) (?:meat|viande|pork|porc|alcool|alcohol)(?: \w+){0,2} (?:fridays?|vendredis?|religion|ramadan|faith|foi|careme|lent)|jeune (?:jusqu|depuis|en ce moment|pendant|tous les)|fast(?:s|ing) (?:until|this|during|all)|toute l eglise|(?:her|his|their) church|(?:son|leur|notre) eglise",
    r"pray(?:s|ed|ing)\b|priait\b|ne serre pas la main|left the jehovah\w*",
)

_FROM: Final = (
    r"(?:ghan[ae]\w+|beninois\w*|togolais\w*|cambodg\w+|cambodian|laotien\w*|thai\w*|philippin\w*|filipin\w+|bresilien\w*|brazilian\w*|colombi[ae]\w*|peruvi\w+|venezuel\w+|cubaine?s?|afghan\w*|irakien\w*|iraqi\w*|"
    r"egypti\w+|libyen\w*|soudanais\w*|sudanese|somali\w*|comorien\w*|malgaches?|slaves?|moldav\w+|georgien\w*|armenian|armenien\w*|kazakh\w*|saoudi\w+|syrien\w*|syrian\w*|senegalais\w*|portugais\w*|pakistani\w*|vietnam\w+|korean|coreen\w*|chinois\w*|chinese|"
    r"indien\w*|indian|russ\w+|roumain\w*|romanian|polonais\w*|polish|turc\w*|turque\w*|turkish|arabes?|africain\w*|african|antillais\w*|maghrebin\w*|algerien\w*|marocain\w*|tunisien\w*|roms?|nigeri\w+)"
)
_WHO: Final = r"(?:femmes?|hommes?|dames?|couples?|famil\w+|ladies|lady|m[ae]n|wom[ae]n|customers?|clients?|clientes?|drivers?|chauffeurs?|owners?|patronnes?|concierges?|maids?|bonnes?|nannies|nanny|friends?|wife|husband|mari|money|mafia|gangs?|blood)"
_ORIGINS: Final = (
    rf"{_FROM} (?:\w+ ){{0,2}}{_WHO}\b|{_WHO} (?:d origine )?{_FROM}",
    rf"(?:half|mi|moitie|a moitie|is|are|(?:she|he|they) (?:s|re)|est|sont|une|un|les|ces|des) {_FROM}(?: (?:tres|qui|de l|who|par|toujours|et|and|genre|prevenu|\||$))|(?:half|mixed) {_FROM}|she is mixed|he is mixed",
    rf"(?:{_HER}) (?:mother|father|parents|grandparents|mere|pere|famille|family|origines) (?:is|are|est|sont|vient|viennent|come|comes) (?:de |from |d )?{_FROM}",
    rf"^{_FROM}(?: (?!style|silk|soie|tapis)|$)|\| {_FROM} \|",
    rf"(?:passeport|passport|visa|papiers|carte d identite) {_FROM}|faux papiers|carte de sejour|titre de sejour",
    r"accent (?:de l est|slave|du bled|tres prononce|a couper|des pays)|gens de l est|(?:people|someone) from the east|foreigners?|etrangers?\b(?! (?:a |au ))|(?:barely|hardly|does ?n t) speaks? (?:french|english|a word)|parle a peine (?:le )?(?:francais|anglais)|du bled|consonance \w+|travelling (?:community|people)|jusqu au bout des ongles mefiance",
)

_NAMED: Final = r"(?:macron|melenchon|le pen|lepen|zemmour|bardella|sarkozy|mitterrand|chirac|ciotti|rousseau|trump|biden|obama|starmer|corbyn|farage|thatcher|reconquete|lfi|rn\b|verts|greens?|tories|tory|lib dems?|labour|conservatives?|ecolos?|ecologistes?)"
_POLITICS: Final = (
    rf"(?:fan|fans|anti|pro|contre|against|adore|deteste|hates?|loves?|supports?|affiches?|colle|tracte|milite|meeting|canvass\w*|campaign\w*|votes?|donne a|donates? to|ran for|stood for|stands for|candidate? (?:pour|des|chez))(?: \w+){{0,3}} {_NAMED}",
    r"(?:local|young|card[- ]carrying|lifelong) (?:conservative\w*|socialist\w*|labour|tory|tories|green|communist\w*|liberal)|(?:conservative|labour|tory|green) association",
    r"manifs?\b|(?:va|vient|etait|sort) (?:aux|des|de la) manif\w*|manifeste (?:et|contre|pour|tous|avec)|demonstrat(?:es|ed|ion)s?\b|protest(?:s|ed|er|ers)\b|rants? about|libertarian\w*|libertarien\w*|pro[- ]life|manif pour tous|extinction rebellion|greenpeace|oxfam",
    r"cftc|cfe[- ]cgc|(?:delegue|deleguee|representante?|permanente?|elue?) (?:fo|cfdt|cgt|cftc|sud|unsa|syndical\w*)|grevist\w*|gauche caviar",
)

_PRIVATE: Final = (
    r"(?:vit|est|sort|couche|part|lives?|sleeps?|goes out|into|prefere|aime) (?:avec |with |in |que |only |)(?:une femme|un homme|des hommes|les hommes|les femmes|des femmes|hommes maries|women|men|girls|boys)\b",
    r"(?:ne (?:pas|rien|surtout pas)|do not|don t|never) (?:parler|dire|mentionner|evoquer|tell|mention|say)(?: \w+){0,3} (?:mari|femme|epouse|wife|husband)|(?:wife|husband|mari|femme|epouse) (?:does not|doesn t|must not|ne|n) (?:\w+ )?(?:know|sait|savoir|knows)",
    r"(?:brings?|vient avec|amene) (?:une? |an? )?(?:new|different|autre|nouvelle?) (?:girl|guy|man|woman|fille|femme|mec|homme)|tinder|grindr|gleeden|meetic|dating (?:app|site)s?|site de rencontres?",
    r"(?:la|le|l|les) (?:trompe\w*|trompait)|trompe (?:sa|son|ses)|couple (?:ouvert|libre)|open (?:marriage|relationship|couple)|(?:two|deux) (?:moms|mums|dads|mamans|papas)|(?:biological|birth) (?:one|mother|father)|mariage (?:blanc|arrange)|sham marriage|(?:amie|ami|copine) tarifee?|his (?:boyfriend|husband)|her (?:girlfriend|wife)|(?:aime|frequente) les hommes maries",
    r"(?:il|elle|he|she) est (?:gay|homo\w*|lesbienne|bi)|change de sexe|swingers?|clubs? (?:echangiste|libertin)\w*",
)

_LAWLESS: Final = (
    r"sous caution|on bail|bailed|controle judiciaire|house arrest|assigne\w* a residence|stupefiants|(?:doing|serving) (?:\w+ )?(?:years|time|life)|en prison\b|in prison\b|insider trading|delit d initie",
    r"(?:ennuis|problemes|demeles|soucis|trouble) (?:avec|with) (?:la |the )?(?:justice|police|law|loi|fisc)|connue? (?:des|de la) (?:services|police)|known to (?:the )?police|recherchee? par|wanted (?:for|by)\b",
    r"stolen (?:cards?|bags?|goods|cheques?)|(?:carte|cartes|cheque) volee?s?|tags? swapped|swapp\w+ (?:the )?(?:tags?|labels?)|(?:change|echange)\w* (?:l |les )?etiquettes?|sans payer|without paying|walked out with",
    r"(?:glisse\w*|cache\w*|fourre\w*|slipp\w+|hid\w*|put) .{0,24}(?:dans|into|in|under|sous) (?:son|sa|her|his) (?:sac|poche|manteau|bag|coat|pocket)",
    r"assault\w*|lost custody|travaille au noir|au black\b|off the books|undeclared|non declare\w*|(?:drunk|ivre) (?:at the wheel|au volant)|(?:fake|forged|faux|fausse?) (?:twenty|fifty|hundred|billets?|coupures?|id\b)|in the papers for|vigile prevenu|attention au vol",
)

_SAID_BADLY: Final = (
    r"(?:has|avec|a) (?:the |une? |des )?(?:brains?|cervelle|cerveau) (?:of|de|d)|(?:reine?|queen|king|roi) (?:des|of) (?:pestes?|connes?|england|mean|the pests?)|thinks? (?:she|he) (?:is|s|owns)|se prend pour|se croit|je[- ]sais[- ]tout|know[- ]it[- ]all|miss know",
    r"(?:a |royal |real )?pain in (?:the|my)|royal pain|imbuvables?|pauvre (?:cloche|pomme|tache|gourde)|(?:quelle |une |vraie |grosse )?(?:nouille|quiche|andouille|cornichon|courge)$|leech\w*|sangsues?|(?:is|quelle|vraie?|une?) (?:a )?(?:snake|vipere|serpent|hyena|hyene|vautour)\b",
    r"(?:old|greedy) (?:crow|goat|bat|cow|witch|toad|trout)|vieille? (?:pie|bique|chouette|carne|rosse|chevre|bouc)|vieux (?:bouc|singe|rat|grincheux)|grandes? gueules?|gueularde?s?|capricieu\w+|lunatiques?|desagreables?\b(?! (?:au|a la))|mal lunee?|mal embouche\w*|mean spirited|spiteful|whin(?:y|er|ing)|moody|grumpy|grincheu\w+",
    r"d une betise|too (?:stupid|dumb|thick) to|sans education|mal eleve\w*|claque des doigts|snaps? (?:her|his) fingers|graveleu\w+|(?:dumb|thick|dense|daft|con|conne|bete) (?:as|comme) (?:a |an |un |une |ses )?\w+|(?:not the|isn t the|pas le|pas la) (?:\w+est|plus) \w+ (?:in|of|du|de la)",
    r"pour (?:des |ses |un |une )?(?:chiens?|larbins?|domestiques?|bonnes?|esclaves?)\b|(?:us|staff|people) like (?:dogs|dirt|servants)|nutters?|cretine?s?|faux culs?|espece de \w+|bonne femme|comme une gamine|spoil(?:ed|t)|(?:il|elle) est lourde? (?:ce|cette)",
)

_SHAPES: Final = (
    r"(?:a|has|avait) (?:beaucoup |bien |encore |tellement )?(?:grossi|maigri|enfle|forci|epaissi)\b|(?:looks|ressemble|bati\w*|built) (?:like|a|comme) (?:an? |un |une )?(?:scarecrow|fridge|frigo|tank|armoire|barrique|tonneau|baleine|whale|cow|pig|horse|cheval|skeleton|squelette|bouledogue)",
    r"(?:jambes|chevilles|mollets|bras|cuisses|legs|ankles|arms) (?:comme|like) (?:des |de |tree )?\w+|silhouette (?:en|disgra\w*|lourde|massive|ingrate)|trapue?s?\b|bedonnant\w*|chauves?\b|calvitie|bald(?:ing)?\b|hair is (?:thinning|falling)|cheveux clairsemes",
    r"bouche en \w+|dents (?:de travers|pourries|jaunes|avancees|de lapin)|(?:rotten|crooked|yellow|buck) teeth|sourire jaune|nez refait|had (?:some |a lot of )?work done|coup de vieux|fait (?:plus|dix ans|dix ans de) (?:vieille|vieux|plus|agee?)|(?:looks?|older) than (?:her|his) age|aged badly|mal vieilli|ne rentre dans rien|(?:she|he) is (?:so |really |now )?(?:huge|enormous|massive)",
)

_CARED_FOR: Final = (
    r"(?:fille|fils|garcon|enfant|petit|petite|ado|son|daughter|boy|girl|kid|kids|child|teen\w*|teenage daughter)\b.{0,30}\b(?:suivie? par|orthophoniste|fait des crises|self[- ]harms?|se scarifie|scarifi\w+|seule? a la maison|au pair|home (?:by|alone)|dys\w+ie|hyperactif\w*)",
    r"kids? (?:are|is|go) (?:at|to) (?:st|saint|\w+ (?:primary|school))",
)

_MONEY: Final = (
    r"(?:retraite|pension|salaire|paie) de misere|(?:way |well )?(?:above|beyond) (?:her|his|their) means|doit de l argent|(?:vend|sells?|selling|revend) (?:ses|son|her|his|all her) (?:bijoux|meubles|voiture|jewel\w*|furniture|car) (?:pour|to)|gambl\w+|joue (?:au casino|aux courses|tout)|in administration|interdite? (?:de chequiers?|bancaire)",
    r"tight budget|on a budget since|fortune\b|\d+ ?(?:m\b|millions?|milliards?)|(?:one|two|three|four|five|six|ten|deux|trois|dix|cent) (?:millions?|milliards?)|inherited|a herite|(?:card|carte|cheque|check) (?:bounced|rejete\w*)|au bord de la (?:faillite|ruine)|laissee? sans (?:rien|le sou|un sou|argent)|left (?:her|him) (?:with nothing|penniless)|(?:pay|payer) in (?:ten|many|several|twelve) (?:times|instal\w+)|avec .{0,12}(?:tickets? resto|pieces)",
)

_KEPT_SECRET: Final = (
    r"(?:code|digicode) (?:de |du |de la |d |for the )?(?:porte|immeuble|portail|hall|garage|entree|alarme|door|gate|building|alarm) [a-z]?\d{4,}[a-z]?\b|(?:alarm|alarme) (?:\w+ )?\d{4,}\b|(?:carte|titre) de sejour \W?\d+|(?:cb|pin|code)\b.{0,40}: ?\d{4}\b|spare key (?:with|at|under)|double des cles (?:chez|sous)|(?:mot de passe|password|mdp)\b.{0,30}\w+\d{2,}",
)

REFUSED_BY_ALLUSION: Final[Mapping[str, tuple[str, ...]]] = {
    "health": _ILLNESS,
    "religion": _FAITH,
    "origin": _ORIGINS,
    "union": _POLITICS,
    "sex_life": _PRIVATE,
    "offence": _LAWLESS,
    "insult": _SAID_BADLY,
    "body": _SHAPES,
    "minor": _CARED_FOR,
    "secret": _KEPT_SECRET,
}
WARNED_BY_ALLUSION: Final[Mapping[str, tuple[str, ...]]] = {"money": _MONEY}
