"""What each account is granted, and that no wish gets more than was allowed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from device_gateway.credentials import AccountKind
from device_gateway.grants import Access, covers, grants, may_publish, may_subscribe
from device_gateway.protocol import topics

LEVELS = st.sampled_from(["a", "b", "", "$SYS", "$a"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS = (
    st.tuples(
        st.lists(st.one_of(LEVELS, st.just("+")), max_size=4),
        st.sampled_from([["#"], []]),
    )
    .map(lambda parts: "/".join([*parts[0], *parts[1]]))
    .filter(bool)
)
DEVICES = [AccountKind.COURIER, AccountKind.LOCKER, AccountKind.OWNTRACKS_PHONE]


@settings(max_examples=2000, deadline=None)
@given(FILTERS, FILTERS, st.lists(TOPICS, min_size=1, max_size=30))
def test_granted_filter_is_never_wider_than_the_allowed_one(
    allowed: str, wished: str, some: list[str]
) -> None:
    if covers(allowed, wished):
        for topic in some:
            assert not topic_matches_sub(wished, topic) or topic_matches_sub(allowed, topic)


@settings(max_examples=1000, deadline=None)
@given(FILTERS, TOPICS)
def test_topic_is_covered_exactly_when_the_filter_matches_it(allowed: str, topic: str) -> None:
    assert covers(allowed, topic) == topic_matches_sub(allowed, topic)


@settings(max_examples=500, deadline=None)
@given(FILTERS)
def test_every_filter_covers_itself_and_is_covered_by_all_it_begins_with(wished: str) -> None:
    assert covers(wished, wished)
    front = wished.removesuffix("#").split("/")[0]
    assert covers(f"{front}/#" if front else "#", wished) or front in ("", "+")


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(DEVICES), st.text(alphabet="ab+#/$share-courier1", max_size=30))
def test_device_is_granted_nothing_that_does_not_name_it(kind: AccountKind, wished: str) -> None:
    assert not may_subscribe(kind, "device-7", wished)
    assert not may_publish(kind, "device-7", wished)


@pytest.mark.parametrize(
    ("allowed", "wished", "granted"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/+", True),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("a/b", "a/+", False),
        ("a/+", "a/#", False),
        ("a/+/#", "a/#", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "a/+/c", True),
        ("#", "#", True),
        ("#", "+/+", True),
        ("+/+", "#", False),
        ("+", "/", False),
        ("+/+", "/", True),
        ("#", "$SYS/broker", False),
        ("+/broker", "$SYS/broker", False),
        ("#", "$SYS/#", False),
        ("$SYS/#", "$SYS/broker", True),
        ("a/#", "$share/g/a/b", False),
        ("$share/g/a/#", "$share/g/a/b", True),
        ("$share/g/a/#", "$share/h/a/b", False),
        ("$share/g/a/#", "a/b", False),
        ("$share/g/#", "$share/g/$SYS/x", False),
        ("#", "a#", False),
        ("#", "a/#/b", False),
        ("#", "a+/b", False),
        ("#", "", False),
        ("#", "a\0b", False),
        ("#", "$share/g", False),
        ("#", "$share//a", False),
        ("#", "$share/+/a", False),
        ("a#", "a", False),
    ],
)
def test_wish_is_covered_or_not(allowed: str, wished: str, granted: bool) -> None:
    assert covers(allowed, wished) is granted


@pytest.mark.parametrize("kind", DEVICES)
def test_every_grant_of_a_device_names_the_device(kind: AccountKind) -> None:
    for grant in grants(kind, "device-7"):
        levels = grant.topic_filter.split("/")
        assert "device-7" in levels
        assert "#" not in levels
        assert levels.index("device-7") < levels.index("+") if "+" in levels else True


@pytest.mark.parametrize("kind", DEVICES)
def test_what_a_device_may_do_it_may_do_for_itself_alone(kind: AccountKind) -> None:
    for grant in grants(kind, "device-7"):
        example = grant.topic_filter.replace("+", "x")
        may = may_publish if grant.access is Access.WRITE else may_subscribe
        assert may(kind, "device-7", example)
        assert not may(kind, "device-8", example)


@pytest.mark.parametrize(
    ("kind", "wished", "granted"),
    [
        (AccountKind.COURIER, topics.ack("me"), True),
        (AccountKind.COURIER, "owntracks/me/phone/cmd", True),
        (AccountKind.COURIER, "owntracks/me/+/cmd", True),
        (AccountKind.COURIER, "owntracks/me/#", False),
        (AccountKind.COURIER, "owntracks/+/+", False),
        (AccountKind.COURIER, "#", False),
        (AccountKind.COURIER, "$share/gateways/owntracks/me/+/cmd", False),
        (AccountKind.LOCKER, topics.command("me"), True),
        (AccountKind.LOCKER, topics.command("+"), False),
        (AccountKind.LOCKER, f"$share/g/{topics.command('me')}", False),
        (AccountKind.SERVER, "owntracks/#", True),
        (AccountKind.SERVER, "$share/g/owntracks/#", True),
        (AccountKind.SERVER, "$share/g/#", False),
        (AccountKind.SERVER, topics.heartbeat("other"), False),
    ],
)
def test_subscription_is_granted_or_not(kind: AccountKind, wished: str, granted: bool) -> None:
    assert may_subscribe(kind, "me", wished) is granted


@pytest.mark.parametrize("topic", ["owntracks/me/+", "owntracks/me/#", "owntracks/+/phone"])
def test_nobody_publishes_to_a_wildcard(topic: str) -> None:
    assert not may_publish(AccountKind.COURIER, "me", topic)
