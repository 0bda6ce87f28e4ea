"""Lambda layers that fit one interpreter: numerical libraries, which a layer for several would be too large for."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from genai_foundation.assets import lambda_layer, layer_archive
from genai_foundation.function import Runtime


def layer_version(scope: Construct, construct_id: str, name: str, runtime: Runtime) -> lambda_.CfnLayerVersion:
    """A version of one of the platform's layers, as `make layers` built it.

    :param name: ``scoring``, ``statistics``, ``publishing`` or ``redaction`` (lambda/NAME.txt says what is in it)
    """
    target = f"python{runtime.python}-{runtime.architecture}"
    code = layer_archive(scope, f"{construct_id}Code", name, target)
    return lambda_.CfnLayerVersion(
        scope,
        construct_id,
        content={"s3Bucket": code.s3_bucket_name, "s3Key": code.s3_object_key},
        description=f"Dependencies of the platform's functions: {name}",
        compatible_runtimes=[runtime.identifier],
        compatible_architectures=[runtime.architecture],
    )


def base_layer_version(scope: Construct, construct_id: str, runtime: Runtime) -> lambda_.CfnLayerVersion:
    """A version of the layer that every function needs: Powertools and pydantic, for any interpreter."""
    code = lambda_layer(scope)
    return lambda_.CfnLayerVersion(
        scope,
        construct_id,
        content={"s3Bucket": code.s3_bucket_name, "s3Key": code.s3_object_key},
        description="Dependencies of the platform's functions",
        compatible_runtimes=[runtime.identifier],
        compatible_architectures=[runtime.architecture],
    )
