"""Every page in both languages, light and dark, on a phone, a tablet and a desk, on paper and by touch."""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.browser import every_page
from tests.conftest import Mongo
from tests.generated import making

pytestmark = pytest.mark.browser
WIDTHS = (768, 1280, 320)
TOUCH = 44  # px
# what stands alone and is touched; a link within a sentence is as high as its line
TOO_SMALL = """least => [...document.querySelectorAll(
    'button, input:not([type=hidden]), select, textarea, summary, nav a, .button, p > a:only-child')]
  .filter(one => one.checkVisibility() && !one.closest('.visually-hidden'))
  .filter(one => one.tagName != 'A' || one.closest('nav') || one.parentElement.textContent == one.textContent)
  .map(one => /radio|checkbox/.test(one.type) ? one.closest('.choice') || one : one)
  .filter(one => one.getBoundingClientRect().height < least)
  .map(one => one.outerHTML.slice(0, 120))"""
CONTRAST = "axe.run(document, {runOnly: ['color-contrast']}).then(found => found.violations.map(one => one.nodes.map("
CONTRAST += "node => node.html + ' ' + node.any.map(check => check.message))).flat())"
ON_PAPER = """() => [
  ...[...document.querySelectorAll('nav, button, .button, .skip')].filter(one => one.checkVisibility())
    .map(one => 'on paper: ' + one.outerHTML.slice(0, 120)),
  ...['backgroundColor', 'color'].map(name => getComputedStyle(document.body)[name])
    .filter((color, at) => color != ['rgb(255, 255, 255)', 'rgb(0, 0, 0)'][at]).map(color => 'on paper: ' + color)]"""
FOCUSABLE = "a[href], button:not([tabindex='-1']), input:not([type=hidden]), select, textarea, summary"
FOCUSED = """focusable => { const one = document.activeElement, box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  return {name: one.outerHTML.slice(0, 80), seen: style.outlineStyle != 'none' && box.width > 0 && box.x >= 0,
          at: [...document.querySelectorAll(focusable)].indexOf(one)}; }"""
TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"


@dataclass
class Served:
    url: str
    callers: list[every_page.Caller]
    visits: every_page.Visits


@pytest.fixture(scope="module")
def served(mongo: Mongo) -> Iterator[Callable[[str], Served]]:
    """A service with something in it, by name; started when it is first asked for."""
    running: dict[str, tuple[Served, Callable[[], None]]] = {}

    def serve(name: str) -> Served:
        if name not in running:
            running[name] = _start(mongo, name)
        return running[name][0]

    yield serve
    for _, stop in running.values():
        stop()


def _start(mongo: Mongo, name: str) -> tuple[Served, Callable[[], None]]:
    database = f"looks_{secrets.token_hex(4)}"
    made = {"booking": making.booking, "referrals": making.referring, "notifications": making.telling}[name]
    inhabited = made(mongo.uri(database))
    service = inhabited.__enter__()
    server = make_server("127.0.0.1", 0, service.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name=f"pages of {name}")
    thread.start()
    callers = every_page.callers(service)

    def stop() -> None:
        server.shutdown()
        thread.join()
        inhabited.__exit__(None, None, None)
        mongo.drop(database)

    url = f"http://127.0.0.1:{server.server_port}"
    return Served(url, callers, every_page.visits(service, callers)), stop


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", ["booking", "referrals", "notifications"])
def test_every_page_is_accessible_and_fits_in_light_and_dark(
    served: Callable[[str], Served], browser: Browser, name: str, language: str
) -> None:
    service, found = served(name), []
    assert not service.visits.nobody, "say in every_page.py how these pages are opened, or why they are none"
    for caller in service.callers:
        context = browser.new_context(locale=language, viewport={"width": 320, "height": 720}, reduced_motion="reduce")
        context.add_cookies(
            [{"name": one, "value": value, "url": service.url} for one, value in caller.cookies.items()]
        )
        page = context.new_page()
        for path in service.visits.of[caller.name]:
            page.goto(service.url + path)
            found += [f"{path} as {caller.name}: {wrong}" for wrong in _complaints(page, language)]
        context.close()
    assert not found, "\n".join(found)


def _complaints(page: Page, language: str) -> Iterator[Any]:
    lang = page.locator("html").get_attribute("lang")
    if lang != language:
        yield f"in {lang}"
    report = Axe().run(page)
    if report.violations_count:
        yield report.generate_report()
    yield from (f"small to touch: {one}" for one in page.evaluate(TOO_SMALL, TOUCH - 0.5))
    page.emulate_media(color_scheme="dark")
    yield from (f"in the dark: {one}" for one in page.evaluate(CONTRAST))
    page.emulate_media(media="print")
    yield from page.evaluate(ON_PAPER)
    page.emulate_media(media="screen", color_scheme="light")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 720})
        if page.evaluate(TOO_WIDE):
            yield f"wider than {width} px"


def test_a_page_is_used_by_keyboard_alone(served: Callable[[str], Served], new_page: Callable[..., Page]) -> None:
    service, page = served("booking"), new_page()
    path = next(one for one in service.visits.of["anyone"] if one.startswith("/details"))
    page.goto(service.url + path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate(FOCUSED, FOCUSABLE)["seen"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    seen = [page.evaluate(FOCUSED, FOCUSABLE)]
    while True:
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED, FOCUSABLE)
        if now["at"] < seen[-1]["at"]:
            break
        seen.append(now)
    assert [one["name"] for one in seen if not one["seen"]] == [], "focus that cannot be seen"
    assert len(seen) > 12
