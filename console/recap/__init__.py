"""The journal folded into a report. Pure up to `export` and `page`; the same folds and formulas as the live screens.

`stretches` cuts the journal at the rows' windows, `offers` and `questions` tell what became of each, `findings` picks
three things worth saying, `report.build` puts it together. `export` writes JSON and CSV, `page` HTML.

A recap is never final: it says as of when it was made and how many days after the end, because refunds keep arriving.
"""
