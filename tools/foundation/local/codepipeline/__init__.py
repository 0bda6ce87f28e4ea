"""What CodePipeline's API says about executions that `foundation release run` walks: state, approvals, results of jobs.

Nothing runs here. The walker posts what it does; people and functions answer through the API, as IAM lets them.
"""
