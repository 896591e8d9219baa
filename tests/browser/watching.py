"""Eyes on every page that a test opens: what a person would only see in the console."""

from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Response

# A broken policy is told to the page alone; the console is where we listen.
TELL_OF_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} refuses ${event.blockedURI}`));
"""
BAD_LEVELS = ("error", "warning")
BAD_STATUS = 400
# Failed answers are told by their response, with its address. htmx reports it, too, when a reader
# types on or leaves before a request has come back.
NO_TROUBLE = (
    "Failed to load resource",
    "Response Status Error Code",
    "htmx:sendAbort",
    "htmx:afterRequest",
)


class Troubles:
    """Console errors and warnings, uncaught errors, policy violations, failed answers, dialogs."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.expected_statuses: set[int] = set()

    def watch(self, context: BrowserContext) -> None:
        """Note whatever goes wrong on any page of ``context``, from now on."""
        context.add_init_script(TELL_OF_POLICY)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._note("uncaught", error.error))
        context.on("response", self._on_response)
        context.on("dialog", self._on_dialog)

    def expect(self, *statuses: int) -> None:
        """This test brings about answers with these statuses on purpose."""
        self.expected_statuses.update(statuses)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in BAD_LEVELS and not message.text.startswith(NO_TROUBLE):
            self._note(f"console {message.type}", message.text)

    def _on_response(self, response: Response) -> None:
        if response.status >= BAD_STATUS and response.status not in self.expected_statuses:
            self._note(str(response.status), response.url)

    def _on_dialog(self, dialog: Any) -> None:
        self._note("dialog", dialog.message)
        dialog.dismiss()

    def _note(self, what: str, text: object) -> None:
        self.seen.append(f"{what}: {text}")
