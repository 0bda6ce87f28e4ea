"""Coded ends of a change of what is live."""

RECORD_BROKEN = "GF-LIVE-100"
SEQUENCE_TAKEN = "GF-LIVE-101"
OTHER_SEQUENCE = "GF-LIVE-102"
REQUEST_INVALID = "GF-LIVE-103"
OTHER_RELEASE = "GF-LIVE-104"
NOTHING_LIVE = "GF-LIVE-105"
EXPERIMENT_RUNS = "GF-LIVE-106"
EXPERIMENT_USED = "GF-LIVE-107"
NO_EXPERIMENT = "GF-LIVE-108"
NOT_READY = "GF-LIVE-109"
NO_EARLIER = "GF-LIVE-110"
DOCUMENT_REFUSED = "GF-LIVE-111"
USE_CASE_MISSING = "GF-LIVE-112"
NOT_A_DOCUMENT = "GF-LIVE-113"
REPLACED = "GF-LIVE-114"
NOT_IN_LOG = "GF-LIVE-115"
OTHER_PROFILE = "GF-LIVE-116"

PROFILE_MISSING = "GF-LIVE-120"
CONTENT_CHANGED = "GF-LIVE-121"
APPCONFIG_REFUSED = "GF-LIVE-122"
AHEAD_OF_LOG = "GF-LIVE-123"
NOT_SHOWN = "GF-LIVE-124"

FEEDBACK_INVALID = "GF-LIVE-130"
FEEDBACK_UNKNOWN = "GF-LIVE-131"
FEEDBACK_NO_ALIAS = "GF-LIVE-132"


class LiveError(Exception):
    """A change that is refused, or that can't be shown. `code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
