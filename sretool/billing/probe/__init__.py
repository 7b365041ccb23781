"""A caller of our own: sends a small batch a second as a tenant of its own, looks for it, and tells what it saw.

It is a process apart, with its own /metrics, since a dead server reports nothing; it may run on another machine, for it
needs a key and the service's address, and no data of the service. The canary's key must be nobody else's: an event
that it did not send looks like one that was counted twice.

`prober` sends, looks and audits; `client` asks over HTTP; `memory` is what has to survive a restart; `page` shows it.
"""

from sretool.billing.probe.prober import ProbeOptions, Prober, probe

__all__ = ["ProbeOptions", "Prober", "probe"]
