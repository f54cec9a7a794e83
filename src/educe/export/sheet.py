"""Results as formulas of a spreadsheet: a row of cells to paste, or a workbook."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from educe.errors import FormulaError
from educe.export.described import WrittenLaw
from educe.formula.expression import as_expression, substitute, symbol
from educe.formula.spreadsheet import LONGEST, spreadsheet

if TYPE_CHECKING:
    from educe.export.described import Array, WrittenNetwork
    from educe.formula import Expression

_FORMULAS = "=+-@\t\r'"  # what spreadsheets take a cell for a formula by
_STAMP = (1980, 1, 1, 0, 0, 0)  # the same result gives the same bytes


@dataclass(frozen=True)
class Sheet:
    """Two rows of cells: names above, inputs and formulas below; the last formulas are the predictions.

    inputs : names of columns A, B, ...;  example : their values in row 2
    formulas : (name, formula) of the columns after them, each of cells of row 2
    """

    inputs: tuple[str, ...]
    example: tuple[float, ...]
    formulas: tuple[tuple[str, str], ...]


def column(k: int) -> str:
    """Return the letters of column k.

    >>> column(0), column(25), column(26), column(701), column(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    letters = ""
    k += 1
    while k:
        k, letter = divmod(k - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def source(written: WrittenLaw | WrittenNetwork) -> str:
    """Return two lines to paste into cell A1, cells apart by tabs."""
    sheet = sheet_of(written)
    names = [*sheet.inputs, *(name for name, _ in sheet.formulas)]
    cells = [*map(repr, sheet.example), *(formula for _, formula in sheet.formulas)]
    return "\t".join(map(_harmless, names)) + "\n" + "\t".join(cells) + "\n"


def formula(written: WrittenLaw | WrittenNetwork) -> str | None:
    """Return the one formula of the cells A2, B2, ...; None where several cells are needed."""
    formulas = sheet_of(written).formulas
    return formulas[0][1] if len(formulas) == 1 else None


def sheet_of(written: WrittenLaw | WrittenNetwork) -> Sheet:
    """Return the cells; a network that does not fit into one formula gets a cell for each node.

    Raises FormulaError where a formula is longer than spreadsheets take, or uses what they lack.
    """
    cells = {name: f"{column(k)}2" for k, name in enumerate(written.inputs)}
    formulas: tuple[tuple[str, str], ...]
    if isinstance(written, WrittenLaw):
        formulas = ((written.target or "value", spreadsheet(written.with_numbers, cells)),)
    else:
        whole = _whole(written)
        if whole is not None and all(one.size <= LONGEST for one in whole):
            try:
                texts = [spreadsheet(one, cells) for one in whole]
                return Sheet(written.inputs, written.example, tuple(zip(written.targets, texts, strict=True)))
            except FormulaError:
                pass  # too long for one cell
        formulas = _by_node(written)
    return Sheet(written.inputs, written.example, formulas)


def workbook(written: WrittenLaw | WrittenNetwork) -> bytes:
    """Return the cells as an .xlsx file, which computes when it is opened."""
    sheet = sheet_of(written)
    names = [*sheet.inputs, *(name for name, _ in sheet.formulas)]
    head = "".join(_text(f"{column(k)}1", name) for k, name in enumerate(names))
    row = "".join(f'<c r="{column(k)}2"><v>{v!r}</v></c>' for k, v in enumerate(sheet.example))
    for k, (_, text) in enumerate(sheet.formulas, start=len(sheet.inputs)):
        row += f'<c r="{column(k)}2"><f>{escape(text[1:])}</f></c>'
    data = f'<sheetData><row r="1">{head}</row><row r="2">{row}</row></sheetData>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": _XML + _WORKSHEET.format(data)}.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), text)
    return stream.getvalue()


def _whole(network: WrittenNetwork) -> list[Expression] | None:
    """Return the network as a formula of its inputs for each target, None where one would be hopelessly long."""
    values = _inputs(network)
    for k, (W, b) in enumerate(network.layers):
        if sum(v.size for v in values) * len(b) > LONGEST:
            return None
        values = [_node(network, k, w, bias, values) for w, bias in zip(W, b.tolist(), strict=True)]
    return values


def _inputs(network: WrittenNetwork) -> list[Expression]:
    shifts = network.centre.tolist()
    return [symbol(name) - c if c else symbol(name) for name, c in zip(network.inputs, shifts, strict=True)]


def _node(network: WrittenNetwork, k: int, w: Array, bias: float, values: list[Expression]) -> Expression:
    total = as_expression(bias)
    for weight, value in zip(w.tolist(), values, strict=True):
        total = total + weight * value
    bend = network.bends[k]
    return total if bend is None else substitute(bend, {"z": total})


def _by_node(network: WrittenNetwork) -> tuple[tuple[str, str], ...]:
    """Return a formula for each sum and each node, layer after layer."""
    formulas: list[tuple[str, str]] = []
    first = len(network.inputs)
    cells = {name: f"{column(k)}2" for k, name in enumerate(network.inputs)}
    values = _inputs(network)
    last = len(network.layers) - 1
    for k, (W, b) in enumerate(network.layers):
        after = []
        for i, (w, bias) in enumerate(zip(W, b.tolist(), strict=True)):
            name = network.targets[i] if k == last else f"layer {k + 1} node {i + 1}"
            node = _node(network, k, w, bias, values)
            place = f"\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}{k} {i}"  # no column has this name
            formulas.append((name, spreadsheet(node, cells)))
            cells[place] = f"{column(first + len(formulas) - 1)}2"
            after.append(symbol(place))
        values = after
    return tuple(formulas)


def _harmless(name: str) -> str:
    """Return a name as a cell of text that no spreadsheet computes."""
    clean = "".join(c if c.isprintable() else " " for c in name)
    return f"'{clean}" if clean[:1] and clean[0] in _FORMULAS else clean


def _text(cell: str, name: str) -> str:
    clean = "".join(c if c.isprintable() else " " for c in name)
    return f'<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{escape(clean)}</t></is></c>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKSHEET = f'<worksheet xmlns="{_MAIN}">{{}}</worksheet>'
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="educe" sheetId="1" r:id="rId1"/></sheets><calcPr fullCalcOnLoad="1"/></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
