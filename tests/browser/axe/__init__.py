"""WCAG 2.2 AA, as far as a machine can tell: axe-core, run inside a page."""

from pathlib import Path

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
SOURCE = (Path(__file__).parent / "axe.min.js").read_text()
RUN = """async (tags) => {
  const options = {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]};
  const found = await axe.run(document, options);
  const why = (node) => node.any.concat(node.all, node.none).map((one) => one.message).join("; ");
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} (${why(node)})`));
}"""


def violations(page: Page) -> list[str]:
    """What breaks a rule: `rule: selector (why)`. Evaluated past the policy, which stays strict."""
    page.evaluate(SOURCE)
    found: list[str] = page.evaluate(RUN, TAGS)
    return found
