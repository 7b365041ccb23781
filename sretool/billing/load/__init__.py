"""A load generator that does not wait for the service: latency counts from the instant at which a batch was due.

`traffic` decides what is sent and renders it, `pace` when, `connection` speaks HTTP, `generator` brings them together,
`figures` is what came of it. The generator shares the machine with the service that it measures, so a batch costs it
some thirty microseconds: bodies are joined from rendered pieces, and only a batch's number and instant are new.
"""
