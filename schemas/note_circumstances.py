# ruff: noqa: E501  (a pattern is read whole)
"""Patterns of the note detector for what is said by circumstances: what somebody lost, wears, owes, sits for, is seen
with. Written from the notes of the allusive set that got past the words before, by their kinds. Over folded text."""

from collections.abc import Mapping
from typing import Final

_HERS: Final = r"(?:her|his|their|my|son|sa|ses|leurs?)"
_LOST: Final = r"(?:perdu?s?|perd|perdent|lost|loses|losing|lose)"

_FRAIL: Final = (
    r"(?:chronic|recurrent|incurable|terminal) (?:\w+ )?(?:pains?|fatigue|trouble|illness|disease|condition|bowel|cough|migraines?|infections?)|(?:douleurs?|fatigue|maladie|bronchite|migraines?|toux|mal) chroniques?",
    r"begai\w+|begay\w+|begue|stammer\w*|stutter\w*|zozot\w+|has a lisp",
    r"(?:la |une |a |the )?(?:grippe|flu|covid(?: long)?|long covid|pneumoni\w*|bronchit\w+|angine|otite|scarlatine|mononucleose)\b",
    r"(?:tres|encore|si|very|still|so) (?:affaibli\w*|fragile de sante|weak|frail|poorly|unwell|souffrant\w*)|affaiblie?s?$|sante (?:fragile|precaire|chancelante)|(?:poor|failing|fragile|bad) health",
    r"(?:sleep )?apn(?:oe|e)\w*|(?:porte|dort avec|wears?|sleeps with|uses) (?:un |une |an? )?(?:appareils? (?:pour|auditifs?|dentaires?|respiratoires?)|machine|oxygen|oxygene|hearing aids?|brace)|appareillee?s? (?:de|du|des|pour|a gauche|a droite)|hearing aids?|sonotone",
    rf"{_LOST} (?:all |most of |tous |toutes |presque tous )?{_HERS} (?:hair|cheveux|dents|teeth|voice|voix|appetite|appetit|balance|equilibre|mind|tete|marbles|job after|memory|memoire)|perd la (?:tete|boule|raison)|perruque medicale",
    r"(?:a|fait|has|with|avec) (?:des |ses |her )?(?:absences|blackouts?|trous de memoire|memory lapses)\b|ne finit (?:pas|plus|jamais) ses phrases|cherche ses mots|perd (?:le fil|ses mots)|repeats? (?:her|him)self|forgets? (?:names|who|what day)|confused about|desorientee?s?|plus toute sa tete",
    r"(?:jambe|bras|poignet|cheville|main|leg|arm|wrist|ankle|foot|pied) (?:est |is |encore |still )?(?:dans le platre|platree?s?|in (?:a )?(?:cast|plaster|sling)|en echarpe)|dans le platre|in a (?:leg |plaster )?cast\b",
    r"(?:sort|sortie|revient|rentre|back|out|home) (?:juste |tout juste |just |d |de |from |of )*(?:\w+ ){0,3}(?:clinique|hopital|hospital|clinic|maison de repos|rehab|convalescence|reeducation)|(?:bad|good|bons|mauvais) (?:days?|jours?)(?: \w+){0,4} (?:bad|mauvais) (?:days?|jours?)|since (?:the|her|his) (?:diagnos\w+|accident|fall|stroke|attack)|depuis (?:son|sa|l|le|la) (?:diagnostic|accident|chute|attaque|avc)\b",
    r"(?:ne boit|boit) (?:plus|trop)(?: (?:du tout|rien|d alcool|depuis|une goutte))|(?:sober|dry|clean) (?:since|for)|stopped drinking|off the (?:drink|bottle|booze)",
)

_CREED: Final = (
    r"sabbats?|sabbaths?|shabb(?:at|es)|chabbat",
    r"(?:lay )?preachers?|preach(?:es|ing)|predicat\w+|sermons?\b|catechis\w+|sunday school|bible (?:study|class|group)|paroiss\w+|parish\w*|lay reader|sacristain\w*|enfants? de choeur|altar boy",
    r"(?:on |le |pour le )?(?:good friday|vendredi saint|ash wednesday|mercredi des cendres|yom kippur)",
    r"(?:va|court|goes|go|off) (?:a |au |to )(?:la |the )?(?:messe|mass|temple|synagogue|mosquee|mosque|church|culte|confess\w*)",
    r"(?:avant|apres|pendant|until|before|after|during|casse|breaks?|rompt) (?:la |le |son |the |her |his )?(?:jeune|fast|rupture du jeune|priere|prayers?|pelerinage|pilgrimage)",
)

_LANDS: Final = r"(?:kerala|punjab|bengal\w*|gujarat|alger|oran|tunis|dakar|abidjan|bamako|kinshasa|lagos|accra|casablanca|fes|tanger|rabat|beyrouth|beirut|bagdad|teheran|kaboul|karachi|lahore|delhi|mumbai|hanoi|saigon|manille|manila|bucarest|sofia|tirana|pristina|kosovo|anatoli\w+|kabylie|bled|golfe|gulf|caucase|balkans?|caribbean|antilles|afrique|africa|maghreb|congo|mali|senegal|cameroun|nigeria|ghana|bangladesh|sri lanka)"
_PEOPLE: Final = r"(?:nigeri\w+|ghan[ae]\w+|moldav\w+|roumain\w*|romanian|russ(?:e|ian)\w*|ukrain\w+|albanais\w*|albanian|kosovar\w*|serbe?s?|bulgar\w+|chinois\w*|chinese|indiens?|indian|pakistan\w+|bengali\w*|arabes?|arab|turcs?|turkish|polonais\w*|polish|saoudien\w*|saudi|qatari\w*|emirati\w*|kabyles?|berberes?|tamou?ls?|asian|asiatiques?|africain\w*|african|gypsy|gypsies|gitan\w*|black|latino\w*|caribbean|jamaican|somali\w*)"
_ROOTS: Final = (
    rf"(?:nee?s?|ne|grandi|born|raised|grew up) (?:a|au|en|in) {_LANDS}",
    rf"(?:people|family|parents|mother|father|famille|mere|pere|ancetres|cousins|grand mere|roots) (?:\w+ )?(?:are |is |come |comes |sont |est |vient |viennent )?(?:all )?(?:from|de|du|d|des|en|in) (?:la |the |l )?{_LANDS}",
    rf"(?:clients?|clientes?|clientele|familles?|dames?|hommes?|gens|groupes?) (?:du|de|des|d) (?:la |l )?{_LANDS}",
    rf"(?:the|les|des|ces|our|nos|those|these) {_PEOPLE}s? (?:crowd|lot|ones?|bunch|gang|clan|group|set|buyers?|tourists?|debarquent|arrivent|viennent|come|always|again)",
    rf"^{_PEOPLE} (?:parle|vit|vient|mais|et|who|but|speaks|lives|genre|type)|(?:parle|speaks?|parlent) {_PEOPLE} (?:avec|a) (?:sa|son|ses|la) (?:mere|pere|famille|maison|enfants)|speaks? {_PEOPLE} (?:at home|with (?:her|his) (?:mother|father|family|kids|children))",
    rf"(?:typical|typique|typiquement|vraie?|real|a vrai dire) (?:new |nouveau |nouvelle )?{_PEOPLE}|accents? (?:\w+ )?(?:de|d) (?:l est|l afrique|la bas)",
    r"(?:peau|skin|teint|carnation|complexion) (?:\w+ ){0,2}(?:noire?|foncee?|mate?|basanee?|brown|dark|black|olive)\b|(?:dark|brown|light|black|fair) skin\w*|dark$|basanee?s?|(?:not|pas|isn t) (?:really|vraiment|tres|quite) (?:french|francaise?|english|british|european\w*)",
)

_SIDES: Final = (
    r"(?:sits|siege|stands|stood|ran|runs|candidat\w*|elue?s?|perdu|battue?s?|tete de liste) (?:for|au|aux|a|en|in|on|sur|pour|de|les|la)(?: (?:the|la|les|le))? (?:greens?|verts|left|right|gauche|droite|liste|council|conseil municipal|municipales|legislatives|regionales|cantonales|party|parti|parliament|parlement|senate?|assembly|assemblee)|(?:liste|list) (?:de|d) (?:la )?(?:droite|gauche|opposition|union)|les (?:municipales|legislatives|europeennes|regionales)",
    r"(?:remontee?s?|en colere|furieu\w+|fulmine|rale|angry|furious|marche|manifeste|marches|rages?) (?:\w+ )?(?:contre|against|at|about) (?:le |the |ce )?(?:gouvernement|government|ministre\w*|minister\w*|president\w*|mayor|maire|reforme\w*|reforms?|taxes|immigration)",
    r"(?:organi[sz]es?|organise|mene|leads?|led|joined|joins|supports?|soutient|suit|fait|faisait|on) (?:\w+ ){0,2}(?:strikes?|greves?|walk ?out|picket\w*|blocages?|blocus|occupation|petition)\b|picket line|piquet de greve",
    r"(?:tres|very|bien|plutot|clearly|hard|extreme) (?:a |the )?(?:droite|gauche|left wing|right wing|left|conservative|socialist)(?: (?:evite\w*|avoid|sujet|politi\w+)|$)|(?:droite|gauche) (?:dure|bobo|extreme)|extreme (?:droite|gauche)|far (?:left|right)|tracts?\b|colle des affiches|(?:donor|donates?|gives? money|don|donne) (?:to|au|aux|a) (?:the |la |le )?(?:republicans?|democrats?|party|parti|tories|labour|gauche|droite)",
)

_BEDS: Final = (
    r"(?:partagent?|share|sharing) (?:un|le meme|a|the same|one) (?:lit|bed|chambre|room)",
    r"(?:pour|de|avec|for|with|and|et|a) (?:l |the |son |sa |her |his )?(?:autre|other) (?:femme|homme|dame|woman|man|lady|one he|family|famille)|sa double vie|double life|deux menages|mistress|maitresse\b(?! (?:de maison|d ecole))|son amant|her lover",
    r"c(?:ame|omes|oming) out(?: (?:last|this|to|as|recently|a|in 20\d\d)|$)|fait son coming out|sorti\w* du placard|in the closet",
    r"drague\w*|flirts? with|hits? on|makes? passes|fait du gringue|mains? baladeuses?|handsy|wandering hands",
    r"(?:was|etait|used to be) (?:a |an |un |une )?(?:man|woman|boy|girl|homme|femme|garcon|fille) (?:before|avant|once|autrefois)|transition(?:ed|ing|s)?\b(?! (?:piece|season|coat))|ne pas dire (?:votre|son|monsieur|madame) ?(?:mari|femme)?|avec son copain pas",
)

_BREACHES: Final = (
    r"(?:filmee?s?|caught|surprise?|vue?|seen|prise?|attrapee?s?) (?:en train de |a |on (?:camera|cctv|video) |in the act|the act of )?(?:voler|piquer|stealing|nicking|chaparder|shoplift\w+|la main dans le sac)|on camera (?:stealing|taking|hiding)",
    r"(?:panama|paradise|pandora|swiss|lux) ?(?:papers|leaks?)|(?:panama|tax) leak|offshore|compte (?:en suisse|cache|offshore)|tax (?:dodger|evasion|haven)|fraude? fiscale?|fisc sur le dos",
    r"(?:revend\w*|resells?|flips?|sells? on|vend) (?:\w+ )?(?:nos|our|les) (?:\w+ )?(?:sacs|bags|pieces|montres|watches)(?: \w+){0,2} (?:sous le manteau|on the side|au noir|online under|sur leboncoin|a prix d or)|sous le manteau",
    r"(?:refund|return|receipt|chargeback|exchange|gift card) (?:trick|scam|fraud|con|racket|game)|(?:arnaque|combine|coup|escroquerie) (?:au|du|a la|aux) (?:remboursement|retour|ticket|cheque|carte)",
    r"(?:electronic|bracelet) (?:tag|electronique)|ankle (?:tag|monitor)|(?:police|gendarm\w+|detectives?|inspecteurs?) (?:came|come|est|sont|a|ont|asked|called|called about|cherche\w*|enquete\w*|looking)|en garde a vue|(?:behind|derriere) (?:bars|les barreaux)|(?:sejour|passage|years?|ans|mois|temps) (?:a l ombre|en taule|inside|derriere les barreaux)",
)

_BARBS: Final = (
    r"(?:dim|slow|dull|deaf|mad|nutty|stubborn|tight|ugly|mean|stiff|cold|bete|sourde?|tetue?|laide?|mechante?|bavarde?|collante?|radine?) (?:as|comme) (?:a |an |un |une |ses |des |the )?\w+",
    r"grigous?|pingres?|radin\w*|harpagons?|avares?\b|grippe sous|cheapskates?|stingy|tight ?fisted|miserly|penny pincher|cheap as (?:they|chips)|rapiats?",
    r"(?:is |quite |a real |nasty |real )(?:a )?piece of work|nasty piece",
    r"usantes?|epuisantes?\b(?! journee)|exhausting|(?:never|won t) shut\w* up|moulin a paroles|wears? (?:us|you|everyone) (?:out|down)|wastes? (?:our|my|everybody s) time|fait perdre (?:son|notre|du) temps|casse[- ]?pieds|emmerd\w+|chieu\w+",
    r"(?:face|tete|gueule|tronche) (?:like|de|d|comme) (?:a |an |un |une )?(?:wet|sour|horse|smacked|bulldog|enterrement|deux pieds|cochon|cul|rat|weekend|ane|chameau)",
    r"(?:pauv|pauvre|sale|gros|grosse|petit|petite|triste|espece de|quel|quelle) (?:type|mec|nana|meuf|bonne femme|fille de|sire|individu|connard|peste|enquiquineu\w+|casse pieds|plaie|teigne)|weirdos?|creepy?|losers?|(?:une |vraie |la )plaie\b",
)

_LOOKS: Final = (
    r"(?:visage|figure|peau|joues?|face|skin|cheeks?) (?:toute? |tres |very |all )?(?:grelee?s?|bouffie?s?|marquee?s? par|boutonneu\w+|fripee?s?|ridee?s?|couperosee?s?|pock\w+|scarred|spotty|blotchy|saggy|puffy)|pockmarked|acn(?:e|eic|eique)\b",
    r"(?:has |have |had )?let (?:her|him)self go|s est laissee? aller|se laisse aller|se neglige|double (?:menton|chin)|cellulite|(?:grosse?s?|big|huge|fat|enormes?|flat|plate?) (?:fesses|derriere|behind|bum|bottom|backside|ventre|belly|stomach|poitrine|chest|cuisses|thighs|mollets|nez|nose|oreilles|ears)\b",
    r"(?:se croit|thinks she is|thinks he is|pretend faire|says she is|se voit) (?:en |un |une |a |du )?(?:size )?\d{1,2}\b|rien ne (?:lui )?(?:va|rentre|ferme)|nothing fits|ne rentre (?:pas|plus) dans",
)

_PURSES: Final = (
    r"credits? (?:revolving|renouvelables?|conso\w*|a la consommation|sur credits?)|revolving credit|(?:rembourse|repays?|paying off|paye encore|croule sous|noyee? sous) (?:\w+ ){0,2}(?:credits?|dettes?|debts?|prets?|loans?|mortgage|huissier\w*)|over(?:drawn|indebted)|a decouvert|comptes? (?:bloques?|saisis?|a sec|gele\w*)|accounts? (?:frozen|blocked|empty)|bailiffs?|huissiers?",
    r"(?:avec|with|sur|off|from|de) (?:l argent|le compte|la carte|the money) (?:de|of|d) (?:sa|son|ses|papa|maman|her|his|mummy|daddy)|(?:mother|father|husband|wife|parents|grandmother|daddy|ex) ?s (?:money|card|account)|lives off (?:her|his)|entretenue? par|vit aux crochets",
    r"croule sous (?:l or|l argent|les sous|les millions)|(?:swimming|rolling) in (?:it|money|cash)|pleine? aux as|blindee?s?\b|petee?s? de thunes?|filthy rich|loaded$",
    r"(?:cannot|can t|could not|couldn t|unable to|struggl\w+ to|ne peut (?:pas|plus)|peine a|n arrive (?:pas|plus) a|du mal a) (?:\w+ )?(?:make|pay|payer|meet|afford|regler|rembourser|boucler|finir|suivre) (?:the |les |ses |her |his |le |la |son )?(?:instal\w+|rent|bills?|payments?|loyer|factures?|fins? de mois|mois|echeances?|mensualites|traites)|behind (?:on|with) (?:her|his|the) (?:rent|payments|instal\w+)|(?:loyer|rent|charges) (?:impaye\w*|en retard|unpaid)|(?:card|carte)(?: (?:is|est|was|souvent|often|always|toujours|encore))+ (?:declined|refused|refusee?|rejetee?)|au[- ]dessus de (?:ses|leurs|mes) moyens",
)

_WARDS: Final = (
    r"famille d accueil|foster (?:care|home|child\w*|famil\w+|parents?|mother)|fostered|placee?s? (?:par|en foyer|a la dass|chez)|en foyer\b|a la ddass|pupille de|(?:son|sa|le|la|her|his) (?:petite? )?(?:fils|fille|enfant|son|daughter|child|boy|girl) (?:est |was |is |a ete )?adopte\w*",
)

REFUSED_BY_CIRCUMSTANCE: Final[Mapping[str, tuple[str, ...]]] = {
    "health": _FRAIL,
    "religion": _CREED,
    "origin": _ROOTS,
    "union": _SIDES,
    "sex_life": _BEDS,
    "offence": _BREACHES,
    "insult": _BARBS,
    "body": _LOOKS,
    "minor": _WARDS,
}
WARNED_BY_CIRCUMSTANCE: Final[Mapping[str, tuple[str, ...]]] = {"money": _PURSES}
