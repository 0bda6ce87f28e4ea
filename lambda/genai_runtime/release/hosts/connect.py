"""A host by its name."""

from collections.abc import Callable
from typing import Literal

from genai_runtime.release.hosts import github, gitlab
from genai_runtime.release.hosts.base import Host
from genai_runtime.release.hosts.environment import HostVariables
from genai_runtime.release.hosts.errors import TOKEN_MISSING, HostRefused
from genai_runtime.release.hosts.http import Api


def host_of(name: Literal["github", "gitlab"], repository: str, token: str, url: str = "") -> Host:
    """A repository at a host.

    :param url: API of a host of your own. Default: the public host's
    """
    if name == "github":
        return github.GitHub(Api((url or github.PUBLIC).rstrip("/"), github.headers(token)), repository)
    return gitlab.GitLab(Api((url or gitlab.PUBLIC).rstrip("/"), gitlab.headers(token)), repository)


def connect(variables: HostVariables, secret: Callable[[str], object]) -> Host:
    """The repository that the variables name. Raises HostRefused (GF-REL-258) for a secret without a usable token.

    :param secret: the text of a secret by its name or ARN
    """
    found = secret(variables.token_secret)
    token = found.strip() if isinstance(found, str) else ""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise HostRefused(
            TOKEN_MISSING,
            f"secret {variables.token_secret} holds no token of {variables.host}: store the token itself as the secret's text",
        )
    return host_of(variables.host, variables.repository, token, variables.api_url)
