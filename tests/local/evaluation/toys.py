"""The pipeline's own state machine over functions that do what a script says, and write down that they were called."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from foundation.local.target import Target
from genai_foundation.evaluation.state_machine import STEPS, definition
from tests.local.target.deployment import DEV, REGION, Resources, allow, deploy, function, role

# Answers by call of the same batch, form or run; the last one stays. {"raise": NAME} is an error of that name.
TOY = """
import boto3, json, os, uuid
bucket, step, s3 = os.environ["BUCKET"], os.environ["STEP"], boto3.client("s3")
def handler(event, context):
    run, item = event["run"], event.get("batch", event.get("form", 0))
    prefix = f"calls/{run}/{step}/{item}/"
    before = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"]
    s3.put_object(Bucket=bucket, Key=prefix + str(uuid.uuid4()), Body=json.dumps(event))
    script = json.loads(s3.get_object(Bucket=bucket, Key=f"scripts/{run}.json")["Body"].read())
    answers = script.get(f"{step}/{item}", script.get(step, [{}]))
    answer = answers[min(before, len(answers) - 1)]
    if "raise" in answer:
        raise type(answer["raise"], (Exception,), {})("as the script says")
    return answer
"""
OBJECTS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]


@dataclass(frozen=True)
class Pipeline:
    """The deployed machine with its bucket."""

    target: Target
    machine: str
    bucket: str

    def script(self, run: str, batches: int, **answers: list[dict[str, Any]]) -> None:
        """What the functions answer in a run of one look; `answers` by step, or by STEP/ITEM."""
        s3 = self.target.client("s3", DEV, REGION)
        looks: dict[str, Any] = {"run": run, "looks": 1, "judge": False, "review": False, "managed": False}
        planned = {**looks, "look": 1, "bucket": self.bucket, "batches": f"runs/{run}/looks/1/batches.jsonl"}
        script = {
            "Plan": [planned],
            "Invoke": [{"unfinished": 0}],
            "Judge": [{"unfinished": 0}],
            "JobCreate": [{"wait_seconds": 1, "waited_seconds": 1}],
            "JobPoll": [{"pending": 0, "wait_seconds": 1, "waited_seconds": 2}],
            "Gate": [{**planned, "final": True, "decision": "PROMOTE"}],
            "Publish": [{"run": run, "decision": "PROMOTE", "report": f"runs/{run}/result.html"}],
            **answers,
        }
        s3.put_object(Bucket=self.bucket, Key=f"scripts/{run}.json", Body=json.dumps(script).encode())
        self.batches(run, 1, batches)

    def batches(self, run: str, look: int, count: int, *, judge: bool = False) -> None:
        """Write a look's batches."""
        lines = [
            json.dumps({"run": run, "look": look, "batch": number, "candidate": "a", "cases": ["1"], "judge": judge})
            for number in range(count)
        ]
        body = "".join(f"{line}\n" for line in lines).encode()
        key = f"runs/{run}/looks/{look}/batches.jsonl"
        self.target.client("s3", DEV, REGION).put_object(Bucket=self.bucket, Key=key, Body=body)

    def start(self, run: str, number: int = 1) -> str:
        """Start an execution of a run; its ARN."""
        states = self.target.client("stepfunctions", DEV, REGION)
        started = states.start_execution(
            stateMachineArn=self.machine, name=f"{run}-{number}", input=json.dumps({"run": run})
        )
        return str(started["executionArn"])

    def ended(self, execution: str) -> dict[str, Any]:
        """The execution once it is over."""
        return ended(self.target, execution)

    def calls(self, run: str, step: str) -> list[dict[str, Any]]:
        """Events of a step's calls."""
        s3 = self.target.client("s3", DEV, REGION)
        listed = s3.list_objects_v2(Bucket=self.bucket, Prefix=f"calls/{run}/{step}/").get("Contents", [])
        read = [s3.get_object(Bucket=self.bucket, Key=each["Key"])["Body"].read() for each in listed]
        return [json.loads(body) for body in read]


@dataclass
class Waiting:
    """Calls something until it gives what is waited for."""

    seconds: float = 60
    _limit: float = field(init=False)

    def __post_init__(self) -> None:
        self._limit = time.monotonic() + self.seconds

    def pause(self, what: str) -> None:
        """A moment; fails when it took too long."""
        assert time.monotonic() < self._limit, f"{what} takes longer than {self.seconds} seconds"
        time.sleep(0.05)


def ended(target: Target, execution: str) -> dict[str, Any]:
    """An execution once it is over."""
    states, waiting = target.client("stepfunctions", DEV, REGION), Waiting()
    while True:
        found: dict[str, Any] = states.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found
        waiting.pause(execution)


def deployed(target: Target, name: str) -> Pipeline:
    """The pipeline's state machine over toys."""
    bucket = {"Fn::GetAtt": ["Bucket", "Arn"]}
    objects = [bucket, {"Fn::Join": ["", [bucket, "/*"]]}]
    invoke = allow("lambda:InvokeFunction", [{"Fn::GetAtt": [step, "Arn"]} for step in STEPS])
    itself = {"Fn::Sub": f"arn:aws:states:${{AWS::Region}}:${{AWS::AccountId}}:stateMachine:{name}"}
    states = role(
        invoke, allow("s3:GetObject", objects), allow("states:StartExecution", itself), trusted={
            "Service": "states.amazonaws.com"})  # fmt: skip
    asl = json.dumps(definition(max_concurrency=4, timeout_seconds=600))
    resources: Resources = {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Role": role(allow(OBJECTS, objects)),
        **{
            step: function(TOY, Environment={"Variables": {"BUCKET": {"Ref": "Bucket"}, "STEP": step}})
            for step in STEPS
        },
        "States": states,
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": name,
                "RoleArn": {"Fn::GetAtt": ["States", "Arn"]},
                "DefinitionString": asl,
                "DefinitionSubstitutions": {step: {"Fn::GetAtt": [step, "Arn"]} for step in STEPS},
            },
        },
    }
    stack = deploy(target, name, resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return Pipeline(target, stack.resources["Machine"], stack.resources["Bucket"])
