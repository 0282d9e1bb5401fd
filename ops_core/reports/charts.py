"""Charts of Word: DrawingML that carries its own data, so that it needs no workbook (pure)."""

from xml.etree.ElementTree import tostring

from openpyxl.chart import BarChart
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumVal,
    StrData,
    StrVal,
)
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import Series

from ops_core.reports.document import ReportChart

_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def chart_xml(chart: ReportChart) -> bytes:
    """A ``c:chartSpace`` of bars with a label each; the same chart always gives the same bytes."""
    labels = [StrVal(idx=n, v=label) for n, label in enumerate(chart.labels)]
    values = [NumVal(idx=n, v=str(value)) for n, value in enumerate(chart.values)]
    series = Series(
        idx=0,
        order=0,
        cat=AxDataSource(strLit=StrData(ptCount=len(labels), pt=labels)),
        val=NumDataSource(numLit=NumData(formatCode="General", ptCount=len(values), pt=values)),
    )
    bars = BarChart(barDir="bar", gapWidth=60)
    bars.series.append(series)
    bars.legend = None
    bars.dataLabels = DataLabelList(showVal=True, showSerName=False, showCatName=False,
                                    showLegendKey=False, showPercent=False)  # fmt: skip
    bars.x_axis.delete = bars.y_axis.delete = False
    bars.x_axis.scaling.orientation = "maxMin"
    bars.y_axis.majorGridlines = None
    tree = bars._write()  # type: ignore[attr-defined]  # the stubs lack it; the writer uses it
    return _HEAD + tostring(tree)
