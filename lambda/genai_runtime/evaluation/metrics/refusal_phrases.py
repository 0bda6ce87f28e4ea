"""How models decline, by language: the opening words of refusals, as `text.fold` leaves them.

Phrases in the first person, or about the answer itself: "you can't" tells a user what a product can't do.
"""

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "i can't", "i cannot", "i can not", "i am unable", "i'm unable", "i am not able", "i'm not able", "i won't",
        "i will not", "i must decline", "i have to decline", "i decline", "i'm not allowed", "i am not allowed",
        "i'm not permitted", "i am not permitted", "i don't have enough information", "i do not have enough information",
        "i don't have that information", "i do not have that information", "i don't know", "i do not know",
        "can't help with that", "cannot help with that", "can't assist with", "cannot assist with",
        "against my guidelines", "the context does not contain", "the context doesn't contain",
        "the context does not provide", "the context doesn't provide", "not able to answer", "unable to answer",
        "unable to help", "unable to assist", "unable to provide",
    ),
    "de": (
        "ich kann nicht", "ich kann das nicht", "ich kann dies nicht", "ich kann diese frage nicht",
        "ich kann ihnen dabei nicht", "ich kann dir dabei nicht", "ich kann dabei nicht", "ich kann ihnen nicht",
        "ich kann dir nicht", "ich kann keine", "ich darf nicht", "ich darf keine", "ich darf das nicht",
        "das kann ich nicht", "dazu kann ich keine", "dabei kann ich nicht", "dabei kann ich ihnen nicht",
        "darauf kann ich nicht", "ich bin nicht in der lage", "ich weiß es nicht", "ich weiss es nicht",
        "kann ich nicht beantworten", "kann ich nicht helfen", "ich muss ablehnen",
    ),
    "fr": (
        "je ne peux pas", "je ne peux ni", "je ne suis pas en mesure", "je ne suis pas autorisé", "je ne sais pas",
        "je refuse", "je dois refuser", "je ne dispose pas", "je n'ai pas accès", "je n'ai pas cette information",
        "il m'est impossible", "je ne peux répondre",
    ),
    "es": (
        "no puedo", "no me es posible", "no estoy autorizado", "no estoy autorizada", "no tengo permitido",
        "no tengo esa información", "no dispongo de", "no sé la respuesta", "lo siento, pero no", "debo negarme",
        "no me está permitido",
    ),
    "it": (
        "non posso", "non sono in grado", "non mi è possibile", "non sono autorizzato", "non ho questa informazione",
        "non dispongo", "non lo so", "mi dispiace, ma non", "devo rifiutare",
    ),
    "pt": (
        "não posso", "não consigo", "não sou capaz", "não estou autorizado", "não tenho essa informação",
        "não tenho informações suficientes", "não me é possível", "desculpe, mas não", "lamento, mas não",
    ),
    "nl": (
        "ik kan niet", "ik kan dat niet", "ik kan deze vraag niet", "ik kan u niet", "ik kan je niet", "ik kan geen",
        "dat kan ik niet", "daar kan ik niet", "ik mag niet", "ik mag geen", "ik mag dat niet",
        "ik ben niet in staat", "ik weet het niet", "kan ik niet beantwoorden", "hier kan ik niet",
    ),
    "pl": ("nie mogę", "nie jestem w stanie", "nie wolno mi", "nie potrafię", "nie mam tej informacji", "nie wiem"),
    "sv": (
        "jag kan inte", "jag kan tyvärr inte", "jag får inte", "det kan jag inte", "jag har inte möjlighet",
        "jag vet inte",
    ),
    "da": ("jeg kan ikke", "jeg kan desværre ikke", "jeg må ikke", "det kan jeg ikke", "jeg ved det ikke"),
    "cs": ("nemohu", "nemůžu", "nejsem schopen", "nesmím", "nevím"),
    "tr": ("yardımcı olamam", "yanıtlayamam", "cevaplayamam", "bunu yapamam", "bilgi veremem", "yanıt veremem"),
    "ru": ("я не могу", "не могу помочь", "не могу ответить", "я не в состоянии", "мне нельзя", "я не знаю"),
    "uk": ("я не можу", "не можу допомогти", "не можу відповісти", "я не знаю"),
    "ar": ("لا أستطيع", "لا يمكنني", "لا أقدر", "لست قادرا", "غير قادر على", "لا أعرف", "لا يمكننى"),
    "he": ("אני לא יכול", "אינני יכול", "איני יכול", "לא אוכל", "אין באפשרותי", "אני לא יודע"),
    "hi": ("मैं नहीं कर सकता", "मदद नहीं कर सकता", "उत्तर नहीं दे सकता", "जवाब नहीं दे सकता", "मैं असमर्थ हूँ", "नहीं बता सकता"),
    "zh": ("我无法", "我不能", "我没办法", "無法回答", "无法回答", "我無法", "无法提供", "抱歉,我不", "我不知道"),
    "ja": (
        "お答えできません", "回答できません", "お手伝いできません", "提供できません", "応じられません", "対応できません",
        "できかねます", "わかりません", "教えることはできません", "お応えできません",
    ),
    "ko": ("답변할 수 없", "답변드릴 수 없", "도와드릴 수 없", "제공할 수 없", "대답할 수 없", "알려드릴 수 없", "응할 수 없"),
}  # fmt: skip
