"""Charts: every value finds its place, every name is text, nothing divides by nothing."""

from xml.etree import ElementTree as ET

import pytest

from beckon.dashboard import charts
from beckon.dashboard.charts import Mark

HOSTILE = '"><script>boom()</script>'
DAYS = [Mark("1 Nov", 0), Mark("2 Nov", 50), Mark("3 Nov", 100)]


def drawn(svg):
    return ET.fromstring(str(svg))


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 1), (0.4, 1), (1, 1), (3, 3), (21, 25), (100, 100), (101, 200), (285, 300), (999, 1000)],
)
def test_an_axis_ends_at_a_round_number(value, top):
    assert charts.ceiling(value) == top


def test_the_line_half_way_up_says_what_half_is():
    said = [text.text for text in drawn(charts.bars([Mark("1 Nov", 5)], "Bounced")).findall("text")]
    assert said[:2] == ["5", "2.5"]
    said = [text.text for text in drawn(charts.bars([Mark("1 Nov", 1900)], "Sent")).findall("text")]
    assert said[:2] == ["2k", "1k"]


@pytest.mark.parametrize("draw", [charts.area, charts.bars])
def test_a_chart_of_nothing_says_so(draw):
    nothing = [Mark("1 Nov", 0), Mark("2 Nov", 0)]
    assert "Nothing in this time" in str(draw(nothing, "Complained"))
    assert "Nothing in this time" not in str(draw(DAYS, "Complained"))


def test_no_column_stands_on_what_its_axis_says():
    chart = drawn(charts.bars([Mark(f"{day} Nov", 12_500) for day in range(90)], "Sent"))
    said = [one for one in chart.findall("text") if "is-level" in one.get("class")]
    assert [one.text for one in said] == ["20k", "10k"]
    first = min(float(column.get("x")) for column in chart.findall("rect"))
    assert all(float(one.get("x")) < first for one in said)


def test_an_area_rises_with_its_values():
    line = drawn(charts.area(DAYS, "Events")).find("polyline").get("points").split()
    heights = [float(point.split(",")[1]) for point in line]
    assert heights == sorted(heights, reverse=True)
    assert heights[2] == charts.TOP
    assert heights[0] == charts.HEIGHT - charts.BOTTOM


def test_columns_are_as_high_as_their_values():
    columns = drawn(charts.bars(DAYS, "Events")).findall("rect")
    heights = [float(column.get("height")) for column in columns]
    assert heights[0] == 0
    assert heights[1] * 2 == pytest.approx(heights[2])


def test_a_funnel_tells_shares_of_the_first_step():
    svg = str(charts.funnel([Mark("Seen", 200), Mark("Bought", 50)], "Funnel"))
    assert "200 · 100.0%" in svg
    assert "50 · 25.0%" in svg


def test_a_grid_is_fullest_where_most_is():
    grid = drawn(charts.heat([[Mark("a", 1), Mark("b", 4)]], ["R1"], ["F1", "F2"], "Grid"))
    cells = [float(cell.get("fill-opacity")) for cell in grid.findall("rect")]
    assert cells[0] < cells[1] == 1


@pytest.mark.parametrize(
    "draw",
    [
        charts.area,
        charts.bars,
        charts.funnel,
        lambda marks, label: charts.heat([marks], [label], [one.name for one in marks], label),
    ],
)
@pytest.mark.parametrize("marks", [[], [Mark("a", 0)], [Mark(HOSTILE, 3, HOSTILE)], DAYS])
def test_every_chart_is_one_image_with_a_label_and_no_script(draw, marks):
    svg = draw(marks, HOSTILE)
    assert "<script" not in svg
    assert "style=" not in svg
    assert drawn(svg).get("role") == "img"
    assert drawn(svg).get("aria-label") == HOSTILE


def test_a_spark_needs_something_to_draw():
    assert charts.spark([], "Growth") == ""
    assert drawn(charts.spark([1, 1], "Growth")).find("polyline") is not None
