"""The statistical gate: PROMOTE, HOLD or REJECT with confidence. docs/evaluation/statistics.md has methods and sources.

`decide` is the verdict, a pure function of `data.GateInput`; `gate` reads a run's objects and writes it. Everything in
between is one method each: `bootstrap`, `rates`, `bounded`, `spending`, `limits`, `power`. Needs the layer `statistics`.
"""
