"""The environment that makes the CDK CLI, boto3 and any AWS SDK talk to the target."""

from __future__ import annotations

from pathlib import Path


def endpoint(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def aws_environment(port: int, account_id: str, region: str, cdk_home: Path) -> dict[str, str]:
    """Variables for an account's root user in a Region of the target.

    The 12-digit access key id is the account. Files and metadata services of the host are shut out,
    so that credentials of a real account can't be used by accident. CDK_HOME is one per target:
    the CLI remembers there which account a key belongs to.
    """
    url = endpoint(port)
    return {
        "AWS_ACCESS_KEY_ID": account_id,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": url,
        # The SDK for JavaScript builds bucket.host names unless the S3 endpoint is named on its own.
        "AWS_ENDPOINT_URL_S3": url,
        # MLflow's plugin for SageMaker AI has a variable of its own.
        "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": url,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_HOME": str(cdk_home),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        # Functions run on this machine's interpreter, so their layers must fit that.
        "FOUNDATION_LAYERS": "host",
    }
