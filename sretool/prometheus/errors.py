"""What may go wrong between us and a server, as a tree.

    NoAnswer
      Unreachable       nobody listens there, the name is not known, TLS fails
        Broken          the same, and a moment later it may go well
      TimedOut          it did not answer in time
      NotUnderstood     what answered is no Prometheus: HTML, half an answer, too large an answer
      Denied            401, 403 or 407
      Refused           the server says why it will not, such as 422 for an expression
        Absent          it has nothing at that path

Each message is one sentence: what was done, to what, and what to do about it. None holds a secret.
"""

from __future__ import annotations


class NoAnswer(Exception):
    """The server did not answer, or not with something to go by."""


class Unreachable(NoAnswer):
    """No connection came about."""


class Broken(Unreachable):
    """A connection did not come about or broke off for a reason that may pass."""


class TimedOut(NoAnswer):
    """The server took longer than it may."""


class NotUnderstood(NoAnswer):
    """The answer is not what this interface answers."""


class Denied(NoAnswer):
    """The server wants other credentials."""


class Refused(NoAnswer):
    """The server answers that it will not."""


class Absent(Refused):
    """The server has nothing at this path: another prefix, or a server that does not offer this."""
