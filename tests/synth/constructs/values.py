"""Arguments as a line of business would give them, which samples share."""

from genai_foundation.function import Operations, Placement
from genai_foundation.live.configuration import LiveAccess

ACCOUNT, REGION, RECOVERY = "121212121212", "eu-west-1", "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivery"
MODEL = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"
ORGANISATION = "o-lineofbusi"
OPERATIONS = Operations(data_key_arn=KEY, logs_key_arn=KEY, dead_letter_queue_arn=QUEUE, log_retention_days=365)
PLACEMENT = Placement(subnet_ids=["subnet-1", "subnet-2"], security_group_ids=["sg-1"])
LAYER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:base:1"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
ACCESS = LiveAccess(
    "abc1234",
    "def5678",
    f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/shadow",
    f"arn:aws:sqs:{REGION}:{ACCOUNT}:shadow",
)
