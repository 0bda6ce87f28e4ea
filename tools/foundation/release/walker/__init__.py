"""Walks the release pipeline on the local target, action by action, as CodePipeline would.

The pipeline is read from the synthesized template; nothing here describes one. `command.run` is the command.
"""
