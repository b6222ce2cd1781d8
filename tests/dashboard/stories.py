"""What happens before somebody looks: an automation, people who sign up, a message on its way."""

from uuid import UUID

from support.server import eventually


def a_welcome(client, *, subject="Welcome, {{name}}", body="<h1>Hi {{name}}</h1>"):
    """Store an automation that answers `signup` with one mail."""
    template = client.post(
        "/api/v1/templates",
        {"name": "Welcome", "channel": "EMAIL", "subject": subject, "body": body},
    ).ok()
    client.post(
        "/api/v1/automations",
        {
            "name": "Welcome sequence",
            "active": True,
            "triggerType": "EVENT",
            "triggerEvent": "signup",
            "steps": [{"type": "SEND_EMAIL", "templateId": template["id"]}],
        },
    ).ok()


def signs_up(project, user="user_1", **properties):
    body = {"userId": user, "eventName": "signup", "properties": properties}
    return tells(project, body)


def tells(project, event):
    """Tell of an event; give its number as pages show it."""
    told = project.retenshun.post("/api/v1/events", event).ok()
    return str(UUID(told["id"].removeprefix("evt_")))


def the_message(project, state="sent"):
    """Wait for the project's one message to come to a state; give its number."""

    def listed():
        return project.retenshun.get("/api/v1/messages").ok()["messages"]

    eventually(lambda: [one["status"] for one in listed()] == [state], f"one {state} message")
    return listed()[0]["id"].removeprefix("msg_")


def number_of(page):
    """Cut the number of the first message out of the list."""
    return page.partition('href="/messages/')[2].partition('"')[0]
