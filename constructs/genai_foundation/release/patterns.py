"""Resource patterns as cdk-nag's findings spell them."""

import json
import re
from typing import Any, Final

import aws_cdk as cdk
from constructs import Construct

# Of the policy language, as in ${aws:PrincipalTag/manifest}.
_VARIABLE: Final = re.compile(r"\$\{([^}]+)\}")


def spelled(scope: Construct, arn: str) -> str:
    """An ARN with references and variables as placeholders, such as `<Bucket.Arn>/items/*`."""
    return _flat(cdk.Stack.of(scope).resolve(arn))


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return _VARIABLE.sub(r"<\1>", value)
    if "Ref" in value:
        return f"<{value['Ref']}>"
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    if "Fn::Join" in value:
        return str(value["Fn::Join"][0]).join(_flat(part) for part in value["Fn::Join"][1])
    return json.dumps(value, separators=(",", ":"))
