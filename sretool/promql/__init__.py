"""The only place where PromQL is text: names of our series, reading expressions, writing them.

- `names`: every metric and label that our rules write
- `parse`: text to a checked expression, or what is wrong, where, and what to write; behind `guards` that keep a hostile
  text from taking the process down. `blame` finds the place, `versions` says which Prometheus knows what is used
- `tokens`, `grammar`, `tree`: text to nodes with places
- `reading`: questions about an expression; `selectors`: plain selectors, taken apart and added to; `placeholders`
- `templates/`: whether Prometheus can read a template in an alert's labels and annotations
- `literal`, `quoting`: values to PromQL text and back
"""
