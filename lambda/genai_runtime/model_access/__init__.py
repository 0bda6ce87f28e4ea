"""Model access: one audited, guarded question to a model for a use case.

`handler` wires the Lambda function; `access` is the path of a request; `request`, `limits`, `template`, `conversation`
and `audit` are pure; `contracts` and `bedrock` talk to AWS.
"""
