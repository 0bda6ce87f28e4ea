"""Generated golden datasets: questions about AWS's API documentation, and the template part of the safety suite.

The source is the documentation inside the pinned botocore (Apache-2.0): the same release gives the same bytes.
"""
