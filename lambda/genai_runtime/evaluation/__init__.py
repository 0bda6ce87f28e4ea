"""Evaluation of prompts and models: golden datasets, runs, metrics, judges, reviews, and the gate's verdict.

`suite` and `case` say what is asked, `run` what a run was asked to do, `records` what each step leaves behind, `verdict`
what the gate decides, `layout` where it all lies in the bucket. Nothing here imports a step's logic.
"""
