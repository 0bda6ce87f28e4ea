"""CDK constructs of a generative AI foundation on AWS, for lines of business and for this project's own stacks."""
