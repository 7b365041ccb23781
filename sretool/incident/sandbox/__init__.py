"""A local PagerDuty for drills, the demonstration and the tests: it refuses what the real one refuses.

`state` is the account and what may happen to an incident in it; `rest`, `listing` and `enqueue` are the two APIs and
`routes` the door to both; `messages` and `reading` are what comes and goes, `shapes` spells values as PagerDuty does.
`faults` says which request meets with which fault (`faultfile` reads them, `drill` makes them of options), `exchange`
ties account, limits and faults together, `control` is what only the sandbox has, and `fresh` makes a new one. All of
that is pure but for the account, which is changed in place.

Edges: `server` (TLS on loopback), `tls` (throw-away certificates), `serving` (a process that is told to stop) and
`transport`, which runs the official client against the same routes without a socket, on any clock.

**Where PagerDuty's documents are silent, a comment says so and what was taken instead.**
"""
