"""Which ARNs a call to a model touches."""

from genai_foundation.catalog import InferenceProfile, ModelSpec


def invocation_arns(spec: ModelSpec, profile: InferenceProfile | None, *, account: str, region: str) -> list[str]:
    """ARNs that IAM and endpoint policies must name: with a profile, the profile and the model in each of its Regions.

    Source: Amazon Bedrock User Guide, "Prerequisites for inference profiles".
    """
    if profile is None:
        return [f"arn:aws:bedrock:{region}::foundation-model/{spec.id}"]
    return [
        f"arn:aws:bedrock:{region}:{account}:inference-profile/{profile.id}",
        *(f"arn:aws:bedrock:{each}::foundation-model/{spec.id}" for each in profile.destination_regions),
    ]
