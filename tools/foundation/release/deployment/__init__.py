"""Deploying a release: a warrant becomes a session, everything is verified, the CDK CLI deploys the verified bytes."""
