"""Which counters are asked for together, and whose the rows of an answer then are."""

from decimal import Decimal

from burn.counting_server import CountingServer

from sretool.burn.batching import Asking
from sretool.burn.counters import Counted, level
from sretool.burn.merging import Question, instantly, merged


def counted(selector: str, *, group_by: tuple[str, ...] = ()) -> Counted:
    return Counted(selector, "family_total", group_by)


def asked(*selectors: str) -> list[str]:
    return sorted(one.asked.selector for one in merged(tuple(map(counted, selectors))))


def test_counters_that_differ_in_one_label_are_asked_as_one():
    assert asked('x{a="1", b="2"}', 'x{a="1", b="3"}', 'x{b="4", a="1"}') == ['x{a="1", b=~"2|3|4"}']


def test_where_two_labels_differ_one_of_them_stays_as_it_is():
    """All of both would be read for what nobody asked: a of 1 with b of 5, for one."""
    assert asked('x{a="1", b="2"}', 'x{a="1", b="3"}', 'x{a="4", b="5"}') == ['x{a="1", b=~"2|3"}', 'x{a="4", b="5"}']


def test_what_is_not_an_equality_has_to_be_the_same():
    errors = 'x{b="1", code=~"5.."}', 'x{b="2", code=~"5.."}'

    assert asked(*errors, 'x{b="3", code=~"4.."}', 'x{b="4", code!="5"}') == [
        'x{b="3", code=~"4.."}',
        'x{b="4", code!="5"}',
        'x{code=~"5..", b=~"1|2"}',
    ]


def test_values_that_mean_something_in_a_regular_expression_mean_themselves():
    (one,) = asked('x{path="/a.b"}', 'x{path="/a|c"}')

    assert one == r'x{path=~"/a\\.b|/a\\|c"}'


def test_what_cannot_be_told_apart_is_asked_alone():
    alone = ("x", 'x{a!="1"}', 'x{a=""}', 'x{a="1", a=~".+"}', 'x{a="\\\\"}', "x offset 5m", 'y{a="2"}')

    assert asked(*alone) == sorted(alone)


def test_the_same_counter_is_asked_once_and_of_two_spellings_both_are_answered():
    same = counted('x{a="1",b="2"}'), counted('x{b="2", a="1"}'), counted('x{a="1",b="2"}')

    assert len(merged(same)) == 2


def test_counters_in_other_groups_are_not_mixed():
    same_series = counted('x{a="1"}', group_by=("pod",)), counted('x{a="2"}', group_by=("pod",)), counted('x{a="3"}')

    assert sorted(one.asked.group_by for one in merged(same_series)) == [(), ("pod", "a")]


def test_a_query_has_no_more_than_fifty_values():
    some = tuple(counted(f'x{{a="{number:03}"}}') for number in range(120))

    assert sorted(len(one.members) for one in merged(some)) == [20, 50, 50]
    assert {one for each in merged(some) for one in each.members.values()} == set(some)


def test_rows_go_to_whom_they_are_of_in_the_groups_that_were_asked_for():
    first, second, silent = (counted(f'x{{a="{number}"}}', group_by=("pod",)) for number in (1, 2, 3))
    server = CountingServer({"x": (({"a": "1", "pod": "p"}, "5"), ({"a": "2", "pod": "p"}, "7"), ({"a": "2"}, "9"))})

    (found,) = instantly(Asking(server, 0), [Question(level, (first, second, silent))])

    assert found == {first: {("p",): Decimal(5)}, second: {("p",): Decimal(7), ("",): Decimal(9)}, silent: {}}


def test_a_group_that_is_the_label_that_differs_stays_a_group():
    one, other = (counted(f'x{{a="{number}"}}', group_by=("a",)) for number in (1, 2))
    server = CountingServer({"x": (({"a": "1"}, "5"), ({"a": "2"}, "7"))})

    (found,) = instantly(Asking(server, 0), [Question(level, (one, other))])

    assert found == {one: {("1",): Decimal(5)}, other: {("2",): Decimal(7)}}
