"""How the release functions' clients call AWS."""

from typing import Final

from botocore.config import Config

CONFIG: Final = Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})
