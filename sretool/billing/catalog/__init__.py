"""The price catalogue: tenants, meters, customers and plans, as text, as values and as a record of the journal.

`values` the words · `reader`, `customers`, `plans`, `text` from billing.yaml, with all that is wrong with it · `plain`
the JSON of a CATALOG record · `in_force` puts a changed file into force · `starter` what `billing init` writes ·
`months` calendar months. `in_force` and `starter` do IO.
"""
