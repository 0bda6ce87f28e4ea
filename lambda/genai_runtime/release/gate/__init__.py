"""The evaluation gate of a release: four steps of the state machine `ReleaseGate`, in the shared account.

Each step is a function whose payload is the whole state (`"Payload.$": "$"`) and whose result is the whole next state
(`OutputPath: "$.Payload"`): what it was given, with its own keys added. Nothing large travels: at most about 20 KiB.

Input of the machine, `event.Start`:
    manifest       64 hex digits
    environment    dev | pre-prod | prod
    purpose        gate | smoke
    execution      pipeline execution id
    commit         40 hex digits
    pull_request   true | false ("true" and "false" too: CodePipeline's literals are text), or the pull request's number

Announce (function gate_report; optional; before Prepare): neither `passed` nor `error` is there, so it sets the commit's
    status to pending. Adds nothing but `reported`. Catch States.ALL -> Prepare: it decides nothing.
Prepare (gate_prepare): adds `poll_seconds` (int), `asked` ([{suite, run}]), `left_out` ([sentence]; pull requests only).
Wait: SecondsPath `$.poll_seconds`.
Poll (gate_poll): adds `done` (bool), a longer `poll_seconds`, `running`, `finished`, `failed` (numbers of runs). Choice:
    `$.done` true -> Decide, else Wait. A run whose execution failed counts as done: Decide says so.
Decide (gate_decide): adds `passed` (bool), `decision` (PROMOTE | HOLD | REJECT, the worst of the runs'), `reasons`
    ([sentence], at most 20), `cause` (one line, at most 1,000 characters, empty when passed), `runs` ([{suite, version, run,
    decision}]; decision is "" without a result), `left_out`. Promoted or Refused stands in the ledger before it returns; of a
    pull request nothing does.
Report (gate_report): adds `reported` ({status, comments}). Its errors: HostUnavailable (GF-REL-250) passes by itself and is
    worth many retries over minutes; HostRefused (GF-REL-251 to 259) needs a person. Catch States.ALL with ResultPath
    `$.unreported` -> the final Choice: a host that is away changes no verdict.
Choice: `$.error` IsPresent -> Fail {Error: "GateBroken", CausePath: "$.error.Cause"}; `$.passed` true -> Succeed; else Fail
    {Error: "GateRefused", CausePath: "$.cause"}.
Prepare, Poll and Decide: Catch States.ALL, ResultPath `$.error` -> Report (status "failure" with the cause) -> Choice.

Errors that the same input gives again (no retry): GateBroken, ReleaseRefused, StartFailed, HostRefused. All else may pass.
Every step can be repeated: none asks a model twice, signs twice or comments twice.
"""
