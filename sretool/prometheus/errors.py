"""What may go wrong between us and a server, as a tree.

    NoAnswer
      Unreachable       nobody listens there, the name is not known, TLS fails
      TimedOut          it did not answer in time
      NotUnderstood     what answered is no Prometheus: HTML, half an answer, too large an answer
      Denied            401 or 403
      Refused           the server says why it will not, such as 422 for an expression

Each message is one sentence: what was done, to what, and what to do about it. None holds a secret.
"""

from __future__ import annotations


class NoAnswer(Exception):
    """The server did not answer, or not with something to go by."""


class Unreachable(NoAnswer):
    """No connection came about."""


class TimedOut(NoAnswer):
    """The server took longer than it may."""


class NotUnderstood(NoAnswer):
    """The answer is not what this interface answers."""


class Denied(NoAnswer):
    """The server wants other credentials."""


class Refused(NoAnswer):
    """The server answers that it will not."""
