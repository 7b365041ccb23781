"""`sretool postmortem template`."""

from __future__ import annotations

from sretool.cli.templates import NewFile, hand_out


def template(*, out: NewFile = None) -> None:
    """Print the template of postmortems, to change it.

    docs/postmortems.md says what it is given. Yours is taken where it is templates/postmortem.md.j2 below the directory
    that assets: of sretool.yaml names.

    \b
    Examples:
      sretool postmortem template --out assets/templates/postmortem.md.j2
      sretool postmortem template | diff - assets/templates/postmortem.md.j2
    """
    from sretool.incident.postmortem.render import TEMPLATE

    hand_out(TEMPLATE, out)
