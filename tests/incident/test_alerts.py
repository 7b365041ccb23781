"""What an Alertmanager posts, read; and what is none of it, refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident.samples import NIGHT
from incident.webhooks import FAST, GROUP, SLOW, ended, firing, posted

from sretool.incident.alerts import NoWebhook, notification


def changed(**alert: object) -> bytes:
    return posted(firing() | alert)


def test_a_notification_has_its_group_and_each_alert_with_its_beginning_and_end():
    read = notification(posted(firing(summary="It burns."), ended(SLOW), omitted=3))

    fast, slow = read.alerts
    assert (read.group, read.is_over, read.omitted) == (GROUP, False, 3)
    assert (fast.name, dict(fast.labels), dict(fast.annotations)) == ("ErrorBudgetBurn", FAST, {"summary": "It burns."})
    assert (fast.started_at_utc, fast.ended_at_utc) == (NIGHT, None)
    assert slow.ended_at_utc == NIGHT + timedelta(minutes=9)


def test_a_group_of_which_all_have_ended_is_over():
    assert notification(posted(ended(), ended(SLOW))).is_over


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-28T04:04:05.123456789+01:00", datetime(2026, 11, 28, 3, 4, 5, 123_456, UTC)),
        ("2026-11-28T03:04:05Z", datetime(2026, 11, 28, 3, 4, 5, 0, UTC)),
    ],
)
def test_an_instant_is_read_as_go_writes_it(text, instant):
    (alert,) = notification(changed(startsAt=text)).alerts

    assert alert.started_at_utc == instant


def test_an_alert_that_is_told_twice_at_once_is_one():
    assert len(notification(posted(firing(), firing())).alerts) == 1


def test_alerts_without_fingerprints_are_told_apart_by_their_labels():
    read = notification(posted(firing() | {"fingerprint": ""}, firing(SLOW) | {"fingerprint": None}))

    assert len({alert.fingerprint for alert in read.alerts}) == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe", "its bytes are no UTF-8"),
        (b"[" * 100_000, "it nests too deep"),
        (b"[]", "it is not a JSON object"),
        (b"{}", '`version` must be "4"'),
        (posted(firing(), version="3"), "not '3'"),
        (posted(firing(), version=4), "not 4"),
        (posted(firing(), group=""), "`groupKey`"),
        (posted(firing(), groupKey=7), "`groupKey`"),
        (posted(), "`alerts` must be a list of alerts, and not empty"),
        (posted(firing(), alerts={}), "`alerts`"),
        (posted(firing(), alerts=[1]), r"`alerts\[0\]` must be an object"),
        (posted(firing(), status="gone"), "`status` must be firing or resolved"),
        (posted(firing(), truncatedAlerts=-1), "`truncatedAlerts`"),
        (posted(firing(), truncatedAlerts=True), "`truncatedAlerts`"),
        (changed(status=None), r"`alerts\[0\].status`"),
        (changed(labels=None), r"`alerts\[0\].labels` must be an object of texts"),
        (changed(labels={"a": 1}), r"`alerts\[0\].labels` must be an object of texts"),
        (changed(annotations=["a"]), r"`alerts\[0\].annotations`"),
        (changed(startsAt="yesterday"), r"`alerts\[0\].startsAt` must be an instant"),
        (changed(startsAt="2026-11-28T03:00:00"), r"`alerts\[0\].startsAt`"),
        (changed(startsAt="0001-01-01T00:00:00+14:00"), r"`alerts\[0\].startsAt`"),
        (changed(startsAt=1), r"`alerts\[0\].startsAt`"),
        (changed(status="resolved", endsAt=None), r"`alerts\[0\].endsAt`"),
    ],
)
def test_what_is_no_notification_is_refused_with_what_is_wrong(body, words):
    with pytest.raises(NoWebhook, match=words):
        notification(body)


@given(
    st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_nothing_else_is_raised_for_whatever_may_be_posted(body):
    with pytest.raises(NoWebhook):
        notification(body)


@given(st.dictionaries(st.sampled_from(sorted(firing())), st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_nothing_else_is_raised_for_alerts_that_are_none(alert):
    try:
        notification(changed(**alert))
    except NoWebhook as error:
        assert str(error)  # noqa: PT017 - both are right: some of these are alerts


def test_what_a_terminal_would_obey_is_not_kept():
    (alert,) = notification(posted(firing(summary="\x1b]0;owned\x07 \u202e \ud83e\nnext"))).alerts

    assert dict(alert.annotations)["summary"] == "\ufffd]0;owned\ufffd \ufffd \ufffd\nnext"


def test_huge_sets_of_labels_are_cut():
    labels = {f"label_{number:05}": "x" * 5_000 for number in range(500)}

    (alert,) = notification(posted(firing(labels))).alerts

    assert len(alert.labels) == 64
    assert {len(value) for _, value in alert.labels} == {1_024}


def test_a_key_of_a_group_that_is_too_long_is_still_nobody_elses():
    first, again, other = (notification(posted(firing(), group="x" * 9_999 + end)).group for end in "aab")

    assert (first, len(first) <= 1_024) == (again, True)
    assert first != other
