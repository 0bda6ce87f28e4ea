"""Task tokens of a form. Each request keeps its own under a key that begins with its time: the latest one is the last."""

from datetime import UTC, datetime, timedelta

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.review.records import Token
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import ReviewSpec


def keep_token(store: Store, run: str, form: str, token: str, reminder: int, spec: ReviewSpec, now: datetime) -> Token:
    """Store the token of a request; again for the same request it stays as it is."""
    waits = max(0, spec.reminders - reminder) + 1
    kept = Token(
        token=token,
        reminder=reminder,
        requested_at=_text(now),
        expires_at=_text(now + waits * timedelta(hours=spec.remind_after_hours)),
    )
    store.write_once(f"{layout.form_tokens(run, form)}{_text(now)}-{reminder:02}.json", kept)
    return kept


def latest_token(store: Store, run: str, form: str) -> Token | None:
    """The token of the latest request; None before the first one."""
    last = max(store.keys(layout.form_tokens(run, form)), default=None)
    return None if last is None else store.load(last, Token)


def is_expired(token: Token | None, now: datetime) -> bool:
    """Whether nobody waits for the form any longer. A form that wasn't requested yet isn't expired."""
    return token is not None and now > datetime.fromisoformat(token.expires_at)


def _text(time: datetime) -> str:
    """Sorts as the time does."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")
