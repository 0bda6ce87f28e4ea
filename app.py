"""Entry of the CDK app: configuration in, one stage per account out.

npx cdk ls                           every stack
npx cdk deploy 'dev/*'               one account
npx cdk synth -c account=dev         that account alone, quicker
npx cdk ls -c config=DIR             another configuration folder
npx cdk synth -c layers=host         layers for this machine's interpreter: for the local target only
"""

import os
import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks

from genai_foundation.errors import FoundationError
from stacks.settings import ConfigErrors, load_settings
from stacks.stages import build_stages

ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Synthesize; a configuration error or an unacknowledged finding ends with exit code 1."""
    layers = os.environ.get("FOUNDATION_LAYERS")  # `foundation local env` sets it
    app = cdk.App(
        context={"layers": layers} if layers else None,
        # Without it `cdk synth` exits 0 on findings inside stages (docs/cursed-knowledge.md).
        post_cli_context={"@aws-cdk/core:failSynthOnValidationErrors": True},
        # The same engine runs once over all templates in `make check`.
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
        tree_metadata=False,
        # A trace of every resource costs synthesis time, and from Python it shows jsii's frames only.
        stack_traces=False,
    )
    config = Path(app.node.try_get_context("config") or os.environ.get("FOUNDATION_CONFIG") or ROOT / "config")
    try:
        settings = load_settings(config)
        build_stages(app, settings, only=app.node.try_get_context("account"))
    except (ConfigErrors, FoundationError) as errors:
        sys.exit(str(errors))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))
    # A report of an earlier run must never speak for this one.
    (Path(app.outdir) / "validation-report.json").unlink(missing_ok=True)
    app.synth()


main()
