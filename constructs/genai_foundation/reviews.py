"""Who answers for the acknowledgements inside these constructs, and until when they hold."""

from datetime import date

OWNER = "platform-team"
NEXT_REVIEW = date(2027, 11, 30)
