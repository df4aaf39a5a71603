"""The page in a browser that has no network: phone and desk, light and dark, by keyboard, and under axe-core's rules."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

from lightcnn.core.files import write_json
from stages import figures, report
from tests import synthetic
from tests.reporting.report.conftest import BENCHMARK

PHONE, DESK = 390, 1440


class Visit(NamedTuple):
    """An opened page: what it asked for from outside of itself, and what it complained of."""

    page: Page
    asked: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; a check on CI must have it, elsewhere the tests are left out without it."""
    path = shutil.which("chromium")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no chromium on the path: it is a package of Debian")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report with real figures of made-up results."""
    root = tmp_path_factory.mktemp("browser")
    synthetic.write(root)
    write_json(root / "reports/benchmarks/training.json", BENCHMARK)
    write_json(root / "reports/benchmarks/other.json", {"seconds": 12.5})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        figures.main(synthetic.write_plans(root)[0])
        report.main(synthetic.write_plans(root)[1])
    return (root / "reports/report.html").as_uri()


def visit(browser: Browser, address: str, width: int, scheme: str = "light") -> Visit:
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    found = Visit(page, [], [])

    def refuse(route: Route) -> None:
        if route.request.url == address:
            return route.continue_()
        found.asked.append(route.request.url)
        return route.abort()

    page.route("**/*", refuse)
    page.on("console", lambda message: found.complaints.append(message.text))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.goto(address)
    return found


@pytest.fixture
def desk(browser: Browser, address: str) -> Iterator[Page]:
    page = visit(browser, address, DESK).page
    yield page
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_it_fits_is_silent_asks_for_nothing_and_breaks_no_rule_of_access(browser: Browser, address: str, width: int, scheme: str) -> None:
    page, asked, complaints = visit(browser, address, width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((part) => part.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("[...document.images].filter((image) => image.src).every((image) => image.naturalWidth > 0)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert (asked, complaints) == ([], [])
    page.close()


def test_the_schemes_differ(browser: Browser, address: str) -> None:
    papers = [
        visit(browser, address, PHONE, scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert papers == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def column(page: Page, number: int) -> list[str]:
    return page.eval_on_selector_all(
        f"#results ~ .scroll tbody tr > :nth-child({number})", "(cells) => cells.map((cell) => cell.innerText)"
    )


def test_a_table_sorts_by_keyboard_up_down_and_back(desk: Page) -> None:
    head = desk.locator("#results ~ .scroll thead th").nth(1)
    before = column(desk, 2)
    numbers = [float(cell.split()[0]) for cell in before]
    for direction, expected in (("ascending", sorted(numbers)), ("descending", sorted(numbers, reverse=True))):
        head.locator("button").press("Enter")
        assert head.get_attribute("aria-sort") == direction
        assert [float(cell.split()[0]) for cell in column(desk, 2)] == expected
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert column(desk, 2) == before


def test_rows_without_a_value_stay_last_and_minus_is_below_plus(desk: Page) -> None:
    head = desk.locator("#results ~ .scroll thead th").nth(5)
    for first, second in (("−0.23", "+5.24"), ("+5.24", "−0.23")):
        head.locator("button").press("Enter")
        assert [cell.split(" ")[0] for cell in column(desk, 6)] == [first, second, "", "", "", ""]


def test_times_sort_by_their_length(desk: Page) -> None:
    desk.locator("#repeat ~ .scroll thead th button").nth(1).press("Enter")
    times = desk.eval_on_selector_all("#repeat ~ .scroll td[data-key]", "(cells) => cells.map((cell) => cell.innerText)")
    assert times == ["10 min 12 s", "11 min 52 s", "13 min 32 s", "15 min 12 s", "16 min 52 s", "18 min 32 s"]


def test_a_figure_opens_large_and_closes_by_keyboard_and_the_focus_returns(desk: Page) -> None:
    button = desk.locator("figure button").first
    small = button.locator("img").bounding_box()
    button.press("Enter")
    large = desk.locator("dialog img").bounding_box()
    assert small is not None
    assert large is not None
    assert large["width"] > 1.5 * small["width"]
    assert desk.evaluate("document.activeElement.textContent") == "Close"
    desk.keyboard.press("Escape")
    assert not desk.locator("dialog").is_visible()
    assert desk.evaluate("document.activeElement === document.querySelector('figure button')")


def test_all_of_it_can_be_read_without_the_script(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    assert page.locator("figure img").count() == len(list(Path(address.removeprefix("file://")).parent.glob("figures/*.png")))
    assert page.locator("table").first.is_visible()
    assert not page.locator("dialog").is_visible()
    page.close()


def test_the_page_stays_under_three_megabytes(address: str) -> None:
    assert Path(address.removeprefix("file://")).stat().st_size < 3_000_000
