"""What a server says of itself and of its targets, as values; and how JSON becomes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sretool.model.duration import Duration
from sretool.prometheus.answers import Labels, vector, warnings

Product = Literal["Prometheus", "VictoriaMetrics", "Thanos", "Mimir", "unknown"]


@dataclass(frozen=True, slots=True)
class Build:
    """Which server this is. VictoriaMetrics tells no version, or that of the Prometheus which it stands in for."""

    product: Product
    version: str


@dataclass(frozen=True, slots=True)
class Retention:
    """How long samples are kept. `time` is None where only `text` tells it: by bytes alone, for one.

    With `is_cut_by_size` it may be less than `time`.
    """

    text: str
    time: Duration | None
    is_cut_by_size: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What is scraped. `scrape_interval` is None where the server does not tell it."""

    labels: Labels
    url: str
    scrape_interval: Duration | None
    is_up: bool
    error: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The values of a label, sorted, and what the server warned of."""

    values: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many series there are, or with warnings: how many at least."""

    series: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The part of the storage that is in memory; the times are Unix seconds, and 0 before the first sample."""

    series: int
    chunks: int
    first: float
    last: float


def build(answer: Mapping[str, Any]) -> Build:
    """Of /api/v1/status/buildinfo. Raises KeyError, TypeError or ValueError."""
    told = answer["data"]
    return Build(_product(told), told.get("version", ""))


def _product(told: Mapping[str, str]) -> Product:
    match told.get("application", "").removeprefix("Grafana "):
        case "Mimir":
            return "Mimir"
        case "Prometheus":
            return "Prometheus"
        case "":
            if told.keys() <= {"version"}:
                return "VictoriaMetrics"
            if "goVersion" in told and told.get("version"):
                # Thanos tells what Prometheus does; its own versions begin with 0, those of Prometheus never did here.
                return "Thanos" if told["version"].startswith("0.") else "Prometheus"
    return "unknown"


def retention(answer: Mapping[str, Any]) -> Retention:
    """Of /api/v1/status/runtimeinfo: such as 15d, 512MB or both. Raises KeyError, TypeError or ValueError."""
    text = answer["data"]["storageRetention"]
    parts = text.split(" or ")
    times = [time for time in map(duration, parts) if time is not None]
    return Retention(text, times[0] if times else None, is_cut_by_size=len(parts) > len(times))


def flags(answer: Mapping[str, Any]) -> dict[str, str]:
    """Of /api/v1/status/flags. Raises KeyError, TypeError or ValueError."""
    return {name: str(value) for name, value in (answer["data"] or {}).items()}


def targets(answer: Mapping[str, Any]) -> tuple[Target, ...]:
    """Of /api/v1/targets. Raises KeyError, TypeError or ValueError."""
    return tuple(
        Target(
            labels=one["labels"],
            url=one["scrapeUrl"],
            scrape_interval=duration(one.get("scrapeInterval", "")),
            is_up=one["health"] == "up",
            error=one.get("lastError", ""),
        )
        for one in answer["data"]["activeTargets"] or ()
    )


def count(answer: Mapping[str, Any]) -> Count:
    """Of a query for count(...). Raises KeyError, TypeError, ValueError or ArithmeticError."""
    found = vector(answer)
    return Count(sum(int(sample.value) for sample in found.samples), found.warnings)


def texts(answer: Mapping[str, Any]) -> Texts:
    """Of /api/v1/label/NAME/values. Raises KeyError, TypeError or ValueError."""
    return Texts(tuple(sorted(answer["data"] or ())), warnings(answer))


def metric_types(answer: Mapping[str, Any]) -> dict[str, str]:
    """Of /api/v1/metadata: the type of each metric family of which one is told. Raises KeyError or TypeError."""
    types = ((name, one["type"]) for name, told in (answer["data"] or {}).items() for one in told)
    return {name: type_ for name, type_ in types if type_ not in ("", "unknown")}


def head(answer: Mapping[str, Any]) -> Head | None:
    """Of /api/v1/status/tsdb; None of a server that has no such part. Raises KeyError, TypeError or ValueError."""
    told = answer["data"].get("headStats")
    if told is None:
        return None
    is_empty = not 0 <= told["minTime"] <= told["maxTime"]  # Then these are the ends of what a number can hold.
    first, last = (0.0, 0.0) if is_empty else (told["minTime"] / 1000, told["maxTime"] / 1000)
    return Head(int(told["numSeries"]), int(told["chunkCount"]), first, last)


def duration(text: str) -> Duration | None:
    """Of a server's text such as 1m or 15d; None of any other."""
    try:
        return Duration.parse(text)
    except ValueError:
        return None
