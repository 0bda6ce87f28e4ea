"""CloudFormation resource types that ministack lacks or keeps incompletely."""
