"""The one hierarchy of errors.

    WiretellError
    ├── UsageError            wrong use or bad input                    exit 2
    │   ├── TargetError       unknown package, broken archive, no recipe
    │   └── FormatError       a file that is not what it should be
    ├── InconclusiveError     nothing can be said                       exit 3
    │   ├── NotSealedError    the sandbox cannot be built, or leaks
    │   └── AgentError        the agent never did what an audit needs
    └── InternalError         our own fault                             exit 4

An error is one sentence that says what is wrong and what to do about it. `exit_code` is a property of the class;
ending the process belongs to the command line alone.
"""

from __future__ import annotations

from typing import ClassVar


class WiretellError(Exception):
    """Root of all errors that wiretell raises on purpose."""

    exit_code: ClassVar[int] = 4


class UsageError(WiretellError):
    """The user asked for something that cannot be done as asked."""

    exit_code = 2


class TargetError(UsageError):
    """The target cannot be fetched, read or trusted: unknown package, broken or hostile archive, bad recipe."""


class FormatError(UsageError):
    """A file or document is not of the form it claims."""


class InconclusiveError(WiretellError):
    """The work was done as asked, and nothing can be concluded from it."""

    exit_code = 3


class NotSealedError(InconclusiveError):
    """The sandbox cannot be built on this machine, or a probe got out of it. Nothing was run unsealed."""


class AgentError(InconclusiveError):
    """The agent crashed, hung, or never sent a model request."""


class InternalError(WiretellError):
    """A promise inside wiretell was broken."""

    exit_code = 4
