"""What operators see of the running system, on each service's pages."""

import pytest
from playwright.sync_api import Page

from deploy.demo import client, health
from tests.e2e import walking
from tests.person import PASSWORD, Person
from tests.stack import Stack
from tests.wait import wait_until

pytestmark = pytest.mark.browser
CONSOLES = {
    "booking": ("/docs", "/operations"),
    "referrals": ("/docs", "/operations", "/referrals", "/partners", "/partners/unhcr"),
    "notifications": ("/docs", "/operations"),
}


@pytest.mark.parametrize("service", CONSOLES)
def test_the_consoles_show_that_nothing_is_stuck_and_are_accessible(
    stack: Stack, person: Person, page: Page, service: str
) -> None:
    person.book()
    walking.told(person, 1)
    operator = client.Site(stack.url(service))
    operator.sign_in("operator@sendero.test", PASSWORD)

    def faults() -> list[str]:
        return health.unhealthy(operator.get("/api/v1/operations/health").must(200).body)

    wait_until(lambda: not faults(), 60, f"{service} is green")
    walking.sign_in(page, stack, service, "operator", "/operations")
    assert page.locator(".status-dead, .status-stopped").count() == 0
    for path in (*CONSOLES[service], "/operations/dead-letters", "/operations/traces", "/operations/audit"):
        answer = page.goto(stack.url(service, path))
        assert answer is not None
        assert answer.status == 200, path
        walking.accessible(page)
