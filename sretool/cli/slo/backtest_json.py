"""A backtest as JSON: all candidates, with every alert and every loss."""

from __future__ import annotations

from typing import Any

from sretool.burn.backtest.running import Backtest, Tried
from sretool.burn.backtest.scoring import Firing, Lost, Share


def as_json(found: Backtest) -> dict[str, Any]:
    """Times in Unix seconds, durations in seconds, shares as ratios with what they are of."""
    return {
        "slo": found.slo.full_name,
        "from": found.history.at(found.history.judged_from),
        "to": found.history.at(found.history.length - 1),
        "least_loss_ratio": found.least_ratio,
        "candidates": [_candidate_json(found, one) for one in found.tried],
        "warnings": list(found.history.warnings),
    }


def _candidate_json(found: Backtest, one: Tried) -> dict[str, Any]:
    score = one.score
    return {
        "settings": dict(one.candidate.differs),
        "pages": len(score.fired("page")),
        "tickets": len(score.fired("ticket")),
        "precision": {"page": _share_json(score.precision("page")), "ticket": _share_json(score.precision("ticket"))},
        "recall": {"any": _share_json(score.recall()), "page": _share_json(score.recall("page"))},
        "detected_seconds": score.detected_seconds,
        "spent_ratio": score.spent_ratio,
        "reset_seconds": score.reset_seconds,
        "firings": [_firing_json(found, firing) for firing in score.firings],
        "losses": [_lost_json(found, lost) for lost in score.losses],
    }


def _share_json(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "of": share.of, "ratio": share.ratio, "interval": share.interval}


def _firing_json(found: Backtest, one: Firing) -> dict[str, Any]:
    stretch = one.told.stretch
    return {
        "group": list(one.group),
        "severity": one.told.severity,
        "tiers": [tier.name for tier in one.told.tiers],
        "fired": found.history.at(stretch.first),
        "resolved": None if stretch.end >= found.history.length else found.history.at(stretch.end),
        "loss_began": found.history.at(one.loss.stretch.first) if one.loss else None,
        "detected_seconds": one.detected_seconds,
        "spent_ratio": one.spent_ratio,
        "reset_seconds": one.reset_seconds,
        "bad_events": one.bad_events,
        "all_events": one.all_events,
    }


def _lost_json(found: Backtest, one: Lost) -> dict[str, Any]:
    return {
        "group": list(one.group),
        "began": found.history.at(one.loss.stretch.first),
        "ended": found.history.at(one.loss.stretch.end),
        "spent_ratio": one.loss.spent_ratio,
        "bad_events": one.loss.bad_events,
        "all_events": one.loss.all_events,
        "worst_ratio": one.loss.worst_ratio,
        "told": bool(one.told_by),
        "detected_seconds": one.detected_seconds,
        "spent_when_detected_ratio": one.spent_ratio,
    }
