"""Where pictures are drawn: the only importer of matplotlib, in pixels from the upper left corner.

Nothing of the user's settings of matplotlib, of its global state or of the machine's fonts gets into the text. What
matplotlib does beside (it remembers where fonts are, in a directory of its own) is no part of any result.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from sretool.charts.palette import COLOURS, ColourName
from sretool.charts.svg import Svg, finished, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Anchor = Literal["start", "middle", "end"]
_PIXELS_AN_INCH: Final = 72  # A pixel of ours is a point of matplotlib's, and a unit of the viewBox.
_SETTINGS: Final[tuple[tuple[Any, Any], ...]] = (
    ("svg.hashsalt", "sretool"),
    ("svg.fonttype", "none"),
    ("font.family", ["DejaVu Sans"]),
)
_METADATA: Final = {"Date": None, "Creator": None, "Format": None, "Type": None}
_ALIGNED: Final = {"start": "left", "middle": "center", "end": "right"}


class Missing(Exception):
    """Pictures need matplotlib, which is not installed."""

    def __init__(self) -> None:
        super().__init__("charts need matplotlib, which the extra brings: pip install 'sretool[report]'")


class Canvas:
    """A sheet of so many pixels, to be used as a context. Raises Missing."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._open = ExitStack()
        self._figure: Figure
        self._axes: Axes

    def __enter__(self) -> Self:
        # Where its directory cannot be written, it would advise on stderr how to draw faster.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        try:
            import matplotlib as mpl
            from matplotlib.backends.backend_svg import FigureCanvasSVG
            from matplotlib.figure import Figure
        except ImportError as error:
            raise Missing from error
        self._open.enter_context(mpl.rc_context())
        mpl.rcdefaults()  # Whatever a matplotlibrc says; the context gives it back.
        for key, value in _SETTINGS:
            mpl.rcParams[key] = value
        self._figure = Figure(
            figsize=(self.width / _PIXELS_AN_INCH, self.height / _PIXELS_AN_INCH), dpi=_PIXELS_AN_INCH
        )
        FigureCanvasSVG(self._figure)
        self._figure.patch.set_visible(False)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, self.width)
        self._axes.set_ylim(self.height, 0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def line(
        self, points: Sequence[tuple[float, float]], colour: ColourName, *, width: float = 1, dashed: bool = False
    ) -> None:
        """Through all of the points, or a dot where there is but one."""
        if len(points) == 1:
            self.dot(*points[0], colour, radius=width)
            return
        xs, ys = zip(*points, strict=True)
        self._axes.plot(
            xs,
            ys,
            color=COLOURS[colour].marker,
            linewidth=width,
            linestyle=(0, (3, 3)) if dashed else "-",
            solid_capstyle="round",
            solid_joinstyle="round",
            clip_on=False,
        )

    def area(self, points: Sequence[tuple[float, float]], colour: ColourName, *, opacity: float) -> None:
        """The inside of a polygon."""
        from matplotlib.patches import Polygon

        patch = Polygon(list(points), closed=True, facecolor=COLOURS[colour].marker, alpha=opacity, linewidth=0)
        self._axes.add_patch(patch).set_clip_on(False)

    def box(self, x: float, y: float, *, width: float, height: float, colour: ColourName, opacity: float = 1) -> None:
        self.area([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour, opacity=opacity)

    def dot(self, x: float, y: float, colour: ColourName, *, radius: float) -> None:
        from matplotlib.patches import Circle

        self._axes.add_patch(Circle((x, y), radius, facecolor=COLOURS[colour].marker, linewidth=0)).set_clip_on(False)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: ColourName = "ink",
        size: float = 12,
        anchor: Anchor = "start",
        bold: bool = False,
    ) -> None:
        """On one line, whose baseline is at `y`."""
        self._axes.text(
            x,
            y,
            printable(words),
            color=COLOURS[colour].marker,
            fontsize=size,
            fontweight="bold" if bold else "normal",
            horizontalalignment=_ALIGNED[anchor],
            verticalalignment="baseline",
            parse_math=False,
            clip_on=False,
        )

    def finished(self, *, prefix: str, title: str, description: str) -> Svg:
        """What was drawn."""
        text = io.StringIO()
        with warnings.catch_warnings():
            # The reader's fonts show the text; that matplotlib's own lacks a letter is nobody's concern.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            self._figure.savefig(text, format="svg", metadata=_METADATA)
        return finished(
            text.getvalue(),
            prefix=prefix,
            width=self.width,
            height=self.height,
            title=title,
            description=description,
        )
