"""The events of a table `batches` (n, tenant, body, ...) as columns, in SQL: of which `columns` says what is sure."""

from __future__ import annotations

_FIELDS = ("transaction_id", "customer_id", "event_type", "timestamp", "properties")
_STRUCTURE = "[{" + ", ".join(f'"{name}": "JSON"' for name in _FIELDS) + "}]"
_TIMESTAMP = (
    '"20[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?'
    '([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"'
)
_WHOLE = "-?(0|[1-9][0-9]{0,14})"
_VALUE = f'("[^"]*"|{_WHOLE}|true|false|null)'
_PROPERTIES = f'\\{{"[^"]*":{_VALUE}(,"[^"]*":{_VALUE})*\\}}'

#: Events with their place (batch, index), instant, what is to be counted in their batch's text, and ids in quotes.
EVENTS = f"""
WITH items AS (
    SELECT n, tenant, generate_subscripts(items, 1) AS i, unnest(items, recursive := true)
    FROM (SELECT n, tenant, from_json(body, '{_STRUCTURE}') AS items FROM batches)
), texts AS (
    SELECT n, tenant, i, {", ".join(f"{name}::VARCHAR AS {name}" for name in _FIELDS)} FROM items
), shapes AS (
    SELECT *, regexp_full_match(timestamp, '{_TIMESTAMP}') AS is_timestamp,
        IF(timestamp[-2] IN ('Z', 'z'), 2, 7) AS zone,
        length(properties) - length(replace(properties, '"', '')) AS quotes, json_keys(properties) AS keys
    FROM texts
), instants AS (
    SELECT *, CASE WHEN is_timestamp THEN epoch_us(TRY_CAST(timestamp[2:-zone - 1] AS TIMESTAMP)) - CASE
        WHEN zone = 2 THEN 0
        ELSE (TRY_CAST(timestamp[-6:-5] AS BIGINT) * 60 + TRY_CAST(timestamp[-3:-2] AS BIGINT))
            * IF(timestamp[-7] = '-', -60000000, 60000000)
        END END AS us
    FROM shapes
)
SELECT n, tenant, i, transaction_id AS id, customer_id AS customer, event_type, us, properties, keys,
    16 + IF(properties IS NULL, 0, 2 + quotes) AS quotes,
    3 + IF(properties IS NULL, 0, 1 + greatest(len(keys) - 1, 0)) AS commas,
    1 + IF(properties IS NULL, 0, 1) AS braces,
    coalesce(
        starts_with(transaction_id, '"') AND length(transaction_id) BETWEEN 3 AND 130
        AND starts_with(customer_id, '"') AND length(customer_id) BETWEEN 3 AND 130
        AND starts_with(event_type, '"') AND length(event_type) BETWEEN 3 AND 66
        AND us IS NOT NULL AND us > 946684800000000
        AND CASE WHEN properties IS NULL OR properties = '{{}}' THEN true
            WHEN NOT starts_with(properties, '{{') OR length(properties) > 514 THEN false
            WHEN quotes = 4 * len(keys) THEN true
            ELSE regexp_full_match(properties, '{_PROPERTIES}') END,
    false) AS is_sure
FROM instants
"""  # noqa: S608
