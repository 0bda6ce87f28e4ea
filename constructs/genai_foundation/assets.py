"""Where the Lambda code and its dependency layer are: in the wheel, or in a checkout. The only place that knows."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import IgnoreMode
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from genai_foundation.errors import FoundationError

PACKAGE = Path(__file__).resolve().parent
BYTECODE = ["**/__pycache__", "**/*.pyc"]  # a compiled file would change the asset's hash from machine to machine


def asset_folder(name: str, checkout: str) -> Path:
    """Folder of an asset; raises GF-AST-001 when neither the wheel nor the checkout has it."""
    for folder in (PACKAGE / "_assets" / name, PACKAGE.parent.parent / checkout):
        if folder.is_dir():
            return folder
    raise FoundationError(
        "GF-AST-001", f"the asset folder {name} is missing: run `make setup` in a checkout, or reinstall the wheel"
    )


def lambda_code(scope: Construct, handler: str, uses: Sequence[str] = ()) -> s3_assets.Asset:
    """Code asset of one handler: its capability's package and what all share, so that others' changes don't redeploy it.

    :param uses: further capabilities whose packages it imports
    """
    root, capability = handler.split(".")[:2]
    folder = asset_folder("lambda", "lambda")
    shipped = {capability, *uses}
    others = [
        f"{root}/{path.name}"
        for path in sorted((folder / root).iterdir())
        if path.is_dir() and path.name not in shipped
    ]
    return s3_assets.Asset(
        scope,
        "Code",
        path=str(folder),
        exclude=[*BYTECODE, "*.txt", "*.lock", *others],
        ignore_mode=IgnoreMode.GLOB,
    )


def lambda_layer(scope: Construct) -> s3_assets.Asset:
    """The dependency layer as an asset."""
    return s3_assets.Asset(
        scope,
        "LayerCode",
        path=str(asset_folder("lambda-layer", "build/lambda-layer")),
        exclude=[*BYTECODE, ".complete"],
    )


def layer_archive(scope: Construct, construct_id: str, name: str, target: str) -> s3_assets.Asset:
    """Archive of a layer that fits one interpreter; raises GF-AST-002 when it wasn't built.

    :param target: e.g. ``python3.14-arm64``; the context key ``layers`` = ``host`` takes the local target's interpreter
    """
    if scope.node.try_get_context("layers") == "host":
        target = "host"
    path = PACKAGE.parent.parent / "build" / "layers" / name / f"{target}.zip"
    if not path.is_file():
        raise FoundationError(
            "GF-AST-002",
            f"the layer {name} for {target} is missing: run `make layers` in a checkout; elsewhere give the ARN of the "
            "platform's layer",
        )
    return s3_assets.Asset(scope, construct_id, path=str(path))
