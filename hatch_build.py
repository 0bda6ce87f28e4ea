"""Build hook: the wheel carries the Lambda code and its dependency layer; an editable install reads the checkout."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = {
    "lambda/genai_runtime": "genai_foundation/_assets/lambda/genai_runtime",
    "build/lambda-layer": "genai_foundation/_assets/lambda-layer",
}


class LambdaAssets(BuildHookInterface[Any]):
    """Adds the asset folders to a standard wheel; `make wheel` builds the layer first."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"].update(ASSETS)
