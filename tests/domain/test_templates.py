"""Templates: a version never changes, whatever is done to its template afterwards."""

import pytest
from sqlalchemy import select

from beckon.domain.templates import actions, queries
from beckon.domain.templates.model import Language, Text
from beckon.domain.templates.queries import TemplateUnknown
from beckon.domain.templates.rules import TemplateInvalid, check_text, render
from beckon.domain.templates.tables import template_version
from beckon.kit.refusals import Invalid
from support.builders import a_template, a_text
from support.clock import START


def change(tx, project_id, template, text=None, name=None):
    """Change a template's text or name."""
    return actions.change(
        tx,
        project_id,
        template.id,
        name=name,
        tags=None,
        text=text or template.text,
        now=START,
    )


def versions(tx, template):
    """Read every version as it lies in the store."""
    rows = tx.execute(
        select(template_version)
        .where(template_version.c.template_id == template.id)
        .order_by(template_version.c.number)
    )
    return [tuple(row) for row in rows]


def test_versions_stay_as_they_were(tx, project_id):
    template = a_template(tx, project_id, a_text("One"))
    first = versions(tx, template)
    second = change(tx, project_id, template, a_text("Two"))
    third = change(tx, project_id, second, a_text("One"))
    assert [second.version, third.version] == [2, 3]
    assert len({template.version_id, second.version_id, third.version_id}) == 3
    actions.delete(tx, project_id, template.id, START)
    kept = versions(tx, template)
    assert kept[:1] == first
    assert [row[5] for row in kept] == ["One", "Two", "One"]


def test_a_change_that_changes_no_text_makes_no_version(tx, project_id):
    template = a_template(tx, project_id)
    renamed = change(tx, project_id, template, name=" New ")
    assert (renamed.name, renamed.version, renamed.version_id) == ("New", 1, template.version_id)


def test_a_text_that_cannot_be_read_is_refused_with_part_and_place(tx, project_id):
    template = a_template(tx, project_id)
    with pytest.raises(TemplateInvalid, match=r"^body: .*line 2"):
        change(tx, project_id, template, a_text(body="ok\n{% if x %}"))
    with pytest.raises(TemplateInvalid, match=r"^subject: "):
        change(tx, project_id, template, a_text("{% nothing %}"))
    assert queries.get_template(tx, project_id, template.id) == template


@pytest.mark.parametrize("subject", ["", " ", "a\nb", "x" * 999, "a\x00b"])
def test_a_subject_is_one_line(subject):
    with pytest.raises(Invalid, match="subject"):
        check_text(Text(Language.PLAIN, subject, "body"))


def test_values_are_escaped_in_html_and_nowhere_else():
    text = Text(Language.LIQUID, "{{ a }}", "<p>{{ a }}</p>", "{{ a }}")
    rendered = render(text, {"a": "<b>&\r\nBcc: x"})
    assert rendered.subject == "<b>& Bcc: x"
    assert rendered.body == "<p>&lt;b&gt;&amp;\r\nBcc: x</p>"
    assert rendered.plain == "<b>&\r\nBcc: x"


def test_plain_texts_are_sent_as_they_are():
    text = Text(Language.PLAIN, "{{ a }}", "{% b %}")
    assert (render(text, {"a": 1}).subject, render(text, {}).body) == ("{{ a }}", "{% b %}")


def test_another_project_does_not_have_it(tx, project_id, other_id):
    template = a_template(tx, project_id)
    with pytest.raises(TemplateUnknown):
        change(tx, other_id, template, name="Taken")
    with pytest.raises(TemplateUnknown):
        actions.delete(tx, other_id, template.id, START)
    assert queries.find_present_versions(tx, other_id, [template.id]) == {}
