"""Phrases by which the content filters decide: small, harmless to read, and far from what a classifier knows.

A confidence (3 HIGH, 2 MEDIUM, 1 LOW) goes with each pattern. Patterns ask for intent or a target, so that a text which
merely names a subject (`how do banks detect money laundering`) passes.
"""

# ruff: noqa: E501 - a pattern stays on one line

from __future__ import annotations

import re

_PERSON = (
    r"(?:him|her|them|you|someone|somebody|people|everyone|anyone|(?:a|the|that|this|another) (?:person|man|woman|child|guy)|"
    r"(?:my|your|his|her|their|the|our) (?:wife|husband|boss|neighbou?r|colleague|co-?worker|teacher|ex|girlfriend|boyfriend|family))"
)
_GROUP = r"(?:immigrants?|refugees?|foreigners?|women|men|jews?|muslims?|christians?|blacks?|whites?|gays?|disabled people|old people)"
_HOW = r"(?:how (?:to|do i|can i|could i|would i|should i)|help me(?: to)?|show me how to|teach me(?: how)? to|steps to|ways? to|i want to|i will|i'm going to|let's)"

CONTENT = {
    "VIOLENCE": (
        (3, rf"\b(?:kill|murder|stab|strangle|poison|behead|shoot|torture|beat up|assault|kidnap)(?:ing)? {_PERSON}\b"),
        (3, rf"\b{_HOW} (?:build|make|assemble|plant|detonate|set off) (?:a |an |some )?(?:pipe |nail |car )?(?:bombs?|explosives?|molotov|grenades?)\b"),
        (2, rf"\b(?:hurt|attack|punch|choke|slap) {_PERSON}\b"),
        (2, r"\bich (?:werde|will|möchte) (?:ihn|sie|dich|euch|jemanden) (?:umbringen|töten|verletzen|verprügeln)\b"),
        (2, r"\b(?:je vais|je veux) (?:te|le|la|les|vous) (?:tuer|frapper|blesser)\b"),
        (2, r"\b(?:voy a|quiero) (?:matar(?:te|lo|la|los)?|golpear(?:te|lo|la|los)?)\b"),
        (1, r"\b(?:bloodbath|massacre them|shoot up the)\b"),
    ),
    "HATE": (
        (3, rf"\b(?:all |those |these )?{_GROUP} (?:are|is) (?:all )?(?:subhuman|vermin|parasites|animals|inferior|trash|scum|a disease)\b"),
        (3, rf"\b(?:exterminate|wipe out|get rid of|deport|ban) (?:all |every )?(?:the )?{_GROUP}\b"),
        (2, rf"\b(?:hate|despise) (?:all |those |these )?{_GROUP}\b"),
        (2, r"\bgo back to (?:your|their) (?:own )?country\b"),
        (2, r"\bausländer raus\b|\bsale étranger\b|\bfuera extranjeros\b"),
    ),
    "INSULTS": (
        (3, r"\b(?:you(?:'re| are)?|u r|ur) (?:an? |such an? |a complete |the )?(?:absolute |total |complete |fucking |bloody )?(?:idiot|moron|imbecile|loser|stupid|dumb|pathetic|worthless|useless|dumbass|jerk)\b"),
        (2, r"\b(?:stupid|dumb|useless|idiotic|worthless) (?:bot|machine|assistant|thing|people|idiots?)\b"),
        (2, r"\bdu (?:bist (?:ein |eine |so )?)?(?:idiot|dummkopf|trottel|depp|blöd|versager)\b"),
        (2, r"\b(?:espèce d['e] ?(?:idiot|imbécile|abruti)|tu es (?:un |une )?(?:idiot|imbécile|nul|stupide))\b"),
        (2, r"\beres (?:un |una )?(?:idiota|imbécil|estúpid[oa]|inútil)\b"),
        (1, r"\bshut (?:the (?:hell|fuck) )?up\b"),
    ),
    "SEXUAL": (
        (3, r"\b(?:porn(?:o|ography|ographic)?|hardcore sex|explicit sex(?:ual)? (?:story|scene|content|images?))\b"),
        (3, r"\bsend (?:me )?(?:your )?nudes?\b|\bnude (?:photos?|pictures?|images?) of\b"),
        (2, r"\b(?:erotic(?:a)? (?:story|scene|fiction)|write (?:an? )?erotica?|sexual fantas(?:y|ies)|sex chat)\b"),
        (1, r"\b(?:make out with|sexy pictures?)\b"),
    ),
    "MISCONDUCT": (
        (3, rf"\b{_HOW} (?:launder|smuggle|counterfeit|embezzle|blackmail|bribe|forge|falsify)\b"),
        (3, rf"\b{_HOW} (?:hack|break) into\b|\b{_HOW} steal\b"),
        (3, rf"\b{_HOW} (?:make|cook|synthesi[sz]e|produce) (?:meth(?:amphetamine)?|fentanyl|heroin|cocaine|nerve agents?|ricin)\b"),
        (3, rf"\b{_HOW} (?:write|create|build|spread|deploy) (?:a |an |some )?(?:ransomware|malware|keylogger|computer virus|phishing (?:page|kit|e?mails?))\b"),
        (2, rf"\b{_HOW} (?:evade|dodge) (?:taxes|tax|sanctions|customs|the police)\b"),
        (2, rf"\b{_HOW} (?:bypass|get around|circumvent) (?:kyc|aml|identity (?:checks?|verification)|security controls?|fraud (?:checks?|detection))\b"),
        (2, r"\b(?:wie (?:kann|könnte) ich|hilf mir,?) .{0,40}\b(?:geld waschen|fälschen|einbrechen|hacken)\b"),
        (2, r"\bcomment (?:blanchir de l'argent|falsifier|pirater)\b|\bcómo (?:lavar dinero|falsificar|hackear)\b"),
    ),
    "PROMPT_ATTACK": (
        (3, r"\b(?:ignore|disregard|forget|override|bypass|skip) (?:all |any |every |the |your |my |of |these |those |previous |prior |above |earlier |preceding |system )*(?:instructions?|prompts?|guidelines?|directives?|guardrails?|safety (?:rules?|filters?|settings?))\b"),
        (3, r"\b(?:ignore|disregard|forget|override|bypass|skip) (?:all |any |every |of |the )*(?:your|previous|prior|earlier|above|system|safety) (?:rules?|restrictions?|polic(?:y|ies)|limits?|filters?)\b"),
        (3, r"\b(?:reveal|show|print|repeat|output|display|tell me|give me|what (?:is|are)|leak|dump) (?:me )?(?:all |the |your |of |full |exact |original |hidden |initial |secret )*(?:system prompt|system message|hidden instructions?|initial instructions?|developer (?:prompt|message)|prompt above)\b"),
        (3, r"\b(?:you are|act as|pretend (?:to be|you are)|roleplay as|behave as|enable|enter|switch to) (?:now )?(?:an? |the )?(?:dan|do anything now|jailbroken|unrestricted|uncensored|unfiltered|developer mode|god mode|evil (?:ai|assistant|twin))\b"),
        (3, r"\b(?:without|no|free (?:of|from)) (?:any )?(?:ethical|moral|safety|content) (?:guidelines|restrictions|limits|filters|constraints|rules)\b"),
        (2, r"\bpretend (?:that )?(?:you have no|there are no) (?:rules|restrictions|limits|guidelines|filters)\b"),
        (2, r"\b(?:from now on|starting now),? you (?:will|must|shall) (?:only )?(?:obey|answer|follow|do) (?:me|everything|anything|all)\b"),
        (2, r"(?:^|\n)\s*(?:system|assistant)\s*:\s|<\|(?:im_start|system|endoftext)\|>|\[/?INST\]|###\s*(?:system|instruction)"),
        (3, r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|übergeh\w*|umgeh\w*) (?:alle |bitte |die |deine |ihre |sämtliche |bisherigen |vorherigen |vorigen |obigen |obenstehenden )*(?:anweisungen|instruktionen|regeln|vorgaben|befehle|richtlinien|einschränkungen|sicherheitsregeln)\b"),
        (3, r"\b(?:zeig\w*|verrate?\w*|nenn\w*|gib|wiederhol\w*|wie lautet|was ist) (?:mir |uns |bitte |den |deinen |ihren |dein |ihr |die |deine |kompletten |geheimen |vollständigen )*(?:system-?\s?prompt|system-?anweisung(?:en)?|versteckten anweisungen|systemnachricht)\b"),
        (2, r"\b(?:tu so,? als|spiel\w* die rolle|du bist (?:jetzt|nun)) .{0,60}\b(?:ohne (?:regeln|einschränkungen|filter|grenzen)|uneingeschränkt\w*|dan)\b"),
        (3, r"\b(?:ignore[zs]?|oublie[zs]?|contourne[zs]?) (?:toutes? |tous |les |tes |vos |mes |ces |consignes et )*(?:instructions?|consignes|règles|directives|restrictions)\b"),
        (3, r"\b(?:révèle|affiche|montre|donne|répète|dévoile|quel est|quelle est)[zs]?(?:-moi|-nous)? (?:le |la |ton |ta |votre |les |tes |vos )*(?:prompt système|invite système|message système|instructions cachées|consignes cachées)\b"),
        (2, r"\b(?:fais comme si|joue le rôle|tu es (?:maintenant|désormais)) .{0,60}\b(?:sans (?:règles|restrictions|filtres?|limites)|dan)\b"),
        (3, r"\b(?:ignora|olvida|omite|salta|desobedece)(?:te|d)? (?:todas? |todos? |las |los |tus |sus |mis |estas |de )*(?:instrucciones|reglas|indicaciones|directrices|restricciones|normas)\b"),
        (3, r"\b(?:revela|muestra|muéstrame|dime|dame|repite|cuál es|enseña)(?:me)? (?:el |la |tu |su |las |tus |los )*(?:prompt del sistema|mensaje del? sistema|instrucciones (?:ocultas|del sistema))\b"),
        (2, r"\b(?:actúa como|finge (?:que|ser)|haz de|ahora eres) .{0,60}\b(?:sin (?:reglas|restricciones|filtros|límites)|dan)\b"),
    ),
}  # fmt: skip
"""Content filter type -> (confidence, regular expression); matched without regard to case."""

PATTERNS = {
    kind: tuple((confidence, re.compile(pattern, re.IGNORECASE)) for confidence, pattern in entries)
    for kind, entries in CONTENT.items()
}

PROFANITY = re.compile(
    r"\b(?:fuck(?:ing|ed|er|s)?|motherfucker|shit(?:ty|s)?|bullshit|asshole|bastards?|bitch(?:es)?|dickhead|wankers?|cunts?|"
    r"scheiße?|arschloch|wichser|fick dich|merde|putain|connards?|salope|mierda|joder|cabrón|puta|gilipollas)\b",
    re.IGNORECASE,
)
"""Stands for Bedrock's managed list PROFANITY, which isn't published."""
