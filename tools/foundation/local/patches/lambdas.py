"""Lambda: functions run on a bare interpreter in a clean environment."""

from __future__ import annotations

import os
from pathlib import Path

from foundation.local.lambdas import runtime, streams, undelivered
from foundation.local.patches.base import Patch

# Set by the launcher: the functions' interpreter.
PYTHON_VARIABLE = "FOUNDATION_LAMBDA_PYTHON"


def _bare_interpreter() -> None:
    runtime.install(Path(os.environ[PYTHON_VARIABLE]))


PATCHES = (
    Patch(
        "lambda-bare-interpreter",
        "core.lambda_runtime runs Python functions on ministack's own interpreter, with its packages and environment; "
        "a handler's exception ends the process, its type is lost, and each call without log lines waits 50 ms for some",
        "a dependency that the layer lacks must be missing here too, and errors must look as on AWS",
        _bare_interpreter,
    ),
    Patch(
        "lambda-shared-archives",
        "services.lambda_svc keeps a copy of a layer's archive for every account and Region",
        "the platform's layer is deployed to a dozen of them, and the journal would write each copy",
        runtime.share_archives,
    ),
    Patch(
        "lambda-shared-layers",
        "core.lambda_runtime unpacks every layer anew for each process of a function",
        "numerical libraries are 200 MB: each start would take seconds of disk and compile every module again",
        runtime.share_layers,
    ),
    Patch(
        "lambda-stream-mappings",
        "services.lambda_svc repeats a failed batch of a DynamoDB stream for ever, whole, and keeps other mappings waiting",
        "what a mapping's retries, halved batches, partial answers and failure destination do is what makes counting right",
        streams.install,
    ),
    Patch(
        "lambda-undelivered-records",
        "services.dynamodb forgets its streams' records with the process, while services.lambda_svc restores positions in them",
        "after a restart a mapping would wait for as many new records as there were before, and what was under way is lost",
        undelivered.install,
    ),
)
