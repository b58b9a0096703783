# ruff: noqa: E501  (a pattern is read whole)
"""The words of the note detector, French and English, as patterns over folded text (no accents, no capitals).

A word of trade that only looks like one of these stands in ``HARMLESS`` and is taken out before anything is
looked for.
"""

from collections.abc import Mapping

# What retail says every day: materials, colours, jewels, places, gifts, other people's shops and habits.
HARMLESS: tuple[str, ...] = (
    # Make-up is chosen by skin, a vest worn by its shade, a museum seen by its name, a pendant bought by a sign.
    r"(?:fonds? de teint|foundations?|anti[- ]?cernes?|concealers?|poudres?|powder|bb creme|bb cream|teintes?|shades?)"
    r" (?:\w+ ){0,3}(?:peaux?|skin|carnation|complexion|teint) (?:tres |plus )?(?:foncee?s?|mate?s?|noires?|claires?|metisse?s?|ebene|dore\w*)",
    r"(?:foundations?|concealers?|powder|shades?) (?:\w+ ){0,3}(?:dark|deep|black|fair|brown|tan) skin(?: tones?)?",
    r"(?:gilets?|vestes?|pulls?|cardigans?) jaunes? (?:moutarde|poussin|paille|pale|citron|or|safran|curry|en|taille|sans|a boutons|xs|s|m|l|xl|\d+)\b",
    r"(?:green|blue|red|black|pink) party (?:dress|dresses|shoes|bag|top|skirt|outfit)",
    r"(?:jewish|islamic|christian|buddhist|catholic) (?:museum|art|exhibition)|(?:musee|expo|exposition|exhibition) (?:\w+ ){0,3}(?:juive?s?|judaisme|islamiques?|islam|bouddhi\w+)",
    r"(?:signe (?:du |astrologique )?|zodia\w+ |ascendant )cancer|cancer (?:zodia\w+|(?:pendant|pendentif|medaille|charm|necklace|collier))",
    r"nouvel an (?:chinois|lunaire|juif|berbere|orthodoxe)|(?:chinese|lunar|orthodox) new year",
    r"(?:cabine|lumiere|robe|tenue|coupe|veste|couleur|matiere|tissu|sac|poche|cuir|toile) (?:trop )?(?:coincee?|grossiere?|lourde?|sale)",
    r"(?:fermeture|zip|fermoir|bouton|bague|tiroir|talon|boucle) (?:est |reste |etait )?(?:coincee?|casse\w*|bloque\w*)",
    r"(?:grosse toile|toile grossiere|maille grossiere|betes? de (?:scene|somme|mode))",
    r"(?:dogs?|chiens?|chats?|cats?) \w+ ?\w* (?:malade|opere\w*|accouch\w*|ill|sick)",
    r"(?:rose|bordeaux|parfum|sac|collection|ligne|modele|pull|le|un|notre) diva\b",
    r"(?:sac|sacs|robe|robes|veste|cuir|costume|manteau|pull|jupe|pantalon|bottes?|chaussures?|ceinture|foulard"
    r"|lunettes|perles?|daim|ecru|gants?|chemise|chemisier|escarpins|derbys?|mocassins) (?:noire?s?|blanche?s?|blancs?)",
    r"(?:black|white) (?:bag|bags|dress|leather|shoes?|boots?|coat|jacket|suit|shirt|tie|belt|gloves?|trousers"
    r"|skirt|pearls?|gold|friday|edition)",
    r"(?:little|petite?) (?:black|robe noire) ?(?:dress)?",
    r"(?:cafe|the|chocolat|thes|marche|vendredi|bal) noirs?",
    r"(?:croix|medaille|pendentif|etoile|main de fatma|khamsa|bouddha|ange) (?:en |d )?(?:or|argent|diamants?|nacre"
    r"|jade|onyx|platine|vermeil|emeraude)s?",
    r"(?:gold|silver|diamond|platinum) (?:cross|star|crescent|medal|buddha|angel)",
    r"(?:cadeau|cadeaux|robe|tenue|costume|medaille|bijou|bracelet|gourmette) (?:de|du|pour (?:le|la|un|une)|pour) "
    r"(?:bapteme|communion|mariage|bar mitzvah|bat mitzvah|aid|noel|paques|hanouka|ramadan|diwali)s?",
    r"(?:gift|dress|present|bracelet|suit|outfit) for (?:the |a |her |his )?(?:christening|communion|wedding"
    r"|bar mitzvah|bat mitzvah|eid|christmas|easter|hanukkah|ramadan|diwali)",
    r"(?:pour|avant|apres|a|for|before|after|at) (?:noel|paques|la toussaint|christmas|easter)",
    r"rue (?:de )?(?:la |du |des |saint[- ]?|ste |st )?\w+",
    r"(?:saint|sainte|st|ste)[- ]\w+",
    r"(?:place|quartier|metro|gare|boulevard|avenue|hotel) (?:de |du |des |d )?(?:l |la )?\w+",
    r"(?:travaille|bosse|works?|working|infirmiere?|medecin|chirurgien(?:ne)?|nurse|doctor|surgeon) (?:a l |a la |au |at |in |for )?(?:a |the )?"
    r"(?:hopital|hospital|clinique|clinic)",
    r"notre[- ]dame",
    r"bleu (?:roi|marine|canard|eglise)",
    r"(?:cuir|agneau|veau|vache|chevre|daim|porc|crocodile) (?:malade|souffrant|abime)",
    r"(?:folle?|fou|fous|crazy|mad) (?:de |d |about |for )(?:mode|sacs?|chaussures|bijoux|shopping|cuir|couleurs?|soie"
    r"|bags?|shoes|fashion|jewellery|the|our|notre|nos|cette|ce|this|that)\w*",
    r"(?:un|une|de|ce|cette|prix|achat|coup|idee|envie|price|idea|a) (?:folle?|fou|dingue|crazy|de folie)",
    r"(?:malade|dingue|accro|addict) (?:de |d )?(?:mode|sacs?|chaussures|shopping|sneakers|bijoux)",
    r"(?:grosse?s?|gros) (?:maille|mailles|cadeau|cadeaux|achat|achats|sac|sacs|boutons?|commande|panier|pull"
    r"|collier|perles?|bijoux?|budget)",
    r"(?:etui|coque|porte|pochette|housse)[- ]?(?:carte|cartes|passeport|cles|lunettes)\w*",
    r"(?:paye|paie|paid|pays|regle|reglement|paiement) (?:toujours |souvent |always |usually )?(?:par|en|by|with|avec) "
    r"(?:carte|card|cheque|virement|especes|cash)\w*",
    r"(?:carte|card) (?:de fidelite|cadeau|black|platinum|gold|de visite|loyalty|gift)",
    r"(?:diamant|pierre|perle|cristal|chocolat|vin|or|argent|opale) (?:noire?|juive?|turque?|d inde|indien|indienne)",
    r"(?:style|look|motif|imprime|coupe|col|sandales?|soie|cachemire|coton|tapis|bijoux?|bracelets?|cuisine|parfum"
    r"|the|foulard|chale|pashmina|veste|poignets|talon|talons) (?:africaine?s?|indien(?:ne)?s?|turque?s?|berbere?s?"
    r"|oriental(?:e|es|aux)?|chinoise?s?|japonaise?s?|italien(?:ne)?s?|arabes?|gitane?s?|cubains?|mao|russes?"
    r"|boheme|anglaise?s?|francaise?s?)",
    r"(?:indian|african|turkish|japanese|italian|chinese|moroccan|french|english|oriental) (?:silk|style|print|cotton"
    r"|leather|cut|collar|sandals|shawl|pattern|size|sizes|shoes|bag|cuisine|restaurant)",
    r"(?:peau|cuir|peaux) (?:de |d )\w+",
    r"(?:point|maille|col|manche|robe|mouton|chemise|pyjama|infirmier\w*) (?:croise|croisee|medecin)",
    r"(?:sac|cartable|trousse|mallette|sacoche) (?:de |d |du )?(?:medecin|docteur|toilette|maquillage|secours)",
    r"doctor(?:s)? bag",
    r"(?:depression|crise|fievre) (?:des|du|de) (?:soldes|shopping|mode|samedi)",
    r"(?:pas|sans|no|not|jamais) (?:de |of )?(?:soucis?|probleme|problemes|problem|problems|worries|urgence|rush)",
    r"(?:coup|coups) de (?:coeur|coeurs|foudre|fil|main|tete)",
    r"(?:mal|hurts?|hurting|pinch\w*|serre\w*|large|etroit\w*) (?:aux?|a la|au|at the|in the) (?:talon|talons|orteils?|toes?|heel)",
    r"(?:union|unions?) (?:libre|jack|square)",
    r"(?:gauche|droite|left|right) (?:cuff|hand|handed|poignet|main|cote|foot|pied|oreille)",
    r"(?:vert|rose|bleu|bordeaux|rouge|liberal\w*) (?:anglais|communiste)?",
)

# What nobody may write of a person. Offences, health and the like: nothing softer would do.
REFUSED: Mapping[str, tuple[str, ...]] = {
    "health": (
        r"preggers|preggo|enceint|miscarr\w+|fibro(?:myalgi\w+)?|perdu (?:le|un|son|leur) (?:bb|bebe)|lost (?:the|a|her|their) baby"
        r"|sous (?:tutelle|curatelle)|mise? sous (?:tutelle|curatelle)|under guardianship",
        r"malaises?|(?:seances?|cure) de (?:rayons|chimio\w*|dialyse)|rayons x|radiation therapy|perruque (?:depuis|medicale)|(?:depuis|pendant|after|during|since) (?:son|sa|ses|her|his|the) (?:traitement|maladie|operation|treatment|illness)",
        r"accouch\w+|attend (?:un|une|des|son|leur) (?:bebes?|enfants?|jumeaux|jumelles|heureux)|(?:pregnant|expecting|enceinte) (?:twins|a baby|in|de)|(?:expecting|awaits?) (?:twins|a baby|her (?:first|second|third))|due (?:date )?in (?:january|february|march|april|may|june|july|august|september|october|november|december)|trying (?:for a baby|to conceive)|baby bump",
        r"(?:sort|sortie|entre|revient|admis\w*) (?:de |d |a |en |dans )?(?:la |l |une )?(?:clinique|hopital|maison de repos|reanimation|urgences)|(?:in|out of|left|back from) (?:the )?(?:clinic|intensive care|rehab)",
        r"anticoagul\w+|medicaments?|medications?|medicines?|antidouleurs?|painkillers?|antibioti\w+|somniferes?|sleeping pills?|statins?|beta blockers?|anxiolyti\w+|pilule|sous (?:perfusion|oxygene)|inhalers?",
        r"trisom\w+|down s? ?syndrome|syndrome (?:de|d) \w+|thyroid\w*|perdu (?:un|son) sein|troubles? (?:alimentaires?|du (?:sommeil|comportement)|bipolaires?|psych\w+|anxieux|cardiaques?|musculo\w*)|(?:eating|sleep|bipolar|mood|anxiety|personality) disorders?|panic attacks?|crises? (?:de panique|d angoisse|d epilepsie|cardiaque)",
        r"mi temps therapeutique|arrets? (?:maladie|de travail)|(?:conge|longue) maladie|maladie|sick leave|medical leave|invalidite|(?:carte|taux|pension) d invalidite",
        r"(?:hip|knee|shoulder|joint) replacements?|(?:had|after|before|recovering from) (?:a |an |her |his )?(?:operation|bypass|biopsy|fracture|injury|transplant|accident)|remission|dementia|demence|senil\w+|perd la memoire|memory loss|hearing aids?|appareil auditif|oxygen tank|pulmonary|insuffisance (?:renale|cardiaque|respiratoire)|kidney (?:disease|failure|problems?)|renal|arthrit\w+|arthrose|rhumatism\w+|osteopor\w+|migraines? (?:chroniques?|permanentes?)|fibromyalgi\w+|crohn|tuberculos\w+|covid long|long covid|coma|paralys\w+|palliati\w+|terminal\w* ill|end of life|chronic(?:ally)? (?:ill|pain|fatigue)|douleurs? chroniques?|stomie|catheter|hernie|scoliose|glaucom\w*|cataract\w*|dyslexi\w*|adhd|tdah|asperger|hyperacti\w+",
        r"cancers?|leucemie|tumeurs?|chimio\w*|radiotherapie|metastases?|leukemia|tumou?rs?|chemo\w*",
        r"diabet\w+|epileps\w+|epilepti\w+|parkinson|alzheimer|sclerose|multiple sclerosis|asthm\w+|hepatite\w*"
        r"|hepatitis|lupus|endometriose|endometriosis|psoriasis|eczema",
        r"vih|sida|hiv|aids|seropo(?:s|siti\w+)?|hiv positive",
        r"depressi(?:f|ve|fs|ves|on)|depressed|bipolaire|bipolar|schizophren\w+|anorexi\w+|boulimi\w+|bulimi\w+"
        r"|burn[- ]?out|suicid\w+|autiste|autistic|autisme|autism|psychiatr\w+|antidepress\w+|anxiety|angoisses?",
        r"enceinte|pregnan\w+|grossesse|fausse couche|miscarriage|fiv|ivf|menopaus\w+|sterile|infertil\w+|avortement"
        r"|abortion",
        r"handicap\w*|disabled|disability|fauteuil roulant|wheelchair|aveugle|malvoyante?|sourde?s? (?:et|depuis|de)"
        r"|malentendante?|hard of hearing|paraplegi\w+|boite depuis|walks? with a cane|prothese|prosthe\w+|amput\w+",
        r"(?:est|tres|gravement|tombee?|son mari|sa mere|souvent|longtemps|toujours) malade|maladie (?!de mode)\w+"
        r"|seriously ill|is ill|been ill|very sick|is sick|illness|disease",
        r"operee?|operation (?:du|de la|des|a|au)|chirurgi\w+|surgery|hospitalis\w+|hospital|hopital|convalescen\w+"
        r"|infarctus|avc|heart attack|stroke|pacemaker|maladie cardiaque|heart condition|cardiaque",
        r"sous (?:traitement|medicaments?|cortisone|morphine)|on medication|traitement (?:lourd|medical)|insuline|insulin",
        r"alcooli\w+|alcoholic|drogu\w+|drug addict|toxicoman\w+|cocaine|addiction|cure de desintox\w*|rehab|drinks too much"
        r"|boit (?:trop|beaucoup)",
        r"lithium|dialys\w+|transplant\w*|greffee?s?|greffe (?:du|de|d)|mastectom\w+|breast (?:removed|cancer)|delir\w+|voyante",
        r"obes\w+|obese|liposuccion|anneau gastrique|gastric band",
        r"allergi(?:que|c) (?:a |au |aux |a la |to )?(?:arachides?|cacahuetes?|gluten|lactose|penicilline|penicillin"
        r"|peanuts?|noix|nuts|pollen|iode|aspirine)",
    ),
    "religion": (
        r"(?:fidele|frequente|membre|habituee?|assidue?) (?:a |de )?(?:la |une |sa |son |l )?(?:mosquee|synagogue|eglise|temple)|(?:member of|regular at) (?:the |a |her |his )?(?:local )?(?:mosque|synagogue|church|temple)",
        r"francs?[- ]?macons?|franc macon\w*|freemasons?|pasteur|rabbins?|rabbi|imams?|cure de la paroisse|paroiss\w+|parish\w*|converti[es]? (?:a |au |to )|shabbat|sabbath|careme strict|baptist|methodist|scientolog\w*|secte|ne (?:mange|boit) pas (?:de porc|d alcool) par|kippa|kippah|burqa|niqab|tchador",
        r"musulmane?s?|muslims?|islam\w*|voilee?s?|hijab|porte le voile|wears? a veil|juive?s?|juifs?|jewish|jews?|israelite"
        r"|catholi\w+|protestante?s?|evangeli\w+|evangelical|bouddhistes?|buddhists?|hindoue?s?|hindus?|sikhs?|orthodoxe?s?"
        r"|temoins? de jehovah|jehovah\w*|mormone?s?|mormons?|athee?s?|atheists?|agnosti\w+",
        r"yiddish|prie (?:cinq|tous|beaucoup)|prays|attends (?:church|mass|mosque|synagogue)|marabout|bigote?s?",
        r"pratiquante?s?|tres croyante?s?|croyante?|churchgoer|religi(?:on|eu[sx]e?|ous)\w*",
        r"va a la (?:messe|mosquee|synagogue)|goes to (?:church|mosque|synagogue|mass)|fait (?:le )?ramadan|fasts for"
        r"|mange (?:halal|casher|kasher)|eats? (?:halal|kosher)|(?:halal|casher|kosher) (?:only|uniquement|strict)",
    ),
    "origin": (
        r"(?:couples?|clientele|groupe|touristes?|tourists?|un|une|des|ces|clients?|clientes?) (?:de |d )?(?:chinois|chinoise|russes?|arabes?|japonais|coreens?|indiens?|turcs?|roumains?|gitans?|maghrebins?|africains?|noirs?|asiatiques?|saoudiens?|qataris?|libanais|emiratis?|nigerians?)",
        r"^(?:maghrebin\w*|africain\w*|asiatique|arabe|noire|antillais\w*|metisse?)\b|gens du voyage|travellers? (?:family|camp)|manouches?|yenich\w*",
        r"(?:looks?|typical|probably|seems|clearly|obviously) (?:\w+ )?(?:middle eastern|eastern european|north african|latin american|arab\w*|african|asian|indian|chinese|russian|romanian|gypsy|nigerian|jewish)|eastern european (?:client|customer|lady|couple|gang|type)|middle eastern (?:client|customer|lady|couple|man|woman|family)",
        r"(?:est|parait|semble|sont|femme|homme|dame|monsieur|cliente?|couple|famille|type|looks?|is|are|a|an|lady|man"
        r"|woman|customer|client|family) (?:d origine )?(?:arabes?|maghrebin\w*|noire?s?|africaine?s?|asiatiques?|chinoise?s?"
        r"|roms?|gitane?s?|tsigane?s?|gypsy|gypsies|arabs?|black|asian|african|antillaise?s?|metisse?s?|beurs?|beurette"
        r"|blacks?|colored|coloured|mixed race|latino|latina|turque?s?|algerienn?e?s?|marocaine?s?|tunisienn?e?s?"
        r"|senegalaise?s?|russes?|roumaine?s?|polonaise?s?|portugaise?s?|indienne?|pakistanaise?)",
        r"roma (?:camp|family|people)|camp (?:de )?roms?|romanichel\w*",
        r"d origine \w+|of \w+ (?:origin|descent)|origines? (?:ethni\w+|etrangeres?|africaines?|maghrebines?|asiatiques?)"
        r"|ethni\w+|couleur de peau|skin colou?r|type (?:asiatique|africain|mediterraneen|europeen|maghrebin)"
        r"|sans[- ]papiers|clandestin\w*|illegal immigrant|immigree?s?|immigrants?|refugiee?s?|refugees?",
        r"(?:arabs?|arabic|black|asian|african|gypsy|chinese|indian|russian|turkish|moroccan|latino|mixed race|dark skinned)"
        r" (?:lady|ladies|man|men|woman|women|couples?|family|families|guys?|customers?|clients?|girls?|boys?)|mixed race",
        r"accent (?:arabe|africain|des banlieues|etranger|russe|chinois)|(?:arabic|african|foreign|chinese|russian) accent"
        r"|teint (?:basane|mate)|dark skinned|yeux brides",
    ),
    "union": (
        r"(?:macron|melenchon|zemmour|bardella|trump|biden|farage|le pen|starmer) (?:lover|fan|supporter|voter|addict)",
        r"(?:tres|plutot|bien|clairement) (?:a |de )?(?:gauche|droite) (?:\||$|politique)|(?:tres|plutot) (?:a |de )(?:gauche|droite)|milit(?:e|ant|ante|er)\b|(?:elu|elue|candidate?|adherente?|encartee?) (?:du|de|des|au|rn|ps|lr|lfi|les|a la)|(?:ses|leurs) (?:idees|opinions) (?:politiques|de)",
        r"(?:republican|democratic|labour|conservative|green|reform) (?:party|voter|donor|supporter)|donates? to the|brexit\w*|trump (?:supporter|voter|fan)|(?:supports?|votes? for) (?:trump|biden|macron|le pen|labour|the tories)|marche (?:pour|contre) (?:la|le|les) (?:retraites?|mariage|gouvernement)|gilets? jaunes?|manifeste contre",
        r"syndicali\w+|syndiquee?s?|delegue(?:e)? (?:syndical\w*|cgt|cfdt)|(?:cgt|cfdt|cftc)(?:istes?)?|force ouvriere|trade union\w*|unionist"
        r"|union (?:rep|member|delegate|activist)s?|shop steward|greviste|on strike",
        r"vote[snz]? (?:a |pour |for )?(?:l )?(?:extreme )?(?:gauche|droite|fn|rn|lr|ps|lfi|macron|le pen|melenchon|labour"
        r"|tory|tories|republican|democrat|left|right|conservative)|(?:electrice|electeur|militante?) (?:du|de|d|des|rn|fn)?"
        r"\b|tory|tories|communistes?|communists?|socialistes?|socialists?|gauchiste|facho|fascist\w*|royaliste|encarte\w*|rassemblement national"
        r"|opinions? politiques?|political (?:views|opinions?)|far[- ](?:left|right)|extreme[- ](?:gauche|droite)",
    ),
    "sex_life": (
        r"mariee a une femme|marie a un homme|(?:pacsee avec une femme|pacse avec un homme)",
        r"(?:la|le|l|se font?) trompe|trompee? par|(?:un|son|ses|une|sa|des) (?:amants?|maitresses?|aventures? extra\w*)|(?:an|had|having) affairs?|affair with|trans (?:woman|man|person|girl|boy)|femme trans|homme trans|personne trans|couple (?:gay|lesbien|homo\w*)|homo(?:s)?\b|bi[- ]?sexu\w*|vie sexuelle|sex life|double vie|double life|frequente (?:des prostituees|un club)|one night stands?|sleeps? (?:with|around)|couche avec|polyam\w+|coming out",
        r"homosexuel\w*|lesbienne?s?|lesbian|gay|gays|bisexuel\w*|bisexual|transgenre|transgender|transsexuel\w*|queer"
        r"|orientation sexuelle|sexual orientation|sa maitresse|son amant|his mistress|her lover|mistress|infidel\w+"
        r"|trompe (?:sa femme|son mari)|cheats? on|adulter\w+|escort(?:e|s)?|libertin\w*|swinger",
    ),
    "offence": (
        r"soupconn\w+|suspect(?:e|ee|ed)? (?:de|d|of)|faux (?:billets?|cheques?|papiers?|passeports?)|fausse (?:carte|monnaie|identite)|contrefacons?|(?:sells?|revend|resells?) (?:fakes?|des faux|contrefa\w+)|tax evasion|evasion fiscale|fraude?s? fiscale?s?|under investigation|(?:police|gendarmes?) (?:est|sont|a|ont|is|was|were|called|appel\w+)|(?:plainte|porte plainte|main courante) (?:contre|deposee)|(?:charged|indicted|wanted|banned) (?:with|for|by)|criminals?|criminel\w*|mafi\w+|gang\b|cambriol\w+|burgl\w+|harcel\w+|harass\w+|stalk\w+|bracelet electronique|ankle monitor|sursis|liberte (?:conditionnelle|surveillee)|parole\b|probation",
        r"dui|drunk driving|(?:an|ans|mois) (?:ferme|de prison|avec sursis)|\d years in jail",
        r"condamnee?s?|convicted|casier|criminal record|prison|jail|detenu\w*|garde a vue|arrested|arretee? par la police"
        r"|delinquan\w+|dealer|trafiquant\w*|vol(?:e|ee|ait|eur|euse|eurs) (?:deja |souvent |dans |en |a )?(?:l etalage|magasin"
        r"|boutique|des|un|une|nos|le|la)|voleu(?:r|se)s?|thief|thieves|shoplift\w*|stole|steals?|escroc\w*|fraud\w*|arnaqu\w+"
        r"|proces en cours|mis(?:e)? en examen|sex offender|violen(?:t|te) avec|abusive husband|battue|femme battue"
        r"|blanchiment|money launder\w*|faux billets|counterfeit money",
    ),
    "insult": (
        r"mythos?|(?:un |gros |sacre |quel )boulet|^boulet$|nasty (?:woman|man|lady|customer|cow)",
        r"pretentieu(?:x|se)s?|bete (?:comme|a manger)|betes?\b(?! de)|coincee?s?|gros(?:se)? (?:con|conne|vache|tas|truie|boudin)|(?:elle|il) est (?:grosse?|enorme|moche|bete|vieille?|lourde?|nulle?|sale)|nouveaux? riches?|sans gout|tacky|loud and|cheap (?:old|man|woman|guy|lady)|old man|vieux (?:beau|monsieur lourd|schnoque?)|(?:vieille|veille) (?:bourgeoise|fille|rombiere|dame aigrie)|bourge\b|bourgeoise? (?:coinc|arrog|hautain)\w*|hautaine?s?|mepris\w+|aigrie?s?|nightmare|cauchemar|pathetique|pathetic|ridicule\b|ridiculous (?:woman|man|person)|obnoxious|rude\b|grossi(?:er|ere)s?|malpoli\w*|mal elevee?s?|bitchy|karen\b|drama queen|diva\b|prima donna|pompous|nasty|horrible (?:woman|man|person|client|customer|cliente)|peste\b|chipie|sorciere|idiotic|clueless|brain ?less|sans cervelle|pas (?:tres )?(?:fute|futee|maligne?|intelligente?)\w*|not (?:very |too )?(?:bright|smart)|lourdingue|relou\w*|gonflante?|penible|saoulante?|soulante?|casse pieds?|pain in the",
        r"conn(?:e|es|ard|ards|arde|asse|asses)|cons? |con$|salope?s?|salauds?|putes?|putain|encul\w+|batarde?s?|merdeu\w+"
        r"|emmerd\w+|chiante?s?|chieu(?:r|se)s?|casse[- ]couilles?|debile?s?|idiote?s?|imbeciles?|cretine?s?|abrutie?s?"
        r"|stupides?|stupid|moron\w*|idiots?|bitch\w*|asshole\w*|bastards?|cunts?|whores?|sluts?|dumb|fucking|fuck\w*|jerk"
        r"|moche?s?|laide?s?|laideron|ugly|grosse (?:vache|dame|femme|cliente)|gros (?:porc|monsieur|type)|fat (?:cow|lady|woman"
        r"|man|customer)|boudin|truies?|mythomanes?|nymphoman\w+|nutcase|nutter|thon |vieille (?:peau|bique|folle|chouette|truie|sorciere)|old (?:hag|bag|cow|witch)|vieux (?:con"
        r"|schnock|debris|croulant)|pouffiasse|pimbeche|garce|mégère|megere|harpie|folle a lier|cinglee?s?|tareee?s?|taree?s?"
        r"|(?:est|completement|un peu|totalement|vraiment) (?:folle|fou|dingue|barjo|timbree?)|(?:is|totally|completely|so) (?:crazy"
        r"|insane|mad|nuts)|hysteriques?|hysterical|psychopath\w*|insupportables?|unbearable|penible au possible|odieu(?:x|se)"
        r"|malhonnetes?|dishonest|radine?s?|rapiat\w*|pingres?|cheapskate|stingy|tightfisted|pue |puante?s?|sent mauvais|smelly"
        r"|stinks|smells bad|sale type|crasseu\w+|vulgaires?|vulgar|plouc\w*|beauf\w*|cassos|trash(?:y)?|arrogan\w+|snobs? "
        r"|menteu(?:r|se)s?|liars?|pervers\w*|creep\w*|pigeon|sucker",
    ),
}

# What belongs elsewhere or must be said in other words.
WARNED: Mapping[str, tuple[str, ...]] = {
    "money": (
        r"(?:en )?instance de divorce|(?:pas|peu|non|plus) solvables?|insolvables?|insolvent|food stamps?|ccjs?|county court judgments?|sdf|sans domicile|sans abri|homeless",
        r"(?:fin|fins) de mois|finir le mois|plus un (?:sou|rond)|sans le sou|depot(?:s)? de bilan|depose le bilan|liquidation judiciaire|redressement judiciaire|(?:cut off|maxed out|cancelled|blocked) (?:her|his|their)? ?(?:credit )?cards?|carte bloquee|saisie (?:sur|de|du)|expuls\w+|evict\w+|loyers? (?:impayes?|en retard)|(?:behind|late) (?:on|with) (?:the |her |his )?(?:rent|payments?|bills?)|credits? (?:a la consommation|en cours|refuses?)|loan (?:refused|denied)|mortgage (?:trouble|arrears)|vit (?:au dessus|de ses rentes|aux crochets)|living (?:beyond|off)|prets? (?:sur gage|refuses?)|pawn(?:ed|shop)|(?:no longer|cannot|can t|couldn t) (?:afford|pay)|a court d argent|short of (?:money|cash)|strapped for cash|bankrupt\w*|(?:gros|petit|bas|son|her|his) (?:salaire|revenus?|salary|income|wage)s?|pension (?:de retraite|reversion)|prestation compensatoire|divorce (?:en cours|qui|settlement)",
        r"foreclos\w+|repossess\w+|allocations? (?:adulte|logement|familiales)|surendett\w+|endettee?s?|dettes?|debts?|in debt|huissiers?|bailiffs?|interdit\w* bancaires?|fiche\w* banque de france"
        r"|faillite|bankrupt\w*|ruinee?s?|fauchee?s?|(?:is|are|went|flat|dead|totally|completely) broke|chomage|chomeu\w+|unemployed|jobless|lost (?:her|his) job|perd(?:u|re) son"
        r" (?:emploi|travail|poste)|licenciee?s?|laid off|rsa|minima sociaux|on benefits|welfare|aides? sociales?",
        r"(?:problemes?|soucis?|difficultes?|ennuis|galeres?) (?:d argent|financiers?|financieres?|de tresorerie|de paiement)"
        r"|(?:money|financial|cash) (?:problems?|troubles?|difficult\w+|worries|issues)|cheques? (?:sans provision|en bois"
        r"|refuses?|impayes?)|bounced che(?:que|ck)s?|impayes?|unpaid (?:bills?|invoices?)|(?:carte|card) (?:toujours |souvent |was "
        r"|often )?(?:refusee?|declined)|n a (?:pas|plus) (?:d argent|un sou|les moyens)|cannot afford|can t afford|no money"
        r"|decouvert\w*|overdrawn|pension alimentaire|alimony|salaire de|gagne \d+|earns? \d+|heritage (?:de|conteste)"
        r"|divorce (?:couteux|difficile)|pauvres? |poor ",
    ),
}

MATERIAL_ALLERGY = (
    r"(?:allergi(?:que|c|e)|intoleran(?:t|te)|sensibles?|sensitive|reaction|reagit|reacts?) (?:a |au |aux |a la |a l |to |du |de la )?"
    r"(?:le |la |les |the )?(?:nickel|laine|wool|mohair|angora|cachemire|cashmere|laiton|brass|cuivre|copper|argent|silver"
    r"|plaque|plated|fantaisie|costume jewellery|metal|metaux|metals|polyester|synthetiques?|synthetics?|lin|linen|plumes?"
    r"|latex|rubber|caoutchouc|gomme|feathers?|down|chrome|cobalt|cuir|leather|teintures?|dyes?)"
)
