"""The picture of accounts, Regions, stacks and the path of a request: laid out by hand, filled from the facts."""

from collections.abc import Sequence

from foundation.docs.facts import AccountFacts, Facts
from foundation.docs.svg import Canvas, wrap

SIZE = (960, 860)
LEFT, RIGHT = 16, 930
TRAIL_X = 946
USE_CASE = "UseCase-"


def draw(facts: Facts) -> str:
    """The SVG text."""
    canvas = Canvas(SIZE, f"Accounts and flows of {facts.organization}", description(facts))
    canvas.text(LEFT, 34, f"{facts.organization}: {len(facts.accounts)} accounts", "title", room=520)
    canvas.text(RIGHT, 34, f"{facts.primary} (primary) and {facts.recovery} (recovery)", "body", room=380, anchor="end")
    _inputs(canvas, facts)
    _shared(canvas, facts)
    _workloads(canvas, facts)
    _data(canvas, facts)
    _legend(canvas)
    return canvas.svg()


def description(facts: Facts) -> str:
    """The picture in words."""
    stages = ", ".join(account.stage for account in facts.accounts)
    return (
        f"Accounts {stages}, each with stacks in {facts.primary} and {facts.recovery}. In a workload account a caller role "
        "invokes the alias of its use case; the ModelAccess function in a VPC without internet calls Amazon Bedrock "
        "through VPC endpoints with a guardrail and writes an audit record. The Evaluation stack's pipeline asks models "
        "the suites that data-governance holds, through the same endpoints, and logs experiments in the shared account. "
        "The trails of all accounts go to a locked archive in the shared account."
    )


def stacks(names: Sequence[str]) -> list[str]:
    """Stack names as the picture shows them: the use cases' stacks together."""
    cases = [name for name in names if name.startswith(USE_CASE)]
    single = [name for name in names if not name.startswith(USE_CASE)]
    return [*single, f"{USE_CASE}… ×{len(cases)}"] if cases else single


def some(names: Sequence[str], most: int = 4) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _inputs(canvas: Canvas, facts: Facts) -> None:
    canvas.box(LEFT, 52, 326, 132, "panel")
    canvas.text(LEFT + 14, 75, "config/ and catalog/", "head", room=300)
    rows = [
        *wrap(f"guardrails: {some(facts.guardrails, 3)}", "small", 300),
        *wrap(f"prompts: {some(facts.prompts)}", "small", 300),
        "accounts, Regions, address plan, use cases",
    ]
    canvas.lines(LEFT + 14, 96, rows, "small", room=300)
    canvas.arrow([(60, 184), (60, 211)], "deploy")
    canvas.text(70, 203, "cdk deploy 'shared/*', then 'dev/*' and the others", "small", room=400)


def _shared(canvas: Canvas, facts: Facts) -> None:
    account = facts.account("shared")
    x, w = 358, RIGHT - 358
    canvas.box(x, 52, w, 132, "panel")
    canvas.text(x + 14, 75, f"shared  {account.id}", "head", room=w - 28)
    for index, (region, names) in enumerate(((facts.primary, account.primary), (facts.recovery, account.recovery))):
        left = x + 14 + index * 276
        canvas.box(left, 88, 268, 84)
        canvas.text(left + 12, 108, region, "name", room=140)
        canvas.chips(left + 12, 116, stacks(names), room=244)
        if region in facts.archives:
            canvas.text(left + 12, 160, "trail archive: object lock, own key", "small", room=250)


def _workloads(canvas: Canvas, facts: Facts) -> None:
    workloads = [account for account in facts.accounts if account.environment]
    canvas.box(LEFT, 214, RIGHT - LEFT, 410, "panel")
    w = (RIGHT - LEFT - 28 - 12 * (len(workloads) - 1)) / len(workloads)
    for index, account in enumerate(workloads):
        left = LEFT + 14 + index * (w + 12)
        canvas.box(left, 226, w, 50)
        canvas.text(left + 12, 246, f"{account.stage}  {account.id}", "head", room=w - 24)
        counts = f"{facts.models[account.stage]} approved models · {len(facts.use_cases[account.stage])} use cases"
        canvas.text(left + 12, 265, counts, "small", room=w - 24)
    most = max(workloads, key=lambda account: len(account.primary))
    _primary(canvas, facts, most)
    _recovery(canvas, facts, most)
    canvas.line([(RIGHT, 420), (TRAIL_X, 420)], "trail")


def _primary(canvas: Canvas, facts: Facts, account: AccountFacts) -> None:
    canvas.box(30, 288, 618, 324)
    canvas.text(44, 311, f"{facts.primary}, in each workload account", "name", room=560)
    _network(canvas, facts)
    _caller(canvas, facts, account)
    canvas.box(498, 330, 138, 122, "panel")
    canvas.text(510, 352, "Amazon Bedrock", "name", room=118)
    canvas.lines(
        510, 372, ["approved models", "guardrail on input", "and on output", "stored prompts"], "small", room=122
    )
    canvas.box(498, 474, 138, 66, "panel")
    canvas.text(510, 496, "Audit table", "name", room=118)
    canvas.lines(510, 515, ["DynamoDB,", "customer key"], "small", room=122)
    canvas.arrow([(306, 470), (340, 470)], "request")
    canvas.arrow([(470, 392), (496, 392)], "request")
    canvas.step(482, 378, 3)
    canvas.arrow([(470, 508), (496, 508)], "request")
    canvas.step(482, 494, 4)
    canvas.text(44, 573, "Stacks", "name", room=60)
    canvas.chips(44, 580, stacks(account.primary), room=592)


def _caller(canvas: Canvas, facts: Facts, account: AccountFacts) -> None:
    cases = facts.use_cases[account.stage]
    canvas.box(44, 330, 118, 66, "panel")
    canvas.text(54, 352, "Caller role", "name", room=100)
    canvas.lines(54, 371, ["of one use case,", "in the account"], "small", room=104)
    canvas.box(44, 434, 118, 72, "panel")
    canvas.text(54, 456, "Lambda alias", "name", room=100)
    canvas.lines(54, 475, [cases[0] if cases else "one per use case", "is the identity"], "small", room=104)
    canvas.arrow([(103, 396), (103, 432)], "request")
    canvas.step(120, 414, 1)
    canvas.arrow([(162, 470), (190, 470)], "request")


def _network(canvas: Canvas, facts: Facts) -> None:
    canvas.box(176, 330, 308, 222, "vpc")
    canvas.text(188, 352, "VPC without a route to the internet", "name", room=284)
    canvas.box(192, 436, 114, 70)
    canvas.text(202, 457, "ModelAccess", "name", room=100)
    canvas.lines(202, 475, ["checks contract,", "input and size"], "small", room=102)
    canvas.step(306, 436, 2)
    canvas.box(192, 362, 114, 66)
    canvas.text(202, 383, "Evaluation", "name", room=100)
    canvas.lines(202, 401, ["asks, scores,", "judges, decides"], "small", room=102)
    canvas.arrow([(306, 394), (340, 394)], "suite")
    canvas.box(342, 364, 128, 176)
    canvas.text(352, 385, "VPC endpoints", "name", room=112)
    count = len(facts.interface_endpoints)
    rows = [f"{count} interface:", *_key_endpoints(facts.interface_endpoints), "…"]
    rows += [f"{len(facts.gateway_endpoints)} gateway:", ", ".join(facts.gateway_endpoints), "a policy on each"]
    canvas.lines(352, 404, rows, "small", room=114)


def _key_endpoints(names: Sequence[str]) -> list[str]:
    return [name for name in ("bedrock-runtime", "bedrock-agent", "ssm") if name in names]


def _recovery(canvas: Canvas, facts: Facts, account: AccountFacts) -> None:
    canvas.box(660, 288, 256, 324)
    canvas.text(674, 311, facts.recovery, "name", room=228)
    rows = [
        "the same guardrails and prompts",
        "replica of the data key, own logs key",
        "network with the same endpoints",
        "a trail of its own",
        "audit table of its own",
        "use cases from tier pilot-light on",
    ]
    canvas.lines(674, 340, rows, "small", room=236)
    canvas.text(674, 513, "Stacks, each named Recovery…", "name", room=236)
    canvas.chips(674, 520, stacks(account.recovery), room=232)


def _data(canvas: Canvas, facts: Facts) -> None:
    others = facts.others()
    shown = others[:2]
    w = (RIGHT - LEFT - 12 * (len(shown) - 1)) / len(shown)
    for index, account in enumerate(shown):
        left = LEFT + index * (w + 12)
        last = index == len(shown) - 1 and len(others) > len(shown)
        more = f"  and {len(others) - len(shown)} more data producers" if last else ""
        canvas.box(left, 640, w, 132, "panel")
        canvas.text(left + 14, 663, f"{account.stage}  {account.id}{more}", "head", room=w - 28)
        canvas.text(left + 14, 691, facts.primary, "small", room=84)
        canvas.chips(left + 104, 675, stacks(account.primary), room=w - 118)
        canvas.text(left + 14, 723, facts.recovery, "small", room=84)
        canvas.chips(left + 104, 707, stacks(account.recovery), room=w - 118)
        buckets = f"buckets: {some(account.buckets)}" if account.buckets else "no buckets"
        canvas.text(left + 14, 756, buckets, "small", room=w - 28)
    canvas.arrow([(RIGHT, 706), (TRAIL_X, 706), (TRAIL_X, 118), (RIGHT + 3, 118)], "trail")


def _legend(canvas: Canvas) -> None:
    canvas.arrow([(18, 798), (48, 798)], "request")
    canvas.text(
        56,
        802,
        "request: 1 invoke the alias · 2 check · 3 Converse with the guardrail · 4 audit record, then the answer",
        "small",
        room=640,
    )
    canvas.arrow([(18, 820), (48, 820)], "trail")
    canvas.arrow([(18, 842), (48, 842)], "suite")
    canvas.text(
        56,
        846,
        "evaluation: suites from data-governance (redacted for dev), experiments to shared; behind the same guardrails",
        "small",
        room=700,
    )
    canvas.text(56, 824, "CloudTrail of every account and Region into the archive of its Region", "small", room=420)
    canvas.text(480, 824, "Stacks share values as SSM parameters below /genai-foundation/", "small", room=450)
