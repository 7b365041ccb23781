"""The append-only log that alone determines every invoice."""
