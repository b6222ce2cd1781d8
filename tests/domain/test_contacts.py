"""People: found by how a caller names them, made when nobody is, and changed only as asked."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.model import Origin, Profile, Who
from beckon.domain.contacts.rules import describe, merge_properties, read_profile
from beckon.domain.events import actions as events
from beckon.domain.events.model import Identification
from beckon.kit.refusals import Invalid
from beckon.kit.values import replace
from support.builders import a_contact
from support.clock import START

LATER = START + timedelta(hours=1)
ANN = Who(external_id="ann")


def resolve(tx, project_id, *people):
    """Find or make people."""
    return actions.resolve(tx, project_id, people, START)


def shown(tx, project_id, contact_id):
    """Look a person up."""
    return queries.get_contact(tx, project_id, contact_id)


def test_the_same_name_is_the_same_person(tx, project_id, other_id):
    for who in (ANN, Who(anonymous_id="a"), Who(email="a@example.com"), Who(phone="380501234567")):
        first, second = resolve(tx, project_id, who, who)
        assert first == second == resolve(tx, project_id, who)[0]
        assert resolve(tx, other_id, who) != [first], "another project has its own people"


def test_the_order_of_answers_is_that_of_questions(tx, project_id):
    people = [Who(external_id=f"p{number % 7}") for number in range(1200)]
    found = resolve(tx, project_id, *people)
    assert found[:7] == found[7:14]
    assert len(set(found)) == 7
    again = resolve(tx, project_id, *reversed(people))
    assert again == found[::-1]


def test_the_first_name_that_is_given_and_known_decides(tx, project_id):
    ann = a_contact(tx, project_id, "ann", email="ann@example.com")
    bo = a_contact(tx, project_id, "bo", email="bo@example.com")
    assert resolve(
        tx,
        project_id,
        Who(contact_id=bo, external_id="ann", email="ann@example.com"),
        Who(contact_id=10**9, external_id="ann", email="bo@example.com"),
        Who(email="ANN@example.com"),
        Who(contact_id=10**9),
        Who(),
    ) == [bo, ann, ann, None, None]


def test_an_id_of_another_project_names_nobody(tx, project_id, other_id):
    foreign = a_contact(tx, other_id)
    assert resolve(tx, project_id, Who(contact_id=foreign)) == [None]


def test_addresses_fill_what_is_empty_and_overwrite_nothing(tx, project_id):
    ann = resolve(tx, project_id, Who(external_id="ann", email="first@example.com"))[0]
    resolve(tx, project_id, Who(external_id="ann", email="second@example.com", phone="12345"))
    found = shown(tx, project_id, ann)
    assert (found.email, found.phone) == ("first@example.com", "12345")


def test_somebody_new_who_is_named_twice_has_the_addresses_of_both(tx, project_id):
    phone, both = Who(phone="12345"), Who(phone="12345", email="ann@example.com")
    first, second = resolve(tx, project_id, phone, both)
    assert first == second
    found = shown(tx, project_id, first)
    assert (found.email, found.phone) == ("ann@example.com", "12345")


def test_of_several_with_one_address_the_one_changed_last_is_meant(tx, project_id):
    first, second = (
        a_contact(tx, project_id, name, email="same@example.com") for name in ("ann", "bo")
    )
    assert resolve(tx, project_id, Who(email="same@example.com")) == [second]
    actions.change(tx, project_id, first, Profile(), LATER)
    assert resolve(tx, project_id, Who(email="same@example.com")) == [first]


def test_a_profile_changes_what_it_gives_and_leaves_the_rest(tx, project_id):
    full = Profile(
        email="ann@example.com",
        phone="12345",
        first_name="Ann",
        last_name="Lee",
        language="uk",
        time_zone="Europe/Kyiv",
        properties={"plan": "pro", "seats": 3},
    )
    ann = actions.identify(tx, project_id, ANN, full, START)
    change = Profile(last_name="Poe", properties={"seats": None, "city": "Lviv"})
    actions.change(tx, project_id, ann, change, LATER)
    found = shown(tx, project_id, ann)
    assert (found.first_name, found.last_name, found.name) == ("Ann", "Poe", "Ann Poe")
    assert (found.email, found.phone, found.language) == ("ann@example.com", "12345", "uk")
    assert found.properties == {"plan": "pro", "city": "Lviv"}
    assert (found.created_at, found.updated_at) == (START, LATER)


@pytest.mark.parametrize(("overwrites", "email"), [(True, "new@x.com"), (False, "old@x.com")])
def test_who_nobody_vouches_for_overwrites_no_address(tx, project_id, overwrites, email):
    ann = a_contact(tx, project_id, email="old@x.com")
    change = Profile(email="new@x.com", phone="12345", overwrites=overwrites)
    actions.change(tx, project_id, ann, change, LATER)
    found = shown(tx, project_id, ann)
    assert (found.email, found.phone) == (email, "12345")


def test_an_address_told_again_stays_as_confirmed_as_it_was(tx, project_id):
    both = Profile(email="ann@example.com", phone="12345")
    ann = actions.identify(tx, project_id, ANN, both, START)
    listed = Origin("import", confirms=False)
    actions.change(tx, project_id, ann, replace(both, origin=listed), LATER)
    found = shown(tx, project_id, ann)
    assert (found.email_confirmed_at, found.phone_confirmed_at) == (START, START)
    moved = Profile(email="new@example.com", origin=listed)
    actions.change(tx, project_id, ann, moved, LATER)
    assert shown(tx, project_id, ann).email_confirmed_at is None


def identify(tx, project_id, external_id, anonymous_id):
    """Say who a visitor is."""
    who = Who(external_id=external_id, anonymous_id=anonymous_id)
    return events.record(tx, project_id, [Identification(who, Profile())], START)[0]


def test_an_unclaimed_visitor_becomes_the_person(tx, project_id):
    visitor = resolve(tx, project_id, Who(anonymous_id="v"))[0]
    assert identify(tx, project_id, "ann", "v") == visitor
    assert resolve(tx, project_id, ANN, Who(anonymous_id="v")) == [visitor, visitor]


def test_a_visitor_of_somebody_known_is_that_person_from_now_on(tx, project_id):
    ann = a_contact(tx, project_id, "ann")
    visitor = resolve(tx, project_id, Who(anonymous_id="v"))[0]
    assert identify(tx, project_id, "ann", "v") == ann != visitor
    assert resolve(tx, project_id, Who(anonymous_id="v")) == [ann]


def test_a_shared_device_takes_nothing_from_whom_it_was_before(tx, project_id):
    first = identify(tx, project_id, "ann", "v")
    second = identify(tx, project_id, "bo", "v")
    assert first != second
    assert resolve(tx, project_id, ANN, Who(anonymous_id="v")) == [first, second]


def test_what_a_template_may_say_of_a_person(tx, project_id):
    ann = a_contact(tx, project_id, "ann", email="ann@example.com", plan="pro", email2="x")
    assert describe(shown(tx, project_id, ann)) == {
        "plan": "pro",
        "email2": "x",
        "id": "ann",
        "contactId": ann,
        "email": "ann@example.com",
    }


@pytest.mark.parametrize(
    ("traits", "profile"),
    [
        ({}, Profile()),
        ({"name": "Ann Lee Poe"}, Profile(first_name="Ann", last_name="Lee Poe")),
        ({"name": "Ann", "lastName": "Lee"}, Profile(first_name="Ann", last_name="Lee")),
        ({"name": "A B", "firstName": "Ann"}, Profile(first_name="Ann", last_name="B")),
        ({"timezone": "Europe/Kyiv"}, Profile(time_zone="Europe/Kyiv")),
        ({"language": "uk", "plan": 1}, Profile(language="uk", properties={"plan": 1})),
        ({"email": " a@B.com ", "phone": "+1 234-5"}, Profile(email="a@b.com", phone="12345")),
        ({"email": None, "name": "", "x": None}, Profile(properties={"x": None})),
    ],
)
def test_traits_become_a_profile(traits, profile):
    assert read_profile(traits, "") == profile


properties = st.dictionaries(st.text(max_size=3), st.none() | st.integers(), max_size=6)


@given(properties.map(lambda old: {key: value for key, value in old.items() if value is not None}),
       st.lists(properties, max_size=4))  # fmt: skip
def test_merging_is_as_a_dictionary_would(old, changes):
    merged, expected = old, dict(old)
    for change in changes:
        merged = merge_properties(merged, change)
        for key, value in change.items():
            expected.pop(key, None)
            if value is not None:
                expected[key] = value
    assert merged == expected


def test_a_contact_has_at_most_256_properties():
    old = {str(number): number for number in range(256)}
    assert len(merge_properties(old, {"0": None, "x": 1})) == 256
    with pytest.raises(Invalid, match="at most 256"):
        merge_properties(old, {"x": 1})
