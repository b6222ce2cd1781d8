"""What a person would call broken: what a console says, what a policy stops, what axe finds."""

from contextlib import contextmanager
from pathlib import Path

AXE = (Path(__file__).parent.parent / "support/axe/axe.min.js").read_text()
LOOK = """async (rules) => {
  const only = rules ?? { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] };
  const found = await axe.run({ exclude: [["iframe"], [".swagger-ui"]] }, {
    runOnly: only, resultTypes: ["violations"], iframes: false,
  });
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
LISTEN = """document.addEventListener("securitypolicyviolation", (stopped) =>
  console.error(`Content Security Policy: ${stopped.effectiveDirective} ${stopped.blockedURI}`))"""


@contextmanager
def watched(context):
    """Collect console errors, broken scripts, dialogs and policy violations; none may be left."""
    found = []
    context.add_init_script(LISTEN)
    context.on("console", lambda said: said.type == "error" and found.append(said.text))
    context.on("weberror", lambda fault: found.append(str(fault.error)))
    context.on("dialog", lambda dialog: (found.append(dialog.message), dialog.dismiss()))
    yield found
    assert found == []


def faults_of(page, rules=None):
    """List what axe calls serious or critical at AA; `rules` asks for fewer of its rules."""
    page.evaluate(AXE)
    return page.evaluate(LOOK, rules)
