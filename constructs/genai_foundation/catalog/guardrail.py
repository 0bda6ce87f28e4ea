"""A guardrail as data. Each key is the CloudFormation property in snake case, without the `Config` suffix.

Limits: AWS::Bedrock::Guardrail in the CloudFormation reference
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrock-guardrail.html) and
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-create.html.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from genai_foundation.catalog.names import CatalogName, Description, Items, Version, reference, repeated
from genai_foundation.catalog.validation import Strict, fault

Strength = Literal["NONE", "LOW", "MEDIUM", "HIGH"]
Tier = Literal["CLASSIC", "STANDARD"]
BlockOrDetect = Literal["BLOCK", "NONE"]
PiiAction = Literal["BLOCK", "ANONYMIZE", "NONE"]
ContentFilterType = Literal["SEXUAL", "VIOLENCE", "HATE", "INSULTS", "MISCONDUCT", "PROMPT_ATTACK"]
PiiEntityType = Literal[
    "ADDRESS",
    "AGE",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CA_HEALTH_NUMBER",
    "CA_SOCIAL_INSURANCE_NUMBER",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_CARD_NUMBER",
    "DRIVER_ID",
    "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS",
    "LICENSE_PLATE",
    "MAC_ADDRESS",
    "NAME",
    "PASSWORD",
    "PHONE",
    "PIN",
    "SWIFT_CODE",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
    "UK_NATIONAL_INSURANCE_NUMBER",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
    "URL",
    "USERNAME",
    "US_BANK_ACCOUNT_NUMBER",
    "US_BANK_ROUTING_NUMBER",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "US_PASSPORT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER",
    "VEHICLE_IDENTIFICATION_NUMBER",
]
# BlockedInputMessaging and BlockedOutputsMessaging: 1 to 500 characters.
Message = Annotated[str, Field(min_length=1, max_length=500)]
GuardrailProfile = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.guardrail\.v[0-9:]+$", max_length=100)]
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-denied-topics.html; the STANDARD tier takes 1000.
CLASSIC_DEFINITION = 200
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-word-filters.html
PHRASE_WORDS = 3
LOOK_AROUND = re.compile(r"\(\?(?:[=!]|<[=!])")


class ContentFilter(Strict):
    """One harmful-content category with a strength for each direction (ContentFilterConfig)."""

    type: ContentFilterType = Field(description="Category. PROMPT_ATTACK acts on input only.")
    input_strength: Strength = Field(description="How readily a user's input is taken as harmful.")
    output_strength: Strength = Field(description="The same for the model's answer; NONE for PROMPT_ATTACK.")
    input_action: BlockOrDetect = Field("BLOCK", description="NONE reports a finding in the trace and lets it pass.")
    output_action: BlockOrDetect = Field("BLOCK", description="NONE reports a finding in the trace and lets it pass.")

    @field_validator("output_strength")
    @classmethod
    def _input_only(cls, strength: Strength, info: ValidationInfo) -> Strength:
        if info.data.get("type") == "PROMPT_ATTACK" and strength != "NONE":
            raise fault("GF-CAT-001", "prompt attacks are an input filter: set output_strength: NONE")
        return strength


class ContentPolicy(Strict):
    """ContentPolicyConfig."""

    tier: Tier = Field("CLASSIC", description="STANDARD knows more languages and needs cross_region_profile.")
    filters: Items[ContentFilter] = Field(min_length=1, max_length=6, description="One filter per category.")

    @field_validator("filters")
    @classmethod
    def _once(cls, filters: tuple[ContentFilter, ...]) -> tuple[ContentFilter, ...]:
        _unique("filter type", tuple(each.type for each in filters))
        return filters


class Topic(Strict):
    """A subject that the application must not discuss (TopicConfig; its type is always DENY)."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[0-9a-zA-Z\-_ !?.]+$", description="Name in findings.")
    definition: str = Field(
        min_length=1,
        max_length=1000,
        description="What belongs to the topic; at most 200 characters in the CLASSIC tier.",
    )
    examples: Items[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        (), max_length=5, description="Inputs that belong to the topic."
    )
    input_action: BlockOrDetect = Field("BLOCK", description="NONE reports a finding in the trace and lets it pass.")
    output_action: BlockOrDetect = Field("BLOCK", description="NONE reports a finding in the trace and lets it pass.")


class TopicPolicy(Strict):
    """TopicPolicyConfig."""

    tier: Tier = Field("CLASSIC", description="STANDARD knows more languages and needs cross_region_profile.")
    topics: Items[Topic] = Field(min_length=1, max_length=30, description="Denied topics.")

    @field_validator("topics")
    @classmethod
    def _limits(cls, topics: tuple[Topic, ...], info: ValidationInfo) -> tuple[Topic, ...]:
        _unique("topic name", tuple(topic.name for topic in topics))
        for topic in topics:
            if info.data.get("tier") == "CLASSIC" and len(topic.definition) > CLASSIC_DEFINITION:
                given = f"the definition of topic {topic.name!r} has {len(topic.definition)} characters"
                limit = f"the CLASSIC tier takes {CLASSIC_DEFINITION}; shorten it or use the STANDARD tier"
                raise fault("GF-CAT-002", f"{given}: {limit}")
        return topics


class WordPolicy(Strict):
    """WordPolicyConfig."""

    words: Items[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        (), max_length=10000, description="Exact words or phrases that are blocked on input and output."
    )
    managed_word_lists: Items[Literal["PROFANITY"]] = Field((), max_length=1, description="Lists that AWS maintains.")

    @field_validator("words")
    @classmethod
    def _once(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        _unique("word", tuple(word.casefold() for word in words))
        long = [word for word in words if len(word.split()) > PHRASE_WORDS]
        if long:
            text = f"holds phrases of more than {PHRASE_WORDS} words ({', '.join(long)[:200]}): shorten them or use a topic"
            raise fault("GF-CAT-007", text)
        return words

    @model_validator(mode="after")
    def _some(self) -> WordPolicy:
        if not self.words and not self.managed_word_lists:
            raise fault("GF-CAT-003", "has neither words nor managed_word_lists: add one or remove word_policy")
        return self


class PiiEntity(Strict):
    """A kind of personal data that Bedrock recognises (PiiEntityConfig)."""

    type: PiiEntityType = Field(description="Kind of personal data.")
    action: PiiAction = Field(description="BLOCK refuses, ANONYMIZE masks, NONE only reports.")
    input_action: PiiAction | None = Field(None, description="For input; without it, `action`.")
    output_action: PiiAction | None = Field(None, description="For output; without it, `action`.")


class Regex(Strict):
    """Personal data that only this organisation knows (RegexConfig)."""

    name: str = Field(min_length=1, max_length=100, description="Name in findings; a masked text shows it.")
    description: str | None = Field(None, min_length=1, max_length=1000, description="What the pattern recognises.")
    pattern: str = Field(min_length=1, max_length=500, description="Regular expression without look-around.")
    action: PiiAction = Field(description="BLOCK refuses, ANONYMIZE masks, NONE only reports.")
    input_action: PiiAction | None = Field(None, description="For input; without it, `action`.")
    output_action: PiiAction | None = Field(None, description="For output; without it, `action`.")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        """https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html: no look-around."""
        if LOOK_AROUND.search(pattern):
            raise fault("GF-CAT-004", "uses look-around, which Bedrock's regex filter refuses: match the text itself")
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise fault("GF-CAT-004", f"is not a valid regular expression: {error}") from error
        return pattern


class SensitiveInformationPolicy(Strict):
    """SensitiveInformationPolicyConfig."""

    pii_entities: Items[PiiEntity] = Field((), max_length=31, description="Kinds of personal data, each once.")
    regexes: Items[Regex] = Field((), max_length=30, description="Own patterns.")

    @field_validator("pii_entities")
    @classmethod
    def _entities_once(cls, entities: tuple[PiiEntity, ...]) -> tuple[PiiEntity, ...]:
        _unique("entity type", tuple(entity.type for entity in entities))
        return entities

    @field_validator("regexes")
    @classmethod
    def _regexes_once(cls, regexes: tuple[Regex, ...]) -> tuple[Regex, ...]:
        _unique("regex name", tuple(regex.name for regex in regexes))
        return regexes

    @model_validator(mode="after")
    def _some(self) -> SensitiveInformationPolicy:
        if not self.pii_entities and not self.regexes:
            raise fault("GF-CAT-003", "has neither pii_entities nor regexes: add one or remove the policy")
        return self


class GroundingFilter(Strict):
    """ContextualGroundingFilterConfig: an answer below the threshold is blocked."""

    type: Literal["GROUNDING", "RELEVANCE"] = Field(description="Grounded in the source, or relevant to the query.")
    threshold: float = Field(ge=0, le=0.99, description="0 blocks nothing, 0.99 nearly everything.")
    action: BlockOrDetect = Field("BLOCK", description="NONE reports a finding in the trace and lets it pass.")


class ContextualGroundingPolicy(Strict):
    """ContextualGroundingPolicyConfig. Acts on prompts whose variables are marked grounding_source and query."""

    filters: Items[GroundingFilter] = Field(min_length=1, max_length=2, description="At most one of each type.")

    @field_validator("filters")
    @classmethod
    def _once(cls, filters: tuple[GroundingFilter, ...]) -> tuple[GroundingFilter, ...]:
        _unique("filter type", tuple(each.type for each in filters))
        return filters


class GuardrailSpec(Strict):
    """One version of a guardrail; a released version never changes."""

    name: CatalogName = Field(description="Name in the catalog, in kebab case.")
    version: Version = Field(description="Version in the catalog; a change of content is a new version.")
    description: Description = Field(description="For whom the guardrail is, in a sentence.")
    blocked_input_messaging: Message = Field(description="What the user reads when the input is refused.")
    blocked_outputs_messaging: Message = Field(description="What the user reads when the answer is refused.")
    content_policy: ContentPolicy | None = Field(None, description="Harmful content and prompt attacks.")
    topic_policy: TopicPolicy | None = Field(None, description="Denied topics.")
    word_policy: WordPolicy | None = Field(None, description="Blocked words.")
    sensitive_information_policy: SensitiveInformationPolicy | None = Field(None, description="Personal data.")
    contextual_grounding_policy: ContextualGroundingPolicy | None = Field(None, description="Unfounded answers.")
    cross_region_profile: GuardrailProfile | None = Field(
        None, validate_default=True, description="Guardrail profile of the STANDARD tier, e.g. eu.guardrail.v1:0."
    )

    @property
    def reference(self) -> str:
        """`NAME-vN`, the physical name in Bedrock (at most 50 characters)."""
        return reference(self.name, self.version)

    @field_validator("cross_region_profile")
    @classmethod
    def _tier(cls, profile: str | None, info: ValidationInfo) -> str | None:
        policies = (info.data.get("content_policy"), info.data.get("topic_policy"))
        if profile is None and any(policy.tier == "STANDARD" for policy in policies if policy):
            raise fault("GF-CAT-005", "is required by the STANDARD tier: add one, e.g. eu.guardrail.v1:0")
        return profile

    @model_validator(mode="after")
    def _some(self) -> GuardrailSpec:
        policies = (self.content_policy, self.topic_policy, self.word_policy)
        if not any((*policies, self.sensitive_information_policy, self.contextual_grounding_policy)):
            raise fault("GF-CAT-003", "has no policy, so it would stop nothing: add at least one")
        return self


def _unique(what: str, values: tuple[str, ...]) -> None:
    again = repeated(values)
    if again:
        raise fault("GF-CAT-006", f"has the same {what} more than once ({', '.join(again)[:100]}): keep one")
