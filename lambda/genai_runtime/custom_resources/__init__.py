"""CloudFormation custom resources, each called directly by its ServiceToken.

They run without a layer: the standard library and the managed runtime's boto3 only. They belong outside of a VPC: the
answer goes to a presigned S3 URL of CloudFormation, and `primary_parameter` calls another Region, which no interface
endpoint reaches.
"""
