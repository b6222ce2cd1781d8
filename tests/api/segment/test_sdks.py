"""The official Python SDKs of Segment and RudderStack, unchanged, deliver to a running server.

They are installed from the registry into an environment of their own; without a network the test is
skipped, and says so.
"""

import subprocess
import venv

import pytest

INSTALL_SECONDS = 240
RUN_SECONDS = 60

VERSIONS = {"segment": "segment-analytics-python==2.3.4", "rudder": "rudder-sdk-python==2.1.9"}

STORY = """
import sys
kind, address, key = sys.argv[1:]
if kind == "segment":
    from segment.analytics import Client
    client = Client(key, host=address, on_error=lambda fault, items: sys.exit(f"{fault}: {items}"))
else:
    from rudderstack.analytics import Client
    client = Client(key, host=address, on_error=lambda fault, items: sys.exit(f"{fault}: {items}"))
client.track(anonymous_id="visitor 1", event="Viewed", properties={"sku": "T1"})
client.identify(user_id="ann", anonymous_id="visitor 1",
                traits={"email": "ann@example.com", "name": "Ann Lee", "plan": "pro"})
client.page(user_id="ann", name="Home", properties={"url": "https://shop.example.com/"})
client.group(user_id="ann", group_id="acme", traits={"name": "Acme"})
for number in range(250):
    client.track(user_id="ann", event="Bought", properties={"number": number})
client.shutdown()
print("delivered")
"""


@pytest.fixture(scope="session", params=VERSIONS)
def sdk(request, tmp_path_factory):
    """Install one SDK; give its name and the Python that has it."""
    folder = tmp_path_factory.mktemp(f"sdk-{request.param}")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    order = [python, "-m", "pip", "install", "--quiet", VERSIONS[request.param]]
    done = subprocess.run(
        order, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
    )
    if done.returncode:
        pytest.skip(f"{VERSIONS[request.param]} cannot be installed here: {done.stderr[-300:]}")
    return request.param, python


def test_an_sdk_is_a_ready_made_client(project, sdk):
    kind, python = sdk
    order = [python, "-c", STORY, kind, project.server.url, project.secret.secret]
    done = subprocess.run(order, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)
    assert (done.returncode, done.stdout) == (0, "delivered\n"), done.stderr
    user = project.retenshun.get("/api/v1/users/ann").ok()
    assert user["email"] == "ann@example.com"
    assert user["properties"] == {
        "plan": "pro",
        "name": "Ann Lee",
        "firstName": "Ann",
        "lastName": "Lee",
        "group": {"id": "acme", "name": "Acme"},
    }
    events = project.retenshun.get("/api/v1/users/ann/events", limit=1000).ok()
    names = [event["eventName"] for event in reversed(events["events"])]
    assert names == ["Viewed", "page", *["Bought"] * 250]
    numbers = [event["properties"].get("number") for event in events["events"][:250]]
    assert numbers == list(reversed(range(250)))
    assert project.retenshun.get("/api/v1/users").ok()["total"] == 1
