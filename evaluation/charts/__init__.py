"""How charts are described, once for the page, the HTML files and the PNG files.

A figure is plotly's, as plain JSON: {"data": [trace, …], "layout": {…}}. Colours in it are names ("@text",
"@series-3", "@series-3/0.15" with an opacity), which `looks.themed` or the page's own theme fills in. The builders
(`evaluation.report.figures`, `evaluation.trust.figures`) make figures from data and parts; the page is sent the parts,
so that the browser fills in what moves under a slider.
"""
