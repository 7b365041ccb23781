"""PagerDuty, by its own client: what is asked, how its answers are read, and what each refusal means in one sentence.

`access` is who we are there, `calls` are requests as values, `replies` and `sentences` read what came back, `pager`
puts them together for a delivery, `rehearsal` shows what would be sent. Edges: `wire`, which alone imports the client,
and `bounded`, which sees that it comes back.

**Each request is made once, in bounded time; when to try again is the outbox's business. No text holds a secret.**
"""
