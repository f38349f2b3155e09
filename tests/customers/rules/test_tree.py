"""Rules as texts: what is written is read back, and nothing hostile gets further than a clear refusal."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules import tree
from customers.rules.tree import (
    Condition,
    Connectives,
    Fault,
    Group,
    Match,
    TreeError,
    describe,
    parse,
    write,
)

names = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)
values = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
leaves = st.builds(Condition, names, names, st.lists(values, min_size=1, max_size=4).map(tuple)) | st.builds(
    Condition, names, names
)


def groups(members: st.SearchStrategy) -> st.SearchStrategy[Group]:
    return st.builds(Group, st.sampled_from(Match), st.lists(members, min_size=1, max_size=4).map(tuple))


rules = groups(leaves | groups(leaves | groups(leaves)))


@given(rules)
def test_what_is_written_is_read_back(rule):
    text = write(rule)
    if len(text) <= tree.LONGEST_TEXT and len(list(tree.conditions(rule))) <= tree.MOST_CONDITIONS:
        assert parse(text) == rule


@given(st.text(alphabet="al nyoe(),.!~1\x00é", max_size=40))
def test_any_text_is_a_rule_or_is_refused_with_a_reason(text):
    try:
        rule = parse(text)
    except TreeError:
        return
    assert parse(write(rule)) == rule


def test_a_rule_is_short_to_read():
    rule = parse("spend.gte.5000000,any(gender.is.female,province.is.01~79)")
    assert rule == Group(
        Match.ALL,
        (
            Condition("spend", "gte", ("5000000",)),
            Group(
                Match.ANY,
                (Condition("gender", "is", ("female",)), Condition("province", "is", ("01", "79"))),
            ),
        ),
    )


@pytest.mark.parametrize("text", ["", "all()"])
def test_no_condition_is_everybody(text):
    assert parse(text) == tree.EVERYBODY
    assert write(tree.EVERYBODY) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("gender", Fault.UNREADABLE),
        ("gender.", Fault.UNREADABLE),
        ("gender.is.x)", Fault.UNREADABLE),
        ("any(gender.is.x", Fault.UNREADABLE),
        ("some(gender.is.x)", Fault.UNREADABLE),
        ("gender.is.x,", Fault.UNREADABLE),
        ("gender.is.a\x00b", Fault.UNREADABLE),
        ("any()", Fault.EMPTY_GROUP),
        ("a.is.b,none()", Fault.EMPTY_GROUP),
        ("any(" * 5 + "a.is.b" + ")" * 5, Fault.TOO_DEEP),
        ("a.is.b,any(any(any(any(a.is.b))))", Fault.TOO_DEEP),
        ("any(" * 900, Fault.TOO_DEEP),
        (",".join(["a.is.b"] * 41), Fault.TOO_MANY_CONDITIONS),
        ("a.is." + "~".join("b" * 61), Fault.TOO_MANY_VALUES),
        ("a.is." + "b" * 101, Fault.VALUE_TOO_LONG),
        ("a" * 4001, Fault.TOO_LONG),
    ],
)
def test_what_is_no_rule_is_refused_with_its_reason(text, fault):
    with pytest.raises(TreeError) as refused:
        parse(text)
    assert refused.value.fault == fault


def test_limits_are_reached_and_not_one_less():
    assert tree.levels(parse("any(" * 4 + "a.is.b" + ")" * 4)) == 4
    assert len(parse(",".join(["a.is.b"] * 40)).members) == 40


def test_a_sentence_keeps_groups_apart():
    words = Connectives(" and ", " or ", "neither {}", "everybody")
    rule = parse("a.is.x,any(b.is.y,none(c.is.z,d.is.w))")
    said = describe(rule, lambda condition: f"{condition.field}={condition.values[0]}", words)
    assert said == "a=x and (b=y or (neither c=z or d=w))"
    assert describe(tree.EVERYBODY, str, words) == "everybody"


def test_the_tree_knows_nothing_of_django():
    source = ast.parse(Path(tree.__file__).read_text())
    imported = {
        alias.name for node in ast.walk(source) if isinstance(node, ast.Import) for alias in node.names
    } | {node.module for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "re", "collections.abc", "dataclasses", "enum"}
