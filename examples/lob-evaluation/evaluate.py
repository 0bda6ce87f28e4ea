"""Evaluates a prompt with a suite of this folder, through the deployed pipeline.

    python evaluate.py [SUITE] [--prompt FILE] [--again N]

Exit codes: 0 PROMOTE, 3 HOLD, 4 REJECT, 1 for an error. The same command takes up an interrupted run and finds a finished one.
Credentials, Region and endpoint are boto3's.
"""

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import yaml

from genai_foundation import contract
from genai_foundation.assets import asset_folder

# The records of the functions that the wheel deploys: a request that they can't read isn't written.
sys.path.insert(0, str(asset_folder("lambda", "lambda")))
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.run import Candidate, GuardrailId, PromptText, Quota, RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.verdict import RunResult

HERE = Path(__file__).resolve().parent
STACK = "RepairEvaluation"
MODEL, PROFILE = "amazon.nova-lite-v1:0", "eu.amazon.nova-lite-v1:0"
GUARDRAIL = ("baseline", 1)
# Of the account's quota, of which other pipelines take their share.
QUOTA = Quota(requests_per_minute=100, tokens_per_minute=100_000)
EXIT_CODES = {"PROMOTE": 0, "HOLD": 3, "REJECT": 4}
PAGES = ("result.html", "junit.xml", "comment.md", "result.json")
POLL_SECONDS = 1


def main() -> int:
    """Publish the suite, run it, copy the report to `build/RUN`."""
    parser = argparse.ArgumentParser(description="Evaluate a prompt through the deployed pipeline.")
    parser.add_argument("suite", nargs="?", default="repair-status", help="folder below evaluations/")
    parser.add_argument("--prompt", type=Path, help="prompt in place of the suite's own prompt.yaml")
    parser.add_argument("--again", type=int, default=1, help="2, 3, …: repeat a run that is over already")
    asked = parser.parse_args()
    folder = HERE / "evaluations" / asked.suite
    described = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    s3 = boto3.client("s3")
    runs = Store(s3, outputs["RunsBucket"])
    version = publish(Store(s3, outputs["SuitesBucket"]), asked.suite, folder)
    request = request_for(asked.suite, version, asked.prompt or folder / "prompt.yaml", asked.again)
    runs.write_once(layout.request(request.run), request)
    failed = execute(runs, outputs["StateMachineArn"], request.run)
    if failed:
        print(f"{request.run}: {failed}; the same command takes it up again", file=sys.stderr)
        return 1
    result = runs.load(layout.result(request.run), RunResult)
    pages = HERE / "build" / request.run
    pages.mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        (pages / page).write_bytes(runs.read(layout.result(request.run, page)) or b"")
    print(f"{result.decision}: {pages / 'result.html'}")
    for candidate in result.gate.candidates:
        print(*candidate.reasons, sep="\n")
    return EXIT_CODES[result.decision]


def publish(suites: Store, suite: str, folder: Path) -> str:
    """Put the suite's bytes where the plan step reads them; returns their version, the hash of their content."""
    files = {name: (folder / name).read_bytes() for name in layout.SUITE_FILES if (folder / name).is_file()}
    version = layout.content_hash(files)
    for name, body in files.items():
        suites.write_once(layout.golden("golden", suite, version, name), body)
    return version


def request_for(suite: str, version: str, prompt: Path, again: int) -> RunRequest:
    """The complete request. Its id follows from its content, so that asking the same again finds the same run."""
    name = contract.parameter_name(contract.guardrail(*GUARDRAIL))
    guardrail = json.loads(boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    text = PromptText.model_validate(yaml.safe_load(prompt.read_text(encoding="utf-8")))
    candidate = Candidate(
        name=f"{text.name}-v{text.version}",
        prompt=text,
        model=MODEL,
        model_id=PROFILE,
        guardrail=GuardrailId(name=GUARDRAIL[0], id=guardrail["id"], version=guardrail["version"]),
        quota=QUOTA,
    )
    request = RunRequest(run="unnamed", suite=suite, version=version, candidates=(candidate,))
    digest = hashlib.sha256(request.model_dump_json().encode()).hexdigest()[:12]
    return request.model_copy(update={"run": f"{suite}-{digest}" + (f"-{again}" if again > 1 else "")})


def execute(runs: Store, machine: str, run: str) -> str | None:
    """Wait for the run's verdict; None, or how it failed. An execution that failed is followed by another one of the same run.

    The verdict is there before the execution ends, which then logs the experiment.
    """
    states = boto3.client("stepfunctions")
    for number in range(1, 100):
        name = f"{run}-{number}"
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        try:
            found = states.describe_execution(executionArn=arn)
        except states.exceptions.ExecutionDoesNotExist:
            states.start_execution(stateMachineArn=machine, name=name, input=json.dumps({"run": run}))
            return wait(runs, run, states, arn)
        if found["status"] in ("RUNNING", "SUCCEEDED"):
            return wait(runs, run, states, arn)
    return "99 executions ended without a verdict: see the state machine's log"


def wait(runs: Store, run: str, states: Any, arn: str) -> str | None:
    """None when there is a verdict, else the error and cause of the execution that ended without one."""
    while True:
        found = states.describe_execution(executionArn=arn)
        if any(True for _ in runs.keys(layout.result(run))):
            return None
        if found["status"] != "RUNNING":
            return f"{found['status']} {found.get('error', '')} {found.get('cause', '')}"
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
