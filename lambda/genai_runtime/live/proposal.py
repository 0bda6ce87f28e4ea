"""AppConfig's question before it deploys a configuration: whether the content is what the log says is live."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genai_runtime.live import errors
from genai_runtime.live.activation import Checks, narrows
from genai_runtime.live.errors import LiveError
from genai_runtime.live.log import Log
from genai_runtime.live.records import Document, LogRecord


class Proposal(BaseModel):
    """AppConfig's event (AWS AppConfig User Guide, "Understanding validators")."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    application_id: str = Field(alias="applicationId")
    profile_id: str = Field(alias="configurationProfileId")
    content: str
    """Base64."""


class Proposals:
    """Refuses by raising, as AppConfig wants it.

    :param profile_name: of an application's profile, by both ids
    """

    def __init__(self, *, log: Log, validator: Checks, profile_name: Callable[[str, str], str]) -> None:
        self._log = log
        self._validator = validator
        self._profile_name = profile_name

    def check(self, event: Any) -> Document:
        """The document, when it may be deployed. Raises LiveError with all that is wrong."""
        proposal, document = parsed(event)
        name = self._profile_name(proposal.application_id, proposal.profile_id)
        if name != document.use_case:
            raise LiveError(
                errors.OTHER_PROFILE,
                f"the document is of {document.use_case!r}, the profile of {name!r}: deploy it with its own profile",
            )
        record, before = self._recorded(document)
        if not narrows(record, before):
            self._validator.check(document)
        return document

    def _recorded(self, document: Document) -> tuple[LogRecord, LogRecord | None]:
        """The document's record and the one before. Raises LiveError when the log has no such document."""
        found = {each.document.sequence: each for each in self._log.history(document.use_case)}
        record = found.get(document.sequence)
        if record is None or record.document != document:
            raise LiveError(
                errors.NOT_IN_LOG,
                f"record {document.sequence} of {document.use_case!r} is not this document: change what is live with "
                "`foundation release live`, never in AppConfig",
            )
        return record, found.get(document.sequence - 1)


def parsed(event: Any) -> tuple[Proposal, Document]:
    """The event and its document. Raises LiveError when they are none."""
    try:
        proposal = Proposal.model_validate(event)
        return proposal, Document.model_validate_json(base64.b64decode(proposal.content, validate=True))
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False)
        )
    except binascii.Error as error:
        found = f"content: {error}"
    raise LiveError(
        errors.NOT_A_DOCUMENT, f"the content is no document of what is live: {found}: append a record instead"
    )
