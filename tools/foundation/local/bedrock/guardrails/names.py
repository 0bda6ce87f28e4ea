"""Names of persons and postal addresses by heuristics: a title or a phrase before them, or a common first name."""

# ruff: noqa: E501 - a pattern stays on one line

from __future__ import annotations

import re
from collections.abc import Iterator

from foundation.local.bedrock.guardrails.spans import Span

_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:['’-][A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ]+)?"
_PARTICLE = r"(?:van|von|de|del|della|der|den|da|di|le|la|el|bin|ten)"
_SURNAME = rf"(?:{_PARTICLE} ){{0,2}}{_CAPITALISED}"
_FULL = rf"{_CAPITALISED}(?: [A-Z]\.)?(?: {_SURNAME}){{1,2}}"
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Herr|Frau|Monsieur|Madame|Mme|Mlle|Señor|Señora|Sr|Sra|Don|Doña)\.?"
_PHRASE = (
    r"(?i:\bmy name is|\bmy name's|\bi am called|\bmein name ist|\bich heiße|\bje m['’]appelle|\bmon nom est|\bme llamo|"
    r"\bmi nombre es|\b(?:full |first |last |customer |patient )?name ?[:=]|\b(?:kind |best )?regards,\s|\bsincerely,\s|\bsigned:?)"
)
_FIRST_NAMES = (
    "Adam|Alan|Albert|Alejandro|Alexander|Alice|Amanda|Amelia|Amy|Ana|Andrea|Andrew|Angela|Anna|Anne|Antonio|"
    "Arthur|Barbara|Benjamin|Brian|Camille|Carlos|Carmen|Carol|Caroline|Catherine|Charles|Charlotte|Chloe|"
    "Christian|Christina|Christine|Christopher|Claire|Clara|Claudia|Daniel|David|Deborah|Diana|Diego|Donald|"
    "Dorothy|Edward|Elena|Elizabeth|Emily|Emma|Eric|Ethan|Eva|Fatima|Felix|Florian|Francis|Francisco|Frank|"
    "Friedrich|Gabriel|George|Giulia|Grace|Günter|Hannah|Hans|Harry|Heather|Heinrich|Helen|Helena|Henri|Henry|"
    "Ingrid|Isabel|Isabella|Ivan|Jack|Jacob|Jacques|James|Jan|Jane|Janet|Javier|Jean|Jennifer|Jessica|Joan|"
    "Joanna|Johann|Johannes|John|Jonas|Jonathan|Jorge|José|Joseph|Joshua|Juan|Julia|Julie|Jürgen|Karen|Karl|"
    "Katharina|Katherine|Kevin|Klaus|Laura|Lauren|Lea|Léa|Leon|Linda|Lisa|Louis|Louise|Lucas|Lucía|Luis|Lukas|"
    "Manuel|Marco|Margaret|Maria|María|Marie|Mark|Markus|Martin|Martina|Mary|Matthew|Matthias|Max|Maximilian|"
    "Michael|Michel|Miguel|Mohammed|Monika|Nancy|Natalie|Nathalie|Nicholas|Nicolas|Nina|Olga|Oliver|Olivia|"
    "Oscar|Pablo|Pamela|Patricia|Patrick|Paul|Paula|Pedro|Peter|Petra|Philip|Philippe|Pierre|Rachel|Rafael|"
    "Raj|Rebecca|Richard|Robert|Roger|Rosa|Ryan|Sabine|Samantha|Samuel|Sandra|Sara|Sarah|Sebastian|Simon|"
    "Sofia|Sophie|Stefan|Stephanie|Stephen|Steven|Susan|Susanne|Sylvie|Teresa|Thomas|Timothy|Tobias|Ursula|"
    "Valerie|Veronica|Victor|Victoria|Vincent|Walter|Werner|William|Wolfgang|Yusuf|Yves|Zoe"
)
_PATTERNS = (
    re.compile(rf"\b{_TITLE} (?P<v>{_CAPITALISED}(?: {_SURNAME}){{0,2}})"),
    re.compile(rf"{_PHRASE}\s*(?P<v>{_CAPITALISED}(?: {_SURNAME}){{0,2}})"),
    re.compile(rf"\b(?i:i am|i['’]m|this is|ich bin|je suis|soy) (?P<v>{_FULL})"),
    re.compile(rf"\b(?P<v>(?:{_FIRST_NAMES})(?: [A-Z]\.)? {_SURNAME})\b"),
)

_STREET_AFTER = r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Square|Sq|Terrace|Close|Crescent|Place|Pl)\b\.?"
_PLACE = r"(?:,?\s*(?:(?:[A-Z]-)?\d{4,5}(?:-\d{4})? [A-ZÀ-Þ][\wÀ-ÿ-]+|[A-ZÀ-Þ][\wÀ-ÿ-]+(?: [A-ZÀ-Þ][\wÀ-ÿ-]+)?,? (?:[A-Z]{2} \d{5}|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}))?"
_ADDRESSES = (
    re.compile(rf"\b\d{{1,5}}[A-Za-z]? (?:{_CAPITALISED} ){{1,3}}{_STREET_AFTER}{_PLACE}"),
    re.compile(
        rf"\b(?:[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|str\.|weg|gasse|allee|platz|ring|ufer|damm)|(?:Am|An der|Im|Zum|Zur) {_CAPITALISED}) \d{{1,4}} ?[a-z]?\b{_PLACE}"
    ),
    re.compile(rf"\b\d{{1,4}}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin|allée|impasse|quai) (?:[\wÀ-ÿ'’-]+ ?){{1,5}}?(?=[,.;\n]|$|\s\d){_PLACE}"),
    re.compile(rf"\b(?:Calle|Avenida|Plaza|Paseo|Camino) (?:de (?:la |los |las )?|del )?{_CAPITALISED}(?: {_CAPITALISED})?,? (?:n[ºo]\.? ?)?\d{{1,4}}\b{_PLACE}"),
    re.compile(r"\bP\.? ?O\.? Box \d{1,6}\b"),
)  # fmt: skip


def names(text: str) -> Iterator[Span]:
    """Persons: after a title, after `my name is` and its like in four languages, or by a common first name and a surname."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield Span(*match.span("v"))


def addresses(text: str) -> Iterator[Span]:
    """Streets with a house number, in English, German, French and Spanish forms, with the place that follows; PO boxes."""
    for pattern in _ADDRESSES:
        for match in pattern.finditer(text):
            yield Span(match.start(), match.start() + len(match.group().rstrip(" ,")))
