# ruff: noqa: E501  (a pattern is read whole)
"""Patterns of the note detector that are put together from lists: who people are, what bodies and children are
said to be, and the ways in which such things are said. Over folded text, as ``note_words``."""

from collections.abc import Mapping
from typing import Final


def _any(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


# -- things ----------------------------------------------------------------------------------------

_THING: Final = _any(
    "sacs? bags? totes? cabas pochettes? clutch\\w* robes? dress(?:es)? jupes? skirts? vestes? jackets? manteaux? coats? pulls? sweaters?"
    " knits? mailles? chemis\\w+ shirts? blouses? pantalons? trousers jeans costumes? suits? cravates? ties? foulards? scarf scarves carres?"
    " silks? soies? cuirs? leathers? laines? wool tissus? fabrics? cotons? cotton lins? linen toiles? canvas chaussures? shoes? bottes? boots?"
    " talons? heels? semelles? soles? escarpins? pumps? sandales? sandals? slippers? ceintures? belts? straps? sangles? anses? handles? boucles?"
    " buckles? clasps? fermoirs? fermetures? zips? boutons? buttons? coutures? stitch\\w* ourlets? hems? doublures? linings? manches? sleeves?"
    " cols? collars? poches? pockets? bijoux? jewel\\w* bagues? rings? colliers? necklaces? bracelets? montres? perles? pearls?"
    " pierres? stones? chaines? chains? broches? parfums? perfumes? scents? collections? modeles? models? lignes? couleurs? colou?rs? teintes?"
    " shades? motifs? patterns? imprimes? prints? coupes? cuts? tailles? sizes? prix prices? logos? vitrines? windows? boutiques? stores? shops?"
    " cabines? queues? colis parcels? commandes? orders? livraisons? deliver\\w+ produits? articles? pieces? etuis? cases? tapis rugs? the tea"
    " cafe coffee chocolats? meteo weather musique music accessoires?"
)
_SOFT: Final = _any(
    "moches? laide?s? ugly vulgaires? vulgar betes? dumb stupide?s? stupid insane crazy foux? fous folles? enormes? huge gros grosses? fat skinny"
    " lourde?s? heavy pauvres? poor tristes? horribles? ridicules? ridiculous penibles? nasty cheap tacky malades? sick fatiguee?s? noire?s? black"
    " affreu\\w+ hideu\\w+ maigres? chauves? nulle?s? sales? vieu\\w+ vieilles? old gay jolie?s? sexy belles? beaux nice lovely"
)
_BETWEEN: Final = r"(?: (?!elle|il|she|he|cliente?|femme|homme|woman|man|and|et|mais|but|her|his)\w+){0,3}"

# What is said of a thing is said of no person: a harsh word beside it counts for nothing.
_OF_THINGS: Final = (
    rf"{_THING}{_BETWEEN} {_SOFT}",
    rf"{_SOFT}(?: \w+)? {_THING}",
    rf"{_THING}(?: (?:de|d|en|from))? %(people)s",
    rf"%(people)s(?: \w+)? {_THING}",
    r"steal (?:the (?:look|show|price)|at (?:this|that)|of the)|a steal|police (?:d assurance|blue|font|officers?)|polic(?:e|y) number",
    r"elue? (?:de l annee|meilleur\w*|par (?:les|le))|(?:depression|baisse|chute) (?:des ventes|du marche|saisonniere)|(?:histoire|history|livres?|books?)"
    r" (?:des|of|on|sur les|about) religions?|votes? (?:pour|for) (?:le|la|the) (?:rouge|bleu\w*|noir\w*|vert\w*|red|blue|black|green|one)",
)

# -- people ----------------------------------------------------------------------------------------

_PERSON: Final = _any(
    "femmes? hommes? dames? messieurs monsieur madame mecs? nanas? types? clientes? clients? couples? familles?"
    " filles? garcons? gens ladies lady men man women woman guys? girls? boys? family families customers?"
    " people persons? personnes? gentlem[ae]n males? females? kids? buyers? acheteuses? acheteurs? epouse mari"
    " husband wife voisine? mere pere mother father"
)
_PEOPLE: Final = _any(
    "arabes? arabs? arabic maghrebine?s? algerienn?e?s? algerians? marocaine?s? moroccans? tunisienn?e?s?"
    " tunisians? africaine?s? africans? senegalaise?s? malienn?e?s? ivoirienn?e?s? camerounaise?s?"
    " congolaise?s? nigerians? ethiopi\\w+ antillaise?s? caribbean jamaicans? haitienn?e?s? asiatiques? asians?"
    " chinoise?s? chinese japonaise?s? coreenn?e?s? koreans? vietnamienn?e?s? vietnamese indienn?e?s? indians?"
    " pakistanaise?s? pakistanis? bengali\\w* tamoule?s? turque?s? turcs? turks? turkish kurdes? kurdish"
    " iranienn?e?s? iranians? persane?s? libanaise?s? lebanese syrienn?e?s? syrians? saoudienn?e?s? saudis?"
    " qataris? emiratis? koweitienn?e?s? russes? russians? ukrainienn?e?s? ukrainians? polonaise?s? polish poles?"
    " roumaine?s? romanians? bulgares? bulgarians? albanaise?s? albanians? serbes? tchetchenes? roms? romas?"
    " gitane?s? gypsy gypsies tsiganes? manouches? noire?s? blacks? metisse?s? mulatre\\w* latinos? latinas?"
    " hispanics? hispaniques? mexicaine?s? mexicans? caucasians? caucasienn?e?s? israelienn?e?s? israelis?"
    " juive?s? juifs? jewish beurs? beurettes? rebeue?s? reunionnaise?s? kabyles? berberes? portugaise?s?"
)
HARMLESS_BY_PATTERN: Final = tuple(pattern.replace("%(people)s", _PEOPLE) for pattern in _OF_THINGS)
_DOES: Final = _any(
    "parle parlent speaks? paie paye payent pays? vient viennent comes? aime likes? loves? veut wants? achete buys?"
    " habite lives? travaille works? fait ne negocie\\w* marchande\\w* haggles? surveiller"
)
_SAID_OF: Final = _any("tres plutot assez un peu very quite rather really vraiment probably sans doute jeune")
_ORIGIN: Final = (
    rf"{_PERSON} (?:(?:de|d) )?(?:{_SAID_OF} )?(?:origine )?{_PEOPLE}",
    rf"{_PEOPLE} (?:\w+ )?{_PERSON}(?! (?:style|silk))",
    rf"(?:c est|est|elle est|il est|sont|she s|he s|is|are) (?:une?|des|a|an) {_PEOPLE}",
    rf"(?:half|part|moitie|mi|quart|typique|typically|physique|type|genre) {_PEOPLE}",
    rf"{_PEOPLE} (?:typique\w*|descent|origins?|immigrants?|roots|background|heritage|blood|looking|surname|by birth"
    r"|on (?:his|her|the) (?:father|mother)|par (?:son|sa) (?:pere|mere)|de naissance|names?)",
    rf"(?:nom|prenom|racines|nationalite|sang|physique|ascendance) {_PEOPLE}",
    rf"(?:^|\| ){_PEOPLE}(?: \w+)? {_DOES}",
    rf"(?:^|\| )(?:une?|des|les|ces|the|an?) {_PEOPLE} (?:du|de|des|comme|qui|from|with|who|like|avec|tres|in)\b",
    rf"(?:comme|like) (?:les|tous les|all|the) {_PEOPLE}",
    r"(?:no|sans|without|expired) (?:visa|papiers|titre de sejour|residence permit)|illegal(?:ly)? in|undocumented"
    r"|overstay\w*|demandeu(?:r|se)s? d asile|asylum seekers?|deport\w+|expulsable|en situation irreguliere",
    r"(?:skin|peau|teint) (?:is |est |tres |very |plutot )*(?:dark|black|brown|noire?|foncee?|sombre|basanee?|mate)",
    r"(?:very |tres )?(?:dark|light) skin(?:ned)?|banlieusard\w*|racaille\w*|du bled|oligarque|oligarch",
)

_FAITHFUL: Final = (
    r"(?:va|vont|goes?|going|went|aller|retour|sort|sortant|attends?|leads?|entre|between|apres|after|avant|before"
    r"|sings? (?:in|at)|works? (?:for|at)) (?:\w+ ){0,3}(?:messes?|mosquees?|mosques?|synagogues?|mass|prayers?"
    r"|prieres?|culte|catechisme|sunday school|church choir)",
    r"catho\w*|tradi\b|integristes?|adventist\w*|pentecot\w*|pentecost\w*|quakers?|anglican\w*|luther(?:an|ien)\w*"
    r"|presbyterian\w*|born again|pieu(?:x|se)s?|pious|devout\w*|god fearing|zoroastri\w*|bahai\w*|jainis\w*|taoist\w*"
    r"|animistes?|raelien\w*|loubavitch\w*|hassidi\w*|salafis\w*|soufi\w*|sunnites?|chiites?|sunni|shia|ismaeli\w*",
    r"(?:communaute|famille|mariage|ecole|education) (?:juive|musulmane|catholique|religieuse|chretienne|evangelique)",
    r"prie\b|prient\b|prays\b|praying|bible|coran|quran|torah|evangiles?|jesus|allah|saint esprit|holy spirit",
    r"(?:keeps?|eats?|mange\w*|cuisine|strictly|tout) (?:it )?(?:kosher|halal|cas?cher|cacher|hallal)"
    r"|(?:no|pas de|jamais de|sans) (?:pork|porc)\b|(?:jeune|fasting|fasts) (?:pour|for|pendant|during)"
    r"|(?:fait|fete|observe\w*|during|pendant) (?:le |son |her |his )?(?:ramadan|careme|lent|shabbat|kippour|yom kippur)",
    r"chretienn?e?s?|christians? (?:family|lady|woman|man|convert)|(?:devout|good|practi[cs]ing) christians?"
    r"|converted to|s est convertie?|pretre|priest|nun\b|bonne soeur|diacre|deacon|turban(?: sikh)",
    r"(?:won t|will not|refuse de|ne veut pas) (?:shake hands|serrer la main)",
)

_PARTY: Final = _any(
    "rn fn lfi ps lr eelv pcf npa lepeniste\\w* zemmour\\w* bardella\\w* macroniste?s? macronie melenchon\\w*"
    " sarkozyste\\w* trump\\w* maga biden obama farage corbyn\\w* starmer tory tories labour ukip libdems?"
    " republicans? democrats? republicaine?s? trotsk\\w+ marxis\\w+ anarchis\\w+ nationalis\\w+ souverainistes?"
    " royalistes? monarchis\\w+ nazis? fachos? fascis\\w+ gauchis\\w+ gauchos? droitard\\w* bolchevi\\w+ populis\\w+"
)
_POLITICAL: Final = (
    rf"{_PARTY}(?! (?:day|style))",
    rf"(?:vote|votes|voted|votait|votera|voting) (?:toujours |souvent |always )?(?:a |pour |for |contre |against |l |la |the )*(?:extreme |far )?(?:{_PARTY}|gauche|droite|left|right|green|greens|blanc|brexit|socialist\w*|ecolo\w*|macron|le pen|trump|melenchon|no\b|oui|non)",
    rf"(?:elue?|maire|adjointe?(?: au maire)?|deputee?|senat\w+|conseill\w+|councill?or|council|mayor|mp|congress\w*"
    rf"|ministre|minister) (?:\w+ ){{0,2}}(?:{_PARTY}|socialiste|ecologiste|communiste|centriste|conservative|liberal)",
    r"(?:conservative|liberal|labour|green|socialist|republican|democratic) (?:mp|party|voters?|councill?ors?|wife"
    r"|donors?|activists?|politics|values|council\w*)",
    r"militant\w*|activistes?|activists?|campaigns? for|donat(?:ed|es|ion) to .{0,20}campaign|gilets? jaunes?|antivax\w*"
    r"|complotistes?|conspiracy|zadistes?|black bloc|extremistes?|extremists?",
    r"parle (?:trop |toujours |souvent |beaucoup )?(?:de )?politique|talks? politics|(?:tres|very|plutot|pretty|quite) "
    r"(?:a |de )?(?:left|right|gauche|droite)(?:[ -]wing)?(?:$| [|~]| voir| meme| royal\w*| catho\w*)",
    r"(?:left|right)[ -]wing(?:er)?s?|capitalistes? |(?:fait|en|faire|faisait|on) (?:souvent )?(?:la )?greve\b",
    r"union (?:reps?|m[ae]n|leaders?|organi[sz]ers?|stewards?|officials?|members?|dues|meetings?)|unsa|cfe cgc|sud rail"
    r"|teamsters?|unison|(?:deleguee?|representante?|elue?) (?:du personnel|syndical\w*|cse|cgt)|prud hommes?",
)

_INTIMATE: Final = (
    r"pd|pedes?|gouines?|tapettes?|tantouzes?|dykes?|fags?|faggots?|tafioles?|bi assumee?|(?:est|is|she s|he s) bi\b"
    r"|(?:^|\| )bi (?:il|elle|he|she|and|et)\b|trans(?:sexuel\w*|genre\w*)?\b|travestis?|transvestites?|drag queens?"
    r"|non binaire|non[- ]binary|pansexu\w+|asexu\w+|lgbt\w*|in the closet|closeted|(?:not|pas) out\b",
    r"used to be (?:a |called )?(?:man|woman|boy|girl|\w+ before)|(?:s appelait|etait) (?:un homme|une femme|\w+ avant)"
    r"|(?:born|nee?) (?:a )?(?:man|boy|woman|girl|homme|garcon|femme|fille)\b|change de sexe|sex change|transition\w*",
    r"echangis\w+|swing(?:er|ers|ing)|libertin\w*|bdsm|sadomaso\w*|fetichis\w*|fetishis\w*|orgies?|partouz\w*|threesomes?"
    r"|porno?\w*|sex ?toys?|viagra|impuissante?|impotent|frigide|frigid|nympho\w*|obsede\w*|sex addict",
    r"(?:wife|femme|epouse) (?:and|et|et pour) (?:\w+ )?(?:girlfriend|mistress|maitresse|copine)|(?:deux|two) (?:foyers"
    r"|familles|households)|(?:cheat\w*|trompe\w*) (?:on|sa|son|with|avec)|(?:a|has|avec|with) (?:un|une|a) (?:amante?"
    r"|maitresse|lover|mistress|fling|toy ?boy)|(?:son|sa|her|his) (?:amante?|maitresse|lover|mistress|toy ?boy)"
    r"|(?:is )?(?:having|had|has) (?:an )?affairs?|extra conjugal\w*|secret (?:girlfriend|boyfriend)",
    r"sugar (?:dadd\w+|bab\w+)|gold ?diggers?|croqueuse\w*|michet\w+|entretenue|payee? par un (?:vieux|homme|monsieur)"
    r"|escort\w*|prostitu\w+|call ?girls?|gigolos?|kept woman",
    r"(?:me|nous|le|la|les|il|elle|she|he) (?:drague\w*|allume)|drague (?:les|le|la|tout)|hits on|flirts? with|rentre dedans"
    r"|allumeu(?:r|se)s?|celibataire et \w+|single and (?:hot|horny|desperate|ready)|horny|en chaleur|en manque"
    r"|sleeps? (?:around|with)|slept with|couche (?:avec|a droite|facilement)|fille facile|easy girl|cougar|don juan",
    r"(?:son|leur) (?:copain|petit ami|mari)\b.{0,20}\bhomo\w*|homos?\b|gay\b(?! (?:colou?rs?|paree))|gays\b|(?:same sex|deux)"
    r" (?:couple|papas|mamans)",
)

_CRIMES: Final = (
    r"ex[- ](?:con|cons|taulard\w*|detenue?s?|convicts?)|taulard\w*|repris de justice|felon\w*|behind bars|on trial|did time"
    r"|in court (?:for|over)|(?:serv\w+|did) (?:\d+|one|two|three|four|five|six|his|her) (?:years?|months?|time|sentence)"
    r"|(?:fait|purge\w*|sort\w*|passe) (?:\w+ ){0,3}(?:prison|taule|cabane)|inculpe\w*|mise? en (?:cause|examen)|jugee? pour"
    r"|proces (?:pour|en correctionnelle)|tribunal (?:correctionnel|pour)|fichee? s\b|travaux d interet general",
    r"interdite? (?:de|du) (?:magasin|boutique|stade|territoire|casino)|banned from|restraining order|ordonnance d eloignement",
    r"(?:a |avait |has )?(?:frappe\w*|gifle\w*|cogne\w*|agresse\w*|menace\w*|poignarde\w*|tabasse\w*) (?:une|un|sa|son|la|le|les"
    r"|notre|des)|beats? (?:up|his|her|the)|(?:hit|slapped|punched|attacked|assaulted|threatened|stabbed) (?:a|the|his|her|our"
    r"|one|my)|violences? (?:conjugales?|domestiques?|sur)|domestic (?:violence|abuse)|violent\w* (?:husband|man|mari|avec|with)",
    r"(?:prise?|pris|caught|surprise?) (?:en flagrant|la main|en train|stealing|shop|red ?handed|with .{0,20}(?:bag|coat|pocket)"
    r"|avec .{0,30}(?:en \d{4}|sac|poche|manteau|sans payer))|vol a l etalage|stole|steals|stealing|theft|kleptoman\w*"
    r"|(?:keep an eye|watch out|careful with|se mefier|mefiance|gaffe) (?:on (?:her|him|them)|for her|de (?:lui|elle)|a elle)"
    r"|watch (?:her|him|them) (?:closely|hands|at all)|(?:watch|surveiller|eye on) (?:her|him|them)$",
    r"swindl\w+|con ?(?:man|men|artists?)|scam\w*|embezzl\w+|detournements?|detourne de|pots? de vin|brib\w+|corrompue?|corrupt"
    r"|recel\w*|abus de (?:biens|confiance|faiblesse)|extor\w+|chantage|blackmail\w*|contrebande|smuggl\w+|fake (?:goods|bags)"
    r"|drug (?:deal\w*|money|mule|lord)|deale\w*|(?:vend|sells) (?:de la|du|des|some )?(?:drogues?|drugs|coke|shit|weed|cannabis)",
    r"conduite en etat|etat d ivresse|alcool au volant|drink driv\w+|drunk driv\w+|(?:plus|perdu|retrait|suspension) (?:de |du |son )"
    r"permis|(?:lost|suspended) (?:his|her)? ?licen[cs]e|terroris\w+|radicalis\w+|pedophil\w*|paedophil\w*|violeur\w*|rapists?|rape\w?"
    r"|murder\w*|meurtr\w+|assassin\w*|attouchements?|inceste\w*|proxenet\w*|pimp\b|gangsters?|mafi\w+|triad\b|yakuza",
)

_ILLNESS: Final = (
    r"per(?:d|du|dre|te) (?:\w+ )?(?:son|un|le|leur|d un) (?:bebe|enfant)|lost (?:her|the|a|their) (?:baby|child|pregnancy)|mort ne\w*"
    r"|stillb\w+|nausees?|pma\b|procreation|tries? for a baby|essaie d avoir un (?:bebe|enfant)|ovulat\w+|(?:\d|premier|second) ?(?:e|eme|er)? mois"
    r" de grossesse|(?:\d|two|three|four|five|six|seven|eight) months? (?:pregnant|along|gone)|no kids (?:because|bc|due)",
    r"has (?:ms|als|hiv|copd|adhd|ocd|ptsd|ibs|pcos|lupus|dementia|parkinson\w*|cancer|arthritis|gout|epilepsy|asthma|diabetes|vertigo)"
    r"|(?:a|avec|souffre d\w?|atteinte? d\w?) (?:une? |la |le |l )?(?:sla|sep|bpco|toc|tdah|tnd|stress post|neuropath\w*|myopath\w*|fibrom\w*)"
    r"|parkins\w+|alzheim\w+|lymphom\w*|melanom\w*|myelom\w*|leucem\w*|sarcom\w*|carcinom\w*|stage (?:[1-4]|two|three|four|iv|iii)\b"
    r"|stade \d|phase terminale|generalise[er]? (?:du|au)|soins palliatifs|hospice|oncolog\w*|metast\w*",
    r"psy\b|psys\b|psychologue|psychologist|psychiatr\w*|psychanal\w*|therapist|therapy|shrink\b|counsell?ing|troubles? (?:obsession\w*|cognit\w*"
    r"|mentaux|de l humeur|de la personnalite|de l attention)|maniaco\w*|manic\b|paranoi\w*|nervous breakdown|nerfs fragiles|crise de nerfs"
    r"|nervously|panic disorder|trauma\w*|ptsd|deprime\w*|deprimante?|self ?harm\w*|se scarifie|tried to kill|tente de (?:se|mettre fin)"
    r"|tentatives? de suicide|mettre fin a ses jours|overdose\w*",
    r"(?:ne )?(?:voit|entend|marche|parle) (?:plus|pas bien|mal|tres mal|difficilement)\b(?! (?:le|la|de|l|que|francais|anglais|english))"
    r"|(?:almost|partially|legally|half) (?:blind|deaf)|deaf\b|blind (?:in|lady|man|woman|since)|dure? d oreille|sourde?s?\b|(?:loss|perte) (?:of|de) "
    r"(?:hearing|sight|vision|l ouie|la vue|memoire)|bequilles?|crutches|deambulateur|walking frame|walks? (?:with|badly)|marche avec une canne"
    r"|hands? (?:shake|tremble)\w*|mains? (?:qui )?tremble\w*|tremble (?:beaucoup|des|en)|hemipleg\w*|tetrapleg\w*|invalide\w*|in a wheelchair",
    r"hot (?:flush|flash)\w*|bouffees de chaleur|menop\w+|(?:ses|her) (?:regles|periods?)\b|hormon\w+|prostate|hemorro\w*|incontinen\w*|fuites urin\w*"
    r"|ulcere\w*|colonosc\w*|coloscop\w*|stomach (?:cancer|ulcer)|reflux|intestin\w*|foie malade|liver (?:disease|problems?|failure)|cirrhos\w*|hepat\w+",
    r"recovering (?:alcoholic|addict)|aa meetings?|alcooliques anonymes|sent (?:le|l|la) (?:vin|alcool|biere|whisky)|smells of (?:alcohol|wine|drink|gin"
    r"|whisky)|ivre\b|bourree?\b(?! de)|saoul\w*|drunk\b|drinks (?:a lot|heavily|in the)|sevrage|detox\b|desintox\w*|sniff\w*|se drogue|junkies?|stoned"
    r"|cannabis|heroine\b|opioid\w*|methadone|accro (?:a l alcool|aux medicaments|a la coke|au jeu)|addicted to (?:pills|alcohol|painkillers|gambling)",
    r"for (?:her|his) (?:lungs|heart|kidneys|liver|back pain|nerves|depression|thyroid)|(?:weak|bad|fragile) heart|coeur fragile|probleme au coeur|souffle au coeur"
    r"|tension (?:arterielle|trop haute)|blood pressure|hypertend\w*|hypertension|cholesterol|arythmi\w*|tachycard\w*|angine de poitrine|embolie|thrombos\w*"
    r"|phlebit\w*|stents?\b|(?:triple|double) pontage|bypass|anevris\w*|aneurysm|greff(?:e|es|ee|ees) (?:du|de|d|renale|cardiaque)",
    r"ozempic|wegovy|saxenda|mounjaro|prozac|xanax|valium|zoloft|ritaline?|lexomil|cortisone|methotrexate|morphine|chimioth\w*|immunosuppress\w*"
    r"|anaphyla\w*|choc allergique|epipen|severe allergy|allergie (?:grave|severe|alimentaire)",
    r"ablation|hysterectom\w*|prothese|(?:new|artificial) (?:hip|knee)|sa hanche|rotule|disc(?:al|us)|hernie|sciatiq\w*|sciatica|lumbago|scolios\w*|mal de dos chronique"
    r"|bad back|operee?s?\b|operated|sous anesthesie|under the knife|post[- ]?op\w*|chimio\w*|rayons\b(?! (?:x )?(?:enfants?|homme|femme|maroquinerie|chaussures|soie|vide\w*))"
    r"|perruque (?:medicale|depuis|a cause|suite)|cheveux tombes|lost her hair|arret (?:de travail|maladie|depuis)|en arret depuis|off sick|sick (?:note|since|with|for)"
    r"|mi[- ]temps therap\w*|ald\b|cure thermale|en cure\b|(?:is|est|was|etait) en reeducation",
    r"special needs|retard (?:mental|de developpement)|deficien\w+|attarde\w*|mongol\w*|trisom\w*|autis\w+|dyspraxi\w*|dyslexi\w*|hpi\b|neuroatyp\w*|mentally|senile|gateuse?|gaga\b"
    r"|perd la (?:tete|boule)|losing (?:her|his) (?:mind|memory|marbles)",
)

_UNKIND: Final = (
    r"tete (?:a claques|de con|de mule|de noeud|a gifler)|(?:gros|grosse|gras) (?:lourde?|naze|nulle?|feignass\w*|tas|sac)|toquee?s?|feignass?e?s?|faignant\w*|flemmard\w*|grippe sou"
    r"|enquiquin\w+|casse (?:bonbons|pieds|noisettes|burnes|ovaires)|lourdaud\w*|lourdingues?|bouffons?|bouffonn?es?|minables?|losers?|ringarde?s?|blaireaux?|pauvre (?:type|fille|mec"
    r"|femme|conn?e?)|cas (?:social|soc)\w*|paumee?s?|manipulat(?:rice|eur)s?|manipulative|paranos?\b|givree?s?|felee?s?\b|zinzin|maboule?s?|ahurie?s?|gourde\b(?! (?:en|isotherme))|cruche\b(?! en)"
    r"|godiches?|potiches?|dinde\b(?! (?:de|pour|aux))|grognass?e?s?|viperes?\b(?! (?:print|imprim))|commeres?|parvenue?s?|poufs?\b(?! (?:en|cuir|salon))|blondasses?|pouf(?:fe|iass?e)s?|pimbech\w*"
    r"|mijauree?s?|begueules?|mal embouchee?|mal baisee?|frustree?s?|jalouse maladive|faux jeton|faux cul|hypocrites?|sournoise?s?|fourbes?|sans gene|sans[- ]gene|gougnafier|goujat\w*|mufles?\b|rustres?\b",
    r"airheads?|bimbos?|nitwits?|dimwit\w*|halfwits?|twits?|twats?|pricks?\b|dick\b|dickheads?|wankers?|tossers?|scum\b|freaks?\b|weirdos?|nut ?jobs?|psychos?\b|lunatics?|misers?\b|miserly|miserable"
    r" (?:old|man|woman|cow|git|person)|old (?:git|bat|crone|bag|cow|fart|fool)|skinflints?|tightwads?|penny pinch\w*|know it alls?|show ?offs?|spoil(?:ed|t) (?:brat|princess|child|woman|girl)|brats?\b"
    r"|snobs?\b|snobbish|snobby|snotty|stuck up|bossy|dragon lady|battle ?axe|bonkers|(?:thick|dumb|stupid|dense|mad|nutty|ugly) as|sharpest tool|brightest (?:bulb|spark)|not all there"
    r"|time wasters?|wast(?:es|er|ing) (?:my|our|everyone s)? ?time|leech\w*|vultures?|parasites?|spongers?|silly (?:cow|woman|man|girl)|daddy s (?:card|money|girl)|fils a papa|fille a papa",
    r"pas (?:tres |bien |franchement |vraiment |super |trop )?(?:futee?|maligne?|fine\b|finaude?|douee?|eveillee?|lumiere)|pas une lumiere|pas la plus (?:maligne|fine|futee)|(?:deux|peu de) neurones"
    r"|(?:deux|2) de tension|low iq|petit qi|no brains?\b|dans la lune toujours|n a rien dans la tete|cerveau de|empty headed|not (?:very |too |that |so )?(?:bright|clever|smart|sharp)\b",
    r"(?:she|he|elle|il|cliente?|^|\| )(?: \w+)? ?(?:stinks?|reeks?|smells?(?! (?:of (?:jasmine|rose|fig|leather)|like))|pue|empeste|schlingue|sent (?:mauvais|fort|la transpi\w*|la sueur))|hygiene douteuse|bad hygiene|unwashed"
    r"|ne se lave|pas propre sur|body odou?r",
    r"(?:quelle|quel|what an?|sacree?|espece d[e ]|total|complete|utter|parfait\w*|vraie?|real) (?:\w+ )?(?:conne|con|idiote?|imbecile|plaie|plaies|casse|peste|harpie|vipere|emmerd\w*|pest|nightmare|pain|fool|clown"
    r"|snob|bore|menace|radine?|tyran|despote|folle|fou|cow|pig|witch|monster|monstre)\b|charmante? (?:harpie|peste|vipere|folle)|palm (?:her|him) off|refiler (?:la|le) a|faites? semblant d etre|pretend to be busy|eviter (?:la|cette)"
    r" (?:folle|cliente)|fuir\b|cliente? a (?:fuir|eviter)|a eviter absolument|avoid (?:her|him|this (?:woman|man|customer))",
)

# -- bodies ----------------------------------------------------------------------------------------

_SHE: Final = r"(?:^|\| |elle |il |elle est |il est |elle a |il a |she is |he is |she s |he s |she has |he has |cliente? |dame |femme |homme |monsieur |lady |woman |man |fille |girl |lui |mais |but |and )"
_DEGREE: Final = r"(?:tres |vraiment |trop |bien |super |plutot |un peu |assez |si |hyper |tellement |very |really |so |too |extremely |quite |rather |pretty |a bit |totally |just )?"
_SHAPES: Final = _any(
    "enormes? obeses? grosse?s? grasse?s? grassouillet\\w* bouboule rondouillard\\w* boudinee?s? maigr\\w+ rachitiqu\\w* squelettiqu\\w*"
    " moches? laide?s? affreuse? hideu\\w+ vilaine? difforme\\w* bossue?s? boutonneu\\w+ poilue?s? chauves? fat fatter skinny ugly chubby plump"
    " overweight underweight scrawny bald hairy spotty wrinkled flabby hideous bonnass?es?"
)
_PARTS: Final = _any(
    "nez dents levres poitrine seins nichons fesses culs? popotin hanches cuisses ventre bide bedaine jambes mollets bourrelets visage gueule menton oreilles"
    " nose teeth lips chest breasts? boobs? tits bum butts? ass hips thighs belly tummy legs calves face chin ears bottom backside cleavage decollete"
)
_JUDGED: Final = _any(
    "gros grosse grosses enormes? affreu\\w+ moches? laid\\w* horribles? pourri\\w* refait\\w* jolie?s? belles? beaux sexy superbes? huge big ugly nice great lovely"
    " fat hairy rotten yellow crooked fake saggy flabby enormous massive gorgeous tombante?s? pendante?s? refaites? siliconee?s? gonflee?s?"
)
_BODIES: Final = (
    rf"{_SHE}{_DEGREE}{_SHAPES}(?! (?:maille|mailles|bouton|boutons|sac|boucle|perle|perles|commande|cadeau|toile|laine|pull|chaine|bague|collier|montre|achat))",
    rf"{_JUDGED} {_PARTS}(?! (?:cream|gloves?|leather))|{_PARTS} {_DEGREE}{_JUDGED}",
    r"botox\w*|face ?lift\w*|liftee?s?\b|lifting|nose job|boob job|breast implants?|implants mammaires|chirurgie esthetique|(?:plastic|cosmetic) surgery|(?:visage|bouche|levres|toute|toutes?)? ?refaites? (?:de partout|de la tete|entierement)"
    r"|liposuc\w*",
    r"(?:pris|prend|reprend|perdu|perd|gained|gaining|lost|losing|put on|putting on|piled on) (?:au moins |plus de |at least |a lot of |some |beaucoup de |trop de |encore )?(?:du |de |\w+ )?(?:kilos?|kgs?|weight|poids|pounds|lbs|ventre|tailles? depuis)"
    r"|kilos? (?:en trop|de trop)|surpoids|overweight|double menton|(?:double|triple) chins?|(?:love handles|poignees d amour)|muffin top|cellulit\w*",
    r"mauvaise haleine|haleine (?:de|fetide|forte|horrible)|(?:bad|foul|awful|terrible) breath|transpire|sueur|sweats? (?:a lot|so|like|all)|sweaty|pellicules|dandruff|acne\b|(?:plein|pleine) de boutons|verrues?\b|moustachue?|strabisme|louche\b(?! (?:a|en))|cross ?eyed|becoter",
    r"(?:on|sur) (?:two|deux) (?:chairs|chaises)|skin and bones?|peau (?:et|sur) les os|la peau sur|a faire peur|comme un (?:clou|sac d os|cure dent)|planche a pain|(?:like|comme) (?:a |an |une? )?(?:whale|baleine|elephant|hippo\w*|cachalot|beached|stick|tank)|thunder thighs"
    r"|(?:sac d os|bag of bones)|pot a tabac|naine?\b|dwarf\b|midget\w*",
    rf"{_SHE}{_DEGREE}(?:sexy|canon|bandante?|baisable|bonne a|hot\b(?! (?:pink|drinks?|chocolate|tea))|fuckable|a bombe|une bombe|milf)|\bwig\b|perruque|porte une moumoute|toupee\b|moumoute|hides (?:it|her|his) (?:with|under)|cache (?:son|ses|sa) (?:calvitie|ventre|kilos|cicatrice\w*|bourrelets)",
)

# -- children --------------------------------------------------------------------------------------

_CHILD: Final = (
    r"(?:(?:sa|son|leur|ses|le|la|les|une?) (?:petite? |grande? |plus jeune |ainee? |cadet\w* )?(?:fille|fils|enfants?|gamine?s?|ados?|garcon|bebe|gosses?|mome)|le petit|la petite|les petits"
    r"|(?:her|his|their|the) (?:\w+ (?:year )?old |little |youngest |eldest |older |\d+ )?(?:son|daughter|kids?|child|children|boy|girl|teen\w*|toddler|baby)|son of \d|daughter of \d|ado de \d+|fils de \d+|fille de \d+|\d+ year old|\d+ yo\b)"
)
_CHILDREN: Final = (
    rf"{_CHILD}.{{0,50}}\b(?:rentre (?:toute )?seule?|(?:toute )?seule? (?:a la maison|le mercredi|apres)|home alone|walks? home|picked up|pick up|nanny|nounou|baby ?sitter|(?:va|est|inscrite?|scolarisee?) (?:a l |au |en |a la )(?:ecole|college|lycee"
    r"|creche|maternelle|primaire|cp|ce1|ce2|cm1|cm2|sixieme)|goes to (?:\w+ )?(?:school|\w+ (?:primary|school|academy|nursery|high))|attends|(?:ecole|college|lycee|creche) (?:st|saint|sainte|jean|jules|victor|notre|sacre|montessori|prive\w*)\b)",
    rf"{_CHILD}.{{0,50}}\b(?:problemes?|difficultes?|troubles?|soucis?|trouble|problems?|issues|renvoye\w*|exclue?|expelled|bullied|harcel\w*|redouble\w*|en echec|failing|pilule|on the pill|contracept\w*|fume\w*|smok\w+|vapes?|se drogue|drugs|boit|drinks"
    r"|fugue\w*|ran away|enceinte|pregnant|dort (?:encore|avec|dans)|sleeps (?:in|with)|bed ?wet\w*|fait pipi|adopt\w*|placee?|foster|garde alternee|custody|social worker|assistante sociale)\b",
    r"(?:garde (?:des enfants|alternee|partagee)|custody (?:of|battle)|enfants? (?:places?|adoptes?)|adopted (?:son|daughter|child|kids?))",
)

_MEANS: Final = (
    r"(?:^|\| |she s |he s |is |are |always |currently )broke\b(?! (?:after|down|off|the|her|his|a|when|in|at the))|broke (?:until|till|again|this month|right now|before payday)|fauche\w*|raide\b(?! (?:et|cuir|col))|sans un\b|plus un (?:rond|sou|radis)|dans la deche|galere\b"
    r"|until pay ?day|avant la paie|fin de droits",
    r"(?:doit|devait|nous doit) (?:encore |toujours )?(?:\d+|de l argent|\w+ (?:cents|mille|euros))|owes? (?:us|me|the|him|her|money|\d)|ardoise|mauvais(?:e|es)? payeu\w+|(?:bad|slow|late) payers?|retards? de paiement|(?:toujours|encore|souvent) en retard pour payer"
    r"|ne (?:paie|paye) (?:pas|jamais)|never pays|relances? (?:impaye|pour payer)|contentieux|recouvrement|debt collect\w*",
    r"(?:carte|card|cb|visa|amex)(?: \w+){0,2} (?:refusee?s?|declined|rejected|rejetee?|bloquee?|blocked|maxed)|declined (?:again|twice|three)|cheques? (?:sans|en bois|rejete\w*|impaye\w*)|a decouvert|overdraft|plafond (?:atteint|depasse)",
    r"lost (?:her|his|their) jobs?|(?:got|was|been|being) (?:fired|sacked|laid off|let go|made redundant)|redundan(?:t|cy)|viree?s? (?:de|du|par)|licencie\w*|licenciement|sans (?:emploi|travail|boulot)|out of work|between jobs|pole emploi|france travail|chomeu\w*|chomage|job ?seeker\w*",
    r"(?:salaire|revenus?|gagne|touche|paie|salary|earns?|makes?|income|on)(?: (?:of|de|environ|about|around|over|plus|au moins|only|net|nets|is|est|d))* \W?\d+ ?(?:k\b|000|mille|nets?|bruts?|euros?|par mois|a month|a year|per)|\d+ ?k (?:a|per|par) (?:year|an|month)"
    r"|smicard\w*|au smic|minimum wage|petite? (?:retraite|pension)|gros salaire|well paid|ses revenus|her income",
    r"rsa\b|(?:on|lives? on|living on) (?:benefits|welfare|food stamps|the dole)|allocs?\b|allocataire|caf\b|aah\b|apl\b|restos du coeur|food banks?|minimum vieillesse|hlm\b|council (?:flat|house|estate)|logement social",
    r"(?:gros|beau|sacre|enorme|important) patrimoine|patrimoine (?:de|estime)|isf\b|ifi\b|impots? sur la fortune|wealth tax|millionn?aires?|milliardaires?|billionaires?|fortune (?:de|estimee|personnelle|familiale)|multi ?millions?|net worth|compte (?:en suisse|offshore|a l etranger)|offshore"
    r"|(?:paie|paye|pays?) (?:l |the |peu d |no )?(?:isf|ifi|impots?|taxes?)|exil fiscal|rentiere?s?\b|heritiere?s?\b|herite (?:bientot|beaucoup|gros|d une|de (?:son|sa) (?:oncle|tante))|(?:will|about to|soon) inherit\w*|trust fund|inherit\w* (?:soon|a fortune|millions)",
    r"(?:vit|vivent|lives?|living) (?:aux crochets|au dessus|beyond|off|sur le dos|a credit)|aux crochets|saignee? (?:par|a blanc)|(?:expensive|messy|ugly|costly|couteux|ruineux) divorce|divorce (?:couteux|ruineux|qui traine|cost)|elle prend tout|takes? (?:him|her) for everything"
    r"|(?:depose|deposer|went|going|gone) (?:le bilan|bust|under\b)|depot de bilan|mise en liquidation|faillites?|hypothe\w+|mortgag\w+|saisie\b|huissiers?|debts?\b|endett\w*|surendett\w*|behind (?:on|with)|arrears|rent (?:late|due|unpaid)|loyers? (?:en retard|impaye\w*)|can(?:t| t|not) (?:really )?afford|pas les moyens"
    r"|au dessus de ses moyens|ne peut pas se (?:le |la )?(?:permettre|payer)|ne fait que regarder (?:faute|par manque)",
)

REFUSED_BY_PATTERN: Final[Mapping[str, tuple[str, ...]]] = {
    "health": _ILLNESS,
    "religion": _FAITHFUL,
    "origin": _ORIGIN,
    "union": _POLITICAL,
    "sex_life": _INTIMATE,
    "offence": _CRIMES,
    "insult": _UNKIND,
    "body": _BODIES,
    "minor": _CHILDREN,
}
WARNED_BY_PATTERN: Final[Mapping[str, tuple[str, ...]]] = {"money": _MEANS}

# Words of eight letters and more that are told with one slip in them too.
STRONG_WORDS: Final = frozenset(
    [
        "musulman",
        "musulmane",
        "catholique",
        "protestante",
        "bouddhiste",
        "evangelique",
        "orthodoxe",
        "pratiquante",
        "pratiquant",
        "religieuse",
        "homosexuel",
        "homosexuelle",
        "lesbienne",
        "bisexuelle",
        "transgenre",
        "maitresse",
        "adultere",
        "libertine",
        "alcoolique",
        "depressive",
        "depressif",
        "schizophrene",
        "bipolaire",
        "epileptique",
        "diabetique",
        "seropositif",
        "seropositive",
        "handicapee",
        "handicape",
        "menopause",
        "grossesse",
        "enceinte",
        "hospitalisee",
        "hospitalise",
        "suicidaire",
        "anorexique",
        "boulimique",
        "alzheimer",
        "parkinson",
        "chimiotherapie",
        "cancereuse",
        "leucemie",
        "toxicomane",
        "drogue",
        "alcoholic",
        "depressed",
        "pregnant",
        "schizophrenic",
        "disabled",
        "diabetic",
        "epileptic",
        "chemotherapy",
        "miscarriage",
        "maghrebine",
        "maghrebin",
        "africaine",
        "algerienne",
        "marocaine",
        "tunisienne",
        "senegalaise",
        "clandestin",
        "immigree",
        "syndicaliste",
        "communiste",
        "socialiste",
        "gauchiste",
        "militante",
        "royaliste",
        "macroniste",
        "lepeniste",
        "voleuse",
        "escroquerie",
        "condamnee",
        "delinquant",
        "trafiquant",
        "violences",
        "prisonnier",
        "convicted",
        "shoplifter",
        "criminal",
        "insupportable",
        "hysterique",
        "pretentieuse",
        "vulgaire",
        "emmerdeuse",
        "connasse",
        "salope",
        "imbecile",
        "stupide",
        "arrogante",
        "mythomane",
        "menteuse",
        "manipulatrice",
        "unbearable",
        "hysterical",
        "arrogant",
        "dishonest",
        "surendettee",
        "surendette",
        "chomage",
        "faillite",
        "endettee",
        "huissier",
        "bankrupt",
        "unemployed",
        "bankruptcy",
    ]
)
