"""What operators see of the running system, on each service's pages."""

import pytest
from playwright.sync_api import Page, expect

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
PAGES = ("/operations/service", "/operations/dead-letters", "/operations/traces", "/operations/audit")


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

    wait_until(lambda: not faults(), 120, f"{service} is green")
    walking.sign_in(page, stack, service, "operator", "/operations")
    assert page.locator(".status-dead, .status-stopped").count() == 0
    for path in (*CONSOLES[service], *PAGES):
        answer = page.goto(stack.url(service, path))
        assert answer is not None
        assert answer.status == 200, path
        walking.accessible(page)


def test_the_first_screen_of_each_service_tells_of_all_three(stack: Stack, page: Page) -> None:
    for service in CONSOLES:
        operator = client.Site(stack.url(service))
        operator.sign_in("operator@sendero.test", PASSWORD)

        def nothing(operator: client.Site = operator) -> bool:
            found = operator.get("/api/v1/operations/overview").must(200).body
            assert sorted(one["service"] for one in found["services"]) == sorted(CONSOLES)
            assert found["needs"] == []
            return True

        wait_until(nothing, 120, f"nothing needs a person, says {service}")
    walking.sign_in(page, stack, "booking", "operator", "/operations")
    expect(page.locator("h1")).to_have_text("Nothing needs a person now")
    walking.accessible(page)


def test_one_case_is_followed_by_its_reference_from_any_console(stack: Stack, person: Person, page: Page) -> None:
    reference = person.book()["reference"]
    walking.told(person, 1)
    walking.sign_in(page, stack, "referrals", "operator", "/operations")

    def way() -> list[str]:
        page.goto(stack.url("referrals", f"/operations/traces?id={reference}"))
        return [" ".join(step.split()) for step in page.locator(".timeline li > div").all_inner_texts()]

    wait_until(lambda: sum("message.sent.v1 sent" in step for step in way()) == 2, 120, "both messages are on the way")
    steps = way()
    assert steps[0].startswith("booking · announced appointment.booked.v1 sent")
    assert sum("notifications · due work send_message done" in step for step in steps) == 2
    assert any("notifications · heard appointment.booked.v1 done" in step for step in steps)
    shown = page.content()
    assert not [word for word in (person.word, person.phone) if word in shown]
    walking.accessible(page)


def test_a_service_that_is_away_is_shown_as_such_by_the_others_and_its_cases_in_part(
    stack: Stack, person: Person, page: Page
) -> None:
    reference = person.book()["reference"]
    walking.told(person, 1)
    walking.sign_in(page, stack, "booking", "operator", "/operations")
    expect(page.locator("#of-notifications table").first).to_be_attached()
    stack.stop("notifications web")
    try:
        expect(page.get_by_role("heading", name="notifications does not answer")).to_be_visible()
        expect(page.locator("#of-notifications")).to_contain_text("Last heard of at")
        walking.accessible(page)
        page.goto(stack.url("booking", f"/operations/traces?id={reference}"))
        expect(page.locator(".answers")).to_contain_text("its part of the way is missing below")
        assert page.locator(".timeline li").count() > 0
    finally:
        stack.start("notifications web")


def test_a_worker_that_was_killed_is_shown_as_dead_until_another_stands_in_its_place(stack: Stack, page: Page) -> None:
    walking.sign_in(page, stack, "referrals", "operator", "/operations")
    stack.kill("referrals worker")
    try:
        expect(page.get_by_role("link", name="Nobody announces")).to_be_visible(timeout=60_000)
        page.get_by_role("link", name="Nobody announces").click()
        expect(page.locator("#processes .status-dead").first).to_be_visible()
        walking.accessible(page)
    finally:
        stack.start("referrals worker")
    expect(page.locator("#processes .status-replaced").first).to_be_visible(timeout=60_000)
    page.goto(stack.url("referrals", "/operations"))
    expect(page.locator(".need-now")).to_have_count(0, timeout=60_000)
