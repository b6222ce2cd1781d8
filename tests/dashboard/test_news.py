"""The news feed in the dashboard: written, published, taken back."""

from urllib.parse import urlencode

from beckon.domain.news.queries import list_news

XSS = '"><script>alert(1)</script>'


def write(visitor, path, **fields):
    """Send a form of which one field is called as the visitor calls the whole of it."""
    return visitor.submit(path, body=urlencode(fields).encode())


def items(server, project):
    return server.write(lambda tx: list_news(tx, project.id))


def test_an_item_is_written_published_and_deleted(server, project, ada):
    assert "No news" in ada.text("/news")
    assert write(ada, "/news/new", title="Hello", body="World").status == 303
    (made,) = items(server, project)
    assert not made.is_published
    write(ada, f"/news/{made.id}", title="Hello again", body="World", published="on")
    (kept,) = items(server, project)
    assert (kept.title, kept.is_published) == ("Hello again", True)
    assert "checked" in ada.text(f"/news/{made.id}")
    ada.submit(f"/news/{made.id}/delete")
    assert items(server, project) == []


def test_an_item_without_a_title_is_refused_and_stays_typed(server, project, ada):
    reply = write(ada, "/news/new", title="", body="What I wrote")
    assert reply.status == 400
    assert "What I wrote" in reply.body.decode()
    assert items(server, project) == []


def test_no_item_becomes_markup(server, project, ada):
    write(ada, "/news/new", title=XSS, body=f"</textarea>{XSS}")
    (made,) = items(server, project)
    for path in ("/news", f"/news/{made.id}"):
        assert "<script>alert" not in ada.text(path)


def test_another_projects_item_is_unknown(server, other, ada):
    other.retenshun.post("/api/v1/news", {"title": "Theirs", "body": "x", "published": True}).ok()
    (theirs,) = items(server, other)
    assert ada.get(f"/news/{theirs.id}").status == 404
    assert write(ada, f"/news/{theirs.id}", title="Mine", body="x").status == 404
    assert ada.submit(f"/news/{theirs.id}/delete").status == 404
    assert ada.get("/news/abc").status == 404
    assert len(items(server, other)) == 1
