"""How the functions of jobs call AWS."""

from typing import Final

from botocore.config import Config

from genai_runtime.evaluation.jobs.inputs import PARALLEL_READS

CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 6},
    max_pool_connections=PARALLEL_READS,
)
