"""Cloud assemblies written by hand, so that the real CDK CLI deploys without a synthesis."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from foundation.local.layout import checkout
from foundation.local.target import Target
from tests.local.target.deployment import Resources

CLI = checkout() / "node_modules" / ".bin" / "cdk"


def write_assembly(folder: Path, name: str, resources: Resources, *, account: str, region: str) -> Path:
    """An assembly of one stack that deploys through the bootstrap roles, as the default synthesizer makes it."""
    folder.mkdir(parents=True, exist_ok=True)
    template = json.dumps({"Resources": resources}, sort_keys=True)
    (folder / f"{name}.template.json").write_text(template, encoding="utf-8")
    digest = hashlib.sha256(template.encode()).hexdigest()
    suffix = f"{account}-{region}"
    roles = f"arn:aws:iam::{account}:role/cdk-hnb659fds"
    bucket = f"cdk-hnb659fds-assets-{suffix}"
    files = {
        digest: {
            "displayName": f"{name} Template",
            "source": {"path": f"{name}.template.json", "packaging": "file"},
            "destinations": {
                suffix: {
                    "bucketName": bucket,
                    "objectKey": f"{digest}.json",
                    "region": region,
                    "assumeRoleArn": f"{roles}-file-publishing-role-{suffix}",
                }
            },
        }
    }
    (folder / f"{name}.assets.json").write_text(
        json.dumps({"version": "52.0.0", "files": files, "dockerImages": {}}), encoding="utf-8"
    )
    properties: dict[str, Any] = {
        "templateFile": f"{name}.template.json",
        "assumeRoleArn": f"{roles}-deploy-role-{suffix}",
        "cloudFormationExecutionRoleArn": f"{roles}-cfn-exec-role-{suffix}",
        "stackTemplateAssetObjectUrl": f"s3://{bucket}/{digest}.json",
        "requiresBootstrapStackVersion": 6,
        "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
        "stackName": name,
    }
    assets = {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}}
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{account}/{region}",
        "properties": properties,
        "dependencies": [f"{name}.assets"],
    }
    manifest = {"version": "52.0.0", "artifacts": {f"{name}.assets": assets, name: stack}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def start_deploy(target: Target, assembly: Path, *, account: str, region: str) -> subprocess.Popen[str]:
    """`cdk deploy '*'` with the credentials of an account's root user."""
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    return subprocess.Popen(
        [str(CLI), "deploy", "*", "--app", str(assembly), "--require-approval", "never", "--ci", "--no-notices"],
        cwd=target.folder.cdk_work,
        env={"PATH": path, "HOME": str(target.folder.cdk_work), **target.environment(account, region)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kill_deploy(ran: subprocess.Popen[str]) -> None:
    """End the CLI with the Node process below it."""
    os.killpg(ran.pid, signal.SIGKILL)
    ran.communicate()


def cdk_deploy(target: Target, assembly: Path, *, account: str, region: str) -> str:
    """The output of a deploy that must succeed."""
    ran = start_deploy(target, assembly, account=account, region=region)
    output, _ = ran.communicate(timeout=120)
    assert ran.returncode == 0, output
    return output
